/*
 * Annealed importance sampling with libnets: the program has a potential and its gradient, and owns all memory; the
 * library moves the walkers and weighs them. Checks its own answers and returns 1 if one is wrong.
 *
 *   U(x) = (|x| - 3)^2 / 2 s^2, x in R^2, s = 1/2:    log Z = log(2 pi 3 s sqrt(2 pi))
 *
 * up to what the normal density of the radius has below 0, which is 1e-9 of it.
 *
 *   sample [walkers]
 */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "nets.h"

enum { DIM = 2 };

static const double pi = 3.14159265358979323846;

/* n points in rows of d: U and its gradient. */
static int32_t ring(void *user, int64_t n, int64_t d, const double *x, double *u, double *gradient) {
    const double radius = *(const double *)user;
    for (int64_t i = 0; i < n; i++) {
        const double *const at = x + i * d;
        const double r = hypot(at[0], at[1]), z = (r - radius) / 0.5;
        u[i] = z * z / 2.0;
        gradient[i * d] = z / 0.5 * at[0] / r;
        gradient[i * d + 1] = z / 0.5 * at[1] / r;
    }
    return 0;
}

static int failures = 0;

static void expect(int holds, const char *what) {
    printf("%-5s %s\n", holds ? "ok" : "WRONG", what);
    failures += !holds;
}

/* Ends the program if a call failed. */
static void require(int32_t code, const nets_error_info *info) {
    if (code != NETS_OK) {
        fprintf(stderr, "libnets %s: %s (argument %d)\n", nets_version_string(), info->message, (int)info->argument);
        exit(1);
    }
}

static void *memory(int64_t bytes, int64_t align) {
    /* aligned_alloc wants a multiple of the alignment. */
    void *const data = aligned_alloc((size_t)align, (size_t)((bytes + align - 1) / align * align));
    if (!data) {
        perror("sample");
        exit(1);
    }
    return data;
}

static double *numbers(int64_t n) { return memory(n * (int64_t)sizeof(double), 64); }

int main(int argc, char **argv) {
    const int64_t n = argc > 1 ? atoll(argv[1]) : 10000;
    nets_error_info info = {.struct_size = sizeof info};
    int64_t bytes, align;
    if (nets_abi_version() != NETS_ABI_VERSION) {
        fprintf(stderr, "header and library differ: ABI %d and %d\n", NETS_ABI_VERSION, (int)nets_abi_version());
        return 1;
    }

    /* From N(0, 3^2 I) to the ring. */
    double radius = 3.0;
    const double base_sd[DIM] = {3.0, 3.0};
    nets_path_options_f64 options;
    require(nets_path_options_default_f64(&options, sizeof options, &info), &info);
    options.kind = NETS_PATH_GEOMETRIC;
    options.dim = DIM;
    options.base_sd = base_sd;
    options.potential = ring;
    options.user = &radius;
    require(nets_path_workspace_f64(&options, &bytes, &align, &info), &info);
    void *const path_memory = memory(bytes, align);
    nets_path_f64 *path;
    require(nets_path_init_f64(&options, path_memory, bytes, &path, &info), &info);

    /* Walkers in arrays of ours. */
    nets_walkers_f64 walkers = {.struct_size = sizeof walkers, .n = n, .d = DIM, .stride = DIM};
    walkers.x = numbers(n * DIM);
    walkers.gradient = numbers(n * DIM);
    walkers.potential = numbers(n);
    walkers.log_weights = numbers(n);
    require(nets_step_workspace_f64(path, NULL, n, &bytes, &align, &info), &info);
    void *const workspace = memory(bytes, align);

    /* No drift: each step is a move of MALA and an exact weight. */
    nets_step_options_f64 step;
    nets_run_options_f64 run;
    nets_run_summary summary = {.struct_size = sizeof summary};
    double log_z_base;
    require(nets_step_options_default_f64(&step, sizeof step, &info), &info);
    require(nets_run_options_default_f64(&run, sizeof run, &info), &info);
    step.epsilon = 20.0;
    run.steps = 200;
    run.seed = 1;
    require(nets_sampler_run_f64(path, NULL, &step, &run, &walkers, workspace, bytes, &summary, &info), &info);
    require(nets_path_log_z_base_f64(path, &log_z_base, &info), &info);

    /* Exact: log Z_0 + (log Z_1 - log Z_0); the run's estimate has the base density's constant in it. */
    const double exact = log(2.0 * pi * 3.0 * 0.5 * sqrt(2.0 * pi));
    printf("log Z = %.5f +- %.5f (exact %.5f), ESS %.3f, acceptance %.3f\n", summary.log_z, summary.log_z_stderr, exact,
           summary.ess, summary.acceptance);
    expect(fabs(summary.log_z - exact) <= 4.0 * summary.log_z_stderr, "log Z within 4 standard errors");
    expect(summary.ess > 0.5 && summary.ess <= 1.0, "ESS above one half");
    expect(summary.lost == 0, "no walker lost");
    expect(fabs(log_z_base - log(2.0 * pi * 9.0)) < 1e-12, "log Z of the base density");

    /* Weighted samples: the mean radius is 3 + s^2 / 3. */
    double sum = 0.0, sum_r = 0.0, largest = walkers.log_weights[0];
    for (int64_t i = 0; i < n; i++) {
        largest = fmax(largest, walkers.log_weights[i]);
    }
    for (int64_t i = 0; i < n; i++) {
        const double weight = exp(walkers.log_weights[i] - largest);
        sum += weight;
        sum_r += weight * hypot(walkers.x[i * DIM], walkers.x[i * DIM + 1]);
    }
    const double mean = sum_r / sum, stderr_mean = 0.5 / sqrt((double)n * summary.ess);
    printf("mean radius = %.4f +- %.4f (exact %.4f)\n", mean, stderr_mean, 3.0 + 0.25 / 3.0);
    expect(fabs(mean - 3.0 - 0.25 / 3.0) <= 4.0 * stderr_mean, "mean radius within 4 standard errors");

    expect(nets_sampler_run_f64(path, NULL, &step, &run, NULL, workspace, bytes, &summary, &info) == NETS_ERR_NULL &&
               info.argument == 5,
           "a null pointer is refused and named");

    free(walkers.x);
    free(walkers.gradient);
    free(walkers.potential);
    free(walkers.log_weights);
    free(workspace);
    free(path_memory);
    return failures == 0 ? 0 : 1;
}
