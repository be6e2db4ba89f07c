//! The mixture of 40 Gaussians in the plane (L. I. Midgley et al., 2208.01893), with the paper's path.

use super::{DriftBox, Modes, PathBox, in_precision};
use crate::engine::Outlined;
use nets_kernel::drift::MixtureTransport;
use nets_kernel::path::GaussianMixture;
use nets_kernel::real::Real;
use nets_kernel::rng::{Purpose, Stream, normals};

/// 40 equal Gaussians with standard deviation `softplus(1)`, means uniform in `[−40, 40]²` (from a fixed seed,
/// `data/gmm40_means.csv`). Path: means `t μ_i`, variance from 1 to that of the target.
#[derive(Clone, Debug)]
pub struct Gmm40 {
    means: Vec<f64>,
}

/// `ln(1 + e)`.
const SD: f64 = 1.313_261_687_518_222_8;
const BASE_SD: f64 = 1.0;

impl Gmm40 {
    pub(super) fn new() -> Self {
        let rows = include_str!("../../data/gmm40_means.csv").lines().skip(1);
        let means: Vec<f64> =
            rows.flat_map(|row| row.split(',').map(|number| number.parse().expect("the file holds numbers"))).collect();
        Gmm40 { means }
    }

    /// The largest coordinate of a mean.
    pub(super) fn length(&self) -> f64 {
        self.means.iter().fold(0.0, |largest, mean| mean.abs().max(largest))
    }

    fn components(&self) -> usize {
        self.means.len() / 2
    }

    fn mixture<R: Real>(&self) -> GaussianMixture<R::Scalar, Vec<R::Scalar>> {
        let n = self.components();
        GaussianMixture {
            dim: 2,
            means: in_precision(&self.means),
            log_weights: in_precision(&vec![-(n as f64).ln(); n]),
            base_sd: Real::c(BASE_SD),
            sd: Real::c(SD),
        }
    }

    pub(super) fn path<R: Real>(&self) -> PathBox<'_, R> {
        Box::new(Outlined(self.mixture::<R>()))
    }

    pub(super) fn perfect_drift<R: Real>(&self) -> DriftBox<'_, R> {
        Box::new(Outlined(MixtureTransport(self.mixture::<R>())))
    }

    pub(super) fn exact_samples(&self, seed: u64, n: usize) -> Vec<f64> {
        let mut stream = Stream::<f64>::new(seed, Purpose::Evaluate, 0);
        let mut samples = vec![0.0; 2 * n];
        for sample in samples.chunks_exact_mut(2) {
            let component = (stream.uniform() * self.components() as f64).ceil() as usize - 1;
            normals(&mut stream, sample);
            for (x, mean) in sample.iter_mut().zip(&self.means[2 * component..]) {
                *x = mean + SD * *x;
            }
        }
        samples
    }

    pub(super) fn modes(&self) -> Modes {
        let n = self.components();
        Modes { centres: self.means.clone(), weights: vec![1.0 / n as f64; n] }
    }
}
