/*
 * Samples gmm40 as `nets sample gmm40 --model MODEL --walkers 960 --steps 50 --epsilon 100 --seed 5` does, and prints
 * checksums of all x, all log weights, and x and log weights of the first 480 walkers; writes the drift for libnets to DRIFT.
 *
 *   host_c MODEL DRIFT
 */
#include <stdio.h>

#include "fnv.h"
#include "nets_host.h"

enum { WALKERS = 960, DIM = 2 };

static double x[WALKERS * DIM], log_weights[WALKERS];
static unsigned char bytes[1 << 22];

int main(int argc, char **argv) {
    nets_error_info info = {.struct_size = sizeof info};
    nets_host_target *target = NULL;
    nets_host_model *model = NULL;
    nets_host_sample_options options;
    nets_host_summary summary = {.struct_size = sizeof summary};
    int64_t length = 0;
    if (argc != 3) {
        fprintf(stderr, "usage: %s MODEL DRIFT\n", argv[0]);
        return 2;
    }
    int32_t code = nets_host_sample_options_default(&options, sizeof options, &info);
    options.walkers = WALKERS;
    options.steps = 50;
    options.epsilon = 100.0;
    options.seed = 5;
    if (code == NETS_OK) {
        code = nets_host_target_named("gmm40", &target, &info);
    }
    if (code == NETS_OK) {
        code = nets_host_model_load(argv[1], &model, &info);
    }
    if (code == NETS_OK) {
        code = nets_host_sample(target, model, &options, x, DIM, log_weights, NULL, &summary, &info);
    }
    if (code == NETS_OK) {
        code = nets_host_model_export(model, NETS_PRECISION_F64, bytes, sizeof bytes, &length, &info);
    }
    nets_host_model_free(model);
    nets_host_target_free(target);
    FILE *const file = code == NETS_OK ? fopen(argv[2], "wb") : NULL;
    if (!file || fwrite(bytes, 1, (size_t)length, file) != (size_t)length || fclose(file) != 0) {
        fprintf(stderr, "%s: %s\n", argv[2], code == NETS_OK ? "cannot be written" : info.message);
        return 1;
    }
    printf("%016llx %016llx %016llx %016llx\n", (unsigned long long)fnv(x, WALKERS * DIM),
           (unsigned long long)fnv(log_weights, WALKERS), (unsigned long long)fnv(x, WALKERS / 2 * DIM),
           (unsigned long long)fnv(log_weights, WALKERS / 2));
    return 0;
}
