"""
An error code of the library.

| field | |
|---|---|
| `code` | a number of `NETS.ERRORS`, such as `NETS.ERRORS.model`: `NETS_ERR_MODEL` of `nets.h` |
| `argument` | which argument of the C function, from 1; 0: none in particular |
| `index` | which element or walker, from 1; 0: none in particular |
| `value` | its value; `NaN`: none |
| `message` | what is wrong |
"""
struct NetsError <: Exception
    code::Int
    argument::Int
    index::Int
    value::Float64
    message::String
end

"The error codes of `nets.h` by name."
const ERRORS = (null = 1, length = 2, alignment = 3, struct_size = 4, range = 5, all_lost = 6, callback = 7, memory = 8,
                model = 9, dimension = 10, object = 11, stopped = 12, target = 13, file = 14, computation = 15,
                unsupported = 16, internal = 17)

function Base.showerror(io::IO, e::NetsError)
    print(io, "NetsError: ", e.message, " (", code_name(e.code))
    e.index > 0 && print(io, ", element ", e.index)
    isnan(e.value) || print(io, ", value ", e.value)
    print(io, ")")
end

function code_name(code)
    i = findfirst(==(code), values(ERRORS))
    i === nothing ? "error $code" : "NETS_ERR_" * uppercase(String(keys(ERRORS)[i]))
end

function NetsError(code, details::ErrorInfo)
    message = GC.@preserve details begin
        field = findfirst(==(:message), fieldnames(ErrorInfo))
        unsafe_string(Ptr{UInt8}(pointer_from_objref(details) + fieldoffset(ErrorInfo, field)))
    end
    NetsError(code, details.argument, details.index + 1, details.value, message)
end

"Throws unless the code of a status is 0, or one of those `allowed`. Returns the code."
function check(status, allowed = 0)
    code, details = status
    code == 0 || code in allowed || throw(NetsError(code, details))
    code
end
