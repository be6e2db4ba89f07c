//! The path of a Gaussian mixture whose components move out from the origin.

use super::Path;
use super::responsibilities::exponentiate;
use crate::math::{ln, nan};
use crate::real::{Real, Scalar, with_dim};

/// `U_t(x) = −log Σ_i w_i N(x; t μ_i, s_t² I)` with `s_t² = (1 − t) s_0² + t σ²`: the paper's path for mixtures.
/// Every member is normalised, so `log Z_t = 0`.
///
/// `V` holds numbers: a slice, an array, a vector.
#[derive(Clone, Copy, Debug)]
pub struct GaussianMixture<S, V> {
    /// The dimension `d`.
    pub dim: usize,
    /// Means `μ_i`, row-major, one row of `d` per component.
    pub means: V,
    /// `log w_i` of the normalised weights, one per component.
    pub log_weights: V,
    /// Standard deviation `s_0` of the base, around the origin.
    pub base_sd: S,
    /// Standard deviation `σ` of the target's components.
    pub sd: S,
}

impl<S: Scalar, V: AsRef<[S]>> GaussianMixture<S, V> {
    /// `s_t²` and `d s_t² / dt`.
    #[inline(always)]
    pub fn variance<R: Real<Scalar = S>>(&self, t: R) -> (R, R) {
        let start = R::splat(self.base_sd) * R::splat(self.base_sd);
        let rate = R::splat(self.sd) * R::splat(self.sd) - start;
        (t.mul_add(rate, start), rate)
    }

    /// Writes one number per component, proportional to its responsibility for `x`, and returns `U_t(x)` and the
    /// sum of the numbers.
    #[inline(always)]
    pub fn responsibilities<R: Real<Scalar = S>>(&self, d: usize, t: R, x: &[R], numbers: &mut [R]) -> (R, R) {
        let variance = self.variance(t).0;
        let minus_half_precision = R::c(-0.5) / variance;
        let mut largest = R::splat(-S::INFINITY);
        for (number, (mean, &log_weight)) in numbers.iter_mut().zip(self.components(d)) {
            let mut square = R::zero();
            for (&x, &m) in x.iter().zip(mean) {
                let dx = (-t).mul_add(R::splat(m), x);
                square = dx.mul_add(dx, square);
            }
            *number = square.mul_add(minus_half_precision, R::splat(log_weight));
            largest = largest.max(*number);
        }
        let Some(numbers) = numbers.get_mut(..self.log_weights.as_ref().len()) else { return (nan(), nan()) };
        let sum = exponentiate(numbers, largest);
        let constant = R::c(0.5 * d as f64) * ln(R::c(core::f64::consts::TAU) * variance);
        (constant - largest - ln(sum), sum)
    }

    /// `Σ p_i μ_i` with the responsibilities `p_i = numbers_i / sum`.
    #[inline(always)]
    pub fn responsible_mean<R: Real<Scalar = S>>(&self, d: usize, numbers: &[R], sum: R, mean: &mut [R]) {
        mean.fill(R::zero());
        for (&number, (component, _)) in numbers.iter().zip(self.components(d)) {
            for (mean, &m) in mean.iter_mut().zip(component) {
                *mean = number.mul_add(R::splat(m), *mean);
            }
        }
        let scale = R::one() / sum;
        for mean in mean {
            *mean = *mean * scale;
        }
    }

    /// Each component's mean and log weight; `d` is the dimension, given so that it can be a literal.
    #[inline(always)]
    pub fn components(&self, d: usize) -> impl Iterator<Item = (&[S], &S)> {
        self.means.as_ref().chunks_exact(d.max(1)).zip(self.log_weights.as_ref())
    }

    /// `U_t(x)`, its gradient, and the sum of the responsibilities that it leaves in `scratch`.
    #[inline(always)]
    fn evaluate<R: Real<Scalar = S>>(&self, d: usize, t: R, x: &[R], gradient: &mut [R], scratch: &mut [R]) -> (R, R) {
        let (potential, sum) = self.responsibilities(d, t, x, scratch);
        self.responsible_mean(d, scratch, sum, gradient);
        // ∇U = (x − t Σ p_i μ_i) / s².
        let precision = R::one() / self.variance(t).0;
        for (g, &x) in gradient.iter_mut().zip(x) {
            *g = (-t).mul_add(*g, x) * precision;
        }
        (potential, sum)
    }

    /// `∂_t U_t(x)` from the responsibilities that [`Self::evaluate`] left in `numbers`:
    /// `½ d v̇/v − Σ p_i [ (x − tμ_i)·μ_i / v + |x − tμ_i|² v̇ / 2v² ]`, `v = s_t²`.
    #[inline(always)]
    fn rate<R: Real<Scalar = S>>(&self, d: usize, t: R, x: &[R], numbers: &[R], sum: R) -> R {
        let (variance, variance_rate) = self.variance(t);
        let precision = R::one() / variance;
        let growth = R::c(0.5) * variance_rate * precision;
        let mut mean_rate = R::zero();
        for (&number, (mean, _)) in numbers.iter().zip(self.components(d)) {
            let (mut along, mut square) = (R::zero(), R::zero());
            for (&x, &m) in x.iter().zip(mean) {
                let dx = (-t).mul_add(R::splat(m), x);
                along = dx.mul_add(R::splat(m), along);
                square = dx.mul_add(dx, square);
            }
            mean_rate = number.mul_add(growth.mul_add(square, along), mean_rate);
        }
        growth * R::c(d as f64) - mean_rate * precision / sum
    }
}

impl<R: Real, V: AsRef<[R::Scalar]>> Path<R> for GaussianMixture<R::Scalar, V> {
    fn dim(&self) -> usize {
        self.dim
    }

    fn scratch(&self) -> usize {
        self.log_weights.as_ref().len()
    }

    fn log_z_base(&self) -> f64 {
        0.0
    }

    #[inline(always)]
    fn base(&self, xi: &[R], x: &mut [R]) {
        for (x, &xi) in x.iter_mut().zip(xi) {
            *x = R::splat(self.base_sd) * xi;
        }
    }

    #[inline(always)]
    fn potential(&self, t: R, x: &[R], gradient: &mut [R], scratch: &mut [R]) -> R {
        with_dim!(self.dim, d => {
            let (Some(x), Some(gradient)) = (x.get(..d), gradient.get_mut(..d)) else { return nan() };
            self.evaluate(d, t, x, gradient, scratch).0
        })
    }

    #[inline(always)]
    fn potential_and_rate(&self, t: R, x: &[R], gradient: &mut [R], scratch: &mut [R]) -> (R, R) {
        with_dim!(self.dim, d => {
            let (Some(x), Some(gradient)) = (x.get(..d), gradient.get_mut(..d)) else { return (nan(), nan()) };
            let (potential, sum) = self.evaluate(d, t, x, gradient, scratch);
            (potential, self.rate(d, t, x, scratch, sum))
        })
    }
}
