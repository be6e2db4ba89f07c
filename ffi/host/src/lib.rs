//! libnets_host: targets, training, models and sampling behind a C ABI. No numerics live here, only arguments and their
//! checks.
//!
//! `include/nets_host.h` is generated from these files by `ffi/header.sh`; the libraries are made by
//! `ffi/host/libnets_host.sh`. What holds for every function is said once, at the top of the header.
#![deny(clippy::undocumented_unsafe_blocks)]

mod call;
mod density;
mod handle;
mod model;
mod progress;
mod sample;
mod settings;
mod target;
mod text;
mod train;
mod tune;
mod version;

pub use density::PotentialF64;
pub use model::{
    HostModel, ModelDescription, nets_host_model_describe, nets_host_model_export, nets_host_model_free,
    nets_host_model_load, nets_host_model_save, nets_host_model_text,
};
pub use progress::HostProgress;
pub use sample::{HostSampleOptions, HostSummary, PathRecord, nets_host_sample, nets_host_sample_options_default};
pub use settings::{
    NETS_HOST_DRIFT_EXACT, NETS_HOST_DRIFT_FEATURES, NETS_HOST_DRIFT_LATTICE, NETS_HOST_DRIFT_MLP,
    NETS_HOST_DRIFT_MODES, NETS_HOST_DRIFT_ZERO, NETS_HOST_GRID_ADAPTIVE, NETS_HOST_GRID_UNIFORM,
    NETS_HOST_LAYOUT_COLUMNS, NETS_HOST_LAYOUT_ROWS,
};
pub use target::{
    DensityOptions, HostTarget, nets_host_density_options_default, nets_host_target_density, nets_host_target_dim,
    nets_host_target_free, nets_host_target_log_z, nets_host_target_named, nets_host_target_potential,
};
pub use train::{HostTrainOptions, nets_host_train, nets_host_train_options_default};
pub use tune::{TunePoint, nets_host_tune};
pub use version::{NETS_HOST_ABI_VERSION, nets_host_abi_version, nets_host_strerror, nets_host_version_string};
