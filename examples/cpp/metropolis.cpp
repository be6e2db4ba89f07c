// An existing Metropolis program turned into an annealed population: it keeps its chains, its moves and GSL's random
// numbers, and takes from libnets the path, a step with its weight, and resampling. Checks its own answers and returns
// 1 if one is wrong.
//
//   U(x) = sum_i (x_i^2 - 4)^2 / 4 over 3 coordinates: 8 modes, log Z by quadrature
//
//   metropolis [chains [runs]]
#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <vector>

#include "check.hpp"
#include "nets.hpp"

namespace {

constexpr int dim = 3;
constexpr double base_sd = 2.0;

// As the program has it: coordinates and energy side by side, so that rows of coordinates are 4 numbers apart.
struct Chain {
    double x[dim];
    double energy;
};
constexpr std::int64_t stride = sizeof(Chain) / sizeof(double);

double energy(const double *x, double *gradient) {
    double sum = 0.0;
    for (int i = 0; i < dim; ++i) {
        const double well = x[i] * x[i] - 4.0;
        sum += well * well / 4.0;
        gradient[i] = well * x[i];
    }
    return sum;
}

// U_t = (1 - t) |x|^2 / 2 base_sd^2 + t U
double energy_at(double t, const double *x) {
    double gradient[dim], square = 0.0;
    for (int i = 0; i < dim; ++i) {
        square += x[i] * x[i];
    }
    return (1.0 - t) * square / (2.0 * base_sd * base_sd) + t * energy(x, gradient);
}

// The program's own sampler: one Metropolis move of a chain at time t.
void metropolis(gsl_rng *rng, double t, Chain &chain) {
    Chain proposal = chain;
    for (double &x : proposal.x) {
        x += gsl_ran_gaussian(rng, 0.4);
    }
    chain.energy = energy_at(t, chain.x);
    proposal.energy = energy_at(t, proposal.x);
    if (gsl_rng_uniform_pos(rng) < std::exp(chain.energy - proposal.energy)) {
        chain = proposal;
    }
}

// Anneals a population; returns its log Z, and adds the mean of |x|^2 under the target to `squares`.
double anneal(gsl_rng *rng, const nets::path<double> &path, std::size_t count, double &squares) {
    constexpr int steps = 50;
    const auto n = static_cast<std::int64_t>(count);
    std::vector<Chain> chains(count);
    std::vector<double> gradient(count * stride), potential(count), log_weights(count), xi(count * stride),
        uniforms(count);
    std::vector<std::uint32_t> copies(count);
    std::vector<std::int64_t> ancestors(count);
    nets::walkers<double> walkers(n, dim, stride);
    walkers.x = chains.front().x;
    walkers.gradient = gradient.data();
    walkers.potential = potential.data();
    walkers.log_weights = log_weights.data();
    nets::workspace<double> workspace;
    nets::step_options<double> options;
    options.epsilon = 2.0;

    for (Chain &chain : chains) {
        for (double &x : chain.x) {
            x = gsl_ran_gaussian(rng, base_sd);
        }
    }
    double log_z = path.log_z_base();
    for (int k = 0; k < steps; ++k) {
        const double t = static_cast<double>(k) / steps, next = static_cast<double>(k + 1) / steps;
        std::generate(xi.begin(), xi.end(), [&] { return gsl_ran_ugaussian(rng); });
        std::generate(uniforms.begin(), uniforms.end(), [&] { return gsl_rng_uniform_pos(rng); });
        // The library's step: the exact weight for going from U_t to U_next, and a Langevin move at `next` ...
        nets::step(path, nets::no_drift, options, t, next, xi, uniforms, walkers, workspace);
        const nets::weight_summary summary = nets::weight_summary_of(log_weights);
        if (summary.ess < 0.5 || k + 1 == steps) {
            const double uniform[] = {gsl_rng_uniform_pos(rng)};
            nets::resample(NETS_RESAMPLING_SYSTEMATIC, log_weights, uniform, copies);
            nets::ancestors(copies, ancestors);
            nets::gather<double>(ancestors, nets::rows<double>(walkers.x, n, dim, stride));
            log_z += summary.log_mean;
            std::fill(log_weights.begin(), log_weights.end(), 0.0);
        }
        // ... and the program's own moves, which leave U_next invariant and so need no weight.
        for (Chain &chain : chains) {
            metropolis(rng, next, chain);
        }
        // The walkers were moved: what the library knew of U and its gradient there is out of date.
        walkers.known = 0;
    }
    double sum = 0.0;
    for (const Chain &chain : chains) {
        for (const double x : chain.x) {
            sum += x * x;
        }
    }
    squares = sum / static_cast<double>(count);
    return log_z;
}

}  // namespace

int main(int argc, char **argv) try {
    const std::size_t count = argc > 1 ? std::strtoul(argv[1], nullptr, 10) : 1000;
    const int runs = argc > 2 ? std::atoi(argv[2]) : 40;
    const std::unique_ptr<gsl_rng, void (*)(gsl_rng *)> rng(gsl_rng_alloc(gsl_rng_mt19937), gsl_rng_free);
    gsl_rng_set(rng.get(), 1);
    const double mean[dim] = {}, sd[dim] = {base_sd, base_sd, base_sd};
    const auto path = nets::path<double>::geometric(
        dim, [](nets::span<const double> x, nets::span<double> gradient) { return energy(x.data(), gradient.data()); },
        nets::path_options<double>().base(mean, sd));

    // One coordinate by the trapezoidal rule, which for such a function is exact to rounding.
    double z = 0.0, square = 0.0;
    for (int i = -6000; i <= 6000; ++i) {
        const double x = i * 1e-3, weight = std::exp(-(x * x - 4.0) * (x * x - 4.0) / 4.0) * 1e-3;
        z += weight;
        square += weight * x * x;
    }
    const double log_z = dim * std::log(z);

    // E[Z / Z_exact] = 1 for a population of any size; the standard errors are those of the spread over runs.
    double sums[2] = {}, squares[2] = {};
    for (int run = 0; run < runs; ++run) {
        double values[2];
        values[0] = std::exp(anneal(rng.get(), path, count, values[1]) - log_z);
        for (int i = 0; i < 2; ++i) {
            sums[i] += values[i] / runs;
            squares[i] += values[i] * values[i] / runs;
        }
    }
    const auto standard_error = [&](int i) { return std::sqrt((squares[i] - sums[i] * sums[i]) / (runs - 1)); };
    check::agrees("Z / exact Z", sums[0], standard_error(0), 1.0);
    check::agrees("mean square", sums[1], standard_error(1), dim * square / z);
    check::expect(standard_error(0) < 0.1, "the estimate is sharp enough to notice a mistake");
    return check::failures;
} catch (const std::exception &error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
}
