# NETS walkers as independence proposals inside Metropolis-Hastings:
#
#     julia --project=ffi/julia examples/julia/independence.jl
#
# A walker ends at x with a weight w = e^A. On the space of whole paths, w is the density of a distribution whose last
# state has the law exp(-U)/Z relative to the distribution that made the path, times a constant (Neal, Annealed
# importance sampling, Stat. Comput. 11, 2001). A Metropolis-Hastings chain of paths with independent walkers as
# proposals therefore accepts with probability min(1, w'/w), and the last states x have the target's law: exactly, for
# any drift and any number of steps. It is the particle independent Metropolis-Hastings sampler with one particle
# (Andrieu, Doucet and Holenstein, Particle Markov chain Monte Carlo methods, J. R. Stat. Soc. B 72, 2010, §2.4.1).
#
# For this to be so
# - weights have to be exact: integrators split and pair, not ito;
# - walkers have to be independent: no resampling, and neither drift nor settings learned from these walkers;
# - the weight stays with its walker. It belongs to the path, not to x, so a local move of x in between would be wrong.
#
# The program checks means and variances of a mixture of two Gaussians against their exact values, with standard errors
# by batch means.

using NETS
using Random

# U = -log(p N(x; m, σ²I) + (1 - p) N(x; -m, σ²I)) in two dimensions
const P, M, SIGMA = 0.7, [2.0, -1.0], 0.6

function mixture(x)
    z, z_other = x .- M, x .+ M
    a = log(P) - sum(abs2, z) / 2SIGMA^2
    b = log(1 - P) - sum(abs2, z_other) / 2SIGMA^2
    largest = max(a, b)
    log_sum = largest + log(exp(a - largest) + exp(b - largest))
    share = exp(a - log_sum)
    log(2π * SIGMA^2) - log_sum, (share .* z .+ (1 - share) .* z_other) ./ SIGMA^2
end

"Chain over proposals (the columns of x, with their log weights), each used once, and the fraction accepted."
function independence_chain(rng, x, log_weights)
    n = length(log_weights)
    chain = similar(x)
    current, accepted = 1, 0
    chain[:, 1] = x[:, 1]
    for i in 2:n
        if log(rand(rng)) < log_weights[i] - log_weights[current]
            current = i
            accepted += 1
        end
        chain[:, i] = x[:, current]
    end
    chain, accepted / (n - 1)
end

mean(x) = sum(x) / length(x)

"Mean of a stationary series and its standard error, from the means of batches."
function batch_means(series, batches)
    length_of_batch = length(series) ÷ batches
    means = [mean(view(series, (b - 1) * length_of_batch + 1:b * length_of_batch)) for b in 1:batches]
    average = mean(means)
    average, sqrt(sum(abs2, means .- average) / (batches - 1) / batches)
end

function main()
    target = Target(2, mixture; base_sd = 3.0, name = "two Gaussians")
    # Few steps, so that weights differ and it matters which proposals are accepted.
    model = train(target; seed = 1)
    proposals = sample(target, model; walkers = 40_000, steps = 10, epsilon = 2.0, seed = 2)
    println(proposals)

    chain, acceptance = independence_chain(MersenneTwister(3), proposals.x, proposals.log_weights)
    println("acceptance ", round(acceptance; digits = 3))
    0.2 < acceptance < 1 || error("an acceptance of $acceptance checks nothing")

    # The chain starts at a walker of the proposal's law, not the target's: the first tenth goes.
    kept = chain[:, 4001:end]
    mean_exact = (2P - 1) .* M
    second_exact = SIGMA^2 .+ M .^ 2
    for j in 1:2, (name, series, exact) in (("mean", kept[j, :], mean_exact[j]),
                                            ("second moment", kept[j, :] .^ 2, second_exact[j]))
        value, stderr = batch_means(series, 36)
        println(rpad("$name of x$j", 20), round(value; digits = 4), " ± ", round(stderr; digits = 4), ", exact ",
                round(exact; digits = 4))
        abs(value - exact) < 4 * stderr < 0.2 || error("$name of x$j is off, or its error is large")
    end
end

main()
