// Paths of densities from a Gaussian base to the target.
#ifndef NETS_PATH_HPP
#define NETS_PATH_HPP

#include "potential.hpp"
#include "precision.hpp"

namespace nets {

/// What a path is made from: the fields of `nets_path_options_f64` with their defaults, and spans for some of them.
/// What the fields point to is copied when the path is made.
template <class T>
struct path_options : detail::api<T>::path_options {
    /// The defaults.
    path_options() noexcept { detail::fill<detail::kernel>(fields(), detail::api<T>::path_options_default); }

    /// The base density: means and standard deviations of the coordinates. Without it: 0 and 1.
    path_options &base(span<const T> mean_of, span<const T> sd_of) noexcept {
        this->base_mean = mean_of.data();
        this->base_sd = sd_of.data();
        base_size = mean_of.size() == sd_of.size() ? detail::count(sd_of.size()) : 0;
        return *this;
    }
    /// The schedule `beta(t)` by its values at `times`.
    path_options &table(span<const T> times, span<const T> values) noexcept {
        this->schedule = NETS_SCHEDULE_TABLE;
        this->table_times = times.data();
        this->table_values = values.data();
        this->table_length = times.size() == values.size() ? detail::count(times.size()) : 0;
        return *this;
    }
    /// The C structure.
    typename detail::api<T>::path_options &fields() noexcept { return *this; }

    /// How many coordinates `base` was given; -1: it was not called.
    std::int64_t base_size = -1;
};

/// A path of densities `e^{-U_t}`, `t` from 0 to 1, from a Gaussian to the target. Owns the callable that it calls
/// and its memory; may be moved. Several threads may use one path at once if its callable permits it.
template <class T>
class path {
public:
    /// No path: what is left of one that was moved from. Functions that are given it fail.
    path() noexcept = default;

    /// `U_t = (1 - beta) U_0 + beta U_1`, with U_0 that of the Gaussian base and `U_1` a callable, either of one point,
    ///
    ///     T potential(nets::span<const T> x, nets::span<T> gradient)      returns U, writes its gradient,
    ///
    /// or of `n` points in rows, which may return a code that is not 0 to stop, or nothing,
    ///
    ///     potential(std::int64_t n, std::int64_t d, const T *x, T *u, T *gradient).
    ///
    /// An exception from it ends the call of the library and goes on to the caller.
    template <class F>
    static path geometric(std::int64_t dim, F potential, path_options<T> options = {}, on_error report = {}) {
        auto held = std::make_unique<detail::held<F>>(std::move(potential));
        options.kind = NETS_PATH_GEOMETRIC;
        options.potential = detail::potential<T, F>;
        options.user = held.get();
        return make(dim, std::move(held), options, report);
    }

    /// A path with a `U_t` of its own, whose U_0 is that of the base. The callable writes U_t, its gradient and, if
    /// `rate` is not null, d/dt U_t of point `i` at time `t[i]`; it returns a code or nothing:
    ///
    ///     f(std::int64_t n, std::int64_t d, const T *t, const T *x, T *u, T *gradient, T *rate)
    template <class F>
    static path callback(std::int64_t dim, F f, path_options<T> options = {}, on_error report = {}) {
        auto held = std::make_unique<detail::held<F>>(std::move(f));
        options.kind = NETS_PATH_CALLBACK;
        options.path = [](void *user, std::int64_t n, std::int64_t d, const T *t, const T *x, T *u, T *gradient,
                          T *rate) noexcept -> std::int32_t {
            auto *const self = static_cast<detail::held<F> *>(user);
            return self->guard([&] { return self->f(n, d, t, x, u, gradient, rate); });
        };
        options.user = held.get();
        return make(dim, std::move(held), options, report);
    }

