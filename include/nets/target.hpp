// Targets: densities to sample from, by name or from a callable.
#ifndef NETS_TARGET_HPP
#define NETS_TARGET_HPP

#include <memory>
#include <string>

#include "../nets_host.h"
#include "call.hpp"
#include "potential.hpp"

namespace nets {

namespace detail {

// The library with training and engine, libnets_host.
struct host {
    static constexpr const char *name = "libnets_host";
    static constexpr std::int32_t built = NETS_HOST_ABI_VERSION;
    static std::int32_t abi_version() { return nets_host_abi_version(); }
};

}  // namespace detail

/// What is said of a density beside its potential: the fields of `nets_host_density_options` with their defaults.
struct density_options : nets_host_density_options {
    /// The defaults.
    density_options() noexcept {
        detail::fill<detail::host>(static_cast<nets_host_density_options &>(*this), nets_host_density_options_default);
    }
    /// The base density: means and standard deviations of the coordinates, which are copied when the target is made.
    /// Without it: 0 and 1.
    density_options &base(span<const double> mean, span<const double> sd) noexcept {
        base_mean = mean.data();
        base_sd = sd.data();
        base_size = mean.size() == sd.size() ? detail::count(sd.size()) : 0;
        return *this;
    }
    /// How many coordinates `base` was given; -1: it was not called.
    std::int64_t base_size = -1;
};

/// A density to sample from. Owns its handle and its callable; may be moved.
class target {
public:
    /// No target: what is left of one that was moved from. Functions that are given it fail.
    target() noexcept = default;

    /// A built-in target with parameters (`nets targets` lists them), `plugin:PATH.so[?options]`, or
    /// `stan:MODEL.so[?data=FILE.json]`.
    static target named(const std::string &spec, on_error report = {}) {
        nets_host_target *handle = nullptr;
        detail::call<detail::host>(report, {}, nets_host_target_named, spec.c_str(), &handle);
        return target(handle, nullptr);
    }

    /// A density by its potential, either of one point,
    ///
    ///     double potential(nets::span<const double> x, nets::span<double> gradient)     returns U, writes its gradient,
    ///
    /// or of `n` points, in the layout that the options say, which may return a code that is not 0 to stop, or nothing,
    ///
    ///     potential(std::int64_t n, std::int64_t d, const double *x, double *u, double *gradient).
    ///
    /// It is called from one thread at a time unless `thread_safe` is set. U = +inf or NaN means that there is no
    /// density there. An exception from it ends the call of the library and goes on to the caller.
    template <class F>
    static target density(std::int64_t dim, F potential, const density_options &options = {}, on_error report = {}) {
        if (options.base_size >= 0 && options.base_size != dim) {
            report(status(NETS_ERR_DIMENSION, "mean and standard deviation of the base have another dimension", 4));
            return {};
        }
        if (detail::is_pointwise<F, double> && options.layout != NETS_HOST_LAYOUT_ROWS) {
            report(status(NETS_ERR_RANGE, "a potential of one point wants the layout NETS_HOST_LAYOUT_ROWS", 4));
            return {};
        }
        auto held = std::make_unique<detail::held<F>>(std::move(potential));
        nets_host_target *handle = nullptr;
        detail::call<detail::host>(report, {}, nets_host_target_density, dim, detail::potential<double, F>,
                                   static_cast<void *>(held.get()),
                                   static_cast<const nets_host_density_options *>(&options), &handle);
        return target(handle, std::move(held));
    }

    /// Whether this is a target.
    explicit operator bool() const noexcept { return handle_ != nullptr; }
    /// The C handle, for functions of `nets_host.h`.
    const nets_host_target *get() const noexcept { return handle_.get(); }
    /// For this interface: the callable.
    detail::callable *callable() const noexcept { return f_.get(); }

    /// Its dimension.
    std::int64_t dim(on_error report = {}) const {
        std::int64_t dim = 0;
        detail::call<detail::host>(report, {}, nets_host_target_dim, get(), &dim);
        return dim;
    }
    /// The log of its normalising constant; NaN if it is not known.
    double log_z(on_error report = {}) const {
        double log_z = std::numeric_limits<double>::quiet_NaN();
        detail::call<detail::host>(report, {}, nets_host_target_log_z, get(), &log_z);
        return log_z;
    }
    /// U at points `x`; infinity or NaN where there is no density.
    void potential(rows<const double> x, span<double> u, on_error report = {}) const {
        std::int64_t d = 0;
        if (!detail::call<detail::host>(report, {}, nets_host_target_dim, get(), &d)) {
            return;
        }
        if (x.d != d) {
            report(status(NETS_ERR_DIMENSION, "points have another dimension than the target", 2));
        } else if (detail::same_size(report, u.size(), static_cast<std::size_t>(x.n), 5)) {
            detail::call<detail::host>(report, {callable()}, nets_host_target_potential, get(), x.data, x.n, x.stride,
                                       u.data());
        }
    }

private:
    struct free {
        void operator()(nets_host_target *handle) const noexcept { nets_host_target_free(handle); }
    };
    target(nets_host_target *handle, std::unique_ptr<detail::callable> f) : f_(std::move(f)), handle_(handle) {}

    // The handle goes first when the target ends: it calls the callable.
    std::unique_ptr<detail::callable> f_;
    std::unique_ptr<nets_host_target, free> handle_;
};

}  // namespace nets

#endif
