// What one step adds to the log weights, for programs with an integrator of their own. Arrays of points have rows of
// `d` numbers, `stride` apart, `n` of them; spans are checked against that.
#ifndef NETS_INCREMENT_HPP
#define NETS_INCREMENT_HPP

#include "call.hpp"
#include "precision.hpp"

namespace nets {

/// The Itô increment of a step of length `delta`, from what was known at its beginning. `nets_increment_ito_f64`.
template <class T>
void increment_ito(T delta, rows<const T> gradient, rows<const T> drift, span<const T> divergence,
                   span<const T> rate, span<double> increments, on_error report = {}) {
    const auto n = static_cast<std::size_t>(gradient.n);
    if (detail::same_shape(report, drift.n, drift.d, gradient.n, gradient.d, 6) &&
        detail::same_shape(report, drift.n, drift.stride, gradient.n, gradient.stride, 6) &&
        detail::same_size(report, divergence.size(), n, 7) && detail::same_size(report, rate.size(), n, 8) &&
        detail::same_size(report, increments.size(), n, 9)) {
        detail::call<detail::kernel>(report, {}, detail::api<T>::increment_ito, delta, gradient.n, gradient.d,
                                     gradient.stride, gradient.data, drift.data, divergence.data(), rate.data(),
                                     increments.data());
    }
}

/// The pair increment of a step of length `delta` and diffusivity `epsilon` from `x` with noise `xi` to `next_x`.
/// `nets_increment_pair_f64`.
template <class T>
void increment_pair(T delta, T epsilon, rows<const T> xi, rows<const T> x, rows<const T> next_x,
                    span<const T> potential, span<const T> next_potential, rows<const T> next_gradient,
                    rows<const T> next_drift, span<double> increments, on_error report = {}) {
    const auto n = static_cast<std::size_t>(x.n);
    std::int32_t argument = 6;
    for (const rows<const T> *const each : {&xi, &x, &next_x, &next_gradient, &next_drift}) {
        if (!detail::same_shape(report, each->n, each->d, x.n, x.d, argument) ||
            !detail::same_shape(report, each->n, each->stride, x.n, x.stride, argument)) {
            return;
        }
        argument += argument == 8 ? 3 : 1;
    }
    if (detail::same_size(report, potential.size(), n, 9) && detail::same_size(report, next_potential.size(), n, 10) &&
        detail::same_size(report, increments.size(), n, 13)) {
        detail::call<detail::kernel>(report, {}, detail::api<T>::increment_pair, delta, epsilon, x.n, x.d, x.stride,
                                     xi.data, x.data, next_x.data, potential.data(), next_potential.data(),
                                     next_gradient.data, next_drift.data, increments.data());
    }
}

/// The split increment of a deterministic map with Jacobians `jacobian` (`n x d x d`); `workspace` has `d x d` numbers
/// or more./// `nets_increment_split_f64`.
template <class T>
void increment_split(std::int64_t d, span<const T> potential, span<const T> next_potential, span<const T> jacobian,
                     span<T> workspace, span<double> increments, on_error report = {}) {
    const auto n = potential.size(), dim = static_cast<std::size_t>(d);
    if (detail::same_size(report, next_potential.size(), n, 4) &&
        detail::same_size(report, jacobian.size(), n * dim * dim, 5) &&
        (workspace.size() >= dim * dim ||
         report(status(NETS_ERR_LENGTH, "the workspace is smaller than a Jacobian", 6))) &&
        detail::same_size(report, increments.size(), n, 7)) {
        detail::call<detail::kernel>(report, {}, detail::api<T>::increment_split, detail::count(n), d,
                                     potential.data(), next_potential.data(), jacobian.data(), workspace.data(),
                                     increments.data());
    }
}

}  // namespace nets

#endif