    /// Gaussians of standard deviation `sd` whose means move from 0 to `means` (one in each row), and whose base is
    /// the Gaussian of standard deviation `base_sd`. No weights: equal ones.
    static path mixture(rows<const T> means, T sd, T base_sd, span<const T> weights = {}, on_error report = {}) {
        if (means.stride != means.d) {
            report(status(NETS_ERR_LENGTH, "means of a mixture lie in rows without gaps"));
            return {};
        }
        if (!weights.empty() && !detail::same_size(report, weights.size(), static_cast<std::size_t>(means.n), 1)) {
            return {};
        }
        path_options<T> options;
        options.kind = NETS_PATH_MIXTURE;
        options.components = means.n;
        options.means = means.data;
        options.weights = weights.empty() ? nullptr : weights.data();
        options.sd = sd;
        options.mixture_base_sd = base_sd;
        return make(means.d, nullptr, options, report);
    }

    /// Lattice phi^4 theory with `side^axes` sites; the rest as in `nets_path_options_f64`.
    static path phi4(std::int32_t axes, std::int64_t side, T mass_squared, T coupling, T base_mass_squared,
                     path_options<T> options = {}, on_error report = {}) {
        std::int64_t dim = 1;
        for (std::int32_t axis = 0; axis < axes && axis < 3 && side > 0 && dim < (1 << 30); ++axis) {
            dim *= side < (1 << 30) ? side : 1 << 30;
        }
        options.kind = NETS_PATH_PHI4;
        options.axes = axes;
        options.side = side;
        options.mass_squared = mass_squared;
        options.coupling = coupling;
        options.base_mass_squared = base_mass_squared;
        return make(dim, nullptr, options, report);
    }

    /// Whether this is a path.
    explicit operator bool() const noexcept { return object_.handle != nullptr; }
    /// Its dimension; 0 if it is none.
    std::int64_t dim() const noexcept { return object_.handle ? dim_ : 0; }
    /// The C object, for functions of `nets.h`.
    const typename detail::api<T>::path *get() const noexcept { return object_.handle; }
    /// For this interface: the callable.
    detail::callable *callable() const noexcept { return object_.f.get(); }

    /// The log of the base density's normalising constant.
    double log_z_base(on_error report = {}) const {
        double log_z = std::numeric_limits<double>::quiet_NaN();
        detail::call<detail::kernel>(report, {}, detail::api<T>::path_log_z_base, get(), &log_z);
        return log_z;
    }

    /// Makes standard normal numbers, `n x dim` without gaps, into points of the base density.
    void base(span<const T> xi, rows<T> x, on_error report = {}) const {
        if (x.stride != x.d) {
            report(status(NETS_ERR_LENGTH, "points have gaps between them, standard normal numbers have none", 4));
        } else if (detail::same_size(report, xi.size(), static_cast<std::size_t>(x.n * x.d), 2) &&
                   detail::same_shape(report, x.n, x.d, x.n, dim(), 5)) {
            detail::call<detail::kernel>(report, {}, detail::api<T>::path_base, get(), xi.data(), x.n, x.stride,
                                         x.data);
        }
    }

private:
    static path make(std::int64_t dim, std::unique_ptr<detail::callable> f, path_options<T> &options,
                     on_error report) {
        path made;
        std::int64_t bytes = 0, align = 0;
        options.dim = dim;
        if (options.base_size >= 0 && options.base_size != dim) {
            report(status(NETS_ERR_DIMENSION, "mean and standard deviation of the base have another dimension", 1));
            return {};
        }
        if (!detail::call<detail::kernel>(report, {}, detail::api<T>::path_workspace, &options.fields(), &bytes,
                                          &align)) {
            return {};
        }
        made.object_.room = detail::memory(bytes, align);
        typename detail::api<T>::path *handle = nullptr;
        if (!detail::call<detail::kernel>(report, {}, detail::api<T>::path_init, &options.fields(),
                                          made.object_.room.data(), bytes, &handle)) {
            return {};
        }
        made.object_.handle = handle;
        made.object_.f = std::move(f);
        made.dim_ = dim;
        return made;
    }

    detail::object<typename detail::api<T>::path> object_;
    std::int64_t dim_ = 0;
};

}  // namespace nets

#endif
