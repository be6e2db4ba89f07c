/*
 * A target in a shared library: what the library exports so that `nets` and libnets_host can sample its density, named
 * to them as "plugin:PATH.so[?options]". C11 and C++17, no dependency; nothing of NETS is linked.
 *
 *     cc -std=c11 -O2 -shared -fPIC -I include my_target.c -o my_target.so -lm
 *     nets run 'plugin:my_target.so?radius=3'
 *
 * The density is e^{-U(x)} / Z on R^d, known by the potential U and its gradient. All numbers are double.
 *
 * Contexts. nets_target_create makes one, every other function is given it, nets_target_destroy ends it. What it points
 * at belongs to the library; NETS only hands it on. The shared library stays loaded until after nets_target_destroy.
 *
 * Arrays belong to NETS. The library may use them during the call alone, and keeps no pointer to them.
 *
 * Threads. Of a library that says 1 in nets_target_is_thread_safe, nets_target_eval may be called from several threads
 * at once, with one context and with several. Of one that says 0 no two calls are ever under way together, whatever the
 * context, but they may come from different threads, one after the other; nor is a call of any other such library. All
 * other functions are called one at a time, and none with a context that nets_target_eval is working on, but for
 * nets_target_error.
 *
 * Errors and invalid points are different things. A point outside the support, or one at which the potential cannot be
 * had (a solver that does not converge there), is no error: its u is INFINITY or NaN, the walker that came there is
 * lost, its weight is zero, and the run counts it. An error is what makes the results of the whole run worthless (a
 * lost licence, memory, a file): the call returns a code that is not zero, the run ends, and the user reads the
 * library's message with the walkers and the time.
 *
 * Nothing may leave these functions but by returning: no C++ exception, no longjmp, no exit. They print nothing on
 * standard output, where `nets --json` writes its result.
 */

#ifndef NETS_TARGET_H
#define NETS_TARGET_H

#include <stddef.h>
#include <stdint.h>

/** The version of this interface. A library built for another one is refused. */
#define NETS_TARGET_ABI_VERSION 1

/** Exports a function from a library that hides its symbols (-fvisibility=hidden). */
#if defined(_WIN32)
#define NETS_TARGET_EXPORT __declspec(dllexport)
#else
#define NETS_TARGET_EXPORT __attribute__((visibility("default")))
#endif

#ifdef __cplusplus
extern "C" {
#endif

/** Returns NETS_TARGET_ABI_VERSION. It is the first function called; a library that returns another number gets no
    further call. */
NETS_TARGET_EXPORT uint32_t nets_target_abi_version(void);

/**
 * Makes a context.
 *
 * `options` is the text after the `?`, as the user wrote it, or "" if there was none; never NULL. It is the library's
 * to interpret (key=value pairs with commas between them are usual), and to refuse: what it does not understand should
 * be an error, lest a mistyped option pass for a default. The text is UTF-8 and ends with a NUL. Copy what is needed
 * later.
 *
 * Returns 0 and writes the context to `*ctx`, which is NULL on entry and may stay so if the library needs none. Any
 * other number is an error of that code, and nets_target_error is asked for its text: with `*ctx` if that was written,
 * which is then destroyed, or else with NULL.
 */
NETS_TARGET_EXPORT int nets_target_create(const char *options, void **ctx);

/** The dimension d, from 1 to 100000. Called once, after nets_target_create. */
NETS_TARGET_EXPORT size_t nets_target_dim(const void *ctx);

/**
 * The potential and its gradient at `n` points, n >= 1.
 *
 * Point i is `x[i * d]` to `x[i * d + d - 1]`, all finite numbers. Writes U of it to `u[i]`, and the derivatives
 * of U by its coordinates to `grad_u[i * d]` to `grad_u[i * d + d - 1]`. The three arrays do not overlap. n changes
 * from call to call and is small, a few points to a few dozen.
 *
 * At an invalid point u[i] is INFINITY or NaN and its row of grad_u is not looked at. U may have any constant added:
 * log Z then is that of e^{-U} with the constant in it. The same point must have the same U at every call, to the bit,
 * if runs are to be repeatable.
 *
 * Returns 0, or the code of an error that ends the run; what was written is then not looked at.
 */
NETS_TARGET_EXPORT int nets_target_eval(void *ctx, size_t n, const double *x, double *u, double *grad_u);

/**
 * The message of the last error of this context, UTF-8 with a NUL at its end, or NULL if there is none to give.
 *
 * Called right after a nets_target_create or nets_target_eval that returned an error, on the same thread; `ctx` is NULL
 * if the failed nets_target_create wrote none. The text belongs to the library and is copied at once: a static buffer
 * will do, as will one in the context. With a library that is thread-safe another thread may have failed in between,
 * and its message is then as good; the library sees to it that a text is not rewritten while it may be copied, for
 * instance by keeping the first message alone, or one per thread.
 */
NETS_TARGET_EXPORT const char *nets_target_error(const void *ctx);

/** 1 if nets_target_eval may be called from several threads at once with this context, else 0: calls are then made one
    at a time, and more threads than one gain nothing but the sampler's own share of the work. */
NETS_TARGET_EXPORT int nets_target_is_thread_safe(const void *ctx);

/** Ends a context. Called once for each nets_target_create that returned 0, even if it left NULL, or that failed but
    wrote a context. */
NETS_TARGET_EXPORT void nets_target_destroy(void *ctx);

/** Optional: log Z, the logarithm of the integral of e^{-U}, or NaN where it is not known. It is compared with the
    estimate, and used for nothing else. A library may do without this function. */
NETS_TARGET_EXPORT double nets_target_log_z(const void *ctx);

#ifdef __cplusplus
}
#endif

#endif
