/* What BridgeStan makes of the model

     data { int N; vector[N] mean; vector<lower=0>[N] sd; }
     parameters { vector<lower=0>[N] x; }
     model { x ~ lognormal(mean, sd); }

   as far as its C API is used, without Stan: the unconstrained parameters y = log x are N(mean, sd), with the Jacobian,
   and the constant -log sqrt(2 pi) of each is there unless `propto`. The data are `{"mean": [...], "sd": [...]}`. It
   throws where some y is above `limit`, if the data have one. THREADS says what bs_model_info does. */

#include <math.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifndef THREADS
#define THREADS "true"
#endif
#define MOST 16

typedef struct bs_model {
    int n;
    double mean[MOST], sd[MOST], limit;
} bs_model;

typedef void (*STREAM_CALLBACK)(const char *data, size_t size);

#define PUBLIC __attribute__((visibility("default")))

PUBLIC bs_model *bs_model_construct(const char *data, unsigned int seed, char **error_msg);
PUBLIC void bs_model_destruct(bs_model *m);
PUBLIC void bs_free_error_msg(char *error_msg);
PUBLIC const char *bs_model_info(const bs_model *m);
PUBLIC int bs_param_unc_num(const bs_model *m);
PUBLIC int bs_log_density_gradient(const bs_model *m, bool propto, bool jacobian, const double *theta_unc,
                                   double *val, double *grad, char **error_msg);
PUBLIC int bs_set_print_callback(STREAM_CALLBACK callback, char **error_msg);
/* For tests: what was made here and not freed. */
PUBLIC int bridge_messages(void);
PUBLIC int bridge_models(void);

static atomic_int messages = 0, models = 0;
static STREAM_CALLBACK print = NULL;

int bridge_messages(void) { return messages; }
int bridge_models(void) { return models; }

/* The byte before a message tells bs_free_error_msg that it is one. */
static void set_error(char **error_msg, const char *text) {
    if (error_msg != NULL) {
        char *message = malloc(strlen(text) + 2);
        if (message != NULL) {
            message[0] = '!';
            strcpy(message + 1, text);
            messages++;
            *error_msg = message + 1;
        }
    }
}

void bs_free_error_msg(char *error_msg) {
    if (error_msg != NULL) {
        if (error_msg[-1] != '!') {
            abort();
        }
        messages--;
        free(error_msg - 1);
    }
}

/* The numbers of `"key": [...]`, or of `"key": number`. */
static int numbers(const char *text, const char *key, double *to, int most) {
    int count = 0;
    const char *place = strstr(text, key);
    if (place == NULL) {
        return 0;
    }
    place = strchr(place, ':');
    while (place != NULL && count < most) {
        char *end;
        const char *begin = place + 1 + strspn(place + 1, " [");
        to[count] = strtod(begin, &end);
        if (end == begin) {
            return 0;
        }
        count++;
        place = *end == ',' && strspn(end + 1, " 0123456789.-") > 1 ? end : NULL;
    }
    return count;
}

bs_model *bs_model_construct(const char *data, unsigned int seed, char **error_msg) {
    char text[512] = "";
    bs_model *m = calloc(1, sizeof *m);
    (void)seed;
    if (m == NULL) {
        return NULL;
    }
    if (data != NULL && *data != '\0') {
        FILE *file = fopen(data, "r");
        if (file != NULL) {
            text[fread(text, 1, sizeof text - 1, file)] = '\0';
            fclose(file);
        }
    }
    m->n = numbers(text, "\"mean\"", m->mean, MOST);
    if (numbers(text, "\"sd\"", m->sd, MOST) != m->n || m->n == 0) {
        free(m);
        set_error(error_msg, "construct() failed with exception: variable does not exist; processing stage=data "
                             "initialization; variable name=mean\n");
        return NULL;
    }
    if (numbers(text, "\"limit\"", &m->limit, 1) == 0) {
        m->limit = HUGE_VAL;
    }
    if (print == NULL) {
        puts("printed by the model");
    } else {
        print("printed by the model\n", 21);
    }
    models++;
    return m;
}

void bs_model_destruct(bs_model *m) {
    models--;
    free(m);
}

const char *bs_model_info(const bs_model *m) {
    (void)m;
    return "BridgeStan version: 2.6.2\nStan C++ Defines:\n\tSTAN_THREADS=" THREADS "\n\tSTAN_MPI=false\n";
}

int bs_param_unc_num(const bs_model *m) { return m->n; }

int bs_log_density_gradient(const bs_model *m, bool propto, bool jacobian, const double *theta_unc, double *val,
                            double *grad, char **error_msg) {
    double sum = 0.0;
    for (int j = 0; j < m->n; j++) {
        const double y = theta_unc[j], z = (y - m->mean[j]) / m->sd[j];
        if (y > m->limit) {
            set_error(error_msg, "log_density_gradient() failed with exception: lognormal_lpdf: too large\n");
            return -1;
        }
        /* lognormal(x) = N(log x) / x, and the Jacobian is x. */
        sum += -0.5 * z * z - log(m->sd[j]) - (propto ? 0.0 : 0.5 * log(2.0 * acos(-1.0))) - (jacobian ? 0.0 : y);
        grad[j] = -z / m->sd[j] - (jacobian ? 0.0 : 1.0);
    }
    *val = sum;
    return 0;
}

int bs_set_print_callback(STREAM_CALLBACK callback, char **error_msg) {
    (void)error_msg;
    print = callback;
    return 0;
}
