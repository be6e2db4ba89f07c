/*
 * The layout of version 1 of both binary interfaces on machines with 64-bit pointers: compiles if the headers have it.
 * Fields are only ever appended; the sizes here stay those of the first version.
 */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#include "nets_host.h"

#if UINTPTR_MAX == UINT64_MAX

#define SIZE(type, size) static_assert(sizeof(type) == (size), #type)
/* Those with struct_size may grow. */
#define FIRST_SIZE(type, size) static_assert(sizeof(type) >= (size), #type)
#define AT(type, field, offset) static_assert(offsetof(type, field) == (offset), #type "." #field)

FIRST_SIZE(nets_drift_description, 32); AT(nets_drift_description, struct_size, 0);
AT(nets_drift_description, family, 4); AT(nets_drift_description, precision, 8); AT(nets_drift_description, dim, 16);
AT(nets_drift_description, parameters, 24);

FIRST_SIZE(nets_error_info, 288); AT(nets_error_info, struct_size, 0); AT(nets_error_info, code, 4);
AT(nets_error_info, argument, 8); AT(nets_error_info, callback_code, 12); AT(nets_error_info, index, 16);
AT(nets_error_info, value, 24); AT(nets_error_info, message, 32);

FIRST_SIZE(nets_path_options_f64, 168); AT(nets_path_options_f64, struct_size, 0); AT(nets_path_options_f64, kind, 4);
AT(nets_path_options_f64, dim, 8); AT(nets_path_options_f64, base_mean, 16); AT(nets_path_options_f64, base_sd, 24);
AT(nets_path_options_f64, potential, 32); AT(nets_path_options_f64, path, 40); AT(nets_path_options_f64, user, 48);
AT(nets_path_options_f64, schedule, 56); AT(nets_path_options_f64, axes, 60); AT(nets_path_options_f64, power, 64);
AT(nets_path_options_f64, table_times, 72); AT(nets_path_options_f64, table_values, 80);
AT(nets_path_options_f64, table_length, 88); AT(nets_path_options_f64, components, 96);
AT(nets_path_options_f64, means, 104); AT(nets_path_options_f64, weights, 112); AT(nets_path_options_f64, sd, 120);
AT(nets_path_options_f64, mixture_base_sd, 128); AT(nets_path_options_f64, side, 136);
AT(nets_path_options_f64, mass_squared, 144); AT(nets_path_options_f64, coupling, 152);
AT(nets_path_options_f64, base_mass_squared, 160);

FIRST_SIZE(nets_path_options_f32, 152); AT(nets_path_options_f32, struct_size, 0); AT(nets_path_options_f32, kind, 4);
AT(nets_path_options_f32, dim, 8); AT(nets_path_options_f32, base_mean, 16); AT(nets_path_options_f32, base_sd, 24);
AT(nets_path_options_f32, potential, 32); AT(nets_path_options_f32, path, 40); AT(nets_path_options_f32, user, 48);
AT(nets_path_options_f32, schedule, 56); AT(nets_path_options_f32, axes, 60); AT(nets_path_options_f32, power, 64);
AT(nets_path_options_f32, table_times, 72); AT(nets_path_options_f32, table_values, 80);
AT(nets_path_options_f32, table_length, 88); AT(nets_path_options_f32, components, 96);
AT(nets_path_options_f32, means, 104); AT(nets_path_options_f32, weights, 112); AT(nets_path_options_f32, sd, 120);
AT(nets_path_options_f32, mixture_base_sd, 124); AT(nets_path_options_f32, side, 128);
AT(nets_path_options_f32, mass_squared, 136); AT(nets_path_options_f32, coupling, 140);
AT(nets_path_options_f32, base_mass_squared, 144);

FIRST_SIZE(nets_walkers_f64, 88); AT(nets_walkers_f64, struct_size, 0); AT(nets_walkers_f64, known, 4);
AT(nets_walkers_f64, n, 8); AT(nets_walkers_f64, d, 16); AT(nets_walkers_f64, stride, 24); AT(nets_walkers_f64, x, 32);
AT(nets_walkers_f64, gradient, 40); AT(nets_walkers_f64, drift, 48); AT(nets_walkers_f64, momentum, 56);
AT(nets_walkers_f64, potential, 64); AT(nets_walkers_f64, log_weights, 72); AT(nets_walkers_f64, accepted, 80);

