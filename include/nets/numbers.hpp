// Random numbers, schedules and grids of times.
#ifndef NETS_NUMBERS_HPP
#define NETS_NUMBERS_HPP

#include "call.hpp"
#include "precision.hpp"

namespace nets {

/// Fills `out` with uniform numbers from (0, 1]: those of stream `purpose` (`NETS_STREAM_…`) of `walker` from word
/// `position` on. `nets_uniforms_f64`.
template <class T>
void uniforms(std::uint64_t seed, std::int32_t purpose, std::uint64_t walker, std::uint64_t position, span<T> out,
              on_error report = {}) {
    detail::call<detail::kernel>(report, {}, detail::api<T>::uniforms, seed, purpose, walker, position, out.data(),
                                 detail::count(out.size()));
}

/// Fills `out` with standard normal numbers, as `uniforms`. `nets_normals_f64`.
template <class T>
void normals(std::uint64_t seed, std::int32_t purpose, std::uint64_t walker, std::uint64_t position, span<T> out,
             on_error report = {}) {
    detail::call<detail::kernel>(report, {}, detail::api<T>::normals, seed, purpose, walker, position, out.data(),
                                 detail::count(out.size()));
}

/// Where in stream `NETS_STREAM_STEPS` the numbers of a step lie: `d` normals and then one uniform.
/// `nets_step_position_f64`.
template <class T>
std::uint64_t step_position(std::int64_t d, std::int64_t step, on_error report = {}) {
    std::uint64_t position = 0;
    detail::call<detail::kernel>(report, {}, detail::api<T>::step_position, d, step, &position);
    return position;
}

/// The schedule `beta(t)` and, unless `rate` is empty, its derivative at times `t`; `kind` is a `NETS_SCHEDULE_` other
/// than TABLE, `power` is read by POWER. `nets_schedule_f64`.
template <class T>
void schedule(std::int32_t kind, T power, span<const T> t, span<T> beta, span<T> rate, on_error report = {}) {
    if (detail::same_size(report, beta.size(), t.size(), 5) &&
        (rate.empty() || detail::same_size(report, rate.size(), t.size(), 6))) {
        detail::call<detail::kernel>(report, {}, detail::api<T>::schedule, kind, power, t.data(),
                                     detail::count(t.size()), beta.data(), rate.empty() ? nullptr : rate.data());
    }
}

/// As `schedule`, interpolated from a table. `nets_schedule_table_f64`.
template <class T>
void schedule_table(span<const T> times, span<const T> values, span<const T> t, span<T> beta, span<T> rate,
                    on_error report = {}) {
    if (detail::same_size(report, values.size(), times.size(), 2) &&
        detail::same_size(report, beta.size(), t.size(), 6) &&
        (rate.empty() || detail::same_size(report, rate.size(), t.size(), 7))) {
        detail::call<detail::kernel>(report, {}, detail::api<T>::schedule_table, times.data(), values.data(),
                                     detail::count(times.size()), t.data(), detail::count(t.size()), beta.data(),
                                     rate.empty() ? nullptr : rate.data());
    }
}

/// Fills `times` (one more than there are steps) with equal intervals from 0 to 1. `nets_grid_uniform_f64`.
template <class T>
void grid_uniform(span<T> times, on_error report = {}) {
    detail::call<detail::kernel>(report, {}, detail::api<T>::grid_uniform, times.data(),
                                 detail::count(times.size()));
}

/// The time after `t` at which the conditional effective sample size is `target`. `conditional_ess(next)` returns it
/// for a step from `t` to `next`. `nets_grid_next`.
template <class F>
double grid_next(double t, double guess, double target, F conditional_ess, on_error report = {}) {
    detail::held<F> held(std::move(conditional_ess));
    const nets_conditional_ess_callback callback = [](void *user, double next, double *ess) noexcept -> std::int32_t {
        auto *const self = static_cast<detail::held<F> *>(user);
        return self->guard([&] { *ess = self->f(next); });
    };
    double next = std::numeric_limits<double>::quiet_NaN();
    detail::call<detail::kernel>(report, {&held}, nets_grid_next, t, guess, target, callback,
                                 static_cast<void *>(&held), &next);
    return next;
}

}  // namespace nets

#endif
