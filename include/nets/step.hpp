// Walkers, the memory for a step, evaluations, and one step with the caller's random numbers.
#ifndef NETS_STEP_HPP
#define NETS_STEP_HPP

#include <vector>

#include "drift.hpp"
#include "path.hpp"

namespace nets {

/// How a step is made: the fields of `nets_step_options_f64` with their defaults.
template <class T>
struct step_options : detail::api<T>::step_options {
    /// The defaults.
    step_options() noexcept {
        detail::fill<detail::kernel>(static_cast<typename detail::api<T>::step_options &>(*this),
                                     detail::api<T>::step_options_default);
    }
};

/// Walkers in arrays of the caller: the fields of `nets_walkers_f64`, whose pointers the caller sets.
template <class T>
struct walkers : detail::api<T>::walkers {
    /// `count` walkers of dimension `dim`, whose rows are `apart` numbers apart (0: `dim`), with no arrays yet.
    walkers(std::int64_t count, std::int64_t dim, std::int64_t apart = 0) noexcept : detail::api<T>::walkers{} {
        this->struct_size = sizeof(typename detail::api<T>::walkers);
        this->n = count;
        this->d = dim;
        this->stride = apart > 0 ? apart : dim;
    }
};

/// Walkers in arrays of their own.
template <class T>
class population {
public:
    /// `n` walkers of dimension `d`, all zero. `nets::sampler_start` draws them.
    population(std::int64_t n, std::int64_t d, on_error report = {}) : walkers_(0, 0) {
        constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max() / static_cast<std::int64_t>(sizeof(T));
        if (n < 1 || d < 1 || n > most / d) {
            report(status(NETS_ERR_LENGTH, "a number of walkers or a dimension is below 1, or too large for memory"));
            return;
        }
        walkers_ = nets::walkers<T>(n, d);
        for (std::vector<T> *const array : {&x_, &gradient_, &drift_, &momentum_}) {
            array->resize(static_cast<std::size_t>(n * d));
        }
        potential_.resize(static_cast<std::size_t>(n));
        log_weights_.resize(static_cast<std::size_t>(n));
        accepted_.resize(static_cast<std::size_t>(n));
        walkers_.x = x_.data();
        walkers_.gradient = gradient_.data();
        walkers_.drift = drift_.data();
        walkers_.momentum = momentum_.data();
        walkers_.potential = potential_.data();
        walkers_.log_weights = log_weights_.data();
        walkers_.accepted = accepted_.data();
    }
    /// Takes the walkers of `other`, which has none afterwards.
    population(population &&other) noexcept : walkers_(0, 0) { *this = std::move(other); }
    /// Takes the walkers of `other`, which has none afterwards.
    population &operator=(population &&other) noexcept {
        walkers_ = std::exchange(other.walkers_, nets::walkers<T>(0, 0));
        x_ = std::exchange(other.x_, {});
        gradient_ = std::exchange(other.gradient_, {});
        drift_ = std::exchange(other.drift_, {});
        momentum_ = std::exchange(other.momentum_, {});
        potential_ = std::exchange(other.potential_, {});
        log_weights_ = std::exchange(other.log_weights_, {});
        accepted_ = std::exchange(other.accepted_, {});
        return *this;
    }

