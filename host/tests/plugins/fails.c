/* A standard Gaussian in two dimensions. Beyond a radius R there is an error, with the options `fails=R`, or the
   density is zero, with `invalid=R`. */

#include "nets_target.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    double radius;
    int invalid;
    char problem[64];
} context;

uint32_t nets_target_abi_version(void) { return NETS_TARGET_ABI_VERSION; }

int nets_target_create(const char *options, void **ctx) {
    context *made = calloc(1, sizeof *made);
    if (made == NULL) {
        return 1;
    }
    *ctx = made;
    made->invalid = strncmp(options, "invalid=", 8) == 0;
    if (sscanf(options, made->invalid ? "invalid=%lf" : "fails=%lf", &made->radius) != 1) {
        (void)snprintf(made->problem, sizeof made->problem, "the options are fails=R or invalid=R");
        return 2;
    }
    return 0;
}

size_t nets_target_dim(const void *ctx) {
    (void)ctx;
    return 2;
}

int nets_target_eval(void *ctx, size_t n, const double *x, double *u, double *grad_u) {
    context *made = ctx;
    for (size_t i = 0; i < n; i++) {
        const double *point = x + 2 * i;
        if (hypot(point[0], point[1]) > made->radius) {
            if (!made->invalid) {
                (void)snprintf(made->problem, sizeof made->problem, "no convergence beyond radius %g", made->radius);
                return 5;
            }
            u[i] = INFINITY;
            continue;
        }
        u[i] = 0.5 * (point[0] * point[0] + point[1] * point[1]);
        grad_u[2 * i] = point[0];
        grad_u[2 * i + 1] = point[1];
    }
    return 0;
}

const char *nets_target_error(const void *ctx) {
    return ctx == NULL ? "out of memory" : ((const context *)ctx)->problem;
}

/* The message is written where it is read. */
int nets_target_is_thread_safe(const void *ctx) {
    (void)ctx;
    return 0;
}

void nets_target_destroy(void *ctx) { free(ctx); }
