# The kernels on the caller's arrays.

using .Kernel

@testset "random numbers, $T" for T in [Float64, Float32]
    a = normals!(Vector{T}(undef, 10_000); seed = 1, walker = 2)
    @test a == normals!(Vector{T}(undef, 10_000); seed = 1, walker = 2)
    @test a != normals!(similar(a); seed = 2, walker = 2) && a != normals!(similar(a); seed = 1, walker = 3)
    @test a != normals!(similar(a); seed = 1, walker = 2, stream = :base)
    # Two numbers take the words of two uniforms: 4 for doubles, 2 for floats.
    @test a[101:200] == normals!(Vector{T}(undef, 100); seed = 1, walker = 2, position = 25 * sizeof(T))
    # Standard errors: 0.01 of the mean, 0.014 of the variance.
    @test abs(sum(a) / 10_000) < 0.04 && abs(sum(abs2, a) / 10_000 - 1) < 0.06
    u = uniforms!(Matrix{T}(undef, 100, 100); seed = 1, walker = 2)
    # Standard error of the mean: 0.0029.
    @test all(0 .<= u .<= 1) && abs(sum(u) / 10_000 - 0.5) < 0.012
    @test thrown(() -> normals!(T[]; seed = 1, walker = 0)).code == NETS.ERRORS.length
    @test thrown(() -> normals!(zeros(T, 1); seed = 1, walker = 0, stream = :other)) isa ArgumentError
end

@testset "weights and resampling" begin
    a = 3 .* randn(MersenneTwister(1), 200)
    w = exp.(a)
    s = weight_summary(a)
    @test s.log_mean ≈ log(sum(w) / 200) && s.ess ≈ sum(w)^2 / sum(abs2, w) / 200
    @test s.max_weight ≈ maximum(w) / sum(w) && s.lost == 0
    @test weight_summary([a; NaN; -Inf]).lost == 2
    @test weight_summary([-Inf, NaN]).ess == 0
    for T in [Float64, Float32]
        x = randn(MersenneTwister(2), T, 3, 200)
        mean, variance = weighted_moments(a, x)
        p = w ./ sum(w)
        @test mean ≈ x * p && variance ≈ (x .- mean) .^ 2 * p
        @test thrown(() -> weighted_moments(a[1:10], x)) isa DimensionMismatch
    end
    for scheme in keys(NETS.RESAMPLINGS)
        u = scheme === :systematic ? [0.3] : rand(MersenneTwister(3), 200)
        copies = resample(a, u; scheme = scheme)
        @test sum(copies) == 200
        # Fewer than one copy from the expected number; the law of independent draws has no such bound.
        expected = 200 .* w ./ sum(w)
        scheme === :systematic && @test all(abs.(copies .- expected) .< 1)
        from = ancestors(copies)
        @test [count(==(i), from) for i in 1:200] == copies
        @test all(from[i] == i for i in 1:200 if copies[i] > 0)
        x = randn(MersenneTwister(4), 3, 200)
        @test gather!(copy(x), from) == x[:, from]
    end
    @test thrown(() -> resample([-Inf, -Inf], [0.5])).code == NETS.ERRORS.all_lost
    @test thrown(() -> resample(a, [0.5]; scheme = :stratified)).code == NETS.ERRORS.length
    @test thrown(() -> resample(a, [1.5])).code == NETS.ERRORS.range
    @test thrown(() -> resample(a, [0.5]; scheme = :best)) isa ArgumentError
    @test thrown(() -> gather!(zeros(1, 3), [1, 2, 4])) isa NetsError
    @test thrown(() -> gather!(zeros(1, 3), [1, 2])) isa DimensionMismatch
end

# A density with a trained drift, from the tests of densities.
const TARGET = Target(3, gaussian; base_sd = 2)
const MODEL = train(TARGET; seed = 3)
const BYTES = export_drift(MODEL)

