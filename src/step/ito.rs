//! The paper's algorithm: Euler–Maruyama on walkers and weights.

use super::{Increment, Interval, Noise, State, Workspace, move_where_finite};
use crate::drift::Drift;
use crate::path::Path;
use crate::real::{Real, dot};

/// One Euler–Maruyama step (2410.02711, Algorithm 1), everything evaluated at `(t, x)`:
///
/// ```text
/// x′ = x + (b − εσ²∇U) Δ + √(2εΔ) σ ξ
/// A′ = A + (∇·b − ∇U·b − ∂_tU) Δ
/// ```
///
/// The weights belong to continuous time. The walkers' own discretisation error, O(Δ), is invisible to them: an ESS
/// near one does **not** mean that estimates are right. [`super::split`] and [`super::pair`] have no such error.
#[inline(always)]
pub fn ito<R: Real>(
    path: &(impl Path<R> + ?Sized),
    drift: &(impl Drift<R> + ?Sized),
    interval: Interval<'_, R::Scalar>,
    noise: Noise<'_, R>,
    state: &mut State<'_, R>,
    workspace: &mut Workspace<'_, R>,
) -> Increment<R> {
    let cut = workspace.cut(path.dim(), drift.jacobian_form());
    let [b, next, gradient, _] = cut.vectors;
    let scratch = cut.scratch;
    let (_, rate) = path.potential_and_rate(R::splat(interval.start), state.x, gradient, scratch.values);
    let divergence = drift.divergence(interval.start, state.x, b, scratch);

    let motion = interval.motion;
    let length = interval.end - interval.start;
    let delta = R::splat(length);
    let amplitude = (R::Scalar::c(2.0) * motion.epsilon * length).sqrt();
    let here = state.x.iter().zip(&*b).zip(&*gradient);
    for (i, ((next, ((&x, &b), &g)), &xi)) in next.iter_mut().zip(here).zip(noise.xi).enumerate() {
        let sd = motion.scale(i);
        let mobility = R::splat(motion.epsilon * sd * sd);
        *next = R::splat(amplitude * sd).mul_add(xi, (b - mobility * g).mul_add(delta, x));
    }
    let log_weight = ito_increment(delta, gradient, b, divergence, rate);

    move_where_finite(log_weight, next, state.x);
    state.known = false;
    Increment { log_weight, accepted: R::one() }
}

/// What an Itô step of length `Δ` adds to the log weight, `(∇·b − ∇U·b − ∂_tU) Δ`.
#[inline(always)]
pub fn ito_increment<R: Real>(delta: R, gradient: &[R], drift: &[R], divergence: R, rate: R) -> R {
    (divergence - dot(gradient, drift) - rate) * delta
}
