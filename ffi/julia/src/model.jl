"""
A trained drift: from [`train`](@ref) or [`load_model`](@ref). Freed when nothing refers to it, or by `close`.
`stopped` is true if a progress function ended its training early.
"""
mutable struct Model
    handle::Ptr{Cvoid}
    stopped::Bool

    Model(handle::Ptr{Cvoid}, stopped) = finalizer(close, new(handle, stopped))
end

function Base.close(model::Model)
    handle, model.handle = model.handle, C_NULL
    handle == C_NULL || ccall(symbol(HOST, :nets_host_model_free), Cvoid, (Ptr{Cvoid},), handle)
    nothing
end

function Base.unsafe_convert(::Type{Ptr{Cvoid}}, model::Model)
    model.handle == C_NULL && throw(ArgumentError("this model has been closed"))
    model.handle
end

"""
    train(target; options…) -> Model

Trains a drift. Options, each with the library's default (that of `nets train`):

| | |
|---|---|
| `drift` | `:features` (local affine maps by least squares), `:mlp` (a network, PINN objective), `:lattice` (symmetries of a lattice, for `phi4`), `:modes` (modes far apart in many dimensions), `:exact`, `:zero` |
| `seed` | the same seed gives the same bits |
| `rounds` | of a network's training |
| `precision` | `Float64` or `Float32` |
| `threads` | 1, which is all that a density written in Julia can have |
| `checkpoint`, `checkpoint_every`, `resume` | file to write now and then, seconds between, file to go on from |
| `progress` | `f(stage, done, total, loss, ess)`; returning `true` ends the training, what was learned is kept |
"""
function train(target::Target; drift = :features, seed::Integer = 0, rounds = nothing, precision = nothing,
               threads::Integer = 1, checkpoint = nothing, checkpoint_every = nothing, resume = nothing,
               progress = nothing)
    options = TrainOptions()
    check(@call HOST nets_host_train_options_default(options::Ref{TrainOptions}, sizeof(TrainOptions)::UInt32))
    files = [file === nothing ? nothing : Base.cconvert(Cstring, String(file)) for file in (checkpoint, resume)]
    callback = progress_callback(progress, threads)
    options.drift = enumerator("drift", DRIFTS, drift)
    options.seed = seed
    options.threads = threads
    rounds === nothing || (options.rounds = rounds)
    precision === nothing || (options.precision = precision_number(precision))
    checkpoint_every === nothing || (options.checkpoint_every = checkpoint_every)
    handle = Ref{Ptr{Cvoid}}(C_NULL)
    # What came to be is freed even if a callback threw.
    model = nothing
    code = try
        GC.@preserve files callback begin
            options.checkpoint = text_pointer(files[1])
            options.resume = text_pointer(files[2])
            set_progress!(options, callback)
            check(protected(target.callback, callback) do
                @call HOST nets_host_train(target::Ptr{Cvoid}, options::Ref{TrainOptions}, handle::Ref{Ptr{Cvoid}})
            end, ERRORS.stopped)
        end
    finally
        handle[] == C_NULL || (model = Model(handle[], false))
    end
    model.stopped = code == ERRORS.stopped
    model
end

# On one thread there is a callback in any case: through it an interrupt ends the work.
function progress_callback(progress, threads)
    threads == 1 && return Callback(progress === nothing ? (arguments...) -> false : progress)
    progress === nothing && return nothing
    throw(ArgumentError("progress needs threads = 1: with more it is called on threads that Julia does not know"))
end

function set_progress!(options, callback)
    options.progress = callback === nothing ? C_NULL : progress_pointer()
    options.user = address(callback)
end

"""
    load_model(path) -> Model

A model from a file that [`save`](@ref) or `nets train` wrote.
"""
function load_model(path::AbstractString)
    handle = Ref{Ptr{Cvoid}}(C_NULL)
    check(@call HOST nets_host_model_load(path::Cstring, handle::Ref{Ptr{Cvoid}}))
    Model(handle[], false)
end

"""
    save(model, path)

Writes a model to a file, which [`load_model`](@ref) and `nets sample --model` read.
"""
function save(model::Model, path::AbstractString)
    check(@call HOST nets_host_model_save(model::Ptr{Cvoid}, path::Cstring))
    nothing
end

"""
    info(model)

What a model is: `target`, `drift` (in words), `objective` and `checksum` as texts, `family` (the `drift` of
[`train`](@ref)), `dim`, `parameters`, `seed` and `train_seconds`, and what [`tune!`](@ref) chose: `epsilon` (`NaN`
before), `steps` (0 before), `integrator` (`nothing` before), `map`, `move`.
"""
function info(model::Model)
    d = ModelDescription()
    check(@call HOST nets_host_model_describe(model::Ptr{Cvoid}, d::Ref{ModelDescription}))
    (target = text(model, "target"), drift = text(model, "drift"), objective = text(model, "objective"),
     checksum = text(model, "checksum"), family = enumerator_name(DRIFTS, d.drift), dim = Int(d.dim),
     parameters = Int(d.parameters), seed = d.seed, train_seconds = d.train_seconds, epsilon = d.epsilon,
     steps = Int(d.steps), integrator = enumerator_name(INTEGRATORS, d.integrator),
     map = enumerator_name(MAPS, d.map), move = enumerator_name(MOVES, d.move))
end

function text(model::Model, field)
    length = Ref{Int64}(0)
    read!(buffer, size) = check(@call HOST nets_host_model_text(
        model::Ptr{Cvoid}, field::Cstring, buffer::Ptr{UInt8}, size::Int64, length::Ref{Int64}))
    read!(C_NULL, 0)
    buffer = Vector{UInt8}(undef, length[] + 1)
    read!(buffer, Base.length(buffer))
    String(buffer[1:length[]])
end

"""
    export_drift(model; precision = Float64) -> Vector{UInt8}

The drift in the bytes that [`NETS.Kernel.Drift`](@ref) and `nets_drift_init_f64` or `_f32` read.
"""
function export_drift(model::Model; precision = Float64)
    length = Ref{Int64}(0)
    number = precision_number(precision)
    read!(buffer, size) = check(@call HOST nets_host_model_export(
        model::Ptr{Cvoid}, number::Int32, buffer::Ptr{Cvoid}, size::Int64, length::Ref{Int64}))
    read!(C_NULL, 0)
    buffer = Vector{UInt8}(undef, length[])
    read!(buffer, Base.length(buffer))
    buffer
end

Base.show(io::IO, model::Model) = model.handle == C_NULL ? print(io, "Model(closed)") :
    (i = info(model); print(io, "Model(", i.drift, " for ", i.target, ", d = ", i.dim, ")"))
