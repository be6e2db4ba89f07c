//! Mixtures of equal Gaussians, with the paper's path and its perfect drift.

use super::builtin::{BuiltinTarget, TargetInfo};
use super::common::{in_precision, largest_coordinate, sample_rows};
use super::parameters::{Parameters, TargetError};
use super::{DriftBox, Modes, PathBox};
use crate::engine::Outlined;
use nets_kernel::drift::MixtureTransport;
use nets_kernel::path::GaussianMixture;
use nets_kernel::real::Real;
use nets_kernel::rng::normals;
use std::marker::PhantomData;

/// What tells one of these mixtures from another.
pub trait Mixture {
    /// Its line in the list.
    const INFO: TargetInfo;
    /// The standard deviation of a component.
    const SD: f64;
    /// The dimension that the parameters ask for.
    fn dimension(parameters: &mut Parameters<'_>) -> Result<usize, TargetError>;
    /// The means in `d` dimensions, row-major.
    fn means(d: usize) -> Vec<f64>;
    /// The name with the dimension.
    fn name(d: usize) -> String;
}

/// Components of equal weight, with equal variance in all directions. Path: means `t μ_i`, variance from 1 to that of
/// the target.
#[derive(Clone, Debug)]
pub struct EqualGaussians<M> {
    dim: usize,
    means: Vec<f64>,
    mixture: PhantomData<M>,
}

const BASE_SD: f64 = 1.0;

impl<M: Mixture> EqualGaussians<M> {
    fn components(&self) -> usize {
        self.means.len() / self.dim
    }

    fn mixture<R: Real>(&self) -> GaussianMixture<R::Scalar, Vec<R::Scalar>> {
        let n = self.components();
        GaussianMixture {
            dim: self.dim,
            means: in_precision(&self.means),
            log_weights: in_precision(&vec![-(n as f64).ln(); n]),
            base_sd: Real::c(BASE_SD),
            sd: Real::c(M::SD),
        }
    }
}

impl<M: Mixture> BuiltinTarget for EqualGaussians<M> {
    const INFO: TargetInfo = M::INFO;

    fn parse(parameters: &mut Parameters<'_>) -> Result<Self, TargetError> {
        let dim = M::dimension(parameters)?;
        Ok(EqualGaussians { dim, means: M::means(dim), mixture: PhantomData })
    }

    fn name(&self) -> String {
        M::name(self.dim)
    }

    fn dim(&self) -> usize {
        self.dim
    }

    fn path<R: Real>(&self) -> PathBox<'_, R> {
        Box::new(Outlined(self.mixture::<R>()))
    }

    fn log_z(&self) -> Option<f64> {
        Some(0.0)
    }

    fn perfect_drift<R: Real>(&self) -> Option<DriftBox<'_, R>> {
        Some(Box::new(Outlined(MixtureTransport(self.mixture::<R>()))))
    }

    fn exact_samples(&self, seed: u64, n: usize) -> Option<Vec<f64>> {
        Some(sample_rows(seed, n, self.dim, |stream, sample| {
            let component = (stream.uniform() * self.components() as f64).ceil() as usize - 1;
            normals(stream, sample);
            for (x, mean) in sample.iter_mut().zip(&self.means[self.dim * component..]) {
                *x = mean + M::SD * *x;
            }
        }))
    }

    fn modes(&self) -> Option<Modes> {
        Some(Modes::equal(self.dim, &self.means))
    }

    fn length(&self) -> Option<f64> {
        Some(largest_coordinate(&self.means))
    }
}
