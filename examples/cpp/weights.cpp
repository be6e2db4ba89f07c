// Importance sampling of a Gaussian, many times over: the standard errors that libnets states are compared with the
// spread that is seen. Checks its own answers and returns 1 if one is wrong.
//
//   proposal q = N(0, I),  U(x) = |x|^2 / 2 s^2,  x in R^d:
//   log Z = d/2 log(2 pi s^2),  ESS = E[w]^2 / E[w^2] = (s sqrt(2 - s^2))^d
//
//   weights [runs]
#include <cstdlib>
#include <vector>

#include "check.hpp"
#include "nets.hpp"

namespace {

constexpr double log_2pi = 1.837877066409345483560659;
constexpr int dim = 3;
constexpr double s = 0.6;
constexpr std::uint64_t walkers = 4000;

nets::weight_summary run(std::uint64_t seed) {
    nets::weight_sum sum;
    double x[dim];
    for (std::uint64_t walker = 0; walker < walkers; ++walker) {
        nets::normals<double>(seed, NETS_STREAM_BASE, walker, 0, x);
        const double square = x[0] * x[0] + x[1] * x[1] + x[2] * x[2];
        // A = -U(x) - log q(x)
        const double log_weight[] = {square / 2.0 - square / (2.0 * s * s) + dim * log_2pi / 2.0};
        sum.add(log_weight);
    }
    return sum.summary();
}

// Mean of numbers and its standard error.
struct Mean {
    double sum = 0.0, squares = 0.0;
    int count = 0;

    void add(double value) {
        sum += value;
        squares += value * value;
        ++count;
    }
    double mean() const { return sum / count; }
    double standard_error() const { return std::sqrt((squares / count - mean() * mean()) / (count - 1)); }
};

}  // namespace

int main(int argc, char **argv) try {
    const int runs = argc > 1 ? std::atoi(argv[1]) : 100;
    const double log_z = dim * (log_2pi / 2.0 + std::log(s));
    Mean log_means, ess, deviations;
    for (int seed = 0; seed < runs; ++seed) {
        const nets::weight_summary summary = run(static_cast<std::uint64_t>(seed));
        const double deviation = (summary.log_mean - log_z) / summary.log_mean_stderr;
        log_means.add(summary.log_mean);
        ess.add(summary.ess);
        deviations.add(deviation * deviation);
    }
    check::agrees("log Z", log_means.mean(), log_means.standard_error(), log_z);
    check::agrees("ESS", ess.mean(), ess.standard_error(), std::pow(s * std::sqrt(2.0 - s * s), dim));
    check::agrees("squared deviation in standard errors", deviations.mean(), deviations.standard_error(), 1.0);
    return check::failures;
} catch (const std::exception &error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
}