    /// Where the walkers are.
    rows<const T> x() const noexcept { return {x_.data(), walkers_.n, walkers_.d}; }
    /// Where the walkers are, to move them: potential and gradient are computed anew in the next step.
    rows<T> move_x() noexcept {
        walkers_.known = 0;
        return {x_.data(), walkers_.n, walkers_.d};
    }
    /// Their log weights.
    span<double> log_weights() noexcept { return log_weights_; }
    /// Their log weights.
    span<const double> log_weights() const noexcept { return log_weights_; }
    /// How many of their moves were accepted.
    span<const std::uint32_t> accepted() const noexcept { return accepted_; }
    /// The C structure's fields, for the functions below.
    operator nets::walkers<T> &() noexcept { return walkers_; }

private:
    nets::walkers<T> walkers_;
    std::vector<T> x_, gradient_, drift_, momentum_, potential_;
    std::vector<double> log_weights_;
    std::vector<std::uint32_t> accepted_;
};

/// Memory that a step or an evaluation works in. It grows when it has to; one workspace belongs to one thread.
template <class T>
class workspace {
public:
    /// Makes room for `n` walkers; the functions below do it themselves. The path may be null if only a drift is
    /// evaluated.
    bool reserve(const path<T> *path, drift_ref<T> drift, std::int64_t n, on_error report = {}) {
        std::int64_t bytes = 0, align = 0;
        if (!drift.usable(report) ||
            !detail::call<detail::kernel>(report, {}, detail::api<T>::step_workspace, path ? path->get() : nullptr,
                                          drift.get(), n, &bytes, &align)) {
            return false;
        }
        if (memory_.bytes() < bytes || memory_.align() < align) {
            memory_ = detail::memory(bytes, align);
        }
        return true;
    }
    /// The memory, for functions of `nets.h`.
    void *data() const noexcept { return memory_.data(); }
    /// Its size.
    std::int64_t bytes() const noexcept { return memory_.bytes(); }

private:
    detail::memory memory_;
};

/// U_t and its gradient, and d/dt U_t unless `rate` is empty, at points `x`. `nets_path_evaluate_f64`.
template <class T>
void path_evaluate(const path<T> &path, detail::exactly<T> t, detail::exactly<rows<const T>> x,
                   detail::exactly<span<T>> potential, detail::exactly<rows<T>> gradient,
                   detail::exactly<span<T>> rate, workspace<T> &workspace, on_error report = {}) {
    const auto n = static_cast<std::size_t>(x.n);
    if (!detail::same_shape(report, x.n, x.d, x.n, path.dim(), 3) ||
        !detail::same_size(report, potential.size(), n, 6) ||
        !detail::same_shape(report, gradient.n, gradient.d, x.n, x.d, 7) ||
        !detail::same_size(report, static_cast<std::size_t>(gradient.stride), static_cast<std::size_t>(x.stride), 7) ||
        !(rate.empty() || detail::same_size(report, rate.size(), n, 8)) ||
        !workspace.reserve(&path, no_drift, x.n, report)) {
        return;
    }
    detail::call<detail::kernel>(report, {path.callable()}, detail::api<T>::path_evaluate, path.get(), t, x.data, x.n,
                                 x.stride, potential.data(), gradient.data, rate.empty() ? nullptr : rate.data(),
                                 workspace.data(), workspace.bytes());
}

/// The drift, and its divergence and Jacobian (`n x d x d`) unless they are empty, at points `x`.
/// `nets_drift_evaluate_f64`.
template <class T>
void drift_evaluate(const drift<T> &drift, detail::exactly<T> t, detail::exactly<rows<const T>> x,
                    detail::exactly<rows<T>> b, detail::exactly<span<T>> divergence,
                    detail::exactly<span<T>> jacobian, workspace<T> &workspace, on_error report = {}) {
    const auto n = static_cast<std::size_t>(x.n), d = static_cast<std::size_t>(x.d);
    if (!detail::same_shape(report, x.n, x.d, x.n, drift.dim(), 3) ||
        !detail::same_shape(report, b.n, b.d, x.n, x.d, 6) ||
        !detail::same_size(report, static_cast<std::size_t>(b.stride), static_cast<std::size_t>(x.stride), 6) ||
        !(divergence.empty() || detail::same_size(report, divergence.size(), n, 7)) ||
        !(jacobian.empty() || detail::same_size(report, jacobian.size(), n * d * d, 8)) ||
        !workspace.reserve(nullptr, drift, x.n, report)) {
        return;
    }
    detail::call<detail::kernel>(report, {drift.callable()}, detail::api<T>::drift_evaluate, drift.get(), t, x.data,
                                 x.n, x.stride, b.data, divergence.empty() ? nullptr : divergence.data(),
                                 jacobian.empty() ? nullptr : jacobian.data(), workspace.data(), workspace.bytes());
}

/// One step of `walkers` from time `t` to `next` with the caller's standard normal numbers `xi` (`n x d`, with the
/// stride of the walkers) and uniform numbers (`n`). `nets_step_f64`.
template <class T>
void step(const path<T> &path, detail::exactly<drift_ref<T>> drift, const step_options<T> &options,
          detail::exactly<T> t, detail::exactly<T> next, detail::exactly<span<const T>> xi,
          detail::exactly<span<const T>> uniforms, detail::exactly<walkers<T>> &walkers, workspace<T> &workspace,
          on_error report = {}) {
    const std::int64_t numbers = walkers.n > 0 ? (walkers.n - 1) * walkers.stride + walkers.d : 0;
    if (detail::count(xi.size()) < numbers) {
        report(status(NETS_ERR_LENGTH, "there are fewer normal numbers than coordinates of walkers", 6));
        return;
    }
    if (!detail::same_size(report, uniforms.size(), static_cast<std::size_t>(walkers.n), 7) ||
        !workspace.reserve(&path, drift, walkers.n, report)) {
        return;
    }
    detail::call<detail::kernel>(report, {path.callable(), drift.callable()}, detail::api<T>::step, path.get(),
                                 drift.get(), static_cast<const typename detail::api<T>::step_options *>(&options), t,
                                 next, xi.data(), uniforms.data(),
                                 static_cast<typename detail::api<T>::walkers *>(&walkers), workspace.data(),
                                 workspace.bytes());
}

}  // namespace nets

#endif
