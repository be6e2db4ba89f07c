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

"`@kernel T name(arguments…)`: `@call` of the function `name_f64` or `name_f32`."
macro kernel(T, call)
    name, arguments = call.args[1], call.args[2:end]
    f64, f32 = QuoteNode(Symbol(name, :_f64)), QuoteNode(Symbol(name, :_f32))
    address = :(symbol(KERNEL, $T === Float64 ? $f64 : $f32))
    esc(:(@call KERNEL ($address)($(arguments...))))
end

include("kernel_weights.jl")
include("kernel_drift.jl")
include("kernel_steps.jl")

end
