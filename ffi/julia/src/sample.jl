"""
Weighted samples, and the estimates that go with them.

| field | |
|---|---|
| `x` | `d × n`: walker `i` is the column `x[:, i]` |
| `log_weights` | `n`, not normalised: the mean of `exp.(log_weights)` estimates `Z` over that of the base density |
| `log_z`, `log_z_stderr` | estimate of `log ∫ exp(-U)` and its standard error |
| `ess` | effective sample size as a fraction of the walkers |
| `ess_path_min` | the least of it along the path |
| `max_weight` | the largest weight, as a fraction of all |
| `lost_walkers` | walkers of weight zero |
| `resamplings`, `acceptance` | how often walkers were resampled; fraction of moves accepted, or `NaN` |
| `steps`, `epsilon` | along the path; diffusivity, `NaN` if it differs from step to step |
| `path` | `times`, `ess`, `log_z`, `log_z_stderr` along the path, `steps + 1` numbers each |
| `seconds` | taken |
| `stopped` | whether a progress function ended the run: `x` has the walkers that were finished |
"""
struct Sample
    x::Matrix{Float64}
    log_weights::Vector{Float64}
    log_z::Float64
    log_z_stderr::Float64
    ess::Float64
    ess_path_min::Float64
    max_weight::Float64
    lost_walkers::Int
    resamplings::Int
    acceptance::Float64
    steps::Int
    epsilon::Float64
    path::NamedTuple{(:times, :ess, :log_z, :log_z_stderr),NTuple{4,Vector{Float64}}}
    seconds::Float64
    stopped::Bool
end

function Base.show(io::IO, s::Sample)
    print(io, "Sample(", size(s.x, 2), " walkers in ", size(s.x, 1), " dimensions, log Z = ",
          round(s.log_z; sigdigits = 6), " ± ", round(s.log_z_stderr; sigdigits = 2), ", ESS ",
          round(s.ess; digits = 4), ")")
end

"Weights of the walkers, with sum 1: `s.x * normalized_weights(s)` is the estimate of the mean."
function normalized_weights(s::Sample)
    w = exp.(s.log_weights .- maximum(s.log_weights))
    w ./ sum(w)
end

"""
    sample(target, model = nothing; options…) -> Sample

Samples a target with a model's drift, or without one: annealed importance sampling. Options, each with the library's
default (that of `nets sample`):

| | |
|---|---|
| `walkers`, `steps` | 20000; the model's choice, or 100 |
| `epsilon` | diffusivity; the model's choice, or the best of a scan |
| `integrator` | `:split`, `:pair`, `:ito` |
| `map`, `move` | of `:split`: `:midpoint`, `:euler`; `:mala`, `:unadjusted`, `:inertial`, `:inertial_unadjusted` |
| `friction`, `leaps` | of inertial moves |
| `grid` | `:uniform`, or `:adaptive` with `conditional_ess` and `pilot_walkers` |
| `resampling`, `resample_below` | `:systematic`, `:stratified`, `:residual`, `:multinomial`; ESS fraction, 0: never |
| `until` | time at which to end, 1 |
| `seed` | the same seed gives the same bits, in Julia, C, C++ and the command |
| `precision`, `threads` | `Float64` or `Float32`; 1, which is all that a density written in Julia can have |
| `out` | `.npz` file to write as well |
| `progress` | `f(stage, done, total, loss, ess)`; returning `true` ends the run |
"""
function sample(target::Target, model::Union{Model,Nothing} = nothing; out = nothing, progress = nothing, options...)
    o = sample_options(; options...)
    d = dimension(target)
    # The library says what is wrong with a count that is not positive.
    n = max(o.walkers, 0)
    x, log_weights = Matrix{Float64}(undef, d, n), Vector{Float64}(undef, n)
    capacity = max(o.steps + 1, 1 << 14)
    path = (times = zeros(capacity), ess = zeros(capacity), log_z = zeros(capacity), log_z_stderr = zeros(capacity))
    record, summary = PathRecord(), Summary()
    file = out === nothing ? nothing : Base.cconvert(Cstring, String(out))
    callback = progress_callback(progress, o.threads)
    code = GC.@preserve file callback path begin
        o.out = text_pointer(file)
        set_progress!(o, callback)
        record.capacity = capacity
        record.times, record.ess = pointer(path.times), pointer(path.ess)
        record.log_z, record.log_z_stderr = pointer(path.log_z), pointer(path.log_z_stderr)
        check(protected(target.callback, callback) do
            @call HOST nets_host_sample(
                target::Ptr{Cvoid}, something(model, C_NULL)::Ptr{Cvoid}, o::Ref{SampleOptions}, x::Ptr{Float64},
                d::Int64, log_weights::Ptr{Float64}, record::Ref{PathRecord}, summary::Ref{Summary})
        end, ERRORS.stopped)
    end
    stopped = code == ERRORS.stopped
    if summary.walkers < n
        x, log_weights = x[:, 1:summary.walkers], log_weights[1:summary.walkers]
    end
    foreach(a -> resize!(a, min(record.length, capacity)), path)
    Sample(x, log_weights, summary.log_z, summary.log_z_stderr, summary.ess, summary.ess_path_min, summary.max_weight,
           summary.lost_walkers, summary.resamplings, summary.acceptance, summary.steps, summary.epsilon, path,
           summary.seconds, stopped)
end

"""
    tune!(target, model; options…)

Scans diffusivities and steps as `nets tune` does and writes the choice into the model. Options are those of
[`sample`](@ref). Returns what was tried, a vector of named tuples `epsilon`, `steps`, `ess`, `log_z`, `log_z_stderr`,
`acceptance`, `lost_walkers`, `seconds`.
"""
function tune!(target::Target, model::Model; progress = nothing, options...)
    o = sample_options(; options...)
    callback = progress_callback(progress, o.threads)
    points = Vector{TunePoint}(undef, 256)
    count = Ref{Int64}(0)
    GC.@preserve callback begin
        set_progress!(o, callback)
        check(protected(target.callback, callback) do
            @call HOST nets_host_tune(target::Ptr{Cvoid}, model::Ptr{Cvoid}, o::Ref{SampleOptions},
                                      points::Ptr{TunePoint}, length(points)::Int64, count::Ref{Int64})
        end)
    end
    tried = points[1:min(count[], length(points))]
    [NamedTuple{fieldnames(TunePoint)}(Tuple(getfield(p, f) for f in fieldnames(TunePoint))) for p in tried]
end

const SAMPLE_ENUMERATORS = (integrator = INTEGRATORS, map = MAPS, move = MOVES, grid = GRIDS, resampling = RESAMPLINGS)
const SAMPLE_NUMBERS = (:walkers, :steps, :epsilon, :until, :friction, :leaps, :conditional_ess, :pilot_walkers,
                        :resample_below, :seed, :threads)

# The library's defaults with these options in their place.
function sample_options(; options...)
    o = SampleOptions()
    check(@call HOST nets_host_sample_options_default(o::Ref{SampleOptions}, sizeof(SampleOptions)::UInt32))
    for (name, value) in options
        if haskey(SAMPLE_ENUMERATORS, name)
            setproperty!(o, name, enumerator(name, SAMPLE_ENUMERATORS[name], value))
        elseif name in SAMPLE_NUMBERS
            setproperty!(o, name, value)
        elseif name === :precision
            o.precision = precision_number(value)
        else
            known = [keys(SAMPLE_ENUMERATORS)..., SAMPLE_NUMBERS..., :precision, :out, :progress]
            throw(ArgumentError("no option $name: there are $(join(sort(known), ", "))"))
        end
    end
    o
end
