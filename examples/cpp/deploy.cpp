// The second of two programs: samples with the drift that `train.cpp` has written, with libnets alone: no training, no
// threads, no files inside the library. Checks its own answers and returns 1 if one is wrong.
//
//   deploy FILE [walkers]
#include <cstdlib>
#include <fstream>
#include <iterator>

#include "check.hpp"
#include "nets.hpp"
#include "ring.hpp"

int main(int argc, char **argv) try {
    if (argc < 2) {
        std::fprintf(stderr, "usage: %s FILE [walkers]\n", argv[0]);
        return 2;
    }
    std::ifstream file(argv[1], std::ios::binary);
    const std::vector<char> bytes{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    const auto drift = nets::drift<double>::from_bytes(bytes.data(), bytes.size());

    const double mean[] = {0.0, 0.0}, sd[] = {3.0, 3.0};
    const auto path = nets::path<double>::geometric(
        2, [](nets::span<const double> x, nets::span<double> gradient) { return ring(x, gradient); },
        nets::path_options<double>().base(mean, sd));

    nets::step_options<double> step;
    step.epsilon = 1.0;
    nets::run_options<double> run;
    run.steps = 100;
    run.seed = 7;
    nets::population<double> walkers(argc > 2 ? std::atoll(argv[2]) : 4000, 2);
    nets::workspace<double> workspace;
    const nets::run_summary summary = nets::sampler_run(path, drift, step, run, walkers, workspace);
    check::agrees("log Z", summary.log_z, summary.log_z_stderr, ring_log_z);
    std::printf("ESS %.3f, acceptance %.3f\n", summary.ess, summary.acceptance);
    check::expect(summary.ess > 0.9 && summary.ess <= 1.0, "ESS above 0.9");
    check::expect(summary.lost == 0, "no walker lost");

    // The same walkers without the drift: it is the drift that does it.
    const double ess = nets::sampler_run(path, nets::no_drift, step, run, walkers, workspace).ess;
    std::printf("without the drift: ESS %.3f\n", ess);
    check::expect(summary.ess > 1.5 * ess, "with the drift the ESS is half as large again, or more");
    return check::failures;
} catch (const std::exception &error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
}
