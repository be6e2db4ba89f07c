# Libraries that are missing, strange, or of another version, each in a process of its own.

const TRY = """
    using NETS
    try
        ACTION
    catch e
        e isa LibraryError || rethrow()
        println("LibraryError: ", e.message)
    end
    """

function stub(folder, library, source)
    file = joinpath(folder, "lib$library.so.1")
    open(pipeline(`$CC -shared -fPIC -x c -o $file -`), "w") do io
        write(io, source)
    end
end

for (library, action) in ["nets_host" => "Target(\"gmm40\")", "nets" => "NETS.Kernel.weight_summary([0.0])"]
    mktempdir() do folder
        environment = ("NETS_LIB" => folder,)
        program = replace(TRY, "ACTION" => action)
        output, ended_well = run_julia(program; environment = environment)
        @test ended_well
        @test occursin("lib$library.so.1", output) && occursin("in NETS_LIB = $folder", output)

        stub(folder, library, "int $(library)_abi_version(void) { return 999; }")
        output, ended_well = run_julia(program; environment = environment)
        @test ended_well
        @test occursin("has version 999 of the binary interface, this package wants 1", output)

        stub(folder, library, "int something_else(void) { return 1; }")
        output, ended_well = run_julia(program; environment = environment)
        @test ended_well
        @test occursin("has no function $(library)_abi_version: it is another library", output)
    end
end
