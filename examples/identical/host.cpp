// What `host.c` does, in C++: the same options give the same bits.
//
//   host_cpp MODEL
#include <cstdio>
#include <exception>

#include "fnv.h"
#include "nets_host.hpp"

int main(int argc, char **argv) try {
    if (argc != 2) {
        std::fprintf(stderr, "usage: %s MODEL\n", argv[0]);
        return 2;
    }
    nets::sample_options options;
    options.walkers = 960;
    options.steps = 50;
    options.epsilon = 100.0;
    options.seed = 5;
    options.threads = 2;
    const nets::samples samples = nets::sample(nets::target::named("gmm40"), nets::model::load(argv[1]), options);
    std::printf("%016llx %016llx %016llx %016llx\n", static_cast<unsigned long long>(fnv(samples.x.data(), 960 * 2)),
                static_cast<unsigned long long>(fnv(samples.log_weights.data(), 960)),
                static_cast<unsigned long long>(fnv(samples.x.data(), 480 * 2)),
                static_cast<unsigned long long>(fnv(samples.log_weights.data(), 480)));
    return 0;
} catch (const std::exception &error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
}
