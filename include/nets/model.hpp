// Training, and models: learned drifts with how they were learned.
#ifndef NETS_MODEL_HPP
#define NETS_MODEL_HPP

#include <functional>
#include <vector>

#include "target.hpp"

namespace nets {

/// How far long work has come.
struct progress {
    /// What is being done; static text.
    const char *stage;
    /// Units of it that are done.
    std::int64_t done;
    /// All of them.
    std::int64_t total;
    /// The loss; NaN: there is none.
    double loss;
    /// The effective sample size; NaN: there is none.
    double ess;
};

/// Called during long work, one call at a time; `true` stops it. Empty: nobody is told.
using on_progress_t = std::function<bool(const progress &)>;

namespace detail {

// A progress callable for a C structure with fields `progress` and `user`.
class reporter : public callable {
public:
    template <class Options>
    reporter(const on_progress_t &f, Options &options) : f_(f) {
        if (f_) {
            options.progress = trampoline;
            options.user = this;
        }
    }

private:
    static std::int32_t trampoline(void *user, const char *stage, std::int64_t done, std::int64_t total, double loss,
                                   double ess) noexcept {
        auto *const self = static_cast<reporter *>(user);
        return self->guard([&] { return self->f_(progress{stage, done, total, loss, ess}); });
    }
    const on_progress_t &f_;
};

// A stop that was asked for is no failure of the call; returns whether there is a result.
inline bool finish(on_error report, const status &outcome) {
    const bool stopped = outcome.code() == NETS_ERR_STOPPED && !outcome.exception();
    return report(stopped ? status() : outcome);
}

}  // namespace detail

/// How a drift is trained: the fields of `nets_host_train_options` with their defaults.
struct train_options : nets_host_train_options {
    /// The defaults.
    train_options() noexcept {
        detail::fill<detail::host>(static_cast<nets_host_train_options &>(*this), nets_host_train_options_default);
    }
    /// Replaces the C callback `progress`.
    on_progress_t on_progress;
};

/// What a model is; the fields are those of `nets_host_model_description`.
struct model_description : nets_host_model_description {
    /// All zero.
    model_description() noexcept : nets_host_model_description{} { struct_size = sizeof(nets_host_model_description); }
};

/// A trained drift. Owns its handle; may be moved.
class model {
public:
    /// No model: what is left of one that was moved from. Functions that are given it fail; sampling without a drift
    /// is `nets::no_model`.
    model() noexcept = default;
    /// Takes a C handle, to free it.
    explicit model(nets_host_model *handle) noexcept : handle_(handle) {}

    /// Reads a file that `save` or `nets train` has written.
    static model load(const std::string &file, on_error report = {}) {
        nets_host_model *handle = nullptr;
        detail::call<detail::host>(report, {}, nets_host_model_load, file.c_str(), &handle);
        return model(handle);
    }
    /// Writes a file that `load` and the `nets` command read.
    void save(const std::string &file, on_error report = {}) const {
        detail::call<detail::host>(report, {}, nets_host_model_save, get(), file.c_str());
    }

    /// Whether this is a model.
    explicit operator bool() const noexcept { return handle_ != nullptr; }
    /// The C handle, for functions of `nets_host.h`.
    const nets_host_model *get() const noexcept { return handle_.get(); }
    /// The C handle, for functions of `nets_host.h`.
    nets_host_model *get() noexcept { return handle_.get(); }

    /// Family, dimension, size, and the choice that `tune` has made.
    model_description describe(on_error report = {}) const {
        model_description description;
        detail::call<detail::host>(report, {}, nets_host_model_describe, get(),
                                   static_cast<nets_host_model_description *>(&description));
        return description;
    }
    /// A text: "target", "drift", "objective" or "checksum".
    std::string text(const std::string &field, on_error report = {}) const {
        std::int64_t length = 0;
        if (!detail::call<detail::host>(report, {}, nets_host_model_text, get(), field.c_str(),
                                        static_cast<char *>(nullptr), std::int64_t{0}, &length)) {
            return {};
        }
        // With room for the NUL that the library writes.
        std::string text(static_cast<std::size_t>(length) + 1, '\0');
        detail::call<detail::host>(report, {}, nets_host_model_text, get(), field.c_str(), text.data(), length + 1,
                                   &length);
        text.resize(static_cast<std::size_t>(length));
        return text;
    }
    /// The drift as bytes for `nets::drift<double>::from_bytes` (`NETS_PRECISION_F64`) or `nets::drift<float>`
    /// (`NETS_PRECISION_F32`), which need `libnets` alone.
    std::vector<unsigned char> export_drift(std::int32_t precision, on_error report = {}) const {
        std::int64_t length = 0;
        if (!detail::call<detail::host>(report, {}, nets_host_model_export, get(), precision,
                                        static_cast<void *>(nullptr), std::int64_t{0}, &length)) {
            return {};
        }
        std::vector<unsigned char> bytes(static_cast<std::size_t>(length));
        if (!detail::call<detail::host>(report, {}, nets_host_model_export, get(), precision,
                                        static_cast<void *>(bytes.data()), length, &length)) {
            return {};
        }
        return bytes;
    }

private:
    struct free {
        void operator()(nets_host_model *handle) const noexcept { nets_host_model_free(handle); }
    };
    std::unique_ptr<nets_host_model, free> handle_;
};

/// Trains a drift for a target. If `on_progress` stops it, the model holds what was learned until then.
/// `nets_host_train`.
inline model train(const target &target, const train_options &options = {}, on_error report = {}) {
    nets_host_train_options fields = options;
    detail::reporter progress(options.on_progress, fields);
    nets_host_model *handle = nullptr;
    status outcome;
    detail::call<detail::host>(outcome, {target.callable(), &progress}, nets_host_train, target.get(), &fields,
                               &handle);
    // Before an exception can leave.
    model trained(handle);
    return detail::finish(report, outcome) ? std::move(trained) : model();
}

}  // namespace nets

#endif
