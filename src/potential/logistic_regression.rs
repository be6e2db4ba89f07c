//! Bayesian logistic regression.

use super::{HALF_LOG_TAU, Potential};
use crate::math::{exp_clamped, ln};
use crate::real::Real;

/// The posterior of weights `x ~ N(0, I)` given labels `y_n = ±1` of `P(y | a, x) = 1 / (1 + e^{−y a·x})`, not
/// normalised: `log Z` is the log evidence.
///
/// `U(x) = ½ |x|² + ½ d log 2π + Σ_n log(1 + e^{−y_n a_n·x})`
///
/// `V` holds numbers: a slice, an array, a vector.
#[derive(Clone, Copy, Debug)]
pub struct LogisticRegression<V> {
    /// The dimension `d`: features of an observation, an intercept's constant 1 among them if there is to be one.
    pub dim: usize,
    /// Features `a_n`, row-major, one row of `d` per observation.
    pub features: V,
    /// Labels `y_n`, 1 or −1, one per observation.
    pub labels: V,
}

impl<R: Real, V: AsRef<[R::Scalar]>> Potential<R> for LogisticRegression<V> {
    fn dim(&self) -> usize {
        self.dim
    }

    #[inline(always)]
    fn potential(&self, x: &[R], gradient: &mut [R], _scratch: &mut [R]) -> R {
        let mut u = R::c(self.dim as f64 * HALF_LOG_TAU);
        for (&x, g) in x.iter().zip(gradient.iter_mut()) {
            u = (R::c(0.5) * x).mul_add(x, u);
            *g = x;
        }
        for (row, &label) in self.features.as_ref().chunks_exact(self.dim.max(1)).zip(self.labels.as_ref()) {
            let label = R::splat(label);
            let mut sum = R::zero();
            for (&a, &x) in row.iter().zip(x) {
                sum = R::splat(a).mul_add(x, sum);
            }
            // log(1 + e^−m) and its slope −1 / (1 + e^m), by the exponential that cannot overflow.
            let margin = label * sum;
            let e = exp_clamped(-margin.abs());
            let larger = R::one() / (R::one() + e);
            u = u + ln(R::one() + e) + (-margin).max(R::zero());
            let slope = -label * R::select_lt(margin, R::zero(), larger, e * larger);
            for (&a, g) in row.iter().zip(gradient.iter_mut()) {
                *g = R::splat(a).mul_add(slope, *g);
            }
        }
        u
    }
}
