# Progress functions: what they are told, and how they end things.

const GMM40 = Target("gmm40")

@testset "reports" begin
    stages = String[]
    model = train(GMM40; progress = (stage, done, total, loss, ess) -> (push!(stages, stage); 0 <= done <= total))
    @test model.stopped && Set(stages) == Set(["fitting"])   # `true` is to stop
    empty!(stages)
    model = train(GMM40; progress = (stage, done, total, loss, ess) -> (push!(stages, stage); nothing))
    @test !model.stopped && length(stages) > 1
    counts = Tuple{Int,Int}[]
    s = sample(GMM40, model; walkers = 1000, epsilon = 100,
               progress = (stage, done, total, loss, ess) -> (push!(counts, (done, total)); nothing))
    @test !s.stopped && all(done <= total for (done, total) in counts) && !isempty(counts)
    @test s.x == sample(GMM40, model; walkers = 1000, epsilon = 100).x
end

const GMM40_MODEL = train(GMM40)

@testset "stopping" begin
    model = GMM40_MODEL
    # Without a diffusivity there is a scan first.
    s = sample(GMM40, model; progress = (arguments...) -> true)
    @test s.stopped && size(s.x) == (2, 0) && isempty(s.log_weights)
    whole = sample(GMM40, model; walkers = 20_000, steps = 10, epsilon = 10)
    s = sample(GMM40, model; walkers = 20_000, steps = 10, epsilon = 10,
               progress = (stage, done, total, loss, ess) -> done >= total ÷ 2)
    n = size(s.x, 2)
    @test s.stopped && 0 < n < 20_000
    @test s.x == whole.x[:, 1:n] && s.log_weights == whole.log_weights[1:n]
    e = thrown(() -> tune!(GMM40, model; progress = (arguments...) -> true))
    @test e isa NetsError && e.code == NETS.ERRORS.stopped
    @test isnan(info(model).epsilon)
end

@testset "exceptions" begin
    fail(arguments...) = throw(Planted(1))
    model = GMM40_MODEL
    for work in [() -> train(GMM40; progress = fail), () -> sample(GMM40, model; epsilon = 1, progress = fail),
                 () -> tune!(GMM40, model; progress = fail)]
        @test thrown(work) === Planted(1)
    end
    e = thrown(() -> sample(GMM40; threads = 2, progress = fail))
    @test e isa ArgumentError && occursin("threads = 1", e.msg)
end

@testset "an interrupt ends the work" begin
    # With no density of Julia's, an interrupt waits until the library reports.
    program = """
        using NETS
        ccall(:jl_exit_on_sigint, Cvoid, (Cint,), 0)
        target = Target("gmm40")
        model = train(target)
        begun = time()
        run(`sh -c "sleep 1; kill -INT \$(getpid())"`; wait = false)
        try
            sample(target, model; walkers = 100_000_000, steps = 1000, epsilon = 1.0)
            println("it ran to its end")
        catch e
            println(typeof(e), " after ", time() - begun < 30 ? "little" : "much", " time")
        end
        """
    output, ended_well = run_julia(program)
    @test occursin("InterruptException after little time", output)
end
