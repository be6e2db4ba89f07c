//! Lane vectors for the machine at hand, and the choice among them at run time.
//!
//! The kernel is generic over [`Real`](nets_kernel::real::Real); here are the types that make it fast: registers of 512 and 256 bits, as
//! newtypes that nobody outside can name. A program describes its work once, as a [`Job`], and [`dispatch`]
//! runs it with the type that was asked for, provided the machine has the instructions. All widths return the
//! same bits, so the choice is one of speed alone.
//!
//! ```
//! use nets_host::lanes::{Job, Precision, Width, dispatch};
//! use nets_kernel::math;
//! use nets_kernel::real::{Real, Scalar};
//!
//! /// `Σ eˣ` over 300 values of `x`.
//! struct SumOfExponentials;
//!
//! impl Job for SumOfExponentials {
//!     type Output = f64;
//!     fn run<R: Real, const MR: usize>(self) -> f64 {
//!         let mut x: Vec<R::Scalar> = (0..300).map(|i| R::Scalar::from_f64(f64::from(i) / 300.0)).collect();
//!         R::vectorize(
//!             #[inline(always)]
//!             || {
//!                 for x in x.chunks_mut(R::LANES) {
//!                     math::exp(R::load(x)).store(x);
//!                 }
//!             },
//!         );
//!         x.into_iter().map(R::Scalar::to_f64).sum()
//!     }
//! }
//!
//! let fast = dispatch(Width::detect(), Precision::F64, SumOfExponentials)?;
//! let slow = dispatch(Width::Scalar, Precision::F64, SumOfExponentials)?;
//! assert_eq!(fast, slow);
//! # Ok::<(), nets_host::lanes::Unavailable>(())
//! ```

mod compiled;
mod width;
#[cfg(target_arch = "x86_64")]
#[allow(unsafe_code)]
mod x86;

pub use compiled::Lane;
pub use width::{Precision, UnknownName, Width};

#[cfg(not(nets_256_only))]
use nets_kernel::real::Lanes;

/// Work that can be done at any width.
pub trait Job {
    /// What the work returns.
    type Output;

    /// Does the work with `R` for numbers (one walker per lane) and register tiles of `MR` network outputs by
    /// `R::PARTS` registers.
    ///
    /// It is compiled for any machine of the target, where every operation of `R` is a call, so the loops that
    /// matter go inside [`Real::vectorize`](nets_kernel::real::Real::vectorize). Everything on the way from there to an operation has to be inlined:
    /// the functions are `#[inline(always)]`, and so is the closure itself, for the compiler's own judgement
    /// leaves a large one apart, many times slower.
    fn run<R: Lane, const MR: usize>(self) -> Self::Output;
}

/// This machine lacks the instructions for a width.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unavailable(
    /// The width asked for.
    pub Width,
);

impl core::fmt::Display for Unavailable {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "this machine has no lanes of width `{}`; the widest is `{}`", self.0, Width::detect())
    }
}

impl core::error::Error for Unavailable {}

/// Runs `job` at `width` and `precision`.
///
/// `R` is a tile of three registers, which can also carry a value and its derivatives in two directions, and
/// `MR` such that the accumulators of a tile leave room for inputs and a weight: 24 of 32 registers, or 9 of 16.
/// Portable lanes are one register of 128 bits: they are for machines whose instructions are not known here, where every
/// fused multiply-add may be a call.
///
/// # Errors
///
/// [`Unavailable`] where [`Width::is_available`] says no.
pub fn dispatch<J: Job>(width: Width, precision: Precision, job: J) -> Result<J::Output, Unavailable> {
    match (width, precision) {
        #[cfg(nets_256_only)]
        (Width::Portable | Width::Scalar, _) => Err(Unavailable(width)),
        #[cfg(not(nets_256_only))]
        (Width::Portable, Precision::F32) => Ok(job.run::<Lanes<f32, 4>, 4>()),
        #[cfg(not(nets_256_only))]
        (Width::Portable, Precision::F64) => Ok(job.run::<Lanes<f64, 2>, 4>()),
        #[cfg(not(nets_256_only))]
        (Width::Scalar, Precision::F32) => Ok(job.run::<f32, 4>()),
        #[cfg(not(nets_256_only))]
        (Width::Scalar, Precision::F64) => Ok(job.run::<f64, 4>()),
        #[cfg(target_arch = "x86_64")]
        (Width::W512 | Width::W256, _) => x86::dispatch(width, precision, job).ok_or(Unavailable(width)),
        #[cfg(not(target_arch = "x86_64"))]
        (Width::W512 | Width::W256, _) => Err(Unavailable(width)),
    }
}
