//! Registers of x86-64 as lane vectors.
//!
//! # Why this is sound
//!
//! The operations of these types are intrinsics that only some machines can execute, behind safe methods. The
//! types are private to this module, and [`dispatch`] alone hands them out, as the `R` of a [`Job`], after it
//! has found on the running machine every feature that their operations enable. Code that can name such a
//! type, if only as a type parameter, therefore runs on a machine that has them. The `SAFETY` comments below
//! say *by detection* for this argument. Features of a running machine do not go away, so threads and function
//! pointers that outlive the call change nothing.
//!
//! # Bits
//!
//! Each operation returns what the scalar of [`nets_kernel::real`] returns, to the bit (which NaN a NaN is,
//! excepted). Where an instruction's own convention matters it is said beside it; `tests/lanes.rs` compares
//! them all.

#[macro_use]
mod macros;
mod avx2;
#[cfg(not(nets_256_only))]
mod avx512;

use super::{Job, Precision, Width};
use avx2::{F32x8, F64x4};
#[cfg(not(nets_256_only))]
use avx512::{F32x16, F64x8};
use nets_kernel::real::{Scalar, Tile};
use std::arch::is_x86_feature_detected as has;

/// Whether the machine has what the types of [`avx2`] enable.
pub(super) fn has_256() -> bool {
    has!("avx2") && has!("fma")
}

/// Whether the machine has what the types of [`avx512`] enable.
pub(super) fn has_512() -> bool {
    cfg!(not(nets_256_only)) && has_256() && has!("avx512f") && has!("avx512dq") && has!("avx512vl") && has!("avx512bw")
}

/// Runs `job` with 512- or 256-bit registers; `None` where the machine, or this module, has no such width.
pub(super) fn dispatch<J: Job>(width: Width, precision: Precision, job: J) -> Option<J::Output> {
    match (width, precision) {
        #[cfg(not(nets_256_only))]
        (Width::W512, Precision::F32) if has_512() => Some(job.run::<Tile<F32x16, 3>, 8>()),
        #[cfg(not(nets_256_only))]
        (Width::W512, Precision::F64) if has_512() => Some(job.run::<Tile<F64x8, 3>, 8>()),
        (Width::W256, Precision::F32) if has_256() => Some(job.run::<Tile<F32x8, 3>, 3>()),
        (Width::W256, Precision::F64) if has_256() => Some(job.run::<Tile<F64x4, 3>, 3>()),
        _ => None,
    }
}

/// The first numbers of an array: those of `values`, which is shorter, then zeros.
#[cold]
fn padded<S: Scalar, const N: usize>(values: &[S]) -> [S; N] {
    let mut lanes = [S::zero(); N];
    for (lane, &value) in lanes.iter_mut().zip(values) {
        *lane = value;
    }
    lanes
}

/// Writes as many lanes as `values` has places.
#[cold]
fn store_first<S: Scalar>(lanes: &[S], values: &mut [S]) {
    for (value, &lane) in values.iter_mut().zip(lanes) {
        *value = lane;
    }
}

#[cfg(not(nets_256_only))]
super::compiled::compile_lane!(Tile<F32x16, 3>, 8);
#[cfg(not(nets_256_only))]
super::compiled::compile_lane!(Tile<F64x8, 3>, 8);
super::compiled::compile_lane!(Tile<F32x8, 3>, 3);
super::compiled::compile_lane!(Tile<F64x4, 3>, 3);
