//! The path of lattice field theories whose couplings change, from the free field.

use super::{Annealing, Path, Schedule};
use crate::potential::{Action, Coloring, FreeField};
use crate::real::{Real, Scalar};

/// φ⁴ theory with `m²(t) = (1 − β) m_0² + β m²` and `λ(t) = β λ`, `β = β(t)`, from the free field of `m_0² > 0`.
///
/// `∂_t U_t = β̇ Σ_x [ (m² − m_0²) φ_x² + λ φ_x⁴ ]`
#[derive(Clone, Copy, Debug)]
pub struct Coupling<S, V> {
    /// The free field where it starts, with `m_0²`.
    pub base: FreeField<S, V>,
    /// What moves are preconditioned by: the covariance of a free field, usually that of the base (Fourier acceleration,
    /// G. G. Batrouni et al., 1985).
    pub metric: Coloring<V>,
    /// `m²` of the target.
    pub mass_squared: S,
    /// `λ` of the target.
    pub coupling: S,
    /// The schedule `β`.
    pub schedule: Schedule<S>,
}

impl<S: Scalar, V> Coupling<S, V> {
    /// The action for the couplings at `t`, and `∂_t U_t`.
    #[inline(always)]
    fn action<R: Real<Scalar = S>>(&self, t: R, field: &[R], gradient: &mut [R]) -> (Action<R>, R) {
        let (beta, beta_rate) = self.schedule.at(t);
        let start = R::splat(self.base.mass_squared);
        let mass_rate = R::splat(self.mass_squared) - start;
        let coupling = R::splat(self.coupling);
        let action = self.base.lattice.action(beta.mul_add(mass_rate, start), beta * coupling, field, gradient);
        (action, beta_rate * mass_rate.mul_add(action.squares, coupling * action.fourth_powers))
    }
}

impl<R: Real, V: AsRef<[R::Scalar]>> Path<R> for Coupling<R::Scalar, V> {
    fn dim(&self) -> usize {
        self.base.lattice.sites()
    }

    fn log_z_base(&self) -> f64 {
        self.base.log_z
    }

    #[inline(always)]
    fn base(&self, xi: &[R], x: &mut [R]) {
        self.base.sample(xi, x);
    }

    #[inline(always)]
    fn potential(&self, t: R, x: &[R], gradient: &mut [R], _scratch: &mut [R]) -> R {
        self.action(t, x, gradient).0.value
    }

    #[inline(always)]
    fn potential_and_rate(&self, t: R, x: &[R], gradient: &mut [R], _scratch: &mut [R]) -> (R, R) {
        let (action, rate) = self.action(t, x, gradient);
        (action.value, rate)
    }

    fn scratch(&self) -> usize {
        Coloring::<V>::scratch(self.base.lattice.sites())
    }

    fn has_metric(&self) -> bool {
        true
    }

    #[inline(always)]
    fn color(&self, z: &mut [R], scratch: &mut [R]) {
        self.metric.color(z, scratch);
    }

    #[inline(always)]
    fn color_transposed(&self, g: &mut [R], scratch: &mut [R]) {
        self.metric.color_transposed(g, scratch);
    }
}
