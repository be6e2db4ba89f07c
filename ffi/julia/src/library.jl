# Finding the shared libraries, and calling their functions.

"A shared library that cannot be used: not found, or of another version of the binary interface."
struct LibraryError <: Exception
    message::String
end

Base.showerror(io::IO, e::LibraryError) = print(io, "LibraryError: ", e.message)

mutable struct Library
    name::String
    abi::Int32
    abi_function::Symbol
    handle::Ptr{Cvoid}
end

# Version of the binary interface that this package is written for: NETS_HOST_ABI_VERSION, NETS_ABI_VERSION.
const HOST = Library("nets_host", 1, :nets_host_abi_version, C_NULL)
const KERNEL = Library("nets", 1, :nets_abi_version, C_NULL)

function file_names(library::Library)
    name, abi = library.name, library.abi
    Sys.iswindows() && return ["$name.dll", "lib$name.dll"]
    Sys.isapple() && return ["lib$name.$abi.dylib", "lib$name.dylib"]
    ["lib$name.so.$abi", "lib$name.so"]
end

function open_library(library::Library)
    folder = get(ENV, "NETS_LIB", "")
    names = file_names(library)
    reasons = String[]
    for name in names
        path = isempty(folder) ? name : joinpath(abspath(folder), name)
        handle = try
            dlopen(path)
        catch e
            e isa InterruptException && rethrow()
            push!(reasons, e isa ErrorException ? e.msg : sprint(showerror, e))
            continue
        end
        check_version(library, handle)
        return handle
    end
    place = isempty(folder) ? "where the system's loader looks, and NETS_LIB is not set" : "in NETS_LIB = $folder"
    throw(LibraryError("none of $(join(names, ", ")) $place:\n  $(join(reasons, "\n  "))"))
end

function check_version(library::Library, handle)
    number = dlsym(handle, library.abi_function; throw_error = false)
    if number === nothing
        throw(LibraryError("$(dlpath(handle)) has no function $(library.abi_function): it is another library"))
    end
    abi = ccall(number, Int32, ())
    if abi != library.abi
        throw(LibraryError("$(dlpath(handle)) has version $abi of the binary interface, this package wants " *
                           "$(library.abi): use the package and the library of one release"))
    end
end

"Address of a function. Tasks may race to open the library: the loader counts, and the handle is the same."
function symbol(library::Library, name::Symbol)
    if library.handle == C_NULL
        library.handle = open_library(library)
    end
    dlsym(library.handle, name)
end

"""
    @call LIBRARY function(a::A, b::B, …)

The status of a C function that returns one and takes a `nets_error_info` after these arguments: `(code, info)`.
"""
macro call(library, call)
    name, arguments = call.args[1], call.args[2:end]
    all(a -> a isa Expr && a.head === :(::), arguments) || error("@call wants a type for every argument")
    values = [esc(a.args[1]) for a in arguments]
    types = [esc(a.args[2]) for a in arguments]
    address = :(symbol($(esc(library)), $(QuoteNode(name))))
    quote
        details = ErrorInfo()
        code = ccall($address, Int32, ($(types...), Ref{ErrorInfo}), $(values...), details)
        (code, details)
    end
end
