//! Independent tilted double wells: 2^d modes of unequal weight.

use super::PathBox;
use super::builtin::{BuiltinTarget, TargetInfo};
use super::common::{normal_base, sample_rows};
use super::parameters::{Parameters, TargetError};
use crate::engine::Outlined;
use nets_kernel::math::{exp, ln};
use nets_kernel::path::{Geometric, Schedule};
use nets_kernel::potential::{DoubleWell, Potential};
use nets_kernel::real::Real;
use nets_kernel::rng::{Stream, normal_pair};

/// [`DoubleWell`] in `d` dimensions. Path: geometric from `N(0, 1.5² I)` with `β = t²`.
#[derive(Clone, Copy, Debug)]
pub struct DoubleWellTarget {
    dim: usize,
}

impl BuiltinTarget for DoubleWellTarget {
    const INFO: TargetInfo = TargetInfo {
        name: "doublewell-d",
        example: "doublewell-4",
        dimension: "any",
        log_z: "9.374541 d (quadrature)",
        density: "independent wells x^4 - 6 x^2 - x/2",
        source: "the wells of many-well, Midgley et al. 2023",
    };

    fn parse(parameters: &mut Parameters<'_>) -> Result<Self, TargetError> {
        Ok(DoubleWellTarget { dim: parameters.dimension(None)? })
    }

    fn name(&self) -> String {
        format!("doublewell-{}", self.dim)
    }

    fn dim(&self) -> usize {
        self.dim
    }

    fn path<R: Real>(&self) -> PathBox<'_, R> {
        Box::new(Outlined(Geometric {
            base: normal_base::<R>(self.dim, 1.5),
            target: DoubleWell { dim: self.dim },
            schedule: Schedule::Power(Real::c(2.0)),
        }))
    }

    fn log_z(&self) -> Option<f64> {
        Some(self.dim as f64 * DoubleWell::LOG_Z_PER_COORDINATE)
    }

    fn exact_samples(&self, seed: u64, n: usize) -> Option<Vec<f64>> {
        Some(sample_rows(seed, n, self.dim, |stream, row| row.iter_mut().for_each(|x| *x = sample_well(stream))))
    }

    fn length(&self) -> Option<f64> {
        // The wells are at ±1.7.
        Some(2.0)
    }
}

/// What wells are drawn from: two Gaussians of this standard deviation, at ± this place, with this weight on the right.
const SD: f64 = 0.38;
const PLACE: f64 = 1.66;
const RIGHT: f64 = 0.85;
/// Above [`log_ratio`] everywhere: it is 10.0745 at most, at x = 1.787.
const BOUND: f64 = 10.08;

/// A sample of `e^{−x⁴ + 6x² + x/2}`, by rejection; every second proposal is taken.
pub(super) fn sample_well(stream: &mut Stream<f64>) -> f64 {
    loop {
        let side = if stream.uniform() <= RIGHT { PLACE } else { -PLACE };
        let x = SD.mul_add(normal_pair(stream).0, side);
        if ln(stream.uniform()) < log_ratio(x) - BOUND {
            return x;
        }
    }
}

/// The logarithm of the density of a well over that of the Gaussians, both without their constants.
fn log_ratio(x: f64) -> f64 {
    let bump = |place: f64| exp(-0.5 * ((x - place) / SD).powi(2));
    let u = DoubleWell { dim: 1 }.potential(&[x], &mut [0.0], &mut []);
    -u - ln(RIGHT * bump(PLACE) + (1.0 - RIGHT) * bump(-PLACE))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A bound that the ratio exceeds somewhere would cut the density there.
    #[test]
    fn the_bound_of_the_rejection_is_one() {
        let largest = (-40_000..=40_000).map(|i| log_ratio(1e-4 * f64::from(i))).fold(f64::NEG_INFINITY, f64::max);
        assert!(largest < BOUND && largest > BOUND - 0.01, "{largest}");
    }
}
