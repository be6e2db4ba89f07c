/*
 * NETS on a density written in C: train a drift for it, sample, and read off the normalising constant, with
 * libnets_host. Checks its own answers and returns 1 if one is wrong.
 *
 *   U(x) = (|x| - 3)^2 / 2 s^2, x in R^2, s = 1/2:    log Z = log(2 pi 3 s sqrt(2 pi))
 *
 *   own_density [walkers [drift]]     drift: NETS_HOST_DRIFT_FEATURES, 0, unless another number is given
 */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "nets_host.h"

enum { DIM = 2 };

static const double pi = 3.14159265358979323846;

/* n points in rows of d: U and its gradient. */
static int32_t ring(void *user, int64_t n, int64_t d, const double *x, double *u, double *gradient) {
    int64_t *const calls = user;
    *calls += n;
    for (int64_t i = 0; i < n; i++) {
        const double *const at = x + i * d;
        const double r = hypot(at[0], at[1]), z = (r - 3.0) / 0.5;
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

int main(int argc, char **argv) {
    const int64_t n = argc > 1 ? atoll(argv[1]) : 20000;
    const int32_t drift = argc > 2 ? (int32_t)atoi(argv[2]) : NETS_HOST_DRIFT_FEATURES;
    const double base_sd[DIM] = {3.0, 3.0};
    int64_t evaluations = 0;
    nets_error_info info = {.struct_size = sizeof info};
    nets_host_target *target = NULL;
    nets_host_model *model = NULL;
    double *const x = malloc((size_t)n * DIM * sizeof *x), *const log_weights = malloc((size_t)n * sizeof *log_weights);
    nets_host_density_options density;
    nets_host_train_options training;
    nets_host_sample_options sampling;
    nets_host_summary summary = {.struct_size = sizeof summary};

    if (!x || !log_weights || nets_host_abi_version() != NETS_HOST_ABI_VERSION) {
        fprintf(stderr, "no memory, or header and library differ\n");
        return 1;
    }
    int32_t code = nets_host_density_options_default(&density, sizeof density, &info);
    density.name = "ring";
    density.base_sd = base_sd;
    if (code == NETS_OK) {
        code = nets_host_target_density(DIM, ring, &evaluations, &density, &target, &info);
    }
    if (code == NETS_OK) {
        code = nets_host_train_options_default(&training, sizeof training, &info);
    }
    /* By least squares it takes seconds. */
    training.drift = drift;
    if (code == NETS_OK) {
        code = nets_host_train(target, &training, &model, &info);
    }
    if (code == NETS_OK) {
        code = nets_host_sample_options_default(&sampling, sizeof sampling, &info);
    }
    sampling.walkers = n;
    sampling.epsilon = 1.0;
    if (code == NETS_OK) {
        code = nets_host_sample(target, model, &sampling, x, DIM, log_weights, NULL, &summary, &info);
    }
    if (code != NETS_OK) {
        fprintf(stderr, "libnets_host %s: %s\n", nets_host_version_string(), info.message);
        failures++;
    } else {
        const double exact = log(2.0 * pi * 3.0 * 0.5 * sqrt(2.0 * pi));
        printf("log Z = %.5f +- %.5f (exact %.5f), ESS %.3f, %lld evaluations\n", summary.log_z, summary.log_z_stderr,
               exact, summary.ess, (long long)evaluations);
        expect(fabs(summary.log_z - exact) <= 4.0 * summary.log_z_stderr, "log Z within 4 standard errors");
        if (drift == NETS_HOST_DRIFT_FEATURES) {
            expect(summary.ess > 0.9 && summary.ess <= 1.0, "ESS above 0.9");
        }
        expect(summary.walkers == n && summary.lost_walkers == 0, "every walker arrived");

        double sum = 0.0, squares = 0.0;
        for (int64_t i = 0; i < n; i++) {
            const double weight = exp(log_weights[i]);
            sum += weight;
            squares += weight * weight;
        }
        expect(fabs(sum * sum / squares / (double)n - summary.ess) < 1e-9, "the ESS is that of the log weights");
    }
    free(x);
    free(log_weights);
    nets_host_model_free(model);
    nets_host_target_free(target);
    return failures == 0 ? 0 : 1;
}
