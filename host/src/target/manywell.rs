//! The many-well benchmark.

use super::PathBox;
use super::builtin::{BuiltinTarget, TargetInfo};
use super::common::{in_precision, name_with_dimension, sample_rows};
use super::double_well::sample_well;
use super::parameters::{Parameters, TargetError};
use crate::engine::Outlined;
use nets_kernel::path::{Geometric, Schedule};
use nets_kernel::potential::{Gaussian, ManyWell};
use nets_kernel::real::Real;
use nets_kernel::rng::normals;

/// [`ManyWell`] with `d / 2` pairs, 16 unless told. Path: geometric with `β = t²`, from a standard deviation of 1.5
/// along the wells and, as in the target, 1 across them.
#[derive(Clone, Copy, Debug)]
pub struct ManyWellTarget {
    density: ManyWell,
}

const DIM: usize = 32;

impl BuiltinTarget for ManyWellTarget {
    const INFO: TargetInfo = TargetInfo {
        name: "manywell",
        example: "manywell-32",
        dimension: "32, or any even number",
        log_z: "164.695682 (quadrature)",
        density: "pairs x1^4 - 6 x1^2 - x1/2 + x2^2/2",
        source: "Midgley et al. 2023 (FAB)",
    };

    fn parse(parameters: &mut Parameters<'_>) -> Result<Self, TargetError> {
        let dim = parameters.dimension(Some(DIM))?;
        if dim % 2 == 1 {
            return Err(parameters.error(format!("its coordinates come in pairs, and {dim} is odd")));
        }
        Ok(ManyWellTarget { density: ManyWell { pairs: dim / 2 } })
    }

    fn name(&self) -> String {
        name_with_dimension(Self::INFO, self.dim(), DIM)
    }

    fn dim(&self) -> usize {
        2 * self.density.pairs
    }

    fn path<R: Real>(&self) -> PathBox<'_, R> {
        Box::new(Outlined(Geometric {
            base: Gaussian::<Vec<R::Scalar>> {
                mean: in_precision(&vec![0.0; self.dim()]),
                sd: in_precision(&[1.5, 1.0].repeat(self.density.pairs)),
            },
            target: self.density,
            schedule: Schedule::Power(Real::c(2.0)),
        }))
    }

    fn log_z(&self) -> Option<f64> {
        Some(self.density.pairs as f64 * ManyWell::LOG_Z_PER_PAIR)
    }

    fn exact_samples(&self, seed: u64, n: usize) -> Option<Vec<f64>> {
        Some(sample_rows(seed, n, self.dim(), |stream, row| {
            normals(stream, row);
            row.iter_mut().step_by(2).for_each(|x| *x = sample_well(stream));
        }))
    }

    fn length(&self) -> Option<f64> {
        // The wells are at ±1.7.
        Some(2.0)
    }
}
