//! The Gaussian with any covariance.

use super::{Base, Potential, triangular};
use crate::real::{Real, norm_squared};

/// `U(x) = ½ (x − m)ᵀ Σ⁻¹ (x − m)` with `Σ = L Lᵀ`, without its constant: `log Z = ½ d log 2π + Σ log L_ii`.
///
/// `V` holds numbers: a slice, an array, a vector.
#[derive(Clone, Copy, Debug)]
pub struct CorrelatedGaussian<V> {
    /// Means `m`, length `d`.
    pub mean: V,
    /// The Cholesky factor `L` of the covariance, row-major `d × d`, its diagonal positive. What is above the diagonal
    /// is not read.
    pub factor: V,
}

impl<R: Real, V: AsRef<[R::Scalar]>> Potential<R> for CorrelatedGaussian<V> {
    fn dim(&self) -> usize {
        self.mean.as_ref().len()
    }

    #[inline(always)]
    fn potential(&self, x: &[R], gradient: &mut [R], _scratch: &mut [R]) -> R {
        for ((g, &x), &m) in gradient.iter_mut().zip(x).zip(self.mean.as_ref()) {
            *g = x - R::splat(m);
        }
        triangular::solve(self.factor.as_ref(), gradient);
        let twice = norm_squared(gradient);
        triangular::solve_transposed(self.factor.as_ref(), gradient);
        twice * R::c(0.5)
    }
}

impl<R: Real, V: AsRef<[R::Scalar]>> Base<R> for CorrelatedGaussian<V> {
    fn log_z(&self) -> f64 {
        let d = self.mean.as_ref().len();
        triangular::log_determinant(self.factor.as_ref(), d) + d as f64 * super::HALF_LOG_TAU
    }

    #[inline(always)]
    fn sample(&self, xi: &[R], x: &mut [R]) {
        triangular::multiply(self.factor.as_ref(), xi, x);
        for (x, &m) in x.iter_mut().zip(self.mean.as_ref()) {
            *x = *x + R::splat(m);
        }
    }
}
