# Densities written in Julia.

# U = |x - m|²/2s² + c: log Z = d log(2πs²)/2 - c
const CENTRE, WIDTH, SHIFT = [1.0, -2.0, 0.5], 0.7, 3.0
const EXACT_LOG_Z = 3 * log(2π * WIDTH^2) / 2 - SHIFT

gaussian(x) = sum(abs2, x .- CENTRE) / 2WIDTH^2 + SHIFT, (x .- CENTRE) ./ WIDTH^2

function gaussian_batched(u, G, X)
    for i in axes(X, 2)
        z = view(X, :, i) .- CENTRE
        u[i] = sum(abs2, z) / 2WIDTH^2 + SHIFT
        G[:, i] = z ./ WIDTH^2
    end
end

"A log density in the manner of LogDensityProblems, whose functions this module defines."
module LogDensities
struct Gaussian
    order::Any
end
struct LogDensityOrder{K} end
dimension(::Gaussian) = 3
capabilities(ℓ::Gaussian) = ℓ.order
logdensity_and_gradient(::Gaussian, x) = (u_g = Main.gaussian(x); (-u_g[1], -u_g[2]))
end

"The same functions in a module that is not the type's own."
module Interface
import ..LogDensities
dimension(ℓ) = 3
logdensity_and_gradient(ℓ, x) = LogDensities.logdensity_and_gradient(LogDensities.Gaussian(nothing), x)
end

const SETTINGS = (walkers = 1000, steps = 40, epsilon = 1.0, seed = 5)

@testset "log Z and bits" begin
    reference = sample(Target(3, gaussian; base_sd = 2), nothing; SETTINGS...)
    # The standard error of the estimate, which stays below 0.15 without a drift: a lost constant, a factor in the
    # gradient or a transposed array would be many of them.
    @test reference.log_z_stderr < 0.15
    @test abs(reference.log_z - EXACT_LOG_Z) < 4 * reference.log_z_stderr
    @test size(reference.x) == (3, 1000) && length(reference.log_weights) == 1000
    @test reference.steps == 40 && reference.epsilon == 1.0 && !reference.stopped
    @test length(reference.path.times) == 41 && reference.path.times[end] == 1
    @test reference.path.log_z[end] == reference.log_z && reference.path.ess[end] == reference.ess
    @test sum(normalized_weights(reference)) ≈ 1
    @test 1 / sum(abs2, normalized_weights(reference)) / 1000 ≈ reference.ess
    # log Z is that of the base plus the log of the mean weight.
    base_log_z = 3 * log(2π * 2^2) / 2
    @test log(sum(exp, reference.log_weights) / 1000) + base_log_z ≈ reference.log_z

    ℓ = LogDensities.Gaussian(LogDensities.LogDensityOrder{1}())
    for target in [Target(3, gaussian_batched; batched = true, base_sd = [2, 2, 2]), Target(ℓ; base_sd = 2),
                   Target(0; interface = Interface, base_sd = 2), Target(3, gaussian; base_sd = 2, base_mean = 0)]
        s = sample(target; SETTINGS...)
        @test s.x == reference.x && s.log_weights == reference.log_weights
    end
    @test sample(Target(3, gaussian; base_sd = 2); SETTINGS..., seed = 6).x != reference.x

    target = Target(3, gaussian)
    @test potential(target, [CENTRE zeros(3)]) ≈ [SHIFT, gaussian(zeros(3))[1]]
    @test dimension(target) == 3 && isnan(log_z(target))
    @test occursin("d = 3, a Julia function", repr(target))
end

@testset "a trained drift" begin
    target = Target(3, gaussian; base_sd = 2, name = "a Gaussian in Julia")
    model = train(target; seed = 3)
    s = sample(target, model; SETTINGS...)
    @test s.ess > 0.9
    @test s.log_z_stderr < 0.02 && abs(s.log_z - EXACT_LOG_Z) < 4 * s.log_z_stderr
    mean = s.x * normalized_weights(s)
    # Standard error of a coordinate's mean: WIDTH / sqrt(n ESS).
    @test all(abs.(mean .- CENTRE) .< 4 * WIDTH / sqrt(1000 * s.ess))
    @test startswith(info(model).target, "a Gaussian in Julia") && info(model).seed == 3
    single = sample(target, model; SETTINGS..., precision = Float32)
    @test single.x == Float32.(single.x)
    @test abs(single.log_z - EXACT_LOG_Z) < 4 * single.log_z_stderr
