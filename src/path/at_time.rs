//! One member of a path.

use super::Path;
use crate::potential::Potential;
use crate::real::Real;

/// The potential `U_t` at a fixed `t`: a mixture, say, as the target of another path.
#[derive(Clone, Copy, Debug)]
pub struct AtTime<S, P> {
    /// The path.
    pub path: P,
    /// The time `t`, 1 for the density where the path ends.
    pub t: S,
}

impl<R: Real, P: Path<R>> Potential<R> for AtTime<R::Scalar, P> {
    fn dim(&self) -> usize {
        self.path.dim()
    }

    fn scratch(&self) -> usize {
        self.path.scratch()
    }

    #[inline(always)]
    fn potential(&self, x: &[R], gradient: &mut [R], scratch: &mut [R]) -> R {
        self.path.potential(R::splat(self.t), x, gradient, scratch)
    }
}
