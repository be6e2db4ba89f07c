/* Nothing can be made of it: it refuses its options, with a message from the context (option context) or without any
   context, and else has as many dimensions as its option says. */

#include "nets_target.h"

#include <stdlib.h>
#include <string.h>

static int contexts = 0;
static size_t dimensions = 0;

/* For tests: contexts that are not destroyed. */
NETS_TARGET_EXPORT int refuses_contexts(void);
int refuses_contexts(void) { return contexts; }

uint32_t nets_target_abi_version(void) { return NETS_TARGET_ABI_VERSION; }

int nets_target_create(const char *options, void **ctx) {
    if (strncmp(options, "dim=", 4) == 0) {
        dimensions = (size_t)strtoull(options + 4, NULL, 10);
        contexts++;
        return 0;
    }
    if (strcmp(options, "context") == 0) {
        *ctx = &contexts;
        contexts++;
    }
    return 7;
}

size_t nets_target_dim(const void *ctx) {
    (void)ctx;
    return dimensions;
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
    return ctx == NULL ? "the licence server sleeps" : "the grid does not fit";
}

int nets_target_is_thread_safe(const void *ctx) {
    (void)ctx;
    return 1;
}

void nets_target_destroy(void *ctx) {
    (void)ctx;
    contexts--;
}