end

@testset "the package LogDensityProblems, if it is loaded" begin
    # One of this name, for it is not a dependency.
    mktempdir() do folder
        write(joinpath(folder, "LogDensityProblems.jl"), """
            module LogDensityProblems
            struct LogDensityOrder{K} end
            function dimension end
            function capabilities end
            function logdensity_and_gradient end
            end
            """)
        program = """
            push!(LOAD_PATH, $(repr(folder)))
            using NETS
            import LogDensityProblems
            struct Normal end
            LogDensityProblems.dimension(::Normal) = 2
            LogDensityProblems.capabilities(::Type{Normal}) = LogDensityProblems.LogDensityOrder{1}()
            LogDensityProblems.capabilities(::Normal) = LogDensityProblems.capabilities(Normal)
            LogDensityProblems.logdensity_and_gradient(::Normal, x) = (-sum(abs2, x) / 2, -x)
            print(potential(Target(Normal()), [1.0 3.0; 2.0 4.0]))
            """
        @test run_julia(program) == ("[2.5, 12.5]", true)
    end
end

@testset "log densities that cannot be used" begin
    @test occursin("no gradient", thrown(() -> Target(LogDensities.Gaussian(LogDensities.LogDensityOrder{0}()))).msg)
    @test occursin("not a log density", thrown(() -> Target(LogDensities.Gaussian(nothing))).msg)
    @test occursin("interface = …", thrown(() -> Target("gmm40" => 1)).msg)
end

@testset "allocations and garbage collection inside" begin
    reference = sample(Target(3, gaussian); SETTINGS..., walkers = 100)
    calls = 0
    function collecting(u, G, X)
        calls += 1
        kept = [rand(10) for _ in 1:100]
        GC.gc(calls % 10 == 0)
        gaussian_batched(u, G, X)
        sum(sum, kept) > 0 || error("impossible")
    end
    s = sample(Target(3, collecting; batched = true); SETTINGS..., walkers = 100)
    @test calls > 10
    @test s.x == reference.x && s.log_weights == reference.log_weights

    # Other tasks run while a density waits.
    ticks = 0
    ticking = true
    ticker = @async while ticking
        ticks += 1
        sleep(0.001)
    end
    waiting(u, G, X) = (sleep(0.01); gaussian_batched(u, G, X))
    s = sample(Target(3, waiting; batched = true); SETTINGS..., walkers = 100, steps = 3)
    ticking = false
    wait(ticker)
    @test ticks > 2 && !s.stopped
end

struct Planted <: Exception
    number::Int
end

"Throws at its `at`-th evaluation."
function failing(at, exception)
    calls = 0
    function f(x)
        calls += 1
        calls >= at && throw(exception)
        gaussian(x)
    end
end

@testset "exceptions come out with their type" begin
    for at in [1, 777], exception in [Planted(at), ErrorException("no"), DomainError(-1.0, "log"), InterruptException()]
        for work in [t -> sample(t; SETTINGS...), t -> train(t), t -> potential(t, zeros(3, 1000))]
            @test thrown(() -> work(Target(3, failing(at, exception)))) === exception
        end
    end
    # The target is usable afterwards: this one throws once.
    once = let calls = 0
        x -> (calls += 1) == 50 ? throw(Planted(50)) : gaussian(x)
    end
    target = Target(3, once)
    @test thrown(() -> sample(target; SETTINGS...)) === Planted(50)
    @test sample(target; SETTINGS...).x == sample(Target(3, gaussian); SETTINGS...).x
end

