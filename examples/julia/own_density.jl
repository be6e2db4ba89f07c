# Trains and samples a density written in Julia, two wells in ten dimensions:
#
#     julia --project=ffi/julia examples/julia/own_density.jl
#
# U = (x₁² - 4)²/4 - x₁/4 + Σ_{j>1} x_j²/2. The integral over the first coordinate is one-dimensional, so log Z and the
# probability of the right well are known to all digits; the program checks both.

using NETS

const D = 10

function double_well(x)
    g = copy(x)
    g[1] = x[1] * (x[1]^2 - 4) - 0.25
    (x[1]^2 - 4)^2 / 4 - x[1] / 4 + sum(abs2, view(x, 2:D)) / 2, g
end

# Trapezoidal rule on [-8, 8]: exact to rounding for a smooth function that vanishes at the ends.
const GRID = range(-8, 8; length = 4001)
density(x) = exp(-(x^2 - 4)^2 / 4 + x / 4)
const Z1 = sum(density, GRID) * step(GRID)
const LOG_Z = log(Z1) + (D - 1) / 2 * log(2π)
const RIGHT = sum(density, filter(>(0), GRID)) * step(GRID) / Z1

function main()
    target = Target(D, double_well; base_sd = [2.5; ones(D - 1)], name = "double well")
    model = train(target; seed = 1)
    s = sample(target, model; walkers = 4000, epsilon = 4.0, seed = 2)
    println(s)

    # Weighted fraction in the right well, with the standard error of a ratio of means.
    w = normalized_weights(s)
    inside = s.x[1, :] .> 0
    right = sum(w[inside])
    right_stderr = sqrt(sum(abs2, w .* (inside .- right)))
    scores = [("log Z", s.log_z, s.log_z_stderr, LOG_Z), ("right well", right, right_stderr, RIGHT)]
    for (name, value, stderr, exact) in scores
        println(rpad(name, 12), round(value; digits = 4), " ± ", round(stderr; digits = 4), ", exact ",
                round(exact; digits = 4))
        abs(value - exact) < 4 * stderr < 0.2 || error("$name is off, or its error is large")
    end

    # The model in a file, for `nets sample` and other programs.
    mktempdir() do folder
        path = joinpath(folder, "model.nets")
        save(model, path)
        again = sample(target, load_model(path); walkers = 4000, epsilon = 4.0, seed = 2)
        again.x == s.x || error("the model changed on its way through a file")
    end
end

main()
