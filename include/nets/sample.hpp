// Sampling with a model, and the scan for the best epsilon.
#ifndef NETS_SAMPLE_HPP
#define NETS_SAMPLE_HPP

#include <algorithm>
#include <vector>

#include "model.hpp"

namespace nets {

/// How walkers are carried to the target: the fields of `nets_host_sample_options` with their defaults.
struct sample_options : nets_host_sample_options {
    /// The defaults.
    sample_options() noexcept {
        detail::fill<detail::host>(static_cast<nets_host_sample_options &>(*this), nets_host_sample_options_default);
    }
    /// Replaces the C callback `progress`.
    on_progress_t on_progress;
};

/// What came out; the fields are those of `nets_host_summary`.
struct summary : nets_host_summary {
    /// All zero.
    summary() noexcept : nets_host_summary{} { struct_size = sizeof(nets_host_summary); }
};

/// Weighted samples.
struct samples {
    /// `log_z`, its standard error, `ess`, and the rest.
    nets::summary summary;
    /// Their dimension.
    std::int64_t dim = 0;
    /// Where they are: `walkers x dim`, or `dim x walkers` for `NETS_HOST_LAYOUT_COLUMNS`.
    std::vector<double> x;
    /// Their log weights.
    std::vector<double> log_weights;
    /// Whether `on_progress` stopped the run; the arrays then hold the walkers that were finished.
    bool stopped = false;
};

/// The type of `nets::no_model`.
struct no_model_t {};
/// Sampling without a drift: annealed importance sampling, or with resampling sequential Monte Carlo.
constexpr no_model_t no_model{};

/// A model, or none, as functions take it.
class model_ref {
public:
    /// No model.
    model_ref(no_model_t) noexcept {}
    /// A model that outlives the call.
    model_ref(const model &model) noexcept : model_(&model) {}
    /// The C handle; null: none.
    const nets_host_model *get() const noexcept { return model_ ? model_->get() : nullptr; }
    /// Whether it may be used: not a model that was moved from.
    bool usable(on_error report) const {
        return !model_ || *model_ || report(status(NETS_ERR_NULL, "the model is empty: it was moved from", 2));
    }

private:
    const model *model_ = nullptr;
};

/// Samples into arrays of the caller: `x` has `walkers x d` numbers in the layout of the options, rows (or columns)
/// `stride` apart, or is null; `log_weights` is empty or has a number for each walker. Returns the summary; after a
/// stop its `walkers` says how many were finished. `nets_host_sample`.
inline summary sample_into(const target &target, model_ref model, const sample_options &options, double *x,
                           std::int64_t stride, span<double> log_weights, nets_host_path_record *record = nullptr,
                           on_error report = {}) {
    summary summary;
    if (!model.usable(report) ||
        !(log_weights.empty() ||
          detail::same_size(report, log_weights.size(), static_cast<std::size_t>(options.walkers), 6))) {
        return summary;
    }
    nets_host_sample_options fields = options;
    detail::reporter progress(options.on_progress, fields);
    status outcome;
    detail::call<detail::host>(outcome, {target.callable(), &progress}, nets_host_sample, target.get(), model.get(),
                               &fields, x, stride, log_weights.empty() ? nullptr : log_weights.data(), record,
                               static_cast<nets_host_summary *>(&summary));
    detail::finish(report, outcome);
    return summary;
}

/// Samples. `nets_host_sample`.
inline samples sample(const target &target, model_ref model, const sample_options &options = {},
                      on_error report = {}) {
    samples result;
    result.dim = target.dim(report);
    if (result.dim == 0) {
        return result;
    }
    constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max() / 8;
    if (options.walkers < 1 || options.walkers > most / result.dim) {
        report(status(NETS_ERR_RANGE, "walkers: below 1, or too many for memory", 3));
        return {};
    }
    result.x.resize(static_cast<std::size_t>(options.walkers * result.dim));
    result.log_weights.resize(static_cast<std::size_t>(options.walkers));
    const bool columns = options.layout == NETS_HOST_LAYOUT_COLUMNS;
    const std::int64_t stride = columns ? options.walkers : result.dim;
    status outcome;
    result.summary = sample_into(target, model, options, result.x.data(), stride, result.log_weights, nullptr, outcome);
    if (!report(outcome)) {
        return {};
    }
    const std::int64_t finished = result.summary.walkers;
    if (finished < options.walkers) {
        result.stopped = true;
        for (std::int64_t j = 1; columns && j < result.dim; ++j) {
            std::copy_n(result.x.begin() + j * stride, finished, result.x.begin() + j * finished);
        }
        result.x.resize(static_cast<std::size_t>(finished * result.dim));
        result.log_weights.resize(static_cast<std::size_t>(finished));
    }
    return result;
}

/// Scans epsilon and writes the best choice into the model; returns what was tried. `nets_host_tune`.
inline std::vector<nets_host_tune_point> tune(const target &target, model &model, const sample_options &options = {},
                                              on_error report = {}) {
    // More than a scan tries.
    std::vector<nets_host_tune_point> points(256);
    nets_host_sample_options fields = options;
    detail::reporter progress(options.on_progress, fields);
    std::int64_t count = 0;
    status outcome;
    detail::call<detail::host>(outcome, {target.callable(), &progress}, nets_host_tune, target.get(), model.get(),
                               &fields, points.data(), detail::count(points.size()), &count);
    if (!detail::finish(report, outcome)) {
        return {};
    }
    points.resize(std::min(points.size(), static_cast<std::size_t>(count)));
    return points;
}

}  // namespace nets

#endif
