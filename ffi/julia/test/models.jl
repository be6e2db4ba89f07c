# Models and their files.

@testset "a model in a file" begin
    target = Target("gmm40")
    model = train(target; seed = 11)
    i = info(model)
    @test (i.target, i.family, i.dim, i.seed, i.steps) == ("gmm40", :features, 2, 11, 0)
    @test i.parameters > 100 && i.train_seconds > 0 && isnan(i.epsilon) && i.integrator === nothing
    @test length(i.checksum) == 64 && occursin("gates", i.drift)
    mktempdir() do folder
        path = joinpath(folder, "model.nets")
        save(model, path)
        loaded = load_model(path)
        @test isequal(info(loaded), info(model))
        of_model(m) = sample(target, m; walkers = 500, epsilon = 50).x
        @test of_model(loaded) == of_model(model)

        bytes = read(path)
        damaged = joinpath(folder, "damaged.nets")
        flipped(at) = (b = copy(bytes); b[at] ⊻= 0x10; b)
        for contents in [UInt8[], bytes[1:100], bytes[1:end-1], flipped(10), flipped(length(bytes) ÷ 2),
                         flipped(length(bytes)), rand(MersenneTwister(1), UInt8, 1000)]
            write(damaged, contents)
            e = thrown(() -> load_model(damaged))
            @test e isa NetsError && e.code == NETS.ERRORS.model
        end
        e = thrown(() -> load_model(joinpath(folder, "absent.nets")))
        @test e isa NetsError && e.code == NETS.ERRORS.file && occursin("absent.nets", e.message)
        e = thrown(() -> save(model, joinpath(folder, "absent", "model.nets")))
        @test e isa NetsError && e.code == NETS.ERRORS.file
        @test thrown(() -> load_model("a\0b")) isa ArgumentError
    end
end

Sys.islinux() && @testset "nothing leaks" begin
    mktempdir() do folder
        path = joinpath(folder, "model.nets")
        save(GMM40_MODEL, path)
        target = Target(2, x -> throw(Planted(1)))
        # A model of half a megabyte, a target, and a run that fails.
        function once()
            model = load_model(path)
            Target(2, x -> (sum(abs2, x) / 2, x))
            thrown(() -> sample(target; walkers = 1000, epsilon = 1)) === Planted(1) || error("it did not throw")
            thrown(() -> train(Target("gmm40"); progress = (arguments...) -> throw(Planted(1)))) === Planted(1) ||
                error("it did not throw")
            length(info(model).checksum)
        end
        repeat_and_collect(times) = for i in 1:times
            once()
            i % 10 == 0 && GC.gc()
        end
        repeat_and_collect(50)
        resident() = 4096 * parse(Int, split(read("/proc/self/statm", String))[2])
        before = resident()
        repeat_and_collect(200)
        # 200 models are 66 MB.
        @test resident() - before < 20_000_000
    end
end

@testset "training that was stopped goes on" begin
    mktempdir() do folder
        file = joinpath(folder, "training.checkpoint")
        target = Target("gaussian-2")
        options = (drift = :mlp, rounds = 20, seed = 5)
        whole = train(target; options...)
        stopped = train(target; options..., checkpoint = file, checkpoint_every = 0,
                        progress = (stage, done, total, loss, ess) -> done >= 10)
        @test stopped.stopped && info(stopped).checksum != info(whole).checksum
        resumed = train(target; options..., resume = file)
        @test !resumed.stopped && info(resumed).checksum == info(whole).checksum
        e = thrown(() -> train(target; options..., seed = 6, resume = file))
        @test e isa NetsError && e.code == NETS.ERRORS.range
        write(file, read(file)[1:end-1])
        e = thrown(() -> train(target; options..., resume = file))
        @test e isa NetsError && e.code == NETS.ERRORS.model
    end
end

@testset "a model of another target" begin
    model = train(Target("gmm40"); drift = :exact)
    @test info(model).family === :exact
    @test sample(Target("gmm40"), model; epsilon = 100, walkers = 1000).ess > 0.95
    for work in [() -> sample(Target("gaussian-10"), model; epsilon = 1), () -> tune!(Target("gaussian-10"), model)]
        e = thrown(work)
        @test e isa NetsError && e.code == NETS.ERRORS.dimension
    end
    for work in [() -> export_drift(model), () -> train(Target("gaussian-10"); drift = :exact)]
        e = thrown(work)
        @test e isa NetsError && e.code == NETS.ERRORS.unsupported
    end
    @test log_z(Target("gmm40")) == 0
end

@testset "tuning" begin
    target = Target("gaussian-10")
    model = train(target)
    tried = tune!(target, model; walkers = 500, steps = 50)
    @test length(tried) > 3 && all(p -> p.steps == 50, tried)
    best = info(model)
    @test best.steps == 50 && best.epsilon in [p.epsilon for p in tried] && best.integrator === :split
    # The choice is what a sample goes by.
    @test sample(target, model; walkers = 100).epsilon == best.epsilon
end
