// The first 480 walkers of `host.c` with libnets alone: the path of the mixture, the drift from bytes, the library's own
// random numbers. Prints checksums of the walkers and of their log weights.
//
//   kernel DRIFT MEANS.csv
#include <cstdio>
#include <exception>
#include <fstream>
#include <iterator>
#include <vector>

#include "fnv.h"
#include "nets.hpp"

// gmm40: the components have a standard deviation of softplus(1) = ln(1 + e), the base has 1.
constexpr double sd = 1.3132616875182228;

int main(int argc, char **argv) try {
    if (argc != 3) {
        std::fprintf(stderr, "usage: %s DRIFT MEANS.csv\n", argv[0]);
        return 2;
    }
    std::ifstream file(argv[1], std::ios::binary), table(argv[2]);
    const std::vector<char> bytes{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    const auto drift = nets::drift<double>::from_bytes(bytes.data(), bytes.size());
    table.ignore(100, '\n');
    std::vector<double> means;
    for (double x = 0.0, y = 0.0; table >> x && table.ignore(1) && table >> y;) {
        means.insert(means.end(), {x, y});
    }
    const auto components = static_cast<std::int64_t>(means.size() / 2);
    const auto path = nets::path<double>::mixture(nets::rows<const double>(means.data(), components, 2), sd, 1.0);

    nets::step_options<double> step;
    step.epsilon = 100.0;
    nets::run_options<double> run;
    run.steps = 50;
    run.seed = 5;
    nets::population<double> walkers(480, 2);
    nets::workspace<double> workspace;
    nets::sampler_run(path, drift, step, run, walkers, workspace);
    std::printf("%016llx %016llx\n", static_cast<unsigned long long>(fnv(walkers.x().data, 480 * 2)),
                static_cast<unsigned long long>(fnv(walkers.log_weights().data(), 480)));
    return 0;
} catch (const std::exception &error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
}
