# The programs of the manual, one after the other.

manual = read(joinpath(PACKAGE, "..", "..", "docs", "julia.md"), String)
blocks = [m[1] for m in eachmatch(r"^```julia\n(.*?)^```"ms, manual)]
@test length(blocks) == 2
mktempdir() do folder
    cd(folder) do
        reader = Module()
        for block in blocks
            include_string(reader, block)
        end
        # log Z of a normal of variance 1/4 in two dimensions, by itself and over that of the base; 1e-9 for rounding.
        s = Core.eval(reader, :s)
        @test s.log_z_stderr < 0.01 && abs(s.log_z - log(π / 2)) < 4 * s.log_z_stderr + 1e-9
        w = NETS.Kernel.weight_summary(Core.eval(reader, :walkers).log_weights)
        @test w.log_mean_stderr < 0.02 && abs(w.log_mean + log(4)) < 4 * w.log_mean_stderr + 1e-9
    end
end
