# julia --project=ffi/julia ffi/julia/test/runtests.jl
#
# NETS_LIB names the folder of the libraries, NETS_COMMAND the command `nets`, CC a C compiler.

using NETS
using NETS: Kernel
using Random
using Test

const PACKAGE = dirname(@__DIR__)
const HEADERS = normpath(joinpath(PACKAGE, "..", "..", "include"))
const CC = get(ENV, "CC", "cc")

"Runs a Julia program with this package in a process of its own; its output, and whether it ended well."
function run_julia(program; environment = ())
    output = IOBuffer()
    command = `$(Base.julia_cmd()) --startup-file=no --project=$PACKAGE -e $program`
    # `addenv` came with Julia 1.6.
    command = setenv(command, merge(Dict(ENV), Dict(environment)))
    process = run(pipeline(ignorestatus(command); stdout = output, stderr = output))
    String(take!(output)), success(process)
end

"What `call` throws."
function thrown(call)
    try
        call()
    catch e
        return e
    end
    nothing
end

@testset "NETS" begin
    # Later files use what earlier ones define.
    @testset "$file" for file in ["layout", "signatures", "loading", "densities", "progress", "models", "command",
                                  "kernel", "manual"]
        include("$file.jl")
    end
end
