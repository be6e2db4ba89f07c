/*
 * Annealed importance sampling of a Gaussian by hand: the program owns walkers and loop, libnets the random numbers,
 * the weights and the resampling. Checks its own answers and returns 1 if one is wrong.
 *
 *   U_t(x) = (1 - t) |x|^2 / 2 + t |x - m|^2 / 2 s^2,    x in R^2,    log Z_0 = log 2 pi,    log Z_1 = log 2 pi s^2
 *
 * Every U_t is that of a Gaussian, N(mean_t, sd_t^2 I), and x' = mean_t + r (x - mean_t) + sqrt(1 - r^2) sd_t xi
 * leaves it invariant, so the weights are exact.
 */
#include <math.h>
#include <stdio.h>

#include "nets.h"

#define WALKERS 20000
#define STEPS 100

static const uint64_t seed = 1;
static const double pi = 3.14159265358979323846;
static const double m[2] = {2.0, -1.0};
static const double s = 0.5;

static double x[WALKERS][2];
static double log_weights[WALKERS];
static uint32_t copies[WALKERS];

static int failures = 0;

static void expect(int holds, const char *what) {
    printf("%-5s %s\n", holds ? "ok" : "WRONG", what);
    failures += !holds;
}

static double potential(double t, const double *at) {
    double base = 0.0, target = 0.0;
    for (int i = 0; i < 2; i++) {
        base += at[i] * at[i] / 2.0;
        target += (at[i] - m[i]) * (at[i] - m[i]) / (2.0 * s * s);
    }
    return (1.0 - t) * base + t * target;
}

/* Carries one walker from t = 0 to t = 1. */
static int32_t anneal(uint64_t walker) {
    double *at = x[walker];
    double log_weight = 0.0;
    int32_t code = nets_normals_f64(seed, NETS_STREAM_STEPS, walker, 0, at, 2, NULL);
    for (int k = 0; k < STEPS && code == NETS_OK; k++) {
        const double t = (double)k / STEPS, next = (double)(k + 1) / STEPS;
        log_weight += potential(t, at) - potential(next, at);

        const double precision = (1.0 - next) + next / (s * s), r = 0.3;
        double xi[2];
        /* Two numbers take four words of the stream; the first four made the starting point. */
        code = nets_normals_f64(seed, NETS_STREAM_STEPS, walker, 4 * ((uint64_t)k + 1), xi, 2, NULL);
        for (int i = 0; i < 2; i++) {
            const double mean = next * m[i] / (s * s * precision);
            at[i] = mean + r * (at[i] - mean) + sqrt((1.0 - r * r) / precision) * xi[i];
        }
    }
    log_weights[walker] = log_weight;
    return code;
}

int main(void) {
    nets_weight_summary summary = {.struct_size = sizeof summary};
    if (nets_abi_version() != NETS_ABI_VERSION) {
        fprintf(stderr, "header and library differ: ABI %d and %d\n", NETS_ABI_VERSION, (int)nets_abi_version());
        return 1;
    }
    int32_t code = NETS_OK;
    for (uint64_t walker = 0; walker < WALKERS && code == NETS_OK; walker++) {
        code = anneal(walker);
    }
    if (code == NETS_OK) {
        code = nets_weight_summary_of(log_weights, WALKERS, &summary, NULL);
    }
    if (code == NETS_OK) {
        const double uniform = 0.5;
        code = nets_resample(NETS_RESAMPLING_SYSTEMATIC, log_weights, WALKERS, &uniform, 1, copies, NULL);
    }
    if (code != NETS_OK) {
        fprintf(stderr, "libnets %s: %s\n", nets_version_string(), nets_strerror(code));
        return 1;
    }

    const double log_z = log(2.0 * pi) + summary.log_mean, exact = log(2.0 * pi * s * s);
    printf("log Z = %.4f +- %.4f (exact %.4f), ESS %.3f\n", log_z, summary.log_mean_stderr, exact, summary.ess);
    expect(fabs(log_z - exact) <= 4.0 * summary.log_mean_stderr, "log Z within 4 standard errors");
    expect(summary.ess > 0.5 && summary.ess <= 1.0, "ESS above one half");
    expect(summary.lost == 0, "no walker lost");

    /* Resampled walkers are samples of the target; their number is n, and each is copied as often as expected. */
    uint64_t total = 0;
    double sum[2] = {0.0, 0.0}, worst = 0.0;
    for (int i = 0; i < WALKERS; i++) {
        total += copies[i];
        worst = fmax(worst, fabs(copies[i] - exp(log_weights[i] - summary.log_mean)));
        sum[0] += copies[i] * x[i][0];
        sum[1] += copies[i] * x[i][1];
    }
    expect(total == WALKERS, "as many walkers after resampling as before");
    expect(worst < 1.0 + 1e-9, "copies are n w / sum w, rounded");
    const double stderr_mean = s / sqrt(WALKERS * summary.ess);
    expect(fabs(sum[0] / WALKERS - m[0]) <= 4.0 * stderr_mean && fabs(sum[1] / WALKERS - m[1]) <= 4.0 * stderr_mean,
           "mean of the resampled walkers within 4 standard errors");

    expect(nets_weight_summary_of(NULL, WALKERS, &summary, NULL) == NETS_ERR_NULL, "a null pointer is refused");
    return failures == 0 ? 0 : 1;
}
