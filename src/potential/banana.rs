//! The banana (H. Haario, E. Saksman and J. Tamminen, Computational Statistics 14, 1999): a Gaussian bent along a
//! parabola.

use super::{HALF_LOG_TAU, Potential};
use crate::math::ln;
use crate::real::{Real, Scalar};

/// `U(x) = x_0² / 2σ² + ½ ( x_1 + b (x_0² − σ²) )² + ½ Σ_{i≥2} x_i²`. The bend keeps volumes, so
/// `log Z = log σ + ½ d log 2π`.
#[derive(Clone, Copy, Debug)]
pub struct Banana<S> {
    /// The dimension `d`, at least 2.
    pub dim: usize,
    /// The standard deviation `σ` of `x_0`.
    pub sd: S,
    /// The bend `b`.
    pub bend: S,
}

impl<S: Scalar> Banana<S> {
    /// `log Z = log σ + ½ d log 2π`.
    pub fn log_z(&self) -> f64 {
        ln(self.sd.to_f64()) + self.dim as f64 * HALF_LOG_TAU
    }

    /// `b (x_0² − σ²)`.
    #[inline(always)]
    fn shift<R: Real<Scalar = S>>(&self, x0: R) -> R {
        let sd = R::splat(self.sd);
        R::splat(self.bend) * x0.mul_add(x0, -(sd * sd))
    }

    /// Turns independent N(0, 1) numbers into a point of this density.
    #[inline(always)]
    pub fn sample<R: Real<Scalar = S>>(&self, xi: &[R], x: &mut [R]) {
        for (x, &xi) in x.iter_mut().zip(xi) {
            *x = xi;
        }
        if let [x0, x1, ..] = x {
            *x0 = R::splat(self.sd) * *x0;
            *x1 = *x1 - self.shift(*x0);
        }
    }
}

impl<R: Real> Potential<R> for Banana<R::Scalar> {
    fn dim(&self) -> usize {
        self.dim
    }

    #[inline(always)]
    fn potential(&self, x: &[R], gradient: &mut [R], _scratch: &mut [R]) -> R {
        let ([x0, x1, others @ ..], [g0, g1, gradient @ ..]) = (x, gradient) else { return R::zero() };
        let z = *x0 / R::splat(self.sd);
        let across = *x1 + self.shift(*x0);
        *g0 = (R::c(2.0) * R::splat(self.bend) * across).mul_add(*x0, z / R::splat(self.sd));
        *g1 = across;
        let mut twice = z.mul_add(z, across * across);
        for (&x, g) in others.iter().zip(gradient) {
            *g = x;
            twice = x.mul_add(x, twice);
        }
        R::c(0.5) * twice
    }
}
