//! A Gaussian: ground truth in any dimension.

use super::{PathBox, in_precision};
use crate::engine::Outlined;
use nets_kernel::path::{Geometric, Schedule};
use nets_kernel::potential::{Base, Gaussian};
use nets_kernel::real::Real;
use nets_kernel::rng::{Purpose, Stream, normals};

/// Mean 1 in every coordinate, standard deviations from ½ to 2 in equal ratios; unnormalised,
/// `log Z = ½ Σ log 2πσ_i²`. Path: geometric from N(0, I).
#[derive(Clone, Debug)]
pub struct GaussianTarget {
    sd: Vec<f64>,
}

impl GaussianTarget {
    pub(super) fn new(dim: usize) -> Self {
        let last = dim.saturating_sub(1).max(1) as f64;
        GaussianTarget { sd: (0..dim).map(|i| 0.5 * 4f64.powf(i as f64 / last)).collect() }
    }

    pub(super) fn dim(&self) -> usize {
        self.sd.len()
    }

    fn density<R: Real>(&self, mean: f64, sd: &[f64]) -> Gaussian<Vec<R::Scalar>> {
        Gaussian { mean: in_precision(&vec![mean; sd.len()]), sd: in_precision(sd) }
    }

    pub(super) fn log_z(&self) -> f64 {
        Base::<f64>::log_z(&self.density::<f64>(1.0, &self.sd))
    }

    pub(super) fn path<R: Real>(&self) -> PathBox<'_, R> {
        Box::new(Outlined(Geometric {
            base: self.density::<R>(0.0, &vec![1.0; self.dim()]),
            target: self.density::<R>(1.0, &self.sd),
            schedule: Schedule::Linear,
        }))
    }

    pub(super) fn exact_samples(&self, seed: u64, n: usize) -> Vec<f64> {
        let mut stream = Stream::<f64>::new(seed, Purpose::Evaluate, 0);
        let mut samples = vec![0.0; self.dim() * n];
        for sample in samples.chunks_exact_mut(self.dim()) {
            normals(&mut stream, sample);
            for (x, sd) in sample.iter_mut().zip(&self.sd) {
                *x = 1.0 + sd * *x;
            }
        }
        samples
    }
}
