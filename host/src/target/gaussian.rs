//! A Gaussian: ground truth in any dimension.

use super::PathBox;
use super::builtin::{BuiltinTarget, TargetInfo};
use super::common::{in_precision, transport_rows};
use super::parameters::{Parameters, TargetError};
use crate::engine::Outlined;
use nets_kernel::path::{Geometric, Schedule};
use nets_kernel::potential::{Base, Gaussian};
use nets_kernel::real::Real;

/// Mean 1 in every coordinate, standard deviations from ½ to 2 in equal ratios; unnormalised,
/// `log Z = ½ Σ log 2πσ_i²`. Path: geometric from N(0, I).
#[derive(Clone, Debug)]
pub struct GaussianTarget {
    sd: Vec<f64>,
}

impl GaussianTarget {
    fn density<R: Real>(&self, mean: f64, sd: &[f64]) -> Gaussian<Vec<R::Scalar>> {
        Gaussian { mean: in_precision(&vec![mean; sd.len()]), sd: in_precision(sd) }
    }

    fn exact(&self) -> impl Base<f64> {
        self.density::<f64>(1.0, &self.sd)
    }
}

impl BuiltinTarget for GaussianTarget {
    const INFO: TargetInfo = TargetInfo {
        name: "gaussian-d",
        example: "gaussian-10",
        dimension: "any",
        log_z: "closed form",
        density: "mean 1, sigma from 0.5 to 2 over the coordinates",
        source: "ground truth",
    };

    fn parse(parameters: &mut Parameters<'_>) -> Result<Self, TargetError> {
        let dim = parameters.dimension(None)?;
        let last = dim.saturating_sub(1).max(1) as f64;
        Ok(GaussianTarget { sd: (0..dim).map(|i| 0.5 * 4f64.powf(i as f64 / last)).collect() })
    }

    fn name(&self) -> String {
        format!("gaussian-{}", self.dim())
    }

    fn dim(&self) -> usize {
        self.sd.len()
    }

    fn path<R: Real>(&self) -> PathBox<'_, R> {
        Box::new(Outlined(Geometric {
            base: self.density::<R>(0.0, &vec![1.0; self.dim()]),
            target: self.density::<R>(1.0, &self.sd),
            schedule: Schedule::Linear,
        }))
    }

    fn log_z(&self) -> Option<f64> {
        Some(self.exact().log_z())
    }

    fn exact_samples(&self, seed: u64, n: usize) -> Option<Vec<f64>> {
        let density = self.exact();
        Some(transport_rows(seed, n, self.dim(), |xi, x| density.sample(xi, x)))
    }

    fn length(&self) -> Option<f64> {
        // Mean 1 and standard deviations up to 2.
        Some(2.0)
    }
}
