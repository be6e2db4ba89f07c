//! libnets: the kernel behind a C ABI. No mathematics lives here, only arguments and their checks.
//!
//! `include/nets.h` is generated from these files by `ffi/header.sh`; the libraries are made by `ffi/libnets.sh`.
//! What holds for every function (results, lengths, pointers, threads) is said once, at the top of the header.
#![cfg_attr(not(test), no_std)]
#![deny(clippy::undocumented_unsafe_blocks)]

mod memory;
mod resample;
mod rng;
mod status;
mod version;
mod weight;

pub use resample::nets_resample_systematic_f64;
pub use rng::nets_normals_f64;
pub use status::{
    NETS_ERR_ALIGNMENT, NETS_ERR_ALL_LOST, NETS_ERR_LENGTH, NETS_ERR_NULL, NETS_ERR_RANGE, NETS_ERR_STRUCT_SIZE,
    NETS_OK, nets_strerror,
};
pub use version::{
    NETS_ABI_VERSION, NETS_VERSION_MAJOR, NETS_VERSION_MINOR, NETS_VERSION_PATCH, nets_abi_version, nets_version_string,
};
pub use weight::{WeightSummaryF64, nets_log_weights_summary_f64};

#[cfg(all(feature = "panic-handler", not(test)))]
unsafe extern "C" {
    /// Defined nowhere: a library in which a panic can be reached does not link.
    safe fn nets_panics_are_impossible() -> !;
}

#[cfg(all(feature = "panic-handler", not(test)))]
#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    nets_panics_are_impossible()
}
