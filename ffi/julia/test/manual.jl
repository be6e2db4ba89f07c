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
        s = Core.eval(reader, :s)
        # log Z of the standard normal in two dimensions.
        @test s.log_z_stderr < 0.01 && abs(s.log_z - log(2π)) < 4 * s.log_z_stderr
        w = weight_summary(Core.eval(reader, :walkers).log_weights)
        @test w.log_mean_stderr < 0.02 && abs(w.log_mean) < 4 * w.log_mean_stderr
    end
end
