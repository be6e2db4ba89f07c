// Importance sampling of a Gaussian, many times over: the standard errors that libnets states are compared with the
// spread that is seen. Checks its own answers and returns 1 if one is wrong.
//
//   proposal q = N(0, I),  U(x) = |x|^2 / 2 s^2,  x in R^d:
//   log Z = d/2 log(2 pi s^2),  ESS = E[w]^2 / E[w^2] = (s sqrt(2 - s^2))^d
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <stdexcept>
#include <vector>

#include "nets.h"

namespace {

constexpr double log_2pi = 1.837877066409345483560659;
constexpr int dim = 3;
constexpr double s = 0.6;
constexpr std::int64_t walkers = 4000;
constexpr int runs = 100;

void check(std::int32_t code) {
    if (code != NETS_OK) {
        throw std::runtime_error(nets_strerror(code));
    }
}

nets_weight_summary run(std::uint64_t seed) {
    std::vector<double> log_weights(walkers);
    std::vector<double> x(dim);
    for (std::int64_t walker = 0; walker < walkers; ++walker) {
        check(nets_normals_f64(seed, NETS_STREAM_STEPS, static_cast<std::uint64_t>(walker), 0, x.data(), dim,
                               nullptr));
        double square = 0.0;
        for (const double coordinate : x) {
            square += coordinate * coordinate;
        }
        // A = -U(x) - log q(x)
        log_weights[static_cast<std::size_t>(walker)] = square / 2.0 - square / (2.0 * s * s) + dim * log_2pi / 2.0;
    }
    nets_weight_summary summary{};
    summary.struct_size = sizeof summary;
    check(nets_weight_summary_of(log_weights.data(), walkers, &summary, nullptr));
    return summary;
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

bool agrees(const char *what, const Mean &seen, double exact) {
    const bool holds = std::fabs(seen.mean() - exact) <= 4.0 * seen.standard_error();
    std::printf("%-5s %s: %.5f +- %.5f, exact %.5f\n", holds ? "ok" : "WRONG", what, seen.mean(),
                seen.standard_error(), exact);
    return holds;
}

}  // namespace

int main() try {
    const double log_z = dim * (log_2pi / 2.0 + std::log(s));
    Mean log_means, ess, deviations;
    for (int seed = 0; seed < runs; ++seed) {
        const nets_weight_summary summary = run(static_cast<std::uint64_t>(seed));
        const double deviation = (summary.log_mean - log_z) / summary.log_mean_stderr;
        log_means.add(summary.log_mean);
        ess.add(summary.ess);
        deviations.add(deviation * deviation);
    }
    bool all = agrees("log Z", log_means, log_z);
    all &= agrees("ESS", ess, std::pow(s * std::sqrt(2.0 - s * s), dim));
    all &= agrees("squared deviation in standard errors", deviations, 1.0);
    return all ? 0 : 1;
} catch (const std::exception &error) {
    std::fprintf(stderr, "libnets %s: %s\n", nets_version_string(), error.what());
    return 1;
}