@testset "drifts from bytes" begin
    drift = Drift{Float64}(BYTES)
    x = randn(MersenneTwister(5), 3, 70)
    b, divergence = evaluate(drift, 0.4, x; divergence = true)
    @test b == evaluate(drift, 0.4, x) && size(b) == (3, 70)
    # The divergence by central differences, whose error is about 1e-8.
    h = 1e-5
    differences = zeros(70)
    for j in 1:3
        e = h .* (1:3 .== j)
        differences .+= (evaluate(drift, 0.4, x .+ e)[j, :] .- evaluate(drift, 0.4, x .- e)[j, :]) ./ 2h
    end
    @test maximum(abs.(differences .- divergence)) < 1e-6 * max(1, maximum(abs, divergence))
    # In single precision the same to its accuracy.
    single = Drift{Float32}(export_drift(MODEL; precision = Float32))
    @test evaluate(single, 0.4, Float32.(x)) ≈ b rtol = 1e-3
    @test thrown(() -> evaluate(drift, 0.4, zeros(2, 5))) isa DimensionMismatch
    for bytes in [UInt8[], BYTES[1:10], BYTES[1:end-1], (c = copy(BYTES); c[end÷2] ⊻= 0x10; c), zeros(UInt8, 1000)]
        @test thrown(() -> Drift{Float64}(bytes)).code in (NETS.ERRORS.model, NETS.ERRORS.length)
    end
end

const PATH = Path{Float64}(3, gaussian; base_sd = 2)

"Final walkers of a loop with the caller's own random numbers."
function own_loop(stepper, x; steps, rng)
    walkers = Walkers(x)
    for k in 1:steps
        step!(walkers, stepper, (k - 1) / steps, k / steps, randn(rng, size(x)...), rand(rng, size(x, 2)))
    end
    walkers
end

@testset "steps in the caller's loop and matrices" begin
    x = 2 .* randn(MersenneTwister(6), 3, 1000)
    for (drift, tolerance) in [(nothing, 0.15), (Drift{Float64}(BYTES), 0.02)]
        walkers = own_loop(Stepper(PATH, drift; n = 1000, epsilon = 1), copy(x); steps = 40, rng = MersenneTwister(7))
        s = weight_summary(walkers.log_weights)
        # exp of the mean weight is Z over that of the base, with a standard error that has to be small.
        ratio = EXACT_LOG_Z - 3 * log(2π * 2^2) / 2
        @test s.log_mean_stderr < tolerance && abs(s.log_mean - ratio) < 4 * s.log_mean_stderr
        mean, _ = weighted_moments(walkers.log_weights, walkers.x)
        @test all(abs.(mean .- CENTRE) .< 4 * WIDTH / sqrt(1000 * s.ess))
        @test all(walkers.accepted .<= 40) && sum(walkers.accepted) > 20_000
    end
    mine = copy(x)
    walkers = Walkers(mine)
    stepper = Stepper(PATH; n = 1000, epsilon = 1, integrator = :pair)
    step!(walkers, stepper, 0.0, 0.1, zero(x), zeros(1000))
    @test walkers.x === mine && mine != x
    @test thrown(() -> step!(walkers, stepper, 0.0, 0.1, zeros(2, 1000), zeros(1000))) isa DimensionMismatch
    @test thrown(() -> step!(walkers, stepper, 0.0, 0.1, zero(x), zeros(10))) isa DimensionMismatch
    @test thrown(() -> step!(walkers, stepper, 0.5, 0.1, zero(x), zeros(1000))).code == NETS.ERRORS.range
    @test thrown(() -> Walkers(x; momentum = zeros(3, 10))) isa DimensionMismatch
    @test thrown(() -> step!(Walkers(zeros(2, 5)), stepper, 0.0, 0.1; seed = 1, step = 0)) isa DimensionMismatch
    @test thrown(() -> start!(Walkers(zeros(3, 1001)), stepper; seed = 1)) isa DimensionMismatch
