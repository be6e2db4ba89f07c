//! The banana.

use super::PathBox;
use super::builtin::{BuiltinTarget, TargetInfo};
use super::common::{in_precision, name_with_dimension, transport_rows};
use super::parameters::{Parameters, TargetError};
use crate::engine::Outlined;
use nets_kernel::path::{Geometric, Schedule};
use nets_kernel::potential::{Banana, Gaussian};
use nets_kernel::real::Real;

/// [`Banana`] with `σ = 3` and `b = 0.3`, in the plane unless told. Path: geometric from the Gaussian with the target's
/// standard deviations, 3, `√(1 + 2 b² σ⁴) ≈ 3.95`, and 1.
#[derive(Clone, Copy, Debug)]
pub struct BananaTarget {
    dim: usize,
}

const DIM: usize = 2;
const SD: f64 = 3.0;
const BEND: f64 = 0.3;

impl BananaTarget {
    fn density<R: Real>(&self) -> Banana<R::Scalar> {
        Banana { dim: self.dim, sd: Real::c(SD), bend: Real::c(BEND) }
    }
}

impl BuiltinTarget for BananaTarget {
    const INFO: TargetInfo = TargetInfo {
        name: "banana",
        example: "banana-2",
        dimension: "2, or more",
        log_z: "log 3 + d/2 log 2 pi",
        density: "a Gaussian bent along a parabola, x0^2/18 + (x1 + 0.3 (x0^2 - 9))^2/2",
        source: "Haario et al. 1999",
    };

    fn parse(parameters: &mut Parameters<'_>) -> Result<Self, TargetError> {
        match parameters.dimension(Some(DIM))? {
            1 => Err(parameters.error("it has at least 2 dimensions")),
            dim => Ok(BananaTarget { dim }),
        }
    }

    fn name(&self) -> String {
        name_with_dimension(Self::INFO, self.dim, DIM)
    }

    fn dim(&self) -> usize {
        self.dim
    }

    fn path<R: Real>(&self) -> PathBox<'_, R> {
        let mut sd = vec![1.0; self.dim];
        sd[..2].copy_from_slice(&[SD, (1.0 + 2.0 * BEND * BEND * SD.powi(4)).sqrt()]);
        Box::new(Outlined(Geometric {
            base: Gaussian::<Vec<R::Scalar>> { mean: in_precision(&vec![0.0; self.dim]), sd: in_precision(&sd) },
            target: self.density::<R>(),
            schedule: Schedule::Linear,
        }))
    }

    fn log_z(&self) -> Option<f64> {
        Some(self.density::<f64>().log_z())
    }

    fn exact_samples(&self, seed: u64, n: usize) -> Option<Vec<f64>> {
        Some(transport_rows(seed, n, self.dim, |xi, x| self.density::<f64>().sample(xi, x)))
    }
}
