//! Neal's funnel (R. M. Neal, Annals of Statistics 31, 2003, §8): one coordinate sets the scale of all others.

use super::{HALF_LOG_TAU, Potential};
use crate::math::{exp, ln};
use crate::real::{Real, Scalar};

/// `x_0 ~ N(0, σ²)`, and `x_i ~ N(0, e^{x_0})` given `x_0` for `i = 1 … d−1`. Normalised: `log Z = 0`.
///
/// `U(x) = x_0² / 2σ² + Σ_{i≥1} ( ½ e^{−x_0} x_i² + ½ x_0 ) + log σ + ½ d log 2π`
#[derive(Clone, Copy, Debug)]
pub struct Funnel<S> {
    /// The dimension `d`, at least 1.
    pub dim: usize,
    /// The standard deviation `σ` of `x_0`; 3 in the benchmark.
    pub sd: S,
}

impl<S: Scalar> Funnel<S> {
    /// The funnel that opens as `e^{a x_0}`: its potential, with the gradient, and the derivative with respect to `a`.
    /// Normalised for every `a`; independent coordinates at `a = 0`.
    #[inline(always)]
    pub(crate) fn opened<R: Real<Scalar = S>>(&self, a: R, x: &[R], gradient: &mut [R]) -> (R, R) {
        let (Some((&neck, others)), Some((slope, gradient))) = (x.split_first(), gradient.split_first_mut()) else {
            return (R::zero(), R::zero());
        };
        let precision = exp(-(a * neck));
        let mut twice = R::zero();
        for (&x, g) in others.iter().zip(gradient) {
            *g = precision * x;
            twice = g.mul_add(x, twice);
        }
        let half_others = R::c(0.5 * others.len() as f64);
        let z = neck / R::splat(self.sd);
        let opening = R::c(-0.5).mul_add(twice, half_others);
        *slope = a.mul_add(opening, z / R::splat(self.sd));
        let constant = R::c(ln(self.sd.to_f64()) + self.dim as f64 * HALF_LOG_TAU);
        let potential = R::c(0.5).mul_add(z.mul_add(z, twice), (half_others * a).mul_add(neck, constant));
        (potential, neck * opening)
    }
}

impl<R: Real> Potential<R> for Funnel<R::Scalar> {
    fn dim(&self) -> usize {
        self.dim
    }

    #[inline(always)]
    fn potential(&self, x: &[R], gradient: &mut [R], _scratch: &mut [R]) -> R {
        self.opened(R::one(), x, gradient).0
    }
}
