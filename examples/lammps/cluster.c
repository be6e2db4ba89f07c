/*
 * A cluster of Lennard-Jones atoms in a harmonic trap as a target for NETS, with energies and forces from LAMMPS:
 *
 *     U(x) = (sum_{i<j} 4 (r_ij^-12 - r_ij^-6) + k / 2 sum_i |x_i|^2) / T,    x in R^{3 n}
 *
 * in reduced units, no cutoff. Options: atoms=n (2), temperature=T (0.5), spring=k (0.5). With k = T the trap alone is
 * N(0, I), where walkers start unless told.
 *
 *     cc -std=c11 -O2 -shared -fPIC -I ../../include cluster.c -o cluster.so -llammps
 *     nets run 'plugin:./cluster.so?atoms=3' --method smc
 *
 * For another system change the commands in `setup`. LAMMPS ends the process if it fails, unless it was built with
 * exceptions, so points that it cannot take are sorted out before.
 */

#include "nets_target.h"

#include <lammps/library.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOST_ATOMS 64
/* Half an edge of the box. LAMMPS loses atoms that leave it; the trap keeps them far from its walls. */
#define HALF_BOX 20.0

typedef struct {
    void *lammps;
    int atoms;
    double temperature, spring;
} cluster;

static const char *problem = NULL;

/* The cutoff is longer than the box's diagonal, and every run makes its neighbour list from all pairs. */
static const char setup[] = "units lj\n"
                            "atom_style atomic\n"
                            "atom_modify map array sort 0 0\n"
                            "boundary f f f\n"
                            "region box block -20 20 -20 20 -20 20\n"
                            "create_box 1 box\n"
                            "mass 1 1\n"
                            "pair_style lj/cut 70\n"
                            "pair_coeff 1 1 1 1\n"
                            "neighbor 1 nsq\n"
                            "thermo_modify norm no\n";

uint32_t nets_target_abi_version(void) { return NETS_TARGET_ABI_VERSION; }

/* Reads key=value pairs with commas between them. */
static int read_options(const char *text, cluster *made) {
    while (*text != '\0') {
        char key[16];
        double value;
        int length = 0;
        if (sscanf(text, "%15[a-z]=%lf%n", key, &value, &length) != 2 || !(value > 0.0)) {
            return 0;
        }
        if (strcmp(key, "atoms") == 0 && value <= MOST_ATOMS && floor(value) == value) {
            made->atoms = (int)value;
        } else if (strcmp(key, "temperature") == 0) {
            made->temperature = value;
        } else if (strcmp(key, "spring") == 0) {
            made->spring = value;
        } else {
            return 0;
        }
        text += length;
        text += *text == ',';
    }
    return 1;
}

/* A LAMMPS that writes nothing, with the atoms in a row. */
static void *open_lammps(int atoms) {
    char words[][10] = {"nets", "-log", "none", "-screen", "none", "-nocite"};
    char *arguments[] = {words[0], words[1], words[2], words[3], words[4], words[5]};
    int id[MOST_ATOMS], type[MOST_ATOMS];
    double x[3 * MOST_ATOMS] = {0.0};
    void *lammps = lammps_open_no_mpi(6, arguments, NULL);
    if (lammps != NULL) {
        for (int i = 0; i < atoms; i++) {
            id[i] = i + 1;
            type[i] = 1;
            x[3 * i] = 0.5 * (i - atoms / 2);
        }
        lammps_commands_string(lammps, setup);
        lammps_create_atoms(lammps, atoms, id, type, x, NULL, NULL, 0);
    }
    return lammps;
}

int nets_target_create(const char *options, void **ctx) {
    cluster *made = malloc(sizeof *made);
    if (made == NULL) {
        problem = "out of memory";
        return 1;
    }
    *made = (cluster){.atoms = 2, .temperature = 0.5, .spring = 0.5};
    if (!read_options(options, made)) {
        free(made);
        problem = "the options are atoms=N, from 1 to 64, temperature=T and spring=K, above zero";
        return 2;
    }
    made->lammps = open_lammps(made->atoms);
    if (made->lammps == NULL) {
        free(made);
        problem = "LAMMPS did not start";
        return 3;
    }
    *ctx = made;
    return 0;
}

size_t nets_target_dim(const void *ctx) { return 3 * (size_t)((const cluster *)ctx)->atoms; }

/* One point. LAMMPS numbers atoms in the order of `id`, so rows are coordinates as they stand. */
static void evaluate(const cluster *made, size_t d, const double *x, double *u, double *grad_u) {
    char position[] = "x", force[] = "f", run[] = "run 0 post no", energy[] = "pe";
    double moved[3 * MOST_ATOMS], squares = 0.0;
    for (size_t j = 0; j < d; j++) {
        if (!(fabs(x[j]) < HALF_BOX)) {
            *u = INFINITY;
            return;
        }
        moved[j] = x[j];
        squares += x[j] * x[j];
    }
    lammps_scatter_atoms(made->lammps, position, 1, 3, moved);
    lammps_command(made->lammps, run);
    *u = (lammps_get_thermo(made->lammps, energy) + 0.5 * made->spring * squares) / made->temperature;
    lammps_gather_atoms(made->lammps, force, 1, 3, grad_u);
    for (size_t j = 0; j < d; j++) {
        grad_u[j] = (made->spring * x[j] - grad_u[j]) / made->temperature;
    }
}

int nets_target_eval(void *ctx, size_t n, const double *x, double *u, double *grad_u) {
    const size_t d = nets_target_dim(ctx);
    for (size_t i = 0; i < n; i++) {
        evaluate(ctx, d, x + i * d, u + i, grad_u + i * d);
    }
    return 0;
}

const char *nets_target_error(const void *ctx) {
    (void)ctx;
    return problem;
}

/* One LAMMPS, one point at a time. */
int nets_target_is_thread_safe(const void *ctx) {
    (void)ctx;
    return 0;
}

void nets_target_destroy(void *ctx) {
    cluster *made = ctx;
    lammps_close(made->lammps);
    free(made);
}
