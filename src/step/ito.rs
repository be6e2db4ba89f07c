//! The paper's algorithm: Euler–Maruyama on walkers and weights.

use super::{Increment, Interval, Noise, State, Workspace, move_where_finite};
use crate::drift::Drift;
use crate::path::Path;
use crate::real::{Real, dot};

/// One Euler–Maruyama step (2410.02711, Algorithm 1), everything evaluated at `(t, x)`:
///
/// ```text
/// x′ = x + (b − ε∇U) Δ + √(2εΔ) ξ
/// A′ = A + (∇·b − ∇U·b − ∂_tU) Δ
/// ```
///
/// The weights belong to continuous time. The walkers' own discretisation error, O(Δ), is invisible to them: an ESS
/// near one does **not** mean that estimates are right. [`super::split`] and [`super::pair`] have no such error.
#[inline(always)]
pub fn ito<R: Real>(
    path: &(impl Path<R> + ?Sized),
    drift: &(impl Drift<R> + ?Sized),
    interval: Interval<R::Scalar>,
    noise: Noise<'_, R>,
    state: &mut State<'_, R>,
    workspace: &mut Workspace<'_, R>,
) -> Increment<R> {
    let cut = workspace.cut(path.dim(), drift.jacobian_form());
    let [b, next, gradient, _] = cut.vectors;
    let scratch = cut.scratch;
    let (_, rate) = path.potential_and_rate(R::splat(interval.start), state.x, gradient, scratch.values);
    let divergence = drift.divergence(interval.start, state.x, b, scratch);

    let delta = R::splat(interval.end - interval.start);
    let epsilon = R::splat(interval.epsilon);
    let amplitude = (R::c(2.0) * epsilon * delta).sqrt();
    for ((((next, &x), &b), &g), &xi) in next.iter_mut().zip(&*state.x).zip(&*b).zip(&*gradient).zip(noise.xi) {
        *next = amplitude.mul_add(xi, (b - epsilon * g).mul_add(delta, x));
    }
    let log_weight = (divergence - dot(gradient, b) - rate) * delta;

    move_where_finite(log_weight, next, state.x);
    state.known = false;
    Increment { log_weight, accepted: R::one() }
}
