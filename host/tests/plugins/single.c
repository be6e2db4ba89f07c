/* A Gaussian in one dimension that is not thread-safe: it is an error if a call begins before another has ended.
   Built with -DSAFE=1 it says that it were thread-safe. */

#include "nets_target.h"

#include <stdatomic.h>

#ifndef SAFE
#define SAFE 0
#endif

static const char *problem = NULL;
static atomic_flag inside = ATOMIC_FLAG_INIT;

uint32_t nets_target_abi_version(void) { return NETS_TARGET_ABI_VERSION; }

int nets_target_create(const char *options, void **ctx) {
    (void)options;
    (void)ctx;
    return 0;
}

size_t nets_target_dim(const void *ctx) {
    (void)ctx;
    return 1;
}

int nets_target_eval(void *ctx, size_t n, const double *x, double *u, double *grad_u) {
    (void)ctx;
    if (atomic_flag_test_and_set(&inside)) {
        problem = "two calls at once";
        return 9;
    }
    for (size_t i = 0; i < n; i++) {
        double sum = 0.0;
        /* Long enough for a second thread to come along. */
        for (int k = 0; k < 500; k++) {
            sum += 0.002 * (0.5 * x[i] * x[i]);
        }
        u[i] = sum;
        grad_u[i] = x[i];
    }
    atomic_flag_clear(&inside);
    return 0;
}

const char *nets_target_error(const void *ctx) {
    (void)ctx;
    return problem;
}

int nets_target_is_thread_safe(const void *ctx) {
    (void)ctx;
    return SAFE;
}

void nets_target_destroy(void *ctx) { (void)ctx; }
