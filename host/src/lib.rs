//! Host of NETS, the Non-Equilibrium Transport Sampler: training, batched and threaded execution, files, reports,
//! and the `nets` command, on top of [`nets_kernel`].

pub mod cli;
pub mod engine;
pub mod file;
pub mod lanes;
pub mod metric;
pub mod model;
pub mod progress;
pub mod report;
pub mod summary;
pub mod target;
pub mod train;
