# Drifts from the bytes of a model, in Julia's memory.

"Memory for the library: bytes, and a pointer into them with the alignment that was asked for."
struct Memory
    bytes::Vector{UInt8}
    pointer::Ptr{Cvoid}
    size::Int64
end

function Memory(size::Integer, align::Integer)
    bytes = Vector{UInt8}(undef, size + align)
    start = UInt(pointer(bytes))
    Memory(bytes, Ptr{Cvoid}(cld(start, align) * align), size)
end

"""
    Drift{T}(bytes)

A drift from the bytes of [`export_drift`](@ref NETS.export_drift), which it copies; `T` is `Float64` or `Float32`.
`evaluate(drift, t, x)` is `b_t` at the columns of `x`.
"""
mutable struct Drift{T<:Precision}
    dim::Int
    memory::Memory
    handle::Ptr{Cvoid}
    workspace::Memory

    function Drift{T}(bytes::Vector{UInt8}) where {T<:Precision}
        description = NETS.DriftDescription()
        check(@call KERNEL nets_drift_check(bytes::Ptr{Cvoid}, length(bytes)::Int64,
                                            description::Ref{NETS.DriftDescription}))
        size, align = Ref{Int64}(0), Ref{Int64}(0)
        check(@kernel T nets_drift_workspace(bytes::Ptr{Cvoid}, length(bytes)::Int64, size::Ref{Int64},
                                             align::Ref{Int64}))
        memory = Memory(size[], align[])
        handle = Ref{Ptr{Cvoid}}(C_NULL)
        GC.@preserve memory check(@kernel T nets_drift_init(
            bytes::Ptr{Cvoid}, length(bytes)::Int64, memory.pointer::Ptr{Cvoid}, memory.size::Int64,
            handle::Ref{Ptr{Cvoid}}))
        new{T}(description.dim, memory, handle[], Memory(0, 1))
    end
end

Base.unsafe_convert(::Type{Ptr{Cvoid}}, drift::Drift) = drift.handle

"""
    evaluate(drift, t, x; divergence = false) -> b, or (b, divergence)

The drift `b_t` (`d × n`) at the columns of `x`, and its divergence (`n` numbers). One task at a time: the drift has the
memory that the calculation wants.
"""
function evaluate(drift::Drift{T}, t::Real, x::Matrix{T}; divergence::Bool = false) where {T}
    d, n = size(x)
    d == drift.dim || throw(DimensionMismatch("points of $d coordinates, a drift of $(drift.dim)"))
    drift.workspace = workspace(T, C_NULL, drift, n, drift.workspace)
    b, divergences = similar(x), divergence ? Vector{T}(undef, n) : nothing
    GC.@preserve divergences check(@kernel T nets_drift_evaluate(
        drift::Ptr{Cvoid}, t::T, x::Ptr{T}, n::Int64, d::Int64, b::Ptr{T}, array_pointer(divergences)::Ptr{T},
        C_NULL::Ptr{T}, drift.workspace.pointer::Ptr{Cvoid}, drift.workspace.size::Int64))
    divergence ? (b, divergences) : b
end

# Memory for steps and evaluations of n walkers: what there is, if it is enough.
function workspace(::Type{T}, path, drift, n, present::Memory) where {T}
    size, align = Ref{Int64}(0), Ref{Int64}(0)
    check(@kernel T nets_step_workspace(path::Ptr{Cvoid}, drift::Ptr{Cvoid}, n::Int64, size::Ref{Int64},
                                        align::Ref{Int64}))
    enough = size[] <= present.size && UInt(present.pointer) % align[] == 0
    enough ? present : Memory(size[], align[])
end
