# The path, the walkers in the caller's matrices, and the steps.

"""
    Path{T}(d, f; batched = false, base_mean = nothing, base_sd = nothing, schedule = :linear, power = nothing)

The geometric path from a Gaussian to `exp(-U)`, `U` and its gradient from `f` as in [`Target`](@ref NETS.Target).
"""
mutable struct Path{T<:Precision}
    dim::Int
    memory::Memory
    handle::Ptr{Cvoid}
    callback::Callback

    function Path{T}(d::Integer, f; batched::Bool = false, base_mean = nothing, base_sd = nothing, schedule = :linear,
                     power = nothing) where {T<:Precision}
        mean, sd = coordinates("base_mean", base_mean, d, T), coordinates("base_sd", base_sd, d, T)
        callback = Callback(batched ? f : PointWise(f, Vector{T}(undef, d)))
        o = NETS.PathOptions{T}()
        check(@kernel T nets_path_options_default(o::Ref{NETS.PathOptions{T}}, sizeof(o)::UInt32))
        handle = Ref{Ptr{Cvoid}}(C_NULL)
        GC.@preserve mean sd callback begin
            o.dim = d
            o.base_mean, o.base_sd = array_pointer(mean), array_pointer(sd)
            o.potential, o.user = NETS.potential_pointer(T), address(callback)
            o.schedule = enumerator("schedule", NETS.SCHEDULES, schedule)
            power === nothing || (o.power = power)
            size, align = Ref{Int64}(0), Ref{Int64}(0)
            check(@kernel T nets_path_workspace(o::Ref{NETS.PathOptions{T}}, size::Ref{Int64}, align::Ref{Int64}))
            memory = Memory(size[], align[])
            check(@kernel T nets_path_init(o::Ref{NETS.PathOptions{T}}, memory.pointer::Ptr{Cvoid}, memory.size::Int64,
                                           handle::Ref{Ptr{Cvoid}}))
        end
        new{T}(d, memory, handle[], callback)
    end
end

Base.unsafe_convert(::Type{Ptr{Cvoid}}, path::Path) = path.handle

"""
    Walkers(x; momentum = nothing)

Walkers at the columns of `x`, which stays the caller's matrix: steps move them there. `gradient` and `drift` are
`d × n`, `potential`, `log_weights` and `accepted` (moves, counted) have `n` numbers. After changing `x` call
[`moved!`](@ref), for steps start from the potentials and gradients that the last one left.
"""
mutable struct Walkers{T<:Precision}
    x::Matrix{T}
    gradient::Matrix{T}
    drift::Matrix{T}
    momentum::Matrix{T}
    potential::Vector{T}
    log_weights::Vector{Float64}
    accepted::Vector{UInt32}
    c::NETS.CWalkers{T}
end

function Walkers(x::Matrix{T}; momentum::Matrix{T} = zero(x)) where {T<:Precision}
    d, n = size(x)
    same_size("momentum", size(momentum), (d, n))
    c = NETS.CWalkers{T}()
    walkers = Walkers(x, zero(x), zero(x), momentum, zeros(T, n), zeros(n), zeros(UInt32, n), c)
    c.n, c.d, c.stride = n, d, d
    c.x, c.momentum = pointer(x), pointer(momentum)
    c.gradient, c.drift = pointer(walkers.gradient), pointer(walkers.drift)
    c.potential, c.log_weights = pointer(walkers.potential), pointer(walkers.log_weights)
    c.accepted = pointer(walkers.accepted)
    walkers
end

"Tells that `walkers.x` was changed: the next step evaluates potential, gradient and drift anew."
moved!(walkers::Walkers) = (walkers.c.known = 0; walkers)

"""
    Stepper(path, drift = nothing; n, epsilon, integrator = :split, map = :midpoint, move = :mala, friction, leaps)

How `n` walkers step along a path, with a drift or without. Keeps the memory that steps want: one task at a time.
"""
struct Stepper{T<:Precision}
    path::Path{T}
    drift::Union{Drift{T},Nothing}
    options::NETS.StepOptions{T}
    n::Int
    workspace::Memory
end

function Stepper(path::Path{T}, drift::Union{Drift{T},Nothing} = nothing; n::Integer, epsilon::Real,
                 integrator = :split, map = :midpoint, move = :mala, friction = nothing, leaps = nothing) where {T}
    o = NETS.StepOptions{T}()
    check(@kernel T nets_step_options_default(o::Ref{NETS.StepOptions{T}}, sizeof(o)::UInt32))
    o.epsilon = epsilon
    o.integrator = enumerator("integrator", NETS.INTEGRATORS, integrator)
    o.map = enumerator("map", NETS.MAPS, map)
    o.move = enumerator("move", NETS.MOVES, move)
    friction === nothing || (o.friction = friction)
    leaps === nothing || (o.leaps = leaps)
    Stepper(path, drift, o, Int(n), workspace(T, path, something(drift, C_NULL), n, Memory(0, 1)))
end

# Whether the stepper has room for the walkers.
function check_size(stepper::Stepper, walkers::Walkers)
    d, n = size(walkers.x)
    d == stepper.path.dim || throw(DimensionMismatch("walkers of $d coordinates, a path of $(stepper.path.dim)"))
    n <= stepper.n || throw(DimensionMismatch("$n walkers, a stepper for $(stepper.n)"))
