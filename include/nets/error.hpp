// How failures reach a C++ program: as exceptions, or in a `nets::status` that the program hands in.
#ifndef NETS_ERROR_HPP
#define NETS_ERROR_HPP

#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <initializer_list>
#include <limits>
#include <stdexcept>
#include <string>

#include "../nets.h"

namespace nets {

/// The code of a library whose ABI version is not the header's. The libraries' own codes, `NETS_ERR_`, are positive.
constexpr std::int32_t err_abi = -1;
/// What `callback_code` is after a callable has thrown.
constexpr std::int32_t callback_threw = -1;

/// What a call came to: success, or the code of the error with all that is known about it.
class status {
public:
    /// Success.
    status() noexcept = default;
    /// What the library reports.
    explicit status(const nets_error_info &info, std::exception_ptr exception = nullptr) noexcept
        : info_(info), exception_(std::move(exception)) {}
    /// An error that this interface finds before the library is called.
    status(std::int32_t code, const char *message, std::int32_t argument = 0) noexcept {
        info_.code = code;
        info_.argument = argument;
        std::snprintf(info_.message, sizeof info_.message, "%s", message);
    }

    /// Whether the call succeeded.
    bool ok() const noexcept { return info_.code == NETS_OK; }
    /// `NETS_OK`, a `NETS_ERR_` code, or `nets::err_abi`.
    std::int32_t code() const noexcept { return info_.code; }
    /// Which argument of the C function is at fault, counted from 1; 0: none in particular.
    std::int32_t argument() const noexcept { return info_.argument; }
    /// Which element of it, or which walker; -1: none in particular.
    std::int64_t index() const noexcept { return info_.index; }
    /// The value at fault; NaN: none.
    double value() const noexcept { return info_.value; }
    /// What a callable returned to end the call (`nets::callback_threw` if it threw), else 0.
    std::int32_t callback_code() const noexcept { return info_.callback_code; }
    /// What is wrong, in English.
    const char *message() const noexcept { return info_.message; }
    /// The exception that a callable ended the call with, or null.
    const std::exception_ptr &exception() const noexcept { return exception_; }

    /// The message with argument, element and value.
    std::string text() const {
        std::string text = info_.message;
        if (info_.argument > 0) {
            text += " (argument " + std::to_string(info_.argument);
            if (info_.index >= 0) {
                text += ", element " + std::to_string(info_.index);
            }
            if (!std::isnan(info_.value)) {
                char value[32];
                std::snprintf(value, sizeof value, ": %.9g", info_.value);
                text += value;
            }
            text += ")";
        }
        return text;
    }

    /// Throws the callable's exception, or else a `nets::error`. In a program without exceptions: says why and aborts.
    [[noreturn]] inline void raise() const;

private:
    static constexpr nets_error_info success() noexcept {
        nets_error_info info{};
        info.struct_size = sizeof info;
        info.index = -1;
        info.value = std::numeric_limits<double>::quiet_NaN();
        return info;
    }
    nets_error_info info_ = success();
    std::exception_ptr exception_;
};

/// An error of the library, as an exception.
class error : public std::runtime_error {
public:
    /// Of a status that is not a success.
    explicit error(const nets::status &status) : std::runtime_error(status.text()), status_(status) {}
    /// All that is known about it.
    const nets::status &status() const noexcept { return status_; }
    /// A `NETS_ERR_` code, or `nets::err_abi`.
    std::int32_t code() const noexcept { return status_.code(); }
    /// Which argument of the C function is at fault, counted from 1; 0: none in particular.
    std::int32_t argument() const noexcept { return status_.argument(); }
    /// Which element of it, or which walker; -1: none in particular.
    std::int64_t index() const noexcept { return status_.index(); }

private:
    nets::status status_;
};

void status::raise() const {
#ifdef __cpp_exceptions
    if (exception_) {
        std::rethrow_exception(exception_);
    }
    throw error(*this);
#else
    std::fprintf(stderr, "nets: %s\n", text().c_str());
    std::abort();
#endif
}

/// The last argument of every function that can fail: with nothing there, errors are thrown; with a `nets::status`,
/// it says how the call went, nothing is thrown, and after an error the function returns an empty object, zeros or NaN.
/// (Memory that cannot be had for an array is `std::bad_alloc` either way.)
class on_error {
public:
    /// Errors are thrown.
    on_error() noexcept = default;
    /// Errors, and successes, are written to `status`.
    on_error(status &status) noexcept : status_(&status) {}

    /// Reports how a call went; returns whether it went well.
    bool operator()(const status &outcome) const {
        if (status_) {
            *status_ = outcome;
        } else if (!outcome.ok()) {
            outcome.raise();
        }
        return outcome.ok();
    }

private:
    status *status_ = nullptr;
};

}  // namespace nets

#endif
