# Julia functions that C calls. An exception may not pass through C: it is kept, the library is told to stop, and who
# called the library throws it on.

"""
A function for C to call. Its address is the `user` pointer of the C interface, so whoever hands that to the library
keeps the object for as long as the library keeps the pointer.
"""
mutable struct Callback
    f::Any
    failure::Any                    # what it threw, or nothing
    busy::Threads.Atomic{Bool}
end

Callback(f) = Callback(f, nothing, Threads.Atomic{Bool}(false))

address(callback::Callback) = pointer_from_objref(callback)
address(::Nothing) = C_NULL

# What C gets back from a callback that threw, and from a progress function that wants to stop.
const THREW = Int32(1)
const STOP = Int32(1)

# Runs `call(f)` for the callback behind `user`. Interrupts (Ctrl-C), put off while C runs, are let in here.
function guarded(call, user::Ptr{Cvoid})::Int32
    callback = unsafe_pointer_to_objref(user)::Callback
    try
        reenable_sigint(() -> Int32(call(callback.f)))
    catch e
        callback.failure = e
        THREW
    end
end

# f(u, G, X): points are the columns of X, in the library's memory. What f leaves NaN is outside of the support.
function call_potential(user::Ptr{Cvoid}, n::Int64, d::Int64, x::Ptr{T}, u::Ptr{T}, grad::Ptr{T})::Int32 where {T}
    guarded(user) do f
        values = unsafe_wrap(Array, u, n)
        gradients = unsafe_wrap(Array, grad, (d, n))
        fill!(values, NaN)
        fill!(gradients, NaN)
        f(values, gradients, unsafe_wrap(Array, x, (d, n)))
        0
    end
end

potential_pointer(::Type{Float64}) = @cfunction(call_potential, Int32,
    (Ptr{Cvoid}, Int64, Int64, Ptr{Float64}, Ptr{Float64}, Ptr{Float64}))
potential_pointer(::Type{Float32}) = @cfunction(call_potential, Int32,
    (Ptr{Cvoid}, Int64, Int64, Ptr{Float32}, Ptr{Float32}, Ptr{Float32}))

# f(stage, done, total, loss, ess)
function call_progress(user::Ptr{Cvoid}, stage::Ptr{UInt8}, done::Int64, total::Int64, loss::Float64, ess::Float64)
    guarded(f -> f(unsafe_string(stage), done, total, loss, ess) === true ? STOP : 0, user)
end

progress_pointer() =
    @cfunction(call_progress, Int32, (Ptr{Cvoid}, Ptr{UInt8}, Int64, Int64, Float64, Float64))

# f(step, steps, ess)
function call_step_progress(user::Ptr{Cvoid}, step::Int64, steps::Int64, ess::Float64)
    guarded(f -> f(step, steps, ess) === true ? STOP : 0, user)
end

step_progress_pointer() = @cfunction(call_step_progress, Int32, (Ptr{Cvoid}, Int64, Int64, Float64))

"""
Status of `call()`, a call of the library that may call these callbacks (or `nothing`s) back. Throws what they threw.
A callback serves one call at a time, so that a function never runs twice at once and an exception finds its caller.
"""
function protected(call, callbacks...)
    taken = Callback[]
    try
        for callback in callbacks
            callback === nothing && continue
            if Threads.atomic_xchg!(callback.busy, true)
                throw(ArgumentError("this density is being evaluated: by another task, or by the call that its own " *
                                    "function is part of"))
            end
            push!(taken, callback)
        end
        status = GC.@preserve taken disable_sigint(call)
        for callback in taken
            callback.failure === nothing || throw(callback.failure)
        end
        status
    finally
        for callback in taken
            callback.failure = nothing
            callback.busy[] = false
        end
    end
end

"A function of one point, `x -> (U, ∇U)`, as one of many. Points are handed over in a vector that is reused."
struct PointWise{F,T}
    f::F
    x::Vector{T}
end

function (p::PointWise)(u, G, X)
    d = length(p.x)
    for i in axes(X, 2)
        copyto!(p.x, 1, X, (i - 1) * d + 1, d)
        value, gradient = p.f(p.x)
        if length(gradient) != d
            throw(DimensionMismatch("a gradient of $(length(gradient)) numbers at a point of $d"))
        end
        u[i] = value
        copyto!(G, (i - 1) * d + 1, gradient, firstindex(gradient), d)
    end
end
