# Random numbers, weights, resampling.

"""
    normals!(out; seed, walker, position = 0, stream = :steps)

Standard normals from `position` on of the stream of a walker (numbered from 0), a function of `seed`, `stream`
(`:base`, `:steps` or `:resample`), `walker` and position.
"""
function normals!(out::Array{T}; seed::Integer, walker::Integer, position::Integer = 0,
                  stream = :steps) where {T<:Precision}
    purpose = enumerator("stream", NETS.STREAMS, stream)
    check(@kernel T nets_normals(seed::UInt64, purpose::Int32, walker::UInt64, position::UInt64, out::Ptr{T},
                                 length(out)::Int64))
    out
end

"Like [`normals!`](@ref), uniforms between 0 and 1."
function uniforms!(out::Array{T}; seed::Integer, walker::Integer, position::Integer = 0,
                   stream = :steps) where {T<:Precision}
    purpose = enumerator("stream", NETS.STREAMS, stream)
    check(@kernel T nets_uniforms(seed::UInt64, purpose::Int32, walker::UInt64, position::UInt64, out::Ptr{T},
                                  length(out)::Int64))
    out
end

"""
    weight_summary(log_weights)

`log_mean` of the weights and its standard error `log_mean_stderr`, `ess` as a fraction, the largest normalised weight
`max_weight`, and how many are `lost`: of weight zero. `NetsError` with `ERRORS.all_lost` if all are.
"""
function weight_summary(log_weights::Vector{Float64})
    s = NETS.WeightSummary()
    check(@call KERNEL nets_weight_summary_of(log_weights::Ptr{Float64}, length(log_weights)::Int64,
                                              s::Ref{NETS.WeightSummary}))
    (log_mean = s.log_mean, log_mean_stderr = s.log_mean_stderr, ess = s.ess, max_weight = s.max_weight,
     lost = Int(s.lost))
end

"""
    weighted_moments(log_weights, x) -> (mean, variance)

Of every coordinate, over the columns of `x`.
"""
function weighted_moments(log_weights::Vector{Float64}, x::Matrix{T}) where {T<:Precision}
    d, n = size(x)
    same_length("log_weights", length(log_weights), n)
    mean, variance = Vector{Float64}(undef, d), Vector{Float64}(undef, d)
    check(@kernel T nets_weighted_moments(log_weights::Ptr{Float64}, n::Int64, x::Ptr{T}, d::Int64, d::Int64,
                                          mean::Ptr{Float64}, variance::Ptr{Float64}))
    mean, variance
end

"""
    resample(log_weights, uniforms; scheme = :systematic) -> copies

How many copies of each walker go on, a vector of `UInt32` with sum `n`. `uniforms`: one number for `:systematic`, else
`n` (`:stratified`, `:residual`, `:multinomial`).
"""
function resample(log_weights::Vector{Float64}, uniforms::Vector{Float64}; scheme = :systematic)
    copies = Vector{UInt32}(undef, length(log_weights))
    number = enumerator("scheme", NETS.RESAMPLINGS, scheme)
    check(@call KERNEL nets_resample(number::Int32, log_weights::Ptr{Float64}, length(log_weights)::Int64,
                                     uniforms::Ptr{Float64}, length(uniforms)::Int64, copies::Ptr{UInt32}))
    copies
end

"""
    ancestors(copies) -> Vector{Int}

Whom each walker continues, counted from 1. Survivors stay where they are.
"""
function ancestors(copies::Vector{UInt32})
    a = Vector{Int64}(undef, length(copies))
    check(@call KERNEL nets_ancestors(copies::Ptr{UInt32}, length(copies)::Int64, a::Ptr{Int64}))
    a .+= 1
end

"""
    gather!(x, ancestors)

Puts the ancestor's column of `x` into every column, in place; `ancestors` as [`ancestors`](@ref) gives them.
"""
function gather!(x::Matrix{T}, ancestors::Vector{Int64}) where {T<:Precision}
    d, n = size(x)
    same_length("ancestors", length(ancestors), n)
    from_zero = ancestors .- 1
    check(@kernel T nets_gather(from_zero::Ptr{Int64}, n::Int64, x::Ptr{T}, d::Int64, d::Int64))
    x
end

function same_length(what, length, n)
    length == n || throw(DimensionMismatch("$what has length $length, there are $n walkers"))
end

function same_size(what, size, expected)
    size == expected || throw(DimensionMismatch("$what is $(join(size, " × ")), not $(join(expected, " × "))"))
end
