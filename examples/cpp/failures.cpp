// What happens when things go wrong, in the kernel: each mistake has its error, nothing crashes, nothing leaks.
//
//   failures FILE     a drift written by `train`
#include <fstream>
#include <iterator>
#include <limits>

#include "check.hpp"
#include "nets.hpp"
#include "ring.hpp"

namespace {

// Whether `work` throws nets::error with this code.
template <class Work>
void refused(std::int32_t code, const char *what, Work &&work) {
    std::int32_t seen = NETS_OK;
    try {
        work();
    } catch (const nets::error &error) {
        seen = error.code();
    }
    if (seen != code) {
        std::printf("code %d instead of %d: ", static_cast<int>(seen), static_cast<int>(code));
    }
    check::expect(seen == code, what);
}

struct OutOfCheese : std::runtime_error {
    OutOfCheese() : std::runtime_error("out of cheese") {}
};

using point = nets::span<const double>;
using gradient = nets::span<double>;

struct Run {
    nets::step_options<double> step;
    nets::run_options<double> options;
    nets::population<double> walkers{100, 2};
    nets::workspace<double> workspace;
    Run() { options.steps = 20; }
    nets::run_summary operator()(const nets::path<double> &path, nets::drift_ref<double> drift = nets::no_drift,
                                 nets::on_error report = {}) {
        return nets::sampler_run(path, drift, step, options, walkers, workspace, report);
    }
};

void callables(const nets::path<double> &good) {
    Run run;
    int calls = 0;
    const auto throwing = nets::path<double>::geometric(2, [&](point x, gradient g) {
        if (++calls == 1000) {
            throw OutOfCheese();
        }
        return ring(x, g);
    });
    bool caught = false;
    try {
        run(throwing);
    } catch (const OutOfCheese &) {
        caught = true;
    }
    check::expect(caught && calls == 1000, "an exception of a potential arrives as it was thrown, and at once");
    check::expect(run(throwing).steps == 20, "the path can be used again");

    calls = 0;
    nets::status status;
    run(throwing, nets::no_drift, status);
    check::expect(status.code() == NETS_ERR_CALLBACK && status.callback_code() == nets::callback_threw &&
                      status.exception() != nullptr,
                  "with a status nothing is thrown, and the exception is in it");

    const auto stopping = nets::path<double>::geometric(
        2, [](std::int64_t, std::int64_t, const double *, double *, double *) { return 42; });
    run(stopping, nets::no_drift, status);
    check::expect(status.code() == NETS_ERR_CALLBACK && status.callback_code() == 42 && !status.exception(),
                  "what a potential returns comes back");

    const auto drift = nets::drift<double>::callback(
        2, NETS_JACOBIAN_ZERO,
        [](double, std::int64_t, std::int64_t, const double *, double *, double *, double *) { throw OutOfCheese(); });
    caught = false;
    try {
        run(good, drift);
    } catch (const OutOfCheese &) {
        caught = true;
    }
    check::expect(caught, "an exception of a drift arrives");

    run.options.on_progress = [](std::int64_t step, std::int64_t, double) { return step == 5; };
    check::expect(run(good).stopped == 1, "a run that is asked to stop stops, and that is no error");
    run.options.on_progress = [](std::int64_t, std::int64_t, double) -> bool { throw OutOfCheese(); };
    caught = false;
    try {
        run(good);
    } catch (const OutOfCheese &) {
        caught = true;
    }
    check::expect(caught, "an exception of a progress callable arrives");
}

void numbers(const nets::path<double> &good) {
    Run run;
    constexpr double nan = std::numeric_limits<double>::quiet_NaN();
    constexpr double infinity = std::numeric_limits<double>::infinity();
    for (const double outside : {nan, infinity}) {
        const auto half = nets::path<double>::geometric(2, [&](point x, gradient g) {
            return x[0] < 0.0 ? outside : ring(x, g);
        });
        const nets::run_summary summary = run(half);
        check::expect(summary.lost > 20 && summary.lost < 100 && std::isfinite(summary.log_z),
                      "walkers where there is no density are lost and counted");
    }
    const auto nowhere = nets::path<double>::geometric(2, [&](point, gradient) { return nan; });
    nets::status status;
    const nets::run_summary summary = run(nowhere, nets::no_drift, status);
    check::expect(status.code() == NETS_ERR_ALL_LOST || (status.ok() && summary.lost == 100 && summary.ess == 0.0),
                  "a population that is lost as a whole is reported");
    for (const double epsilon : {-1.0, nan, infinity}) {
        run.step.epsilon = epsilon;
        refused(NETS_ERR_RANGE, "an epsilon that is negative or not finite", [&] { run(good); });
    }
    run.step.epsilon = 1.0;
    run.step.integrator = 77;
    refused(NETS_ERR_RANGE, "an integrator that does not exist", [&] { run(good); });
}

void sizes(const nets::path<double> &good) {
    std::vector<double> log_weights(5), uniform(1);
    std::vector<std::uint32_t> copies(4);
    refused(NETS_ERR_LENGTH, "fewer copies than walkers",
            [&] { nets::resample(NETS_RESAMPLING_SYSTEMATIC, log_weights, uniform, copies); });
    refused(NETS_ERR_LENGTH, "no weights", [] { nets::weight_summary_of({}); });
    refused(NETS_ERR_LENGTH, "a negative number of walkers", [] { nets::population<double>(-1, 2); });
    refused(NETS_ERR_LENGTH, "more walkers than memory can hold",
            [] { nets::population<float>(std::numeric_limits<std::int64_t>::max() / 2, 1000); });
    refused(NETS_ERR_DIMENSION, "walkers of another dimension than the path", [&] {
        Run run;
        run.walkers = nets::population<double>(10, 3);
        run(good);
    });
    refused(NETS_ERR_DIMENSION, "a base of another dimension than the path", [] {
        const double three[] = {1.0, 1.0, 1.0};
        nets::path<double>::geometric(2, [](point x, gradient g) { return ring(x, g); },
                                      nets::path_options<double>().base(three, three));
    });
    refused(NETS_ERR_LENGTH, "fewer random numbers than walkers", [&] {
        Run run;
        std::vector<double> xi(199), uniforms(100);
        nets::step(good, nets::no_drift, run.step, 0.0, 0.1, xi, uniforms, run.walkers, run.workspace);
    });
}

void damage(const std::vector<char> &bytes, const nets::path<double> &good) {
    Run run;
    const auto whole = nets::drift<double>::from_bytes(bytes.data(), bytes.size());
    run(good, whole);
    int unnoticed = 0;
    for (std::size_t i = 0; i < bytes.size(); i += i < 256 ? 1 : bytes.size() / 64) {
        std::vector<char> damaged = bytes;
        damaged[i] = static_cast<char>(damaged[i] ^ 4);
        nets::status status;
        nets::drift_check(damaged.data(), damaged.size(), status);
        unnoticed += status.code() != NETS_ERR_MODEL;
    }
    check::expect(unnoticed == 0, "a bit that is flipped is noticed");
    for (const std::size_t size : {std::size_t{1}, std::size_t{8}, bytes.size() / 2, bytes.size() - 1}) {
        refused(NETS_ERR_MODEL, "bytes that end too soon",
                [&] { nets::drift<double>::from_bytes(bytes.data(), size); });
    }
    refused(NETS_ERR_DIMENSION, "a drift of another dimension than the path", [&] {
        run.walkers = nets::population<double>(10, 3);
        run(nets::path<double>::geometric(3, [](point x, gradient g) { return ring(x, g); }), whole);
    });
}

void moves(nets::path<double> path, const std::vector<char> &bytes) {
    Run run;
    auto drift = nets::drift<double>::from_bytes(bytes.data(), bytes.size());
    const double ess = run(path, drift).ess;
    const nets::path<double> path_there = std::move(path);
    const nets::drift<double> drift_there = std::move(drift);
    Run there = std::move(run);
    check::expect(there(path_there, drift_there).ess == ess, "what was moved works as before");
    refused(NETS_ERR_NULL, "a path that was moved from", [&] { there(path, drift_there); });
    refused(NETS_ERR_OBJECT, "a drift that was moved from", [&] { there(path_there, drift); });
    refused(NETS_ERR_LENGTH, "walkers that were moved from", [&] { run(path_there); });
}

nets::path<double> make() {
    const double mean[] = {0.0, 0.0}, sd[] = {3.0, 3.0};
    return nets::path<double>::geometric(
        2, [](point x, gradient g) { return ring(x, g); }, nets::path_options<double>().base(mean, sd));
}

}  // namespace

int main(int argc, char **argv) try {
    std::ifstream file(argc > 1 ? argv[1] : "", std::ios::binary);
    const std::vector<char> bytes{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    const nets::path<double> path = make();
    callables(path);
    numbers(path);
    sizes(path);
    damage(bytes, path);
    moves(make(), bytes);
    return check::failures;
} catch (const std::exception &error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
}
