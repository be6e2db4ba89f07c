// Log weights: what they say, what a step adds to them, and resampling. They are double in either precision.
#ifndef NETS_WEIGHT_HPP
#define NETS_WEIGHT_HPP

#include "call.hpp"
#include "precision.hpp"

namespace nets {

/// What the log weights of a population say: log mean and its standard error, ESS, the largest weight, lost walkers.
/// Its fields are those of `nets_weight_summary`.
struct weight_summary : nets_weight_summary {
    /// All zero.
    weight_summary() noexcept : nets_weight_summary{} { struct_size = sizeof(nets_weight_summary); }
};

/// Summarises log weights. `nets_weight_summary_of`.
inline weight_summary weight_summary_of(span<const double> log_weights, on_error report = {}) {
    weight_summary summary;
    detail::call<detail::kernel>(report, {}, nets_weight_summary_of, log_weights.data(),
                                 detail::count(log_weights.size()), static_cast<nets_weight_summary *>(&summary));
    return summary;
}

/// Sums over log weights that arrive bit by bit, without overflow. `nets_weight_sum_…`.
class weight_sum {
public:
    /// No walkers.
    explicit weight_sum(on_error report = {}) {
        detail::call<detail::kernel>(report, {}, nets_weight_sum_start, &sum_,
                                     static_cast<std::uint32_t>(sizeof sum_));
    }
    /// Adds walkers.
    void add(span<const double> log_weights, on_error report = {}) {
        detail::call<detail::kernel>(report, {}, nets_weight_sum_add, &sum_, log_weights.data(),
                                     detail::count(log_weights.size()));
    }
    /// Adds another's walkers.
    void merge(const weight_sum &other, on_error report = {}) {
        detail::call<detail::kernel>(report, {}, nets_weight_sum_merge, &sum_, &other.sum_);
    }
    /// What the weights say.
    weight_summary summary(on_error report = {}) const {
        weight_summary summary;
        detail::call<detail::kernel>(report, {}, nets_weight_sum_summary, &sum_,
                                     static_cast<nets_weight_summary *>(&summary));
        return summary;
    }

private:
    nets_weight_sum sum_{};
};

/// The conditional effective sample size of a step that adds `increments` to `log_weights`. `nets_conditional_ess`.
inline double conditional_ess(span<const double> log_weights, span<const double> increments, on_error report = {}) {
    double ess = std::numeric_limits<double>::quiet_NaN();
    if (detail::same_size(report, increments.size(), log_weights.size(), 2)) {
        detail::call<detail::kernel>(report, {}, nets_conditional_ess, log_weights.data(), increments.data(),
                                     detail::count(log_weights.size()), &ess);
    }
    return ess;
}

/// Weighted means and variances of the coordinates, `x.d` of each. `nets_weighted_moments_f64`.
template <class T>
void weighted_moments(span<const double> log_weights, rows<const T> x, span<double> mean, span<double> variance,
                      on_error report = {}) {
    const auto d = static_cast<std::size_t>(x.d);
    if (detail::same_shape(report, x.n, x.d, detail::count(log_weights.size()), x.d, 3) &&
        detail::same_size(report, mean.size(), d, 6) && detail::same_size(report, variance.size(), d, 7)) {
        detail::call<detail::kernel>(report, {}, detail::api<T>::weighted_moments, log_weights.data(),
                                     detail::count(log_weights.size()), x.data, x.d, x.stride, mean.data(),
                                     variance.data());
    }
}

/// How many copies of each walker go on, by `scheme` (`NETS_RESAMPLING_…`): `copies.size()` of them. `uniforms` are
/// independent numbers from [0, 1]: one for SYSTEMATIC, else one for each walker. `nets_resample`.
inline void resample(std::int32_t scheme, span<const double> log_weights, span<const double> uniforms,
                     span<std::uint32_t> copies, on_error report = {}) {
    if (detail::same_size(report, copies.size(), log_weights.size(), 6)) {
        detail::call<detail::kernel>(report, {}, nets_resample, scheme, log_weights.data(),
                                     detail::count(log_weights.size()), uniforms.data(),
                                     detail::count(uniforms.size()), copies.data());
    }
}

/// Which walker each walker becomes a copy of; survivors stay where they are. `nets_ancestors`.
inline void ancestors(span<const std::uint32_t> copies, span<std::int64_t> ancestors, on_error report = {}) {
    if (detail::same_size(report, ancestors.size(), copies.size(), 3)) {
        detail::call<detail::kernel>(report, {}, nets_ancestors, copies.data(), detail::count(copies.size()),
                                     ancestors.data());
    }
}

/// Replaces points by copies of their ancestors, in place. `nets_gather_f64`.
template <class T>
void gather(span<const std::int64_t> ancestors, rows<T> x, on_error report = {}) {
    if (detail::same_shape(report, x.n, x.d, detail::count(ancestors.size()), x.d, 3)) {
        detail::call<detail::kernel>(report, {}, detail::api<T>::gather, ancestors.data(),
                                     detail::count(ancestors.size()), x.data, x.d, x.stride);
    }
}

}  // namespace nets

#endif
