//! Paths of potentials `U_t`, `0 ≤ t ≤ 1`, from a base density that can be sampled to the target.

mod at_time;
mod coupling;
mod geometric;
mod mixture;
mod opening;
mod responsibilities;
mod schedule;
mod student_mixture;
mod waypoints;

pub use at_time::AtTime;
pub use coupling::Coupling;
pub use geometric::Geometric;
pub use mixture::GaussianMixture;
pub use opening::OpeningFunnel;
pub use schedule::{Annealing, Schedule, Table, TableError};
pub use student_mixture::{StudentMixture, student_from_normal};
pub use waypoints::Waypoints;

use crate::real::Real;

/// A family of densities `ρ_t = e^{−U_t} / Z_t` on `R^d` whose first member can be sampled and has a known `Z_0`.
///
/// Object safe, so that an engine can be compiled once for all paths.
pub trait Path<R: Real> {
    /// The dimension `d`.
    fn dim(&self) -> usize;

    /// How many values of working memory the evaluations want.
    fn scratch(&self) -> usize {
        0
    }

    /// `log Z_0` of the base density.
    fn log_z_base(&self) -> f64;

    /// Turns `d` independent N(0, 1) numbers `xi` into a sample `x` of the base density.
    fn base(&self, xi: &[R], x: &mut [R]);

    /// Returns `U_t(x)` and writes `∇U_t(x)`. Each lane has its own time.
    #[inline(always)]
    fn potential(&self, t: R, x: &[R], gradient: &mut [R], scratch: &mut [R]) -> R {
        self.potential_and_rate(t, x, gradient, scratch).0
    }

    /// As [`Path::potential`], and returns `∂_t U_t(x)` as well.
    fn potential_and_rate(&self, t: R, x: &[R], gradient: &mut [R], scratch: &mut [R]) -> (R, R);

    /// Whether the moves of [`split`](fn@crate::step::split) are made in a metric of the path's own, [`Path::color`].
    fn has_metric(&self) -> bool {
        false
    }

    /// `z ← S z`: noise gets the covariance `S Sᵀ`, which preconditions moves in place of their scales: where it is near the
    /// density's own, all directions relax alike.
    fn color(&self, _z: &mut [R], _scratch: &mut [R]) {}

    /// `g ← Sᵀ g`
    fn color_transposed(&self, _g: &mut [R], _scratch: &mut [R]) {}
}
