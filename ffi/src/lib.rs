//! libnets: the kernel behind a C ABI. No mathematics lives here, only arguments and their checks.
//!
//! `include/nets.h` is generated from these files by `ffi/header.sh`; the libraries are made by `ffi/libnets.sh`.
//! What holds for every function (results, lengths, pointers, threads) is said once, at the top of the header.
//!
//! Functions exist in both precisions: the work is a generic function, the exported ones come from a macro in each file.
#![cfg_attr(not(test), no_std)]
#![deny(clippy::undocumented_unsafe_blocks)]
// The arguments of a C function are as many as it has.
#![allow(clippy::too_many_arguments)]

mod arena;
mod callback;
mod drift;
mod evaluate;
mod grid;
mod increment;
mod method;
mod path;
mod precision;
mod resample;
mod rng;
mod room;
mod rows;
mod sampler;
mod schedule;
mod status;
mod step;
mod version;
mod walkers;
mod weight;

pub use callback::{DriftCallback, PathCallback, PotentialCallback};
pub use drift::*;
pub use evaluate::*;
pub use grid::*;
pub use increment::*;
pub use method::*;
pub use nets_abi::codes::*;
pub use nets_abi::error_info::ErrorInfo;
pub use path::*;
pub use resample::*;
pub use rng::*;
pub use sampler::*;
pub use schedule::*;
pub use status::*;
pub use step::*;
pub use version::*;
pub use walkers::Walkers;
pub use weight::*;

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
