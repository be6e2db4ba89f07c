//! Exact weights from the pair of forward and backward kernels.

use super::{Increment, Interval, Noise, State, Workspace, move_where_finite};
use crate::drift::Drift;
use crate::path::Path;
use crate::real::{Real, norm_squared};

/// One Euler–Maruyama step, weighted with the exact ratio of the backward kernel
/// `N(x′ − (b + ε∇U)(t′, x′) Δ, 2εΔ)` to the forward one:
///
/// ```text
/// x′ = x + (b − ε∇U)(t, x) Δ + √(2εΔ) ξ
/// A′ = A + U_t(x) − U_t′(x′) + ½|ξ|² − |x − x′ + (b + ε∇U)(t′, x′) Δ|² / 4εΔ
/// ```
///
/// (with scales `σ`: `εσ²` for `ε` beside `∇U`, `σξ` for `ξ` in the first line, and the norm's argument over `σ`).
///
/// `E[e^A] = Z_1 / Z_0` for any number of steps, even one. Needs `ε > 0`: without noise the weight is NaN.
#[inline(always)]
pub fn pair<R: Real>(
    path: &(impl Path<R> + ?Sized),
    drift: &(impl Drift<R> + ?Sized),
    interval: Interval<'_, R::Scalar>,
    noise: Noise<'_, R>,
    state: &mut State<'_, R>,
    workspace: &mut Workspace<'_, R>,
) -> Increment<R> {
    let d = path.dim();
    let cut = workspace.cut(d, drift.jacobian_form());
    let [x, gradient, b, _] = cut.vectors;
    let mut scratch = cut.scratch;
    if !state.known {
        let start = R::splat(interval.start);
        state.potential = path.potential(start, state.x, state.gradient, scratch.values);
        drift.value(interval.start, state.x, state.drift, scratch.reborrow());
    }

    let motion = interval.motion;
    let length = interval.end - interval.start;
    let delta = R::splat(length);
    let amplitude = (R::Scalar::c(2.0) * motion.epsilon * length).sqrt();
    let here = state.x.iter().zip(&*state.drift).zip(&*state.gradient);
    for (i, ((x, ((&from, &b), &g)), &xi)) in x.iter_mut().zip(here).zip(noise.xi).enumerate() {
        let sd = motion.scale(i);
        let mobility = R::splat(motion.epsilon * sd * sd);
        *x = R::splat(amplitude * sd).mul_add(xi, (b - mobility * g).mul_add(delta, from));
    }
    let potential = path.potential(R::splat(interval.end), x, gradient, scratch.values);
    drift.value(interval.end, x, b, scratch);

    let here = Place { x: state.x, potential: state.potential };
    let log_weight = pair_increment(interval, noise.xi, here, Place { x, potential }, gradient, b);

    move_where_finite(log_weight, x, state.x);
    move_where_finite(log_weight, gradient, state.gradient);
    move_where_finite(log_weight, b, state.drift);
    state.potential = log_weight.select_finite(potential, state.potential);
    state.known = true;
    Increment { log_weight, accepted: R::one() }
}

/// A walker's position, and `U` there at the time when it stands there.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a, R> {
    /// Position, one value per coordinate.
    pub x: &'a [R],
    /// The potential.
    pub potential: R,
}

/// What the step of [`pair`](fn@pair) adds to the log weight of a walker that went from `from` to `to` with the noise
/// `xi`; `gradient` and `drift` are those at `to` at the end of the interval.
#[inline(always)]
pub fn pair_increment<R: Real>(
    interval: Interval<'_, R::Scalar>,
    xi: &[R],
    from: Place<'_, R>,
    to: Place<'_, R>,
    gradient: &[R],
    drift: &[R],
) -> R {
    let motion = interval.motion;
    let length = interval.end - interval.start;
    let delta = R::splat(length);
    let variance = R::Scalar::c(2.0) * motion.epsilon * length;
    let mut back = R::zero();
    for (i, (((&from, &x), &b), &g)) in from.x.iter().zip(to.x).zip(drift).zip(gradient).enumerate() {
        let sd = motion.scale(i);
        let mobility = R::splat(motion.epsilon * sd * sd);
        let miss = mobility.mul_add(g, b).mul_add(delta, from - x) * R::splat(R::Scalar::one() / sd);
        back = miss.mul_add(miss, back);
    }
    let kernels = R::c(0.5) * norm_squared(xi) - back / R::splat(variance + variance);
    from.potential - to.potential + kernels
}
