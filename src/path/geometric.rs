//! The geometric path from a base density to any potential.

use super::{Annealing, Path};
use crate::potential::{Base, Potential};
use crate::real::Real;

/// `U_t = (1 − β(t)) U_0 + β(t) U_1`, with a Gaussian for `U_0` say: all that a target known by `U_1` and `∇U_1` alone
/// needs.
///
/// Its scratch is that of base or target, and `d` values for the base's gradient.
#[derive(Clone, Copy, Debug)]
pub struct Geometric<B, P, C> {
    /// The base `U_0`.
    pub base: B,
    /// The target `U_1`.
    pub target: P,
    /// The schedule `β`.
    pub schedule: C,
}

impl<R: Real, B: Base<R>, P: Potential<R>, C: Annealing<R>> Path<R> for Geometric<B, P, C> {
    fn dim(&self) -> usize {
        self.target.dim()
    }

    fn scratch(&self) -> usize {
        self.target.dim() + self.base.scratch().max(self.target.scratch())
    }

    fn log_z_base(&self) -> f64 {
        self.base.log_z()
    }

    #[inline(always)]
    fn base(&self, xi: &[R], x: &mut [R]) {
        self.base.sample(xi, x);
    }

    #[inline(always)]
    fn potential_and_rate(&self, t: R, x: &[R], gradient: &mut [R], scratch: &mut [R]) -> (R, R) {
        let (base_gradient, scratch) = scratch.split_at_mut(self.target.dim().min(scratch.len()));
        let u0 = self.base.potential(x, base_gradient, scratch);
        let u1 = self.target.potential(x, gradient, scratch);
        let (beta, rate) = self.schedule.at(t);
        let rest = R::one() - beta;
        for (g1, &g0) in gradient.iter_mut().zip(base_gradient.iter()) {
            *g1 = rest.mul_add(g0, beta * *g1);
        }
        (rest.mul_add(u0, beta * u1), rate * (u1 - u0))
    }
}
