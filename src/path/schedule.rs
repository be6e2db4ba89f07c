//! The schedule `β(t)` of an annealed path.

use crate::math::{exp, ln};
use crate::real::{Real, Scalar};

/// A smooth increasing `β(t)` with `β(0) = 0` and `β(1) = 1`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Schedule<S> {
    /// `β = t`
    Linear,
    /// `β = t^p` with `p ≥ 1`: slow at first, where the density changes fastest.
    Power(S),
}

impl<S: Scalar> Schedule<S> {
    /// `(β, dβ/dt)` at `t`.
    #[inline(always)]
    pub fn at<R: Real<Scalar = S>>(&self, t: R) -> (R, R) {
        match *self {
            Schedule::Linear => (t, R::one()),
            Schedule::Power(p) => {
                let p = R::splat(p);
                let log = ln(t);
                (exp(p * log), p * exp((p - R::one()) * log))
            }
        }
    }
}
