/* A library for a version of the interface that there is not. */

#include "nets_target.h"

uint32_t nets_target_abi_version(void) { return NETS_TARGET_ABI_VERSION + 41; }

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
    for (size_t i = 0; i < n; i++) {
        u[i] = 0.5 * x[i] * x[i];
        grad_u[i] = x[i];
    }
    return 0;
}

const char *nets_target_error(const void *ctx) {
    (void)ctx;
    return NULL;
}

int nets_target_is_thread_safe(const void *ctx) {
    (void)ctx;
    return 1;
}

void nets_target_destroy(void *ctx) { (void)ctx; }
