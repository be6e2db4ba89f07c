/* A ring in the plane: U(x) = (|x - c| - r)^2 / (2 s^2), options radius=r (3) and sd=s (0.5), c = (SHIFT_X, SHIFT_Y).
   Thread-safe. */

#include "nets_target.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifndef SHIFT_X
#define SHIFT_X 0
#define SHIFT_Y 0
#endif

typedef struct {
    double radius, sd;
} ring;

static const char *problem = NULL;

uint32_t nets_target_abi_version(void) { return NETS_TARGET_ABI_VERSION; }

/* Reads key=value pairs with commas between them. */
static int read_options(const char *text, ring *ring) {
    while (*text != '\0') {
        char key[16];
        double value;
        int length = 0;
        if (sscanf(text, "%15[a-z]=%lf%n", key, &value, &length) != 2 || !(value > 0.0)) {
            return 0;
        }
        if (strcmp(key, "radius") == 0) {
            ring->radius = value;
        } else if (strcmp(key, "sd") == 0) {
            ring->sd = value;
        } else {
            return 0;
        }
        text += length;
        text += *text == ',';
    }
    return 1;
}

int nets_target_create(const char *options, void **ctx) {
    ring *made = malloc(sizeof *made);
    if (made == NULL) {
        problem = "out of memory";
        return 1;
    }
    *made = (ring){3.0, 0.5};
    if (!read_options(options, made)) {
        free(made);
        problem = "the options are radius=R and sd=S, numbers above zero";
        return 2;
    }
    *ctx = made;
    return 0;
}

size_t nets_target_dim(const void *ctx) {
    (void)ctx;
    return 2;
}

int nets_target_eval(void *ctx, size_t n, const double *x, double *u, double *grad_u) {
    const ring *ring = ctx;
    const double precision = 1.0 / (ring->sd * ring->sd);
    for (size_t i = 0; i < n; i++) {
        const double from_centre[2] = {x[2 * i] - SHIFT_X, x[2 * i + 1] - SHIFT_Y};
        const double length = hypot(from_centre[0], from_centre[1]), off = length - ring->radius;
        u[i] = 0.5 * precision * off * off;
        for (size_t j = 0; j < 2; j++) {
            grad_u[2 * i + j] = length > 0.0 ? precision * off * from_centre[j] / length : 0.0;
        }
    }
    return 0;
}

const char *nets_target_error(const void *ctx) {
    (void)ctx;
    return problem;
}

int nets_target_is_thread_safe(const void *ctx) {
    (void)ctx;
    return 1;
}

void nets_target_destroy(void *ctx) { free(ctx); }

/* Z = 2 pi int_0^inf rho e^{-(rho - r)^2 / (2 s^2)} drho
     = 2 pi (s^2 e^{-r^2 / (2 s^2)} + r s sqrt(pi / 2) erfc(-r / (s sqrt 2))) */
double nets_target_log_z(const void *ctx) {
    const ring *ring = ctx;
    const double r = ring->radius, s = ring->sd, pi = acos(-1.0);
    const double inside = s * s * exp(-r * r / (2.0 * s * s));
    return log(2.0 * pi * (inside + r * s * sqrt(pi / 2.0) * erfc(-r / (s * sqrt(2.0)))));
}