FIRST_SIZE(nets_step_options_f64, 48); AT(nets_step_options_f64, struct_size, 0);
AT(nets_step_options_f64, integrator, 4); AT(nets_step_options_f64, map, 8); AT(nets_step_options_f64, move, 12);
AT(nets_step_options_f64, epsilon, 16); AT(nets_step_options_f64, friction, 24); AT(nets_step_options_f64, leaps, 32);
AT(nets_step_options_f64, scales, 40);

FIRST_SIZE(nets_walkers_f32, 88); AT(nets_walkers_f32, struct_size, 0); AT(nets_walkers_f32, known, 4);
AT(nets_walkers_f32, n, 8); AT(nets_walkers_f32, d, 16); AT(nets_walkers_f32, stride, 24); AT(nets_walkers_f32, x, 32);
AT(nets_walkers_f32, gradient, 40); AT(nets_walkers_f32, drift, 48); AT(nets_walkers_f32, momentum, 56);
AT(nets_walkers_f32, potential, 64); AT(nets_walkers_f32, log_weights, 72); AT(nets_walkers_f32, accepted, 80);

FIRST_SIZE(nets_step_options_f32, 40); AT(nets_step_options_f32, struct_size, 0);
AT(nets_step_options_f32, integrator, 4); AT(nets_step_options_f32, map, 8); AT(nets_step_options_f32, move, 12);
AT(nets_step_options_f32, epsilon, 16); AT(nets_step_options_f32, friction, 20); AT(nets_step_options_f32, leaps, 24);
AT(nets_step_options_f32, scales, 32);

FIRST_SIZE(nets_run_options_f64, 96); AT(nets_run_options_f64, struct_size, 0); AT(nets_run_options_f64, resampling, 4);
AT(nets_run_options_f64, seed, 8); AT(nets_run_options_f64, first_walker, 16);
AT(nets_run_options_f64, resample_stream, 24); AT(nets_run_options_f64, steps, 32); AT(nets_run_options_f64, times, 40);
AT(nets_run_options_f64, epsilons, 48); AT(nets_run_options_f64, resample_below, 56);
AT(nets_run_options_f64, progress, 64); AT(nets_run_options_f64, user, 72); AT(nets_run_options_f64, ess_path, 80);
AT(nets_run_options_f64, log_z_path, 88);

FIRST_SIZE(nets_run_summary, 72); AT(nets_run_summary, struct_size, 0); AT(nets_run_summary, stopped, 4);
AT(nets_run_summary, steps, 8); AT(nets_run_summary, log_z, 16); AT(nets_run_summary, log_z_stderr, 24);
AT(nets_run_summary, ess, 32); AT(nets_run_summary, max_weight, 40); AT(nets_run_summary, lost, 48);
AT(nets_run_summary, resamplings, 56); AT(nets_run_summary, acceptance, 64);

FIRST_SIZE(nets_run_options_f32, 96); AT(nets_run_options_f32, struct_size, 0); AT(nets_run_options_f32, resampling, 4);
AT(nets_run_options_f32, seed, 8); AT(nets_run_options_f32, first_walker, 16);
AT(nets_run_options_f32, resample_stream, 24); AT(nets_run_options_f32, steps, 32); AT(nets_run_options_f32, times, 40);
AT(nets_run_options_f32, epsilons, 48); AT(nets_run_options_f32, resample_below, 56);
AT(nets_run_options_f32, progress, 64); AT(nets_run_options_f32, user, 72); AT(nets_run_options_f32, ess_path, 80);
AT(nets_run_options_f32, log_z_path, 88);

FIRST_SIZE(nets_weight_summary, 56); AT(nets_weight_summary, struct_size, 0); AT(nets_weight_summary, log_mean, 8);
AT(nets_weight_summary, log_mean_stderr, 16); AT(nets_weight_summary, ess, 24); AT(nets_weight_summary, max_weight, 32);
AT(nets_weight_summary, lost, 40); AT(nets_weight_summary, walkers, 48);

FIRST_SIZE(nets_weight_sum, 48); AT(nets_weight_sum, struct_size, 0); AT(nets_weight_sum, walkers, 8);
AT(nets_weight_sum, lost, 16); AT(nets_weight_sum, largest, 24); AT(nets_weight_sum, sum, 32);
AT(nets_weight_sum, sum_squares, 40);

