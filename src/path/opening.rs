//! The path on which a funnel opens.

use super::Path;
use crate::math::exp;
use crate::potential::Funnel;
use crate::real::{Real, Scalar};

/// Neal's funnel with the others' variance `e^{t x_0}`: from independent coordinates to the funnel, every member
/// normalised, so `log Z_t = 0`. The neck has its law from the start.
///
/// `∂_t U_t = ½ x_0 Σ_{i≥1} (1 − e^{−t x_0} x_i²)`
#[derive(Clone, Copy, Debug)]
pub struct OpeningFunnel<S>(
    /// Where it ends.
    pub Funnel<S>,
);

impl<S: Scalar> OpeningFunnel<S> {
    /// Turns independent N(0, 1) numbers into a point of the member at `t`.
    #[inline(always)]
    pub fn sample<R: Real<Scalar = S>>(&self, t: R, xi: &[R], x: &mut [R]) {
        let (Some((&xi, others_xi)), Some((x, others))) = (xi.split_first(), x.split_first_mut()) else { return };
        *x = R::splat(self.0.sd) * xi;
        let scale = exp(R::c(0.5) * t * *x);
        for (x, &xi) in others.iter_mut().zip(others_xi) {
            *x = scale * xi;
        }
    }
}

impl<R: Real> Path<R> for OpeningFunnel<R::Scalar> {
    fn dim(&self) -> usize {
        self.0.dim
    }

    fn log_z_base(&self) -> f64 {
        0.0
    }

    #[inline(always)]
    fn base(&self, xi: &[R], x: &mut [R]) {
        self.sample(R::zero(), xi, x);
    }

    #[inline(always)]
    fn potential_and_rate(&self, t: R, x: &[R], gradient: &mut [R], _scratch: &mut [R]) -> (R, R) {
        self.0.opened(t, x, gradient)
    }
}
