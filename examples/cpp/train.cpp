// The first of two programs: trains a drift for its own potential with libnets_host and writes it as bytes.
// `deploy.cpp` samples with it and needs libnets alone.
//
//   train FILE [fits]     stops after so many of the fits that a drift is made of
#include <cstdlib>
#include <fstream>

#include "check.hpp"
#include "nets_host.hpp"
#include "ring.hpp"

int main(int argc, char **argv) try {
    if (argc < 2) {
        std::fprintf(stderr, "usage: %s FILE [fits]\n", argv[0]);
        return 2;
    }
    const double mean[] = {0.0, 0.0}, sd[] = {3.0, 3.0};
    // With the points of a batch: one call for many, where it is worth something.
    const nets::target target = nets::target::density(
        2,
        [](std::int64_t n, std::int64_t d, const double *x, double *u, double *gradient) {
            for (std::int64_t i = 0; i < n; ++i) {
                u[i] = ring(x + i * d, gradient + i * d);
            }
        },
        nets::density_options().base(mean, sd));
    nets::train_options options;
    options.drift = NETS_HOST_DRIFT_FEATURES;
    int reports = 0;
    const std::int64_t fits = argc > 2 ? std::atoll(argv[2]) : -1;
    options.on_progress = [&](const nets::progress &progress) {
        ++reports;
        return fits >= 0 && progress.done >= fits;  // true stops
    };
    const nets::model model = nets::train(target, options);
    const nets::model_description description = model.describe();
    std::printf("%s: %lld parameters, %d reports of progress\n", model.text("drift").c_str(),
                static_cast<long long>(description.parameters), reports);
    check::expect(description.dim == 2 && description.parameters > 0, "the model is of this target");
    check::expect(reports > 0, "progress was reported");

    const std::vector<unsigned char> bytes = model.export_drift(NETS_PRECISION_F64);
    std::ofstream file(argv[1], std::ios::binary);
    file.write(reinterpret_cast<const char *>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
    check::expect(file.flush().good(), "the drift is written");
    return check::failures;
} catch (const std::exception &error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
}
