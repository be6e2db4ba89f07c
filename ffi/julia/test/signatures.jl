# Arguments of every call of the libraries against the prototypes of the headers.

"Kinds of the arguments of each function in the headers, but for the error information."
function prototypes()
    preprocessed = read(`$CC -E -P -x c $(joinpath(HEADERS, "nets_host.h"))`, String)
    text = replace(preprocessed, r"\s+" => " ")
    found = Dict{String,Vector{String}}()
    for m in eachmatch(r"\b(nets_\w+) ?\(([^()]*)\) ?;", text)
        kinds = [occursin('*', a) || !occursin(r"^(const )?(u?int\d+_t|double|float) ", a) ? "pointer" :
                 match(r"(u?int\d+_t|double|float)", a)[1] for a in strip.(split(m[2], ','))]
        found[m[1]] = kinds[1:end-1]
    end
    found
end

const KINDS = Dict(:Int32 => "int32_t", :Int64 => "int64_t", :UInt32 => "uint32_t", :UInt64 => "uint64_t",
                   :Float64 => "double", :T => "double", :Cstring => "pointer")

kind(type) = type isa Expr && type.head === :curly && type.args[1] in (:Ptr, :Ref) ? "pointer" : KINDS[type]

"Every `@call` and `@kernel` in an expression: names, and kinds of the arguments."
function calls!(found, expression)
    expression isa Expr || return found
    if expression.head === :macrocall && expression.args[1] in (Symbol("@call"), Symbol("@kernel"))
        call = expression.args[end]
        if call isa Expr && call.head === :call && call.args[1] isa Symbol
            name = string(call.args[1], expression.args[1] === Symbol("@kernel") ? "_f64" : "")
            push!(found, (name, [kind(a.args[2]) for a in call.args[2:end]]))
        end
    end
    foreach(e -> calls!(found, e), expression.args)
    found
end

headers = prototypes()
found = Tuple{String,Vector{String}}[]
for file in readdir(joinpath(PACKAGE, "src"); join = true)
    calls!(found, Meta.parse("begin\n" * read(file, String) * "\nend"))
end
@test length(found) > 30
for (name, kinds) in found
    @test (name, get(headers, name, nothing)) == (name, kinds)
end
