"""
The kernels of NETS for programs that keep their own loop, arrays and random numbers: a call of `libnets` each, in
`Float64` or `Float32`. Points are columns of `d × n` matrices; log weights are `Float64` in either precision.

| | |
|---|---|
| random numbers | [`normals!`](@ref), [`uniforms!`](@ref) |
| weights | [`weight_summary`](@ref), [`weighted_moments`](@ref) |
| resampling | [`resample`](@ref), [`ancestors`](@ref), [`gather!`](@ref) |
| drift | [`Drift`](@ref), [`evaluate`](@ref) |
| steps | [`Path`](@ref), [`Walkers`](@ref), [`Stepper`](@ref), [`start!`](@ref), [`step!`](@ref), [`run!`](@ref) |
"""
module Kernel

import ..NETS
using ..NETS: @call, KERNEL, symbol, check, enumerator
using ..NETS: Callback, PointWise, address, protected, coordinates, array_pointer

export normals!, uniforms!, weight_summary, weighted_moments, resample, ancestors, gather!
export Drift, evaluate, Path, Walkers, Stepper, start!, step!, run!, moved!

const Precision = Union{Float32,Float64}

"""
`@kernel T name(a::A, b::B, …)`: `@call` of `name_f64` or `name_f32`. In the types T is replaced by the precision, for
`ccall` passes an argument whose type is a type parameter as an object where the function was not specialised.
"""
macro kernel(T, call)
    name, arguments = call.args[1], call.args[2:end]
    with(S, type) = type === T ? S : type isa Expr ? Expr(type.head, map(t -> with(S, t), type.args)...) : type
    function branch(S, suffix)
        typed = [Expr(:(::), a.args[1], with(S, a.args[2])) for a in arguments]
        :(@call KERNEL $(Symbol(name, suffix))($(typed...)))
    end
    esc(:($T === Float64 ? $(branch(:Float64, :_f64)) : $(branch(:Float32, :_f32))))
end

include("kernel_weights.jl")
include("kernel_drift.jl")
include("kernel_steps.jl")

end
