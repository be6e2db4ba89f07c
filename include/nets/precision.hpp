// The C interface without its suffixes: `api<double>` and `api<float>`. Nothing here is for users.
#ifndef NETS_PRECISION_HPP
#define NETS_PRECISION_HPP

#include "../nets.h"

namespace nets::detail {

template <class T>
struct api;

#define NETS_API(T, S)                                                                 \
    template <>                                                                        \
    struct api<T> {                                                                    \
        using path = nets_path_##S;                                                    \
        using drift = nets_drift_##S;                                                  \
        using path_options = nets_path_options_##S;                                    \
        using step_options = nets_step_options_##S;                                    \
        using run_options = nets_run_options_##S;                                      \
        using walkers = nets_walkers_##S;                                              \
        static constexpr auto uniforms = nets_uniforms_##S;                            \
        static constexpr auto normals = nets_normals_##S;                              \
        static constexpr auto step_position = nets_step_position_##S;                  \
        static constexpr auto schedule = nets_schedule_##S;                            \
        static constexpr auto schedule_table = nets_schedule_table_##S;                \
        static constexpr auto grid_uniform = nets_grid_uniform_##S;                    \
        static constexpr auto weighted_moments = nets_weighted_moments_##S;            \
        static constexpr auto increment_ito = nets_increment_ito_##S;                  \
        static constexpr auto increment_pair = nets_increment_pair_##S;                \
        static constexpr auto increment_split = nets_increment_split_##S;              \
        static constexpr auto gather = nets_gather_##S;                                \
        static constexpr auto path_options_default = nets_path_options_default_##S;    \
        static constexpr auto path_workspace = nets_path_workspace_##S;                \
        static constexpr auto path_init = nets_path_init_##S;                          \
        static constexpr auto path_log_z_base = nets_path_log_z_base_##S;              \
        static constexpr auto path_base = nets_path_base_##S;                          \
        static constexpr auto path_evaluate = nets_path_evaluate_##S;                  \
        static constexpr auto drift_workspace = nets_drift_workspace_##S;              \
        static constexpr auto drift_init = nets_drift_init_##S;                        \
        static constexpr auto drift_callback_workspace = nets_drift_callback_workspace_##S; \
        static constexpr auto drift_callback_init = nets_drift_callback_init_##S;      \
        static constexpr auto drift_evaluate = nets_drift_evaluate_##S;                \
        static constexpr auto step_options_default = nets_step_options_default_##S;    \
        static constexpr auto step_workspace = nets_step_workspace_##S;                \
        static constexpr auto step = nets_step_##S;                                    \
        static constexpr auto sampler_start = nets_sampler_start_##S;                  \
        static constexpr auto sampler_step = nets_sampler_step_##S;                    \
        static constexpr auto run_options_default = nets_run_options_default_##S;      \
        static constexpr auto sampler_run = nets_sampler_run_##S;                      \
    }

NETS_API(double, f64);
NETS_API(float, f32);

#undef NETS_API

}  // namespace nets::detail

#endif
