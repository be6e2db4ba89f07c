// The sampler: steps with the library's own random numbers.
#ifndef NETS_SAMPLER_HPP
#define NETS_SAMPLER_HPP

#include <functional>

#include "step.hpp"

namespace nets {

/// Draws walkers `first_walker`, `first_walker + 1`, ... of `seed` from the base density, with log weights 0.
/// `nets_sampler_start_f64`.
template <class T>
void sampler_start(const path<T> &path, std::uint64_t seed, std::uint64_t first_walker,
                   detail::exactly<walkers<T>> &walkers, workspace<T> &workspace, on_error report = {}) {
    if (workspace.reserve(&path, no_drift, walkers.n, report)) {
        detail::call<detail::kernel>(report, {path.callable()}, detail::api<T>::sampler_start, path.get(), seed,
                                     first_walker, static_cast<typename detail::api<T>::walkers *>(&walkers),
                                     workspace.data(), workspace.bytes());
    }
}

/// Step number `step` of the walkers, from time `t` to `next`. `nets_sampler_step_f64`.
template <class T>
void sampler_step(const path<T> &path, detail::exactly<drift_ref<T>> drift, const step_options<T> &options,
                  std::uint64_t seed, std::uint64_t first_walker, std::int64_t step, detail::exactly<T> t,
                  detail::exactly<T> next, detail::exactly<walkers<T>> &walkers, workspace<T> &workspace,
                  on_error report = {}) {
    if (workspace.reserve(&path, drift, walkers.n, report)) {
        detail::call<detail::kernel>(report, {path.callable(), drift.callable()}, detail::api<T>::sampler_step,
                                     path.get(), drift.get(),
                                     static_cast<const typename detail::api<T>::step_options *>(&options), seed,
                                     first_walker, step, t, next,
                                     static_cast<typename detail::api<T>::walkers *>(&walkers), workspace.data(),
                                     workspace.bytes());
    }
}

/// What a run is to do: the fields of `nets_run_options_f64` with their defaults.
template <class T>
struct run_options : detail::api<T>::run_options {
    /// The defaults.
    run_options() noexcept {
        detail::fill<detail::kernel>(static_cast<typename detail::api<T>::run_options &>(*this),
                                     detail::api<T>::run_options_default);
    }
    /// Called after each step with its number, the number of steps and the ESS, if it is not empty; `true` stops the
    /// run. It replaces the C callback `progress`.
    std::function<bool(std::int64_t step, std::int64_t steps, double ess)> on_progress;
};

/// What came out of a run; the fields are those of `nets_run_summary`.
struct run_summary : nets_run_summary {
    /// All zero.
    run_summary() noexcept : nets_run_summary{} { struct_size = sizeof(nets_run_summary); }
};

/// The whole run: starts the walkers, makes every step, resamples if it is asked to. A run that `on_progress` stopped
/// is no error: `stopped` is 1. `nets_sampler_run_f64`.
template <class T>
run_summary sampler_run(const path<T> &path, detail::exactly<drift_ref<T>> drift, const step_options<T> &step,
                        const run_options<T> &run, detail::exactly<walkers<T>> &walkers, workspace<T> &workspace,
                        on_error report = {}) {
    run_summary summary;
    typename detail::api<T>::run_options options = run;
    detail::held progress(std::cref(run.on_progress));
    if (run.on_progress) {
        options.user = &progress;
        options.progress = [](void *user, std::int64_t done, std::int64_t steps, double ess) noexcept -> std::int32_t {
            auto *const self = static_cast<decltype(progress) *>(user);
            return self->guard([&] { return self->f(done, steps, ess); });
        };
    }
    if (workspace.reserve(&path, drift, walkers.n, report)) {
        status outcome;
        detail::call<detail::kernel>(outcome, {path.callable(), drift.callable(), &progress},
                                     detail::api<T>::sampler_run, path.get(), drift.get(),
                                     static_cast<const typename detail::api<T>::step_options *>(&step), &options,
                                     static_cast<typename detail::api<T>::walkers *>(&walkers), workspace.data(),
                                     workspace.bytes(), static_cast<nets_run_summary *>(&summary));
        report(outcome.code() == NETS_ERR_STOPPED && !outcome.exception() ? status() : outcome);
    }
    return summary;
}

}  // namespace nets

#endif