@testset "results of the wrong kind" begin
    for f in [x -> (0.0, zeros(2)), x -> (0.0, zeros(4))]
        @test thrown(() -> sample(Target(3, f); SETTINGS...)) isa DimensionMismatch
    end
    @test thrown(() -> sample(Target(3, x -> 0.0); SETTINGS...)) isa BoundsError
    @test thrown(() -> sample(Target(3, x -> ("U", x)); SETTINGS...)) isa MethodError
    @test thrown(() -> sample(Target(3, (u, G, X) -> u[length(u)+1] = 0; batched = true); SETTINGS...)) isa BoundsError
    @test thrown(() -> sample(Target(3, gaussian; batched = true); SETTINGS...)) isa MethodError
end

@testset "points outside of the support" begin
    for outside in [NaN, Inf]
        # A half-space: mass 1/2 of a standard normal.
        half(x) = x[1] > 0 ? sum(abs2, x) / 2 : outside, x
        u = potential(Target(2, half), [1.0 -1.0; 0.0 0.0])
        @test u[1] == 0.5 && !isfinite(u[2])
        s = sample(Target(2, half); SETTINGS...)
        @test 0 < s.lost_walkers < 1000
        @test all(s.x[1, isfinite.(s.log_weights)] .> 0)
    end
    e = thrown(() -> sample(Target(2, x -> (NaN, x)); SETTINGS...))
    @test e isa NetsError && e.code == NETS.ERRORS.all_lost
    # What a batched density leaves unwritten is outside too.
    e = thrown(() -> sample(Target(2, (u, G, X) -> nothing; batched = true); SETTINGS...))
    @test e isa NetsError && e.code == NETS.ERRORS.all_lost
end

@testset "arguments" begin
    @test thrown(() -> Target(0, gaussian)) isa ArgumentError
    @test thrown(() -> Target(2.0, gaussian)) isa MethodError
    @test thrown(() -> Target(3, gaussian; base_sd = [1, 1])) isa DimensionMismatch
    @test thrown(() -> Target(3, gaussian; schedule = :steep)) isa ArgumentError
    @test thrown(() -> potential(Target(3, gaussian), zeros(2, 5))) isa DimensionMismatch
    @test thrown(() -> sample(Target("gmm40"); wakers = 10)) isa ArgumentError
    for work in [() -> Target(3, gaussian; base_sd = -1), () -> Target(3, gaussian; base_mean = NaN),
                 () -> sample(Target("gmm40"); walkers = 0), () -> sample(Target("gmm40"); steps = -1),
                 () -> sample(Target("gmm40"); epsilon = -1.0), () -> sample(Target(3, gaussian); threads = 2)]
        e = thrown(work)
        @test e isa NetsError && e.code in (NETS.ERRORS.range, NETS.ERRORS.length)
    end
    for name in ["nothing-like-this", "plugin:nothing.so"]
        e = thrown(() -> Target(name))
        @test e isa NetsError && e.code == NETS.ERRORS.target && e.argument == 1
        @test occursin("NETS_ERR_TARGET", sprint(showerror, e))
    end
end

@testset "a density serves one call at a time" begin
    target = Target(3, x -> (potential(target, x[:, :]); gaussian(x)))
    e = thrown(() -> potential(target, zeros(3, 1)))
    @test e isa ArgumentError && occursin("is being evaluated", e.msg)
end

mutable struct Counted
end
(::Counted)(x) = gaussian(x)

@testset "closing" begin
    target = Target(3, gaussian)
    model = train(target)
    for handle in [target, model]
        close(handle)
        close(handle)
        finalize(handle)
        @test occursin("closed", repr(handle))
    end
    @test thrown(() -> sample(target)) isa ArgumentError
    @test thrown(() -> info(model)) isa ArgumentError
    # Handles that nothing refers to are freed by the collector, and their densities with them.
    freed = Ref(0)
    make() = (f = Counted(); finalizer(_ -> freed[] += 1, f); potential(Target(3, f), zeros(3, 1)); nothing)
    for _ in 1:20
        make()
    end
    GC.gc()
    GC.gc()
    @test freed[] >= 15
end
