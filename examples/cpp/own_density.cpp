// NETS on a density written in C++: train a drift for it, sample, and read off the normalising constant, with
// libnets_host. Checks its own answers and returns 1 if one is wrong.
//
//   own_density [walkers [drift]]     drift: NETS_HOST_DRIFT_FEATURES, 0, unless another number is given
#include <cmath>
#include <cstdlib>
#include <cstring>

#include "check.hpp"
#include "nets_host.hpp"

int main(int argc, char **argv) try {
    // U(x) = (|x| - 3)^2 / 2 s^2, x in R^2, s = 1/2, from the base N(0, 3^2 I).
    const double mean[] = {0.0, 0.0}, sd[] = {3.0, 3.0};
    nets::density_options density;
    density.base(mean, sd);
    density.thread_safe = 1;  // the callable below may be called from several threads at once
    const nets::target target = nets::target::density(
        2,
        [](nets::span<const double> x, nets::span<double> gradient) {
            const double radius = std::hypot(x[0], x[1]), z = (radius - 3.0) / 0.5;
            gradient[0] = z / 0.5 * x[0] / radius;
            gradient[1] = z / 0.5 * x[1] / radius;
            return z * z / 2.0;
        },
        density);

    nets::train_options training;
    training.drift = argc > 2 ? std::atoi(argv[2]) : NETS_HOST_DRIFT_FEATURES;  // by least squares: seconds
    const nets::model model = nets::train(target, training);

    nets::sample_options sampling;
    sampling.epsilon = 1.0;
    if (argc > 1) {
        sampling.walkers = std::atoll(argv[1]);
    }
    const nets::samples samples = nets::sample(target, model, sampling);

    const nets::summary &summary = samples.summary;
    const double pi = std::acos(-1.0), exact = std::log(2.0 * pi * 3.0 * 0.5 * std::sqrt(2.0 * pi));
    check::agrees("log Z", summary.log_z, summary.log_z_stderr, exact);
    if (training.drift == NETS_HOST_DRIFT_FEATURES) {
        check::expect(summary.ess > 0.9 && summary.ess <= 1.0, "ESS above 0.9");
    }
    check::expect(summary.walkers == sampling.walkers && summary.lost_walkers == 0, "every walker arrived");

    // Weighted means are expectations: E|x| = 3 + s^2 / 3.
    double sum = 0.0, sum_radius = 0.0;
    for (std::size_t i = 0; i < samples.log_weights.size(); ++i) {
        const double weight = std::exp(samples.log_weights[i]);
        sum += weight;
        sum_radius += weight * std::hypot(samples.x[2 * i], samples.x[2 * i + 1]);
    }
    const double walkers = static_cast<double>(summary.walkers);
    check::agrees("mean radius", sum_radius / sum, 0.5 / std::sqrt(walkers * summary.ess), 3.0 + 0.25 / 3.0);

    // The same seed on more threads, with the walker's index running fastest: the same bits.
    sampling.layout = NETS_HOST_LAYOUT_COLUMNS;
    sampling.threads = 2;
    const nets::samples again = nets::sample(target, model, sampling);
    bool same = again.log_weights.size() == samples.log_weights.size() &&
                std::memcmp(again.log_weights.data(), samples.log_weights.data(), 8 * again.log_weights.size()) == 0;
    for (std::size_t i = 0; i < samples.log_weights.size() && same; ++i) {
        same = again.x[i] == samples.x[2 * i] && again.x[samples.log_weights.size() + i] == samples.x[2 * i + 1];
    }
    check::expect(same, "columns on two threads are the rows on one, bit for bit");
    return check::failures;
} catch (const std::exception &error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
}
