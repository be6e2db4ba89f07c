//! Potentials `U(x)`: negative log densities, known up to a constant, with their gradients.

mod double_well;
mod gaussian;

pub use double_well::DoubleWell;
pub use gaussian::Gaussian;

use crate::real::Real;

/// A density `ρ(x) = e^{−U(x)} / Z` on `R^d`, given by `U` and `∇U`.
pub trait Potential<R: Real> {
    /// The dimension `d`.
    fn dim(&self) -> usize;

    /// How many values of working memory [`Potential::potential`] wants.
    fn scratch(&self) -> usize {
        0
    }

    /// Returns `U(x)` and writes `∇U(x)`, both of length `d`. Outside the support `U` is +∞ or NaN: the walker is
    /// lost there, and counted.
    fn potential(&self, x: &[R], gradient: &mut [R], scratch: &mut [R]) -> R;
}

impl<R: Real, P: Potential<R> + ?Sized> Potential<R> for &P {
    fn dim(&self) -> usize {
        (**self).dim()
    }
    fn scratch(&self) -> usize {
        (**self).scratch()
    }
    #[inline(always)]
    fn potential(&self, x: &[R], gradient: &mut [R], scratch: &mut [R]) -> R {
        (**self).potential(x, gradient, scratch)
    }
}
