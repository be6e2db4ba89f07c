// Arrays with their sizes, as the C++ interface takes them.
#ifndef NETS_SPAN_HPP
#define NETS_SPAN_HPP

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <type_traits>

#if __cplusplus >= 202002L
#include <span>
#endif

namespace nets {

#if defined(__cpp_lib_span)

/// Numbers that lie side by side in memory that belongs to somebody else: `std::span`.
template <class T>
using span = std::span<T>;

#else

/// Numbers that lie side by side in memory that belongs to somebody else: what C++20 has as `std::span`, as far as it
/// is needed here. Made from a pointer and a size, an array, or anything with `data()` and `size()`.
template <class T>
class span {
public:
    /// The type of the elements, without `const`.
    using value_type = std::remove_cv_t<T>;

    /// No numbers.
    constexpr span() noexcept = default;
    /// `size` numbers at `data`.
    constexpr span(T *data, std::size_t size) noexcept : data_(data), size_(size) {}
    /// The numbers of an array.
    template <std::size_t N>
    constexpr span(T (&array)[N]) noexcept : data_(array), size_(N) {}
    /// The numbers of a container, or of a span of numbers that may be written.
    template <class C, class = std::enable_if_t<std::is_convertible_v<
                           std::remove_pointer_t<decltype(std::data(std::declval<C &>()))> (*)[], T (*)[]>>,
              class = std::enable_if_t<!std::is_array_v<std::remove_reference_t<C>>>>
    constexpr span(C &&container) noexcept : data_(std::data(container)), size_(std::size(container)) {}

    /// The first number.
    constexpr T *data() const noexcept { return data_; }
    /// How many there are.
    constexpr std::size_t size() const noexcept { return size_; }
    /// Whether there are none.
    constexpr bool empty() const noexcept { return size_ == 0; }
    /// Number `i`; not checked.
    constexpr T &operator[](std::size_t i) const noexcept { return data_[i]; }
    /// For loops over the numbers.
    constexpr T *begin() const noexcept { return data_; }
    /// For loops over the numbers.
    constexpr T *end() const noexcept { return data_ + size_; }

private:
    T *data_ = nullptr;
    std::size_t size_ = 0;
};

#endif

/// `n` points of `d` coordinates in somebody else's memory, one after another, `stride >= d` numbers apart.
template <class T>
struct rows {
    /// The first coordinate of the first point.
    T *data = nullptr;
    /// How many points there are.
    std::int64_t n = 0;
    /// Their dimension.
    std::int64_t d = 0;
    /// Numbers from one point to the next.
    std::int64_t stride = 0;

    /// No points.
    constexpr rows() noexcept = default;
    /// `n` points of dimension `d` without gaps.
    constexpr rows(T *points, std::int64_t count, std::int64_t dim) noexcept : rows(points, count, dim, dim) {}
    /// `n` points of dimension `d`, `stride` numbers apart.
    constexpr rows(T *points, std::int64_t count, std::int64_t dim, std::int64_t apart) noexcept
        : data(points), n(count), d(dim), stride(apart) {}
    /// Points that may be written are points that may be read.
    template <class U, class = std::enable_if_t<std::is_same_v<const U, T>>>
    constexpr rows(const rows<U> &points) noexcept : rows(points.data, points.n, points.d, points.stride) {}

    /// The coordinates of point `i`; not checked.
    constexpr span<T> operator[](std::int64_t i) const noexcept {
        return span<T>(data + i * stride, static_cast<std::size_t>(d));
    }
};

}  // namespace nets

#endif
