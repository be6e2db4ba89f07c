//! Potentials `U(x)`: negative log densities, known up to a constant, with their gradients.

mod banana;
mod correlated_gaussian;
mod cox;
mod double_well;
mod funnel;
mod gaussian;
mod lattice_field;
mod logistic_regression;
mod triangular;

pub use banana::Banana;
pub use correlated_gaussian::CorrelatedGaussian;
pub use cox::CoxProcess;
pub use double_well::{DoubleWell, ManyWell};
pub use funnel::Funnel;
pub use gaussian::Gaussian;
pub use lattice_field::{Action, Coloring, FreeField, Lattice, Phi4};
pub use logistic_regression::LogisticRegression;

use crate::real::Real;

/// `½ log 2π`
const HALF_LOG_TAU: f64 = 0.918_938_533_204_672_8;

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

/// A density that a path can start from: it can be sampled, and its normaliser is known.
pub trait Base<R: Real>: Potential<R> {
    /// `log Z = log ∫ e^{−U}`.
    fn log_z(&self) -> f64;

    /// Turns `d` independent N(0, 1) numbers `xi` into a sample `x`.
    fn sample(&self, xi: &[R], x: &mut [R]);
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
