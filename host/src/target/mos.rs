//! The mixture of Student's t distributions (D. Blessing et al., 2406.07423).

use super::builtin::{BuiltinTarget, TargetInfo};
use super::common::{in_precision, largest_coordinate, name_with_dimension, sample_rows};
use super::parameters::{Parameters, TargetError};
use super::table::numbers;
use super::{Modes, PathBox};
use crate::engine::Outlined;
use nets_kernel::path::{StudentMixture, student_from_normal};
use nets_kernel::real::Real;
use nets_kernel::rng::normals;

/// Ten equal components, each a product of Student's t distributions with two degrees of freedom and unit scale,
/// centres uniform in `[−10, 10]^d` (from a fixed seed, `data/mos_locs_d50.csv` and `mos_locs_d2.csv`). Path: centres
/// `t μ_i`, scale 1 throughout. The variance is infinite, so the distance W₂ of clouds means little here.
#[derive(Clone, Debug)]
pub struct Mos {
    dim: usize,
    centres: Vec<f64>,
}

const DIM: usize = 50;

impl Mos {
    fn components(&self) -> usize {
        self.centres.len() / self.dim
    }
}

impl BuiltinTarget for Mos {
    const INFO: TargetInfo = TargetInfo {
        name: "mos",
        example: "mos:d=2",
        dimension: "50, or 2",
        log_z: "0",
        density: "10 equal products of Student t, 2 degrees of freedom, unit scale",
        source: "Blessing et al. 2024; the NETS paper",
    };

    fn parse(parameters: &mut Parameters<'_>) -> Result<Self, TargetError> {
        let centres = match parameters.dimension(Some(DIM))? {
            50 => include_str!("../../data/mos_locs_d50.csv"),
            2 => include_str!("../../data/mos_locs_d2.csv"),
            d => return Err(parameters.error(format!("its centres are known in 2 and 50 dimensions, not in {d}"))),
        };
        let dim = centres.lines().next().map_or(0, |line| line.split(',').count());
        Ok(Mos { dim, centres: numbers(centres) })
    }

    fn name(&self) -> String {
        name_with_dimension(Self::INFO, self.dim, DIM)
    }

    fn dim(&self) -> usize {
        self.dim
    }

    fn path<R: Real>(&self) -> PathBox<'_, R> {
        let n = self.components();
        Box::new(Outlined(StudentMixture::<R::Scalar, Vec<R::Scalar>> {
            dim: self.dim,
            centres: in_precision(&self.centres),
            log_weights: in_precision(&vec![-(n as f64).ln(); n]),
            base_scale: Real::c(1.0),
            scale: Real::c(1.0),
        }))
    }

    fn log_z(&self) -> Option<f64> {
        Some(0.0)
    }

    fn exact_samples(&self, seed: u64, n: usize) -> Option<Vec<f64>> {
        Some(sample_rows(seed, n, self.dim, |stream, sample| {
            let component = (stream.uniform() * self.components() as f64).ceil() as usize - 1;
            normals(stream, sample);
            for (x, centre) in sample.iter_mut().zip(&self.centres[self.dim * component..]) {
                *x = centre + student_from_normal(*x);
            }
        }))
    }

    fn modes(&self) -> Option<Modes> {
        Some(Modes::equal(self.dim, &self.centres))
    }

    fn length(&self) -> Option<f64> {
        Some(largest_coordinate(&self.centres))
    }
}
