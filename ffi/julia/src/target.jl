"""
    Target(spec)

A target of the library: a name of `nets targets` with its parameters, such as `"gmm40"` or `"gaussian-10"`,
`"plugin:PATH.so"` or `"stan:MODEL.so?data=FILE.json"`.

    Target(d, f; batched = false, base_mean = nothing, base_sd = nothing, schedule = :linear, power, name = "density")

A density `exp(-U)` on `d` coordinates, of which `f` gives the potential and its gradient:

- `f(x) -> (U, ∇U)` at one point, a `Vector{Float64}` that is reused: copy what is to be kept;
- with `batched = true`, `f(u, G, X)` at many: writes `u[i]` and `G[:, i]` for the column `X[:, i]`. The arrays are the
  library's own and are not there any more when `f` returns. What is left `NaN` is outside of the support.

Where `U` is `Inf` or `NaN` a walker is lost: its weight is zero, and it is counted. An exception ends the run and comes
out of the call that started it.

Walkers begin in a Gaussian with `base_mean` and `base_sd` (0 and 1 by default; numbers or `d` of them) and follow
`U_t = (1 - β(t)) U_0 + β(t) U` with the `schedule` `:linear`, `:power` (`β = t^power`) or `:cosine`.

    Target(ℓ; interface = nothing, options…)

A log density that implements LogDensityProblems: `U = -log density`. See [`log_density_interface`](@ref) for how its
functions are found. Options as above, but for `batched`.

A function `f` is called on the thread that called the library, never on another, so that `threads` has to be 1.
Targets are freed when nothing refers to them, or by `close`.
"""
mutable struct Target
    handle::Ptr{Cvoid}
    callback::Union{Callback,Nothing}   # the root of what the library calls

    Target(handle::Ptr{Cvoid}, callback) = finalizer(close, new(handle, callback))
end

function Base.close(target::Target)
    handle, target.handle = target.handle, C_NULL
    handle == C_NULL || ccall(symbol(HOST, :nets_host_target_free), Cvoid, (Ptr{Cvoid},), handle)
    nothing
end

function Base.unsafe_convert(::Type{Ptr{Cvoid}}, target::Target)
    target.handle == C_NULL && throw(ArgumentError("this target has been closed"))
    target.handle
end

function Target(spec::AbstractString)
    handle = Ref{Ptr{Cvoid}}(C_NULL)
    check(@call HOST nets_host_target_named(spec::Cstring, handle::Ref{Ptr{Cvoid}}))
    Target(handle[], nothing)
end

function Target(d::Integer, f; batched::Bool = false, base_mean = nothing, base_sd = nothing, schedule = :linear,
                power = nothing, name::AbstractString = "density")
    d >= 1 || throw(ArgumentError("d = $d: a density has at least one coordinate"))
    mean, sd = coordinates("base_mean", base_mean, d), coordinates("base_sd", base_sd, d)
    c_name = Base.cconvert(Cstring, String(name))
    callback = Callback(batched ? f : PointWise(f, Vector{Float64}(undef, d)))
    handle = Ref{Ptr{Cvoid}}(C_NULL)
    options = DensityOptions()
    check(@call HOST nets_host_density_options_default(options::Ref{DensityOptions}, sizeof(DensityOptions)::UInt32))
    GC.@preserve mean sd c_name callback begin
        # A Julia function may run on the caller's thread alone.
        options.thread_safe = 0
        options.schedule = enumerator("schedule", SCHEDULES, schedule)
        power === nothing || (options.power = power)
        options.name = text_pointer(c_name)
        options.base_mean = array_pointer(mean)
        options.base_sd = array_pointer(sd)
        check(@call HOST nets_host_target_density(
            d::Int64, potential_pointer(Float64)::Ptr{Cvoid}, address(callback)::Ptr{Cvoid},
            options::Ref{DensityOptions}, handle::Ref{Ptr{Cvoid}}))
    end
    Target(handle[], callback)
end

