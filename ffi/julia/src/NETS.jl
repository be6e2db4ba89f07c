"""
NETS, the Non-Equilibrium Transport Sampler, from Julia: train a drift for a density known through its potential
`U(x)` and gradient, sample it with exact weights, and estimate its normalising constant.

    target = Target(2, x -> (sum(abs2, x) / 2, x))       # U and ∇U of a standard normal
    model = train(target)
    s = sample(target, model; epsilon = 1.0)
    s.log_z, s.log_z_stderr                              # log ∫ exp(-U)

Points are the columns of `d × n` matrices: in memory these are the row-major `n × d` arrays of the C interface, so
nothing is copied. [`NETS.Kernel`](@ref) has the kernels for programs with a loop of their own.

The package calls `libnets_host` (and `NETS.Kernel` calls `libnets`). They are looked for in the folder that the
environment variable `NETS_LIB` names, or without one where the system's loader looks.
"""
module NETS

using Libdl

export Target, Model, Sample, NetsError, LibraryError
export train, sample, tune!, save, load_model, info, export_drift
export dimension, log_z, potential, normalized_weights

include("library.jl")
include("structs.jl")
include("errors.jl")
include("callback.jl")
include("target.jl")
include("model.jl")
include("sample.jl")
include("kernel.jl")

end
