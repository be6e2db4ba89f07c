//! A path that passes through several densities.

use super::Path;
use crate::potential::{Base, Potential};
use crate::real::{Real, Scalar};

/// `U_t = Σ_m w_m(t) U_m`, from a base `U_0` through the densities `U_1, …, U_M`, which it reaches at
/// `t = m / M`: `w_m` is 1 there, 0 at the others, and linear between (the multimarginal setting of 2410.02711).
///
/// The weights of walkers are right at every time, so those at `t = m / M` are weighted samples of `e^{−U_m}` and
/// estimate its normaliser: one run serves a family of densities, such as a sweep of temperatures or couplings.
#[derive(Clone, Copy, Debug)]
pub struct Waypoints<'a, B, P> {
    /// The base `U_0`.
    pub base: B,
    /// The densities `U_1, …, U_M`, one at least.
    pub densities: &'a [P],
}

impl<B, P> Waypoints<'_, B, P> {
    /// When the path is at density `m`, counted from 1: `m / M`.
    pub fn time<S: Scalar>(&self, m: usize) -> S {
        S::from_f64(m as f64 / self.densities.len() as f64)
    }
}

impl<R: Real, B: Base<R>, P: Potential<R>> Path<R> for Waypoints<'_, B, P> {
    fn dim(&self) -> usize {
        self.base.dim()
    }

    fn scratch(&self) -> usize {
        let most = self.densities.iter().map(Potential::scratch).max().unwrap_or(0);
        self.base.dim() + most.max(self.base.scratch())
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
        let (own, scratch) = scratch.split_at_mut(x.len().min(scratch.len()));
        let place = t * R::c(self.densities.len() as f64);
        let (weight, rate) = hat(place, 0, self.densities.len());
        let u0 = self.base.potential(x, own, scratch);
        for (g, &own) in gradient.iter_mut().zip(&*own) {
            *g = weight * own;
        }
        let (mut potential, mut change) = (weight * u0, rate * u0);
        for (m, density) in self.densities.iter().enumerate() {
            let (weight, rate) = hat(place, m + 1, self.densities.len());
            let u = density.potential(x, own, scratch);
            // A density that is out of reach may be infinite here, and has nothing to say.
            let near = R::zero();
            for (g, &own) in gradient.iter_mut().zip(&*own) {
                *g = R::select_lt(near, weight, weight.mul_add(own, *g), *g);
            }
            potential = R::select_lt(near, weight, weight.mul_add(u, potential), potential);
            change = R::select_lt(near, rate * rate, rate.mul_add(u, change), change);
        }
        (potential, change * R::c(self.densities.len() as f64))
    }
}

/// The weight of density `m` of `M` at `place = M t`, `1 − |place − m|` where that is positive, and its slope: at a
/// density, that of the segment that begins there.
#[inline(always)]
fn hat<R: Real>(place: R, m: usize, last: usize) -> (R, R) {
    let (zero, one) = (R::zero(), R::one());
    let from = place - R::c(m as f64);
    let height = one - from.max(-from);
    // Slopes are constant on segments, and the last one has no successor.
    let from = place.min(R::c(last as f64 - 0.5)) - R::c(m as f64);
    let falling = R::select_lt(from, one, -one, zero);
    let rising = R::select_lt(from, -one, zero, one);
    (height.max(zero), R::select_lt(from, zero, rising, falling))
}