function Target(ℓ; interface::Union{Module,Nothing} = nothing, options...)
    d, f = log_density(ℓ, interface === nothing ? log_density_interface(ℓ) : interface)
    Target(d, f; options...)
end

array_pointer(::Nothing) = C_NULL
array_pointer(a::Array) = pointer(a)
text_pointer(::Nothing) = C_NULL
text_pointer(text) = Ptr{UInt8}(Base.unsafe_convert(Cstring, text))

# d numbers from none, one or d of them.
coordinates(what, ::Nothing, d, T = Float64) = nothing
coordinates(what, number::Real, d, T = Float64) = fill(T(number), d)
function coordinates(what, numbers::AbstractVector, d, T = Float64)
    length(numbers) == d || throw(DimensionMismatch("$what has $(length(numbers)) numbers, the density $d coordinates"))
    Vector{T}(numbers)
end

"""
    log_density_interface(ℓ)

The module whose `logdensity_and_gradient(ℓ, x)`, `dimension(ℓ)` and `capabilities(ℓ)` describe the log density `ℓ`:
the package LogDensityProblems, if the program has loaded it, else the module that defines the type of `ℓ`, if it has a
`logdensity_and_gradient`. Any other is named by `Target(ℓ; interface = …)`. This package depends on none of them.
"""
function log_density_interface(ℓ)
    home = parentmodule(typeof(ℓ))
    candidates = [m for (id, m) in Base.loaded_modules if id.name == "LogDensityProblems"]
    for m in [candidates; home]
        if isdefined(m, :logdensity_and_gradient) && applicable(m.logdensity_and_gradient, ℓ, Float64[])
            return m
        end
    end
    throw(ArgumentError("no logdensity_and_gradient(::$(typeof(ℓ)), x) in LogDensityProblems or in $home: name the " *
                        "module that has it, Target(ℓ; interface = …), or give U and ∇U, Target(d, f)"))
end

# Dimension and potential of a log density.
function log_density(ℓ, interface)
    if isdefined(interface, :capabilities)
        order = interface.capabilities(ℓ)
        order === nothing && throw(ArgumentError("$(typeof(ℓ)) is not a log density: its capabilities are nothing"))
        if first(typeof(order).parameters) < 1
            throw(ArgumentError("$(typeof(ℓ)) has no gradient: wrap it, for instance with ADgradient"))
        end
    end
    function f(x)
        value, gradient = interface.logdensity_and_gradient(ℓ, x)
        -value, -gradient
    end
    interface.dimension(ℓ), f
end

"Number of coordinates of a target."
function dimension(target::Target)
    d = Ref{Int64}(0)
    check(@call HOST nets_host_target_dim(target::Ptr{Cvoid}, d::Ref{Int64}))
    Int(d[])
end

"log Z of a target, `log ∫ exp(-U)`, where the library knows it, else `NaN`."
function log_z(target::Target)
    value = Ref{Float64}(NaN)
    check(@call HOST nets_host_target_log_z(target::Ptr{Cvoid}, value::Ref{Float64}))
    value[]
end

"""
    potential(target, X) -> u

`U` of a target at the columns of `X`, `n` numbers: `Inf` or `NaN` where the density is zero.
"""
function potential(target::Target, X::AbstractMatrix)
    d = dimension(target)
    size(X, 1) == d || throw(DimensionMismatch("points of $(size(X, 1)) coordinates, a target of $d"))
    x = Matrix{Float64}(X)
    n = size(x, 2)
    u = Vector{Float64}(undef, n)
    check(protected(target.callback) do
        @call HOST nets_host_target_potential(target::Ptr{Cvoid}, x::Ptr{Float64}, n::Int64, d::Int64, u::Ptr{Float64})
    end)
    u
end

Base.show(io::IO, target::Target) = target.handle == C_NULL ? print(io, "Target(closed)") :
    print(io, "Target(d = ", dimension(target), target.callback === nothing ? "" : ", a Julia function", ")")
