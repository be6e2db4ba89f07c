// From C++ to C and back: callables behind function pointers, calls that report errors, objects in aligned memory.
// Nothing here is for users.
#ifndef NETS_CALL_HPP
#define NETS_CALL_HPP

#include <cstddef>
#include <memory>
#include <mutex>
#include <new>
#include <type_traits>
#include <utility>

#include "error.hpp"
#include "span.hpp"

namespace nets::detail {

// What `work` returns as a callback's code; 0 if it returns nothing.
template <class Work>
std::int32_t code_of(Work &&work) {
    if constexpr (std::is_void_v<decltype(work())>) {
        work();
        return 0;
    } else {
        return static_cast<std::int32_t>(work());
    }
}

// A callable that C calls. An exception may not pass through C: the first one waits here until the call is over.
class callable {
public:
    callable() = default;
    callable(const callable &) = delete;
    callable &operator=(const callable &) = delete;
    virtual ~callable() = default;

    // The code that a callback returns for `work`.
    template <class Work>
    std::int32_t guard(Work &&work) noexcept {
#ifdef __cpp_exceptions
        try {
            return code_of(work);
        } catch (...) {
            // With thread-safe potentials this may be one of several threads.
            const std::lock_guard<std::mutex> lock(mutex_);
            if (!exception_) {
                exception_ = std::current_exception();
            }
            return callback_threw;
        }
#else
        return code_of(work);
#endif
    }
    std::exception_ptr take() noexcept {
        const std::lock_guard<std::mutex> lock(mutex_);
        return std::exchange(exception_, nullptr);
    }

private:
    std::mutex mutex_;
    std::exception_ptr exception_;
};

// A callable of type F. `user` in the functions below points to one.
template <class F>
struct held : callable {
    explicit held(F function) : f(std::move(function)) {}
    F f;
};

// `Library::abi_version()` once, against the header's.
template <class Library>
bool compatible(on_error report) {
    static const std::int32_t loaded = Library::abi_version();
    if (loaded == Library::built) {
        return true;
    }
    char text[160];
    std::snprintf(text, sizeof text, "%s has ABI version %d, but the program was built for %d: build it again with the "
                  "header of the installed library", Library::name, static_cast<int>(loaded),
                  static_cast<int>(Library::built));
    return report(status(err_abi, text));
}

// Calls `function(arguments…, &info)` and reports how it went; `callables` are those that it may call.
template <class Library, class Function, class... Arguments>
bool call(on_error report, std::initializer_list<callable *> callables, Function function, Arguments... arguments) {
    if (!compatible<Library>(report)) {
        return false;
    }
    nets_error_info info{};
    info.struct_size = sizeof info;
    if (function(arguments..., &info) == NETS_OK) {
        return report(status());
    }
    std::exception_ptr exception;
    for (callable *const each : callables) {
        if (each && !exception) {
            exception = each->take();
        }
    }
    return report(status(info, std::move(exception)));
}

// A parameter that no template argument is deduced from, so that what is given is converted to it.
template <class T>
struct exactly_t {
    using type = T;
};
template <class T>
using exactly = typename exactly_t<T>::type;

// The kernel, libnets.
struct kernel {
    static constexpr const char *name = "libnets";
    static constexpr std::int32_t built = NETS_ABI_VERSION;
    static std::int32_t abi_version() { return nets_abi_version(); }
};

// Fills a structure of options with its defaults. Where that fails the structure has size 0, which whatever it is
// given to refuses: options are made without a place to report to.
template <class Library, class Options, class Default>
void fill(Options &options, Default fill) noexcept {
    status outcome;
    if (!call<Library>(outcome, {}, fill, &options, static_cast<std::uint32_t>(sizeof options))) {
        options = Options{};
    }
}

inline std::int64_t count(std::size_t size) noexcept { return static_cast<std::int64_t>(size); }

// Whether spans that belong together have the same size; the first argument is number `argument` of the C function.
inline bool same_size(on_error report, std::size_t size, std::size_t expected, std::int32_t argument) {
    return size == expected ||
           report(status(NETS_ERR_LENGTH, "an array has another length than those it belongs to", argument));
}

// Whether points fit what they are used with.
inline bool same_shape(on_error report, std::int64_t n, std::int64_t d, std::int64_t points, std::int64_t dim,
                       std::int32_t argument) {
    return (n == points && d == dim) ||
           report(status(NETS_ERR_LENGTH, "points have another number or dimension than those they belong to",
                         argument));
}

struct aligned_delete {
    std::align_val_t align{1};
    void operator()(void *data) const noexcept { ::operator delete(data, align); }
};

// Memory with an alignment that is known when the program runs.
class memory {
public:
    memory() noexcept = default;
    memory(std::int64_t bytes, std::int64_t align)
        : data_(::operator new(size(bytes), std::align_val_t(size(align))),
                aligned_delete{std::align_val_t(size(align))}),
          bytes_(bytes) {}
    void *data() const noexcept { return data_.get(); }
    std::int64_t bytes() const noexcept { return data_ ? bytes_ : 0; }
    std::int64_t align() const noexcept { return static_cast<std::int64_t>(data_.get_deleter().align); }

private:
    // The library's sizes are never negative, which the compiler cannot know.
    static std::size_t size(std::int64_t count) noexcept {
        return count > 0 ? static_cast<std::size_t>(count) : 0;
    }

    std::unique_ptr<void, aligned_delete> data_;
    std::int64_t bytes_ = 0;
};

// An object of the kernel, the memory it lies in and the callable it calls. Moving leaves nothing behind.
template <class Handle>
class object {
public:
    object() noexcept = default;
    object(object &&other) noexcept
        : handle(std::exchange(other.handle, nullptr)), room(std::move(other.room)), f(std::move(other.f)) {}
    object &operator=(object &&other) noexcept {
        handle = std::exchange(other.handle, nullptr);
        room = std::move(other.room);
        f = std::move(other.f);
        return *this;
    }

    Handle *handle = nullptr;
    memory room;
    std::unique_ptr<callable> f;
};

}  // namespace nets::detail

#endif
