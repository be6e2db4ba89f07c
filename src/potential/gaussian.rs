//! The Gaussian with independent coordinates.

use super::{Base, HALF_LOG_TAU, Potential};
use crate::math::ln;
use crate::real::{Real, Scalar};

/// `U(x) = Σ (x_i − m_i)² / 2σ_i²`, without its constant: `log Z = ½ Σ log 2πσ_i²`.
///
/// `V` holds one number per coordinate: a slice, an array, a vector.
#[derive(Clone, Copy, Debug)]
pub struct Gaussian<V> {
    /// Means `m`.
    pub mean: V,
    /// Standard deviations `σ`, positive.
    pub sd: V,
}

impl<R: Real, V: AsRef<[R::Scalar]>> Potential<R> for Gaussian<V> {
    fn dim(&self) -> usize {
        self.mean.as_ref().len()
    }

    #[inline(always)]
    fn potential(&self, x: &[R], gradient: &mut [R], _scratch: &mut [R]) -> R {
        let mut twice = R::zero();
        for (((&x, gradient), &m), &s) in x.iter().zip(gradient).zip(self.mean.as_ref()).zip(self.sd.as_ref()) {
            let sd = R::splat(s);
            let z = (x - R::splat(m)) / sd;
            *gradient = z / sd;
            twice = z.mul_add(z, twice);
        }
        twice * R::c(0.5)
    }
}

impl<R: Real, V: AsRef<[R::Scalar]>> Base<R> for Gaussian<V> {
    fn log_z(&self) -> f64 {
        self.sd.as_ref().iter().map(|&sd| ln(sd.to_f64()) + HALF_LOG_TAU).sum()
    }

    #[inline(always)]
    fn sample(&self, xi: &[R], x: &mut [R]) {
        for (((x, &xi), &m), &s) in x.iter_mut().zip(xi).zip(self.mean.as_ref()).zip(self.sd.as_ref()) {
            *x = R::splat(s).mul_add(xi, R::splat(m));
        }
    }
}
