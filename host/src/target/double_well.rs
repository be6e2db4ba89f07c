//! Independent tilted double wells: 2^d modes of unequal weight.

use super::{PathBox, in_precision};
use crate::engine::Outlined;
use nets_kernel::path::{Geometric, Schedule};
use nets_kernel::potential::{DoubleWell, Gaussian};
use nets_kernel::real::{Real, Scalar};

/// [`DoubleWell`] in `d` dimensions. Path: geometric from `N(0, 1.5² I)` with `β = t²`.
#[derive(Clone, Copy, Debug)]
pub struct DoubleWellTarget {
    pub(super) dim: usize,
}

impl DoubleWellTarget {
    pub(super) fn log_z(&self) -> f64 {
        self.dim as f64 * DoubleWell::LOG_Z_PER_COORDINATE
    }

    pub(super) fn path<R: Real>(&self) -> PathBox<'_, R> {
        Box::new(Outlined(Geometric {
            base: Gaussian::<Vec<R::Scalar>> {
                mean: in_precision(&vec![0.0; self.dim]),
                sd: in_precision(&vec![1.5; self.dim]),
            },
            target: DoubleWell { dim: self.dim },
            schedule: Schedule::Power(R::Scalar::from_f64(2.0)),
        }))
    }
}
