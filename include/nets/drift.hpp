// Drifts: learned ones from bytes, and callables.
#ifndef NETS_DRIFT_HPP
#define NETS_DRIFT_HPP

#include "call.hpp"
#include "precision.hpp"

namespace nets {

/// What drift bytes hold; the fields are those of `nets_drift_description`.
struct drift_description : nets_drift_description {
    /// All zero.
    drift_description() noexcept : nets_drift_description{} { struct_size = sizeof(nets_drift_description); }
};

/// Checks `size` drift bytes and says what they hold. `nets_drift_check`.
inline drift_description drift_check(const void *bytes, std::size_t size, on_error report = {}) {
    drift_description description;
    detail::call<detail::kernel>(report, {}, nets_drift_check, bytes, detail::count(size),
                                 static_cast<nets_drift_description *>(&description));
    return description;
}

/// A drift `b_t(x)`. Owns its memory and its callable; may be moved. Several threads may use one drift at once if its
/// callable permits it.
template <class T>
class drift {
public:
    /// No drift: what is left of one that was moved from. Functions that are given it fail; the drift that is zero is
    /// `nets::no_drift`.
    drift() noexcept = default;

    /// From `size` bytes as `nets export --format binary` or `nets::model::export_drift` write them; they may go
    /// afterwards. Numbers of the other precision are rounded.
    static drift from_bytes(const void *bytes, std::size_t size, on_error report = {}) {
        std::int64_t room = 0, align = 0;
        const drift_description description = drift_check(bytes, size, report);
        if (description.dim == 0 ||
            !detail::call<detail::kernel>(report, {}, detail::api<T>::drift_workspace, bytes, detail::count(size),
                                          &room, &align)) {
            return {};
        }
        return make(report, description.dim, nullptr, room, align, detail::api<T>::drift_init, bytes,
                    detail::count(size));
    }

    /// A drift that is computed by a callable, which writes `b` (`n x d`) and, unless they are null, the divergence
    /// (`n`) and the Jacobian (`n x d x d`, or `n x d` if `jacobian` is `NETS_JACOBIAN_DIAGONAL`); it returns a code or
    /// nothing:
    ///
    ///     f(T t, std::int64_t n, std::int64_t d, const T *x, T *b, T *divergence, T *jacobian)
    template <class F>
    static drift callback(std::int64_t dim, std::int32_t jacobian, F f, on_error report = {}) {
        std::int64_t room = 0, align = 0;
        if (!detail::call<detail::kernel>(report, {}, detail::api<T>::drift_callback_workspace, &room, &align)) {
            return {};
        }
        auto held = std::make_unique<detail::held<F>>(std::move(f));
        void *const user = held.get();
        return make(report, dim, std::move(held), room, align, detail::api<T>::drift_callback_init, dim, jacobian,
                    trampoline<F>, user);
    }

    /// Whether this is a drift.
    explicit operator bool() const noexcept { return object_.handle != nullptr; }
    /// Its dimension; 0 if it is none.
    std::int64_t dim() const noexcept { return object_.handle ? dim_ : 0; }
    /// The C object, for functions of `nets.h`.
    const typename detail::api<T>::drift *get() const noexcept { return object_.handle; }
    /// For this interface: the callable.
    detail::callable *callable() const noexcept { return object_.f.get(); }

private:
    template <class F>
    static std::int32_t trampoline(void *user, T t, std::int64_t n, std::int64_t d, const T *x, T *b, T *divergence,
                                   T *jacobian) noexcept {
        auto *const self = static_cast<detail::held<F> *>(user);
        return self->guard([&] { return self->f(t, n, d, x, b, divergence, jacobian); });
    }

    template <class Init, class... Arguments>
    static drift make(on_error report, std::int64_t dim, std::unique_ptr<detail::callable> f, std::int64_t bytes,
                      std::int64_t align, Init init, Arguments... arguments) {
        drift made;
        made.object_.room = detail::memory(bytes, align);
        typename detail::api<T>::drift *handle = nullptr;
        if (!detail::call<detail::kernel>(report, {}, init, arguments..., made.object_.room.data(), bytes, &handle)) {
            return {};
        }
        made.object_.handle = handle;
        made.object_.f = std::move(f);
        made.dim_ = dim;
        return made;
    }

    detail::object<typename detail::api<T>::drift> object_;
    std::int64_t dim_ = 0;
};

/// The type of `nets::no_drift`.
struct no_drift_t {};
/// The drift that is zero: annealed importance sampling.
constexpr no_drift_t no_drift{};

/// A drift, or none, as functions take it.
template <class T>
class drift_ref {
public:
    /// No drift.
    drift_ref(no_drift_t) noexcept {}
    /// A drift that outlives the call.
    drift_ref(const drift<T> &drift) noexcept : drift_(&drift) {}

    /// The C object; null: none.
    const typename detail::api<T>::drift *get() const noexcept { return drift_ ? drift_->get() : nullptr; }
    /// For this interface: the callable.
    detail::callable *callable() const noexcept { return drift_ ? drift_->callable() : nullptr; }
    /// Whether it may be used: not a drift that was moved from.
    bool usable(on_error report) const {
        return !drift_ || *drift_ || report(status(NETS_ERR_OBJECT, "the drift is empty: it was moved from", 2));
    }

private:
    const drift<T> *drift_ = nullptr;
};

}  // namespace nets

#endif
