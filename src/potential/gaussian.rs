//! The Gaussian with independent coordinates.

use super::Potential;
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

impl<V> Gaussian<V> {
    /// `log Z = ½ Σ log 2πσ_i²`.
    pub fn log_z<S: Scalar>(&self) -> f64
    where
        V: AsRef<[S]>,
    {
        let half_log_tau = 0.5 * ln(core::f64::consts::TAU);
        self.sd.as_ref().iter().map(|&sd| ln(sd.to_f64()) + half_log_tau).sum()
    }

    /// Turns independent N(0, 1) numbers into a point of this density: `x = m + σ ξ`.
    #[inline(always)]
    pub fn sample<R: Real>(&self, xi: &[R], x: &mut [R])
    where
        V: AsRef<[R::Scalar]>,
    {
        for (((x, &xi), &m), &s) in x.iter_mut().zip(xi).zip(self.mean.as_ref()).zip(self.sd.as_ref()) {
            *x = R::splat(s).mul_add(xi, R::splat(m));
        }
    }
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
