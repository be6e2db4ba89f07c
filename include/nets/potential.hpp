// Potentials from callables. Nothing here is for users.
#ifndef NETS_POTENTIAL_HPP
#define NETS_POTENTIAL_HPP

#include "call.hpp"

namespace nets {

namespace detail {

// Whether F is a potential of one point: U = f(x, gradient).
template <class F, class T>
constexpr bool is_pointwise = std::is_invocable_r_v<T, F &, span<const T>, span<T>>;

// A nets_potential_f64 or _f32 for a potential of one point or of many.
template <class T, class F>
std::int32_t potential(void *user, std::int64_t n, std::int64_t d, const T *x, T *u, T *gradient) noexcept {
    auto *const self = static_cast<held<F> *>(user);
    return self->guard([&] {
        if constexpr (is_pointwise<F, T>) {
            const auto dim = static_cast<std::size_t>(d);
            for (std::int64_t i = 0; i < n; ++i) {
                u[i] = static_cast<T>(self->f(span<const T>(x + i * d, dim), span<T>(gradient + i * d, dim)));
            }
        } else {
            return self->f(n, d, x, u, gradient);
        }
    });
}

}  // namespace detail

}  // namespace nets

#endif
