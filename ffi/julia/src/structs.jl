# The structures of nets.h and nets_host.h, field by field, and their enumerators. The tests compare offsets, sizes and
# values with what a C compiler says.

"Mirrors of C structures that begin with their size: `T()` is all zero but for it."
abstract type CStruct end

function (::Type{T})() where {T<:CStruct}
    s = T(undef)
    GC.@preserve s ccall(:memset, Ptr{Cvoid}, (Ptr{Cvoid}, Cint, Csize_t), pointer_from_objref(s), 0, sizeof(T))
    s.struct_size = sizeof(T)
    s
end

# A mutable structure of plain fields; `T(undef)` has undefined contents.
macro cstruct(name, fields)
    constructor = if name isa Expr
        type, T = name.args
        :($type{$T}(::UndefInitializer) where {$T} = new{$T}())
    else
        :($name(::UndefInitializer) = new())
    end
    esc(quote
        mutable struct $name <: CStruct
            struct_size::UInt32
            $(fields.args...)
            $constructor
        end
    end)
end

@cstruct ErrorInfo begin
    code::Int32
    argument::Int32
    callback_code::Int32
    index::Int64
    value::Float64
    message::NTuple{256,UInt8}
end

@cstruct DensityOptions begin
    thread_safe::Int32
    layout::Int32
    schedule::Int32
    power::Float64
    name::Ptr{UInt8}
    base_mean::Ptr{Float64}
    base_sd::Ptr{Float64}
end

@cstruct TrainOptions begin
    drift::Int32
    precision::Int32
    threads::Int32
    seed::UInt64
    rounds::Int64
    checkpoint::Ptr{UInt8}
    resume::Ptr{UInt8}
    checkpoint_every::Float64
    progress::Ptr{Cvoid}
    user::Ptr{Cvoid}
end

@cstruct ModelDescription begin
    drift::Int32
    dim::Int64
    parameters::Int64
    train_seconds::Float64
    seed::UInt64
    epsilon::Float64
    steps::Int64
    integrator::Int32
    map::Int32
    move::Int32
end

@cstruct SampleOptions begin
    precision::Int32
    threads::Int32
    integrator::Int32
    map::Int32
    move::Int32
    resampling::Int32
    grid::Int32
    layout::Int32
    reserved::Int32
    seed::UInt64
    walkers::Int64
    steps::Int64
    epsilon::Float64
    until::Float64
    friction::Float64
    leaps::Int64
    resample_below::Float64
    conditional_ess::Float64
    pilot_walkers::Int64
    out::Ptr{UInt8}
    progress::Ptr{Cvoid}
    user::Ptr{Cvoid}
end

@cstruct Summary begin
    precision::Int32
    walkers::Int64
    steps::Int64
    epsilon::Float64
    log_z::Float64
    log_z_stderr::Float64
    ess::Float64
    ess_path_min::Float64
    max_weight::Float64
    lost_walkers::Int64
    resamplings::Int64
    acceptance::Float64
    seconds::Float64
end

@cstruct PathRecord begin
    capacity::Int64
    length::Int64
    times::Ptr{Float64}
    ess::Ptr{Float64}
    log_z::Ptr{Float64}
    log_z_stderr::Ptr{Float64}
end

struct TunePoint
    epsilon::Float64
    ess::Float64
    log_z::Float64
    log_z_stderr::Float64
    acceptance::Float64
    seconds::Float64
    steps::Int64
    lost_walkers::Int64
end

@cstruct WeightSummary begin
    log_mean::Float64
    log_mean_stderr::Float64
    ess::Float64
    max_weight::Float64
    lost::Int64
    walkers::Int64
end

@cstruct DriftDescription begin
    family::Int32
    precision::Int32
    dim::Int64
    parameters::Int64
end

@cstruct PathOptions{T} begin
    kind::Int32
    dim::Int64
    base_mean::Ptr{T}
    base_sd::Ptr{T}
    potential::Ptr{Cvoid}
    path::Ptr{Cvoid}
    user::Ptr{Cvoid}
    schedule::Int32
    axes::Int32
    power::T
    table_times::Ptr{T}
    table_values::Ptr{T}
    table_length::Int64
    components::Int64
    means::Ptr{T}
    weights::Ptr{T}
    sd::T
    mixture_base_sd::T
    side::Int64
    mass_squared::T
    coupling::T
    base_mass_squared::T
end

@cstruct StepOptions{T} begin
    integrator::Int32
    map::Int32
    move::Int32
    epsilon::T
    friction::T
    leaps::Int64
    scales::Ptr{T}
end

@cstruct CWalkers{T} begin
    known::Int32
    n::Int64
    d::Int64
    stride::Int64
    x::Ptr{T}
    gradient::Ptr{T}
    drift::Ptr{T}
    momentum::Ptr{T}
    potential::Ptr{T}
    log_weights::Ptr{Float64}
    accepted::Ptr{UInt32}
end

@cstruct RunOptions{T} begin
    resampling::Int32
    seed::UInt64
    first_walker::UInt64
    resample_stream::UInt64
    steps::Int64
    times::Ptr{T}
    epsilons::Ptr{T}
    resample_below::Float64
    progress::Ptr{Cvoid}
    user::Ptr{Cvoid}
    ess_path::Ptr{Float64}
    log_z_path::Ptr{Float64}
end

@cstruct RunSummary begin
    stopped::Int32
    steps::Int64
    log_z::Float64
    log_z_stderr::Float64
    ess::Float64
    max_weight::Float64
    lost::Int64
    resamplings::Int64
    acceptance::Float64
end

# Enumerators by their names in the headers, in lower case and without what they begin with.
const PRECISIONS = (f64 = 0, f32 = 1)
const DRIFTS = (features = 0, mlp = 1, exact = 2, zero = 3, lattice = 4, modes = 5)
const GRIDS = (uniform = 0, adaptive = 1)
const SCHEDULES = (linear = 0, power = 1, cosine = 2)
const INTEGRATORS = (split = 0, pair = 1, ito = 2)
const MAPS = (midpoint = 0, euler = 1)
const MOVES = (mala = 0, unadjusted = 1, inertial = 2, inertial_unadjusted = 3)
const RESAMPLINGS = (systematic = 0, stratified = 1, residual = 2, multinomial = 3)
const STREAMS = (base = 0, steps = 1, resample = 2)
const JACOBIANS = (zero = 0, diagonal = 1, full = 2)

"Number of an enumerator by its name, a symbol."
function enumerator(what, table::NamedTuple, name)
    if !(name isa Symbol && haskey(table, name))
        throw(ArgumentError("$what = $(repr(name)): should be one of $(join(repr.(keys(table)), ", "))"))
    end
    Int32(table[name])
end

"Name of an enumerator by its number; nothing for a number without one."
function enumerator_name(table::NamedTuple, number)
    i = findfirst(==(number), values(table))
    i === nothing ? nothing : keys(table)[i]
end

precision_number(::Type{Float64}) = Int32(PRECISIONS.f64)
precision_number(::Type{Float32}) = Int32(PRECISIONS.f32)
precision_number(other) = throw(ArgumentError("precision = $other: should be Float64 or Float32"))