FIRST_SIZE(nets_host_model_description, 72); AT(nets_host_model_description, struct_size, 0);
AT(nets_host_model_description, drift, 4); AT(nets_host_model_description, dim, 8);
AT(nets_host_model_description, parameters, 16); AT(nets_host_model_description, train_seconds, 24);
AT(nets_host_model_description, seed, 32); AT(nets_host_model_description, epsilon, 40);
AT(nets_host_model_description, steps, 48); AT(nets_host_model_description, integrator, 56);
AT(nets_host_model_description, map, 60); AT(nets_host_model_description, move, 64);

FIRST_SIZE(nets_host_sample_options, 144); AT(nets_host_sample_options, struct_size, 0);
AT(nets_host_sample_options, precision, 4); AT(nets_host_sample_options, threads, 8);
AT(nets_host_sample_options, integrator, 12); AT(nets_host_sample_options, map, 16);
AT(nets_host_sample_options, move, 20); AT(nets_host_sample_options, resampling, 24);
AT(nets_host_sample_options, grid, 28); AT(nets_host_sample_options, layout, 32);
AT(nets_host_sample_options, reserved, 36); AT(nets_host_sample_options, seed, 40);
AT(nets_host_sample_options, walkers, 48); AT(nets_host_sample_options, steps, 56);
AT(nets_host_sample_options, epsilon, 64); AT(nets_host_sample_options, until, 72);
AT(nets_host_sample_options, friction, 80); AT(nets_host_sample_options, leaps, 88);
AT(nets_host_sample_options, resample_below, 96); AT(nets_host_sample_options, conditional_ess, 104);
AT(nets_host_sample_options, pilot_walkers, 112); AT(nets_host_sample_options, out, 120);
AT(nets_host_sample_options, progress, 128); AT(nets_host_sample_options, user, 136);

FIRST_SIZE(nets_host_path_record, 56); AT(nets_host_path_record, struct_size, 0);
AT(nets_host_path_record, reserved, 4); AT(nets_host_path_record, capacity, 8); AT(nets_host_path_record, length, 16);
AT(nets_host_path_record, times, 24); AT(nets_host_path_record, ess, 32); AT(nets_host_path_record, log_z, 40);
AT(nets_host_path_record, log_z_stderr, 48);

FIRST_SIZE(nets_host_summary, 104); AT(nets_host_summary, struct_size, 0); AT(nets_host_summary, precision, 4);
AT(nets_host_summary, walkers, 8); AT(nets_host_summary, steps, 16); AT(nets_host_summary, epsilon, 24);
AT(nets_host_summary, log_z, 32); AT(nets_host_summary, log_z_stderr, 40); AT(nets_host_summary, ess, 48);
AT(nets_host_summary, ess_path_min, 56); AT(nets_host_summary, max_weight, 64); AT(nets_host_summary, lost_walkers, 72);
AT(nets_host_summary, resamplings, 80); AT(nets_host_summary, acceptance, 88); AT(nets_host_summary, seconds, 96);

FIRST_SIZE(nets_host_density_options, 48); AT(nets_host_density_options, struct_size, 0);
AT(nets_host_density_options, thread_safe, 4); AT(nets_host_density_options, layout, 8);
AT(nets_host_density_options, schedule, 12); AT(nets_host_density_options, power, 16);
AT(nets_host_density_options, name, 24); AT(nets_host_density_options, base_mean, 32);
AT(nets_host_density_options, base_sd, 40);

FIRST_SIZE(nets_host_train_options, 72); AT(nets_host_train_options, struct_size, 0);
AT(nets_host_train_options, drift, 4); AT(nets_host_train_options, precision, 8);
AT(nets_host_train_options, threads, 12); AT(nets_host_train_options, seed, 16);
AT(nets_host_train_options, rounds, 24); AT(nets_host_train_options, checkpoint, 32);
AT(nets_host_train_options, resume, 40); AT(nets_host_train_options, checkpoint_every, 48);
AT(nets_host_train_options, progress, 56); AT(nets_host_train_options, user, 64);

SIZE(nets_host_tune_point, 64); AT(nets_host_tune_point, epsilon, 0); AT(nets_host_tune_point, ess, 8);
AT(nets_host_tune_point, log_z, 16); AT(nets_host_tune_point, log_z_stderr, 24);
AT(nets_host_tune_point, acceptance, 32); AT(nets_host_tune_point, seconds, 40); AT(nets_host_tune_point, steps, 48);
AT(nets_host_tune_point, lost_walkers, 56);

#endif
