//! The backward kernel of a pair.

use super::super::{Increment, Interval, Noise, Place, State, Workspace, move_where_finite, pair_increment};
use crate::drift::Drift;
use crate::path::Path;
use crate::real::Real;

/// One step of the backward kernel of [`pair`](fn@crate::step::pair), `N(x′ − (b + ε∇U)(t′, x′) Δ, 2εΔ)`, and what the step
/// forward from `x` to `x′` adds to the log weight:
///
/// ```text
/// x = x′ − (b + ε∇U)(t′, x′) Δ + √(2εΔ) ξ
/// A += U_t(x) − U_t′(x′) + ½|ξ⁺|² − |x − x′ + (b + ε∇U)(t′, x′) Δ|² / 4εΔ
/// ξ⁺ = (x′ − x − (b − ε∇U)(t, x) Δ) / √(2εΔ)
/// ```
///
/// (with scales `σ`: `εσ²` for `ε` beside `∇U`, `σξ` and `σξ⁺` for the noises, and the norm's argument over `σ`).
///
/// Needs `ε > 0`: without noise the weight is NaN.
#[inline(always)]
pub fn pair_back<R: Real>(
    path: &(impl Path<R> + ?Sized),
    drift: &(impl Drift<R> + ?Sized),
    interval: Interval<'_, R::Scalar>,
    noise: Noise<'_, R>,
    state: &mut State<'_, R>,
    workspace: &mut Workspace<'_, R>,
) -> Increment<R> {
    let cut = workspace.cut(path.dim(), drift.jacobian_form());
    let [x, gradient, b, forward] = cut.vectors;
    let mut scratch = cut.scratch;
    if !state.known {
        state.potential = path.potential(R::splat(interval.end), state.x, state.gradient, scratch.values);
        drift.value(interval.end, state.x, state.drift, scratch.reborrow());
    }

    let motion = interval.motion;
    let length = interval.end - interval.start;
    let delta = R::splat(length);
    let amplitude = (R::Scalar::c(2.0) * motion.epsilon * length).sqrt();
    let there = state.x.iter().zip(&*state.drift).zip(&*state.gradient);
    for (i, ((x, ((&from, &b), &g)), &xi)) in x.iter_mut().zip(there).zip(noise.xi).enumerate() {
        let sd = motion.scale(i);
        let mobility = R::splat(motion.epsilon * sd * sd);
        *x = R::splat(amplitude * sd).mul_add(xi, mobility.mul_add(g, b).mul_add(-delta, from));
    }
    let potential = path.potential(R::splat(interval.start), x, gradient, scratch.values);
    drift.value(interval.start, x, b, scratch);

    let here = x.iter().zip(&*b).zip(&*gradient);
    for (i, ((forward, &to), ((&x, &b), &g))) in forward.iter_mut().zip(&*state.x).zip(here).enumerate() {
        let sd = motion.scale(i);
        let mobility = R::splat(motion.epsilon * sd * sd);
        *forward = (b - mobility * g).mul_add(-delta, to - x) / R::splat(amplitude * sd);
    }
    let there = Place { x: state.x, potential: state.potential };
    let log_weight = pair_increment(interval, forward, Place { x, potential }, there, state.gradient, state.drift);

    move_where_finite(log_weight, x, state.x);
    move_where_finite(log_weight, gradient, state.gradient);
    move_where_finite(log_weight, b, state.drift);
    state.potential = log_weight.select_finite(potential, state.potential);
    state.known = true;
    Increment { log_weight, accepted: R::one() }
}