end

@testset "the kernel's sampler and the host's give the same bits" begin
    for integrator in [:split, :pair]
        stepper = Stepper(PATH, Drift{Float64}(BYTES); n = 100, epsilon = 1, integrator = integrator)
        host = sample(TARGET, MODEL; walkers = 100, steps = 30, epsilon = 1, seed = 9, integrator = integrator)
        walkers = Walkers(zeros(3, 100))
        r = run!(walkers, stepper; steps = 30, seed = 9)
        @test walkers.x == host.x && walkers.log_weights == host.log_weights
        @test r.log_z ≈ host.log_z && r.ess ≈ host.ess && r.steps == 30 && !r.stopped
        @test r.log_z_path[end] == r.log_z && r.ess_path[end] == r.ess
        stepwise = start!(Walkers(zeros(3, 100)), stepper; seed = 9)
        for k in 0:29
            step!(stepwise, stepper, k / 30, (k + 1) / 30; seed = 9, step = k)
        end
        @test stepwise.x == walkers.x && stepwise.log_weights == walkers.log_weights
    end
end

@testset "single precision" begin
    path = Path{Float32}(3, x -> (@assert x isa Vector{Float32}; gaussian(x)); base_sd = 2)
    drift = Drift{Float32}(export_drift(MODEL; precision = Float32))
    walkers = Walkers(zeros(Float32, 3, 1000))
    r = run!(walkers, Stepper(path, drift; n = 1000, epsilon = 1); steps = 40, seed = 1)
    @test r.log_z_stderr < 0.02 && abs(r.log_z - EXACT_LOG_Z) < 4 * r.log_z_stderr
end

@testset "functions that fail" begin
    for at in [1, 50]
        path = Path{Float64}(3, failing(at, Planted(at)))
        stepper = Stepper(path; n = 100, epsilon = 1)
        @test thrown(() -> run!(Walkers(zeros(3, 100)), stepper; steps = 5, seed = 1)) === Planted(at)
    end
    path = Path{Float64}(3, x -> (0.0, zeros(2)))
    nine() = Walkers(zeros(3, 9))
    @test thrown(() -> run!(nine(), Stepper(path; n = 9, epsilon = 1); steps = 3, seed = 1)) isa DimensionMismatch
    path = Path{Float64}(3, (u, G, X) -> nothing; batched = true)
    r = thrown(() -> run!(nine(), Stepper(path; n = 9, epsilon = 1); steps = 3, seed = 1))
    @test r isa NetsError && r.code == NETS.ERRORS.all_lost
    reference = run!(Walkers(zeros(3, 100)), Stepper(PATH; n = 100, epsilon = 1); steps = 5, seed = 1)
    collecting = Path{Float64}(3, x -> (GC.gc(false); gaussian(x)); base_sd = 2)
    r = run!(Walkers(zeros(3, 100)), Stepper(collecting; n = 100, epsilon = 1); steps = 5, seed = 1)
    @test r.log_z == reference.log_z
    r = run!(Walkers(zeros(3, 100)), Stepper(PATH; n = 100, epsilon = 1); steps = 5, seed = 1,
             progress = (step, steps, ess) -> step == 2)
    @test r.stopped && r.steps == 2
    fail(arguments...) = throw(Planted(3))
    @test thrown(() -> run!(Walkers(zeros(3, 100)), Stepper(PATH; n = 100, epsilon = 1); steps = 5, seed = 1,
                            progress = fail)) === Planted(3)
    @test thrown(() -> run!(nine(), Stepper(PATH; n = 9, epsilon = 1); steps = 0, seed = 1)) isa NetsError
    @test thrown(() -> Stepper(PATH; n = 0, epsilon = 1)) isa NetsError
    @test thrown(() -> Path{Float64}(3, gaussian; base_sd = -1)) isa NetsError
end
