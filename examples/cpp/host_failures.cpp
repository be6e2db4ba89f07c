// What happens when things go wrong, in libnets_host: each mistake has its error, nothing crashes, nothing leaks.
#include <atomic>
#include <limits>

#include "check.hpp"
#include "nets_host.hpp"
#include "ring.hpp"

namespace {

// Whether `work(status)` ends with this code.
template <class Work>
void refused(std::int32_t code, const char *what, Work &&work) {
    nets::status status;
    work(nets::on_error(status));
    if (status.code() != code) {
        std::printf("code %d instead of %d: %s: ", static_cast<int>(status.code()), static_cast<int>(code),
                    status.text().c_str());
    }
    check::expect(status.code() == code, what);
}

struct OutOfCheese : std::runtime_error {
    OutOfCheese() : std::runtime_error("out of cheese") {}
};

using point = nets::span<const double>;
using gradient = nets::span<double>;

template <class Work>
void throws(const char *what, Work &&work) {
    bool caught = false;
    try {
        work();
    } catch (const OutOfCheese &) {
        caught = true;
    }
    check::expect(caught, what);
}

nets::sample_options small() {
    nets::sample_options options;
    options.walkers = 1000;
    options.steps = 20;
    options.epsilon = 1.0;
    return options;
}

}  // namespace

int main() try {
    const auto ring_target = nets::target::density(2, [](point x, gradient g) { return ring(x, g); });

    refused(NETS_ERR_TARGET, "a target that does not exist", [](nets::on_error e) { nets::target::named("gm40", e); });
    refused(NETS_ERR_FILE, "a model file that is not there", [](nets::on_error e) { nets::model::load("no/file", e); });
    refused(NETS_ERR_DIMENSION, "a base of another dimension", [](nets::on_error e) {
        const double three[] = {1.0, 1.0, 1.0};
        nets::target::density(2, [](point x, gradient g) { return ring(x, g); },
                              nets::density_options().base(three, three), e);
    });
    refused(NETS_ERR_RANGE, "an epsilon below zero", [&](nets::on_error e) {
        nets::sample_options options = small();
        options.epsilon = -1.0;
        nets::sample(ring_target, nets::no_model, options, e);
    });
    refused(NETS_ERR_RANGE, "no walkers", [&](nets::on_error e) {
        nets::sample_options options = small();
        options.walkers = 0;
        nets::sample(ring_target, nets::no_model, options, e);
    });
    refused(NETS_ERR_RANGE, "threads for a potential that is not thread-safe", [&](nets::on_error e) {
        nets::sample_options options = small();
        options.threads = 2;
        nets::sample(ring_target, nets::no_model, options, e);
    });

    nets::density_options parallel;
    parallel.thread_safe = 1;
    for (const std::int32_t threads : {1, 2}) {
        std::atomic<int> calls{0};
        const auto throwing = nets::target::density(
            2,
            [&](point x, gradient g) {
                if (++calls > 5000) {
                    throw OutOfCheese();
                }
                return ring(x, g);
            },
            parallel);
        nets::sample_options options = small();
        options.threads = threads;
        throws("an exception of a potential arrives from any thread",
               [&] { nets::sample(throwing, nets::no_model, options); });
    }
    throws("an exception of a progress callable arrives", [&] {
        nets::train_options options;
        options.on_progress = [](const nets::progress &) -> bool { throw OutOfCheese(); };
        nets::train(ring_target, options);
    });
    nets::train_options stop;
    stop.on_progress = [](const nets::progress &progress) { return progress.done >= 3; };
    nets::model model = nets::train(ring_target, stop);
    check::expect(bool(model) && model.describe().dim == 2, "training that is stopped leaves what was learned");

    nets::sample_options early = small();
    early.walkers = 20000;
    early.on_progress = [](const nets::progress &progress) { return progress.done > 0; };
    const nets::samples some = nets::sample(ring_target, model, early);
    check::expect(some.stopped && some.log_weights.size() < 20000 &&
                      some.x.size() == 2 * some.log_weights.size(),
                  "a run that is stopped returns the walkers that were finished");

    const auto half = nets::target::density(2, [](point x, gradient g) {
        return x[0] < 0.0 ? std::numeric_limits<double>::quiet_NaN() : ring(x, g);
    });
    const nets::summary lost = nets::sample(half, nets::no_model, small()).summary;
    check::expect(lost.lost_walkers > 300 && lost.lost_walkers < 1000, "walkers where there is no density are counted");

    refused(NETS_ERR_DIMENSION, "a model of another dimension", [&](nets::on_error e) {
        const auto space = nets::target::density(3, [](point x, gradient g) { return ring(x, g); });
        nets::sample(space, model, small(), e);
    });
    const nets::model moved = std::move(model);
    refused(NETS_ERR_NULL, "a model that was moved from",
            [&](nets::on_error e) { nets::sample(ring_target, model, small(), e); });
    check::expect(!moved.text("checksum").empty(), "what was moved works as before");
    refused(NETS_ERR_RANGE, "a text that models do not have", [&](nets::on_error e) { moved.text("colour", e); });
    nets::target empty;
    refused(NETS_ERR_NULL, "a target that is empty", [&](nets::on_error e) { empty.dim(e); });
    return check::failures;
} catch (const std::exception &error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
}
