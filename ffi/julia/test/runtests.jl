# julia --project=ffi/julia ffi/julia/test/runtests.jl
#
# NETS_LIB names the folder of the libraries, NETS_COMMAND the command `nets`, CC a C compiler.

using NETS
using NETS: Kernel
using Random
using Test

const HEADERS = normpath(joinpath(@__DIR__, "..", "..", "..", "include"))
const CC = get(ENV, "CC", "cc")

"Runs a Julia program with this package in a process of its own; its output, and whether it ended well."
function run_julia(program; environment = ())
    output = IOBuffer()
    command = `$(Base.julia_cmd()) --startup-file=no --project=$(dirname(@__DIR__)) -e $program`
    process = run(pipeline(ignorestatus(addenv_(command, environment)); stdout = output, stderr = output))
    String(take!(output)), success(process)
end

# `addenv` came with Julia 1.6.
addenv_(command, pairs) = setenv(command, merge(Dict(ENV), Dict(pairs...)))

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
    @testset "$file" for file in ["layout", "loading", "densities", "progress", "models", "command", "kernel"]
        include("$file.jl")
    end
end