end

# Makes a call that works on the walkers with the stepper's memory, and keeps both alive.
function on(call, stepper::Stepper, walkers::Walkers)
    check_size(stepper, walkers)
    GC.@preserve stepper walkers check(protected(call, stepper.path.callback))
    walkers
end

"""
    start!(walkers, stepper; seed, first_walker = 0)

Draws the walkers from the base density with the library's random numbers; their log weights become 0.
"""
function start!(walkers::Walkers{T}, stepper::Stepper{T}; seed::Integer, first_walker::Integer = 0) where {T}
    w = stepper.workspace
    on(stepper, walkers) do
        @kernel T nets_sampler_start(stepper.path::Ptr{Cvoid}, seed::UInt64, first_walker::UInt64,
                                     walkers.c::Ref{NETS.CWalkers{T}}, w.pointer::Ptr{Cvoid}, w.size::Int64)
    end
end

"""
    step!(walkers, stepper, t, next, xi, uniforms)

A step from time `t` to `next` with the caller's random numbers: standard normals `xi` (`d × n`) and `uniforms` (`n`).

    step!(walkers, stepper, t, next; seed, step, first_walker = 0)

With the library's, those of the `step`-th step (from 0).
"""
function step!(walkers::Walkers{T}, stepper::Stepper{T}, t::Real, next::Real, xi::Matrix{T},
               uniforms::Vector{T}) where {T}
    same_size("xi", size(xi), size(walkers.x))
    same_length("uniforms", length(uniforms), size(walkers.x, 2))
    w = stepper.workspace
    on(stepper, walkers) do
        @kernel T nets_step(stepper.path::Ptr{Cvoid}, something(stepper.drift, C_NULL)::Ptr{Cvoid},
                            stepper.options::Ref{NETS.StepOptions{T}}, t::T, next::T, xi::Ptr{T}, uniforms::Ptr{T},
                            walkers.c::Ref{NETS.CWalkers{T}}, w.pointer::Ptr{Cvoid}, w.size::Int64)
    end
end

function step!(walkers::Walkers{T}, stepper::Stepper{T}, t::Real, next::Real; seed::Integer, step::Integer,
               first_walker::Integer = 0) where {T}
    w = stepper.workspace
    on(stepper, walkers) do
        @kernel T nets_sampler_step(stepper.path::Ptr{Cvoid}, something(stepper.drift, C_NULL)::Ptr{Cvoid},
                                    stepper.options::Ref{NETS.StepOptions{T}}, seed::UInt64, first_walker::UInt64,
                                    step::Int64, t::T, next::T, walkers.c::Ref{NETS.CWalkers{T}},
                                    w.pointer::Ptr{Cvoid}, w.size::Int64)
    end
end

"""
    run!(walkers, stepper; steps, seed, first_walker = 0, resample_below = 0, resampling = :systematic, progress)

The whole way from the base density to time 1 in `steps` equal steps. `progress(step, steps, ess)` ends it by returning
`true`. Returns `log_z`, `log_z_stderr`, `ess`, `max_weight`, `lost`, `resamplings`, `acceptance`, `steps`, `stopped`,
and `ess_path` and `log_z_path` at the `steps + 1` times.
"""
function run!(walkers::Walkers{T}, stepper::Stepper{T}; steps::Integer, seed::Integer, first_walker::Integer = 0,
              resample_below::Real = 0, resampling = :systematic, progress = nothing) where {T}
    o, summary = NETS.RunOptions{T}(), NETS.RunSummary()
    check(@kernel T nets_run_options_default(o::Ref{NETS.RunOptions{T}}, sizeof(o)::UInt32))
    o.steps, o.seed, o.first_walker, o.resample_below = steps, seed, first_walker, resample_below
    o.resampling = enumerator("resampling", NETS.RESAMPLINGS, resampling)
    # The library says what is wrong with a count that is not positive.
    ess_path, log_z_path = fill(NaN, max(steps, 0) + 1), fill(NaN, max(steps, 0) + 1)
    callback = Callback(progress === nothing ? (arguments...) -> false : progress)
    check_size(stepper, walkers)
    w = stepper.workspace
    GC.@preserve walkers stepper callback ess_path log_z_path begin
        o.progress, o.user = NETS.step_progress_pointer(), address(callback)
        o.ess_path, o.log_z_path = pointer(ess_path), pointer(log_z_path)
        check(protected(stepper.path.callback, callback) do
            @kernel T nets_sampler_run(
                stepper.path::Ptr{Cvoid}, something(stepper.drift, C_NULL)::Ptr{Cvoid},
                stepper.options::Ref{NETS.StepOptions{T}}, o::Ref{NETS.RunOptions{T}},
                walkers.c::Ref{NETS.CWalkers{T}}, w.pointer::Ptr{Cvoid}, w.size::Int64, summary::Ref{NETS.RunSummary})
        end, NETS.ERRORS.stopped)
    end
    (log_z = summary.log_z, log_z_stderr = summary.log_z_stderr, ess = summary.ess, max_weight = summary.max_weight,
     lost = Int(summary.lost), resamplings = Int(summary.resamplings), acceptance = summary.acceptance,
     steps = Int(summary.steps), stopped = summary.stopped != 0, ess_path = ess_path, log_z_path = log_z_path)
end
