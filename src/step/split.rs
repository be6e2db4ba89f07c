//! Transport by an invertible map, then a move that leaves the density of the new time invariant.

use super::{Increment, Interval, Noise, State, Workspace, log_determinant, move_where_finite};
use crate::drift::{Drift, JacobianForm, Scratch};
use crate::math::ln;
use crate::path::Path;
use crate::real::{Real, coordinate, norm_squared};

/// How the drift transports a walker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Map {
    /// `Φ(x) = x + Δ b(t, x)`
    Euler,
    /// `Φ(x) = x + Δ b(t + Δ/2, x + ½Δ b(t, x))`
    Midpoint,
}

/// How a walker moves at the new time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Move {
    /// A Langevin proposal accepted with the Metropolis ratio; the weight does not change.
    Mala,
    /// The same proposal, always taken; the logarithm of the ratio goes into the weight.
    Unadjusted,
}

/// One step of transport and move, exact for every Δ:
///
/// ```text
/// y  = Φ(x),    A += U_t(x) − U_t′(y) + log det ∂Φ/∂x
/// y′ = y − εΔ ∇U_t′(y) + √(2εΔ) ξ
/// r  = U_t′(y) − U_t′(y′) + ½|ξ|² − |y − y′ + εΔ ∇U_t′(y′)|² / 4εΔ
/// x′ = y′ if log u < r, else y        (or x′ = y′, A += r)
/// ```
///
/// `E[e^A] = Z_1 / Z_0` as long as `Φ` is one-to-one. Where its determinant is not positive the step is too long for
/// the drift: the walker is lost. With `ε = 0` the move is left out.
#[inline(always)]
pub fn split<R: Real>(
    (map, moves): (Map, Move),
    path: &(impl Path<R> + ?Sized),
    drift: &(impl Drift<R> + ?Sized),
    interval: Interval<R::Scalar>,
    noise: Noise<'_, R>,
    state: &mut State<'_, R>,
    workspace: &mut Workspace<'_, R>,
) -> Increment<R> {
    let d = path.dim();
    let cut = workspace.cut(d, drift.jacobian_form());
    let [y, gradient, proposal, proposal_gradient] = cut.vectors;
    let mut scratch = cut.scratch;
    if !state.known {
        let start = R::splat(interval.start);
        state.potential = path.potential(start, state.x, state.gradient, scratch.values);
    }

    let middle = [&mut *gradient, &mut *proposal];
    let log_det = transport(map, drift, interval, state.x, y, middle, cut.matrices, scratch.reborrow());
    let end = R::splat(interval.end);
    let potential = path.potential(end, y, gradient, scratch.values);
    let mut log_weight = state.potential - potential + log_det;
    let mut accepted = R::one();

    move_where_finite(log_weight, y, state.x);
    move_where_finite(log_weight, gradient, state.gradient);
    state.potential = log_weight.select_finite(potential, state.potential);
    state.known = true;

    if interval.epsilon > R::Scalar::zero() {
        let step = R::splat(interval.epsilon * (interval.end - interval.start));
        let variance = step + step;
        let amplitude = variance.sqrt();
        for (((to, &y), &g), &xi) in proposal.iter_mut().zip(&*state.x).zip(&*state.gradient).zip(noise.xi) {
            *to = amplitude.mul_add(xi, (-step).mul_add(g, y));
        }
        let proposed = path.potential(end, proposal, proposal_gradient, scratch.values);
        let mut back = R::zero();
        for ((&y, &to), &g) in state.x.iter().zip(&*proposal).zip(&*proposal_gradient) {
            let miss = step.mul_add(g, y - to);
            back = miss.mul_add(miss, back);
        }
        let kernels = R::c(0.5) * norm_squared(noise.xi) - back / (variance + variance);
        let ratio = state.potential - proposed + kernels;

        // A NaN compares false: a proposal that cannot be evaluated is rejected.
        accepted = match moves {
            Move::Mala => R::select_lt(ln(noise.uniform), ratio, R::one(), R::zero()),
            Move::Unadjusted => {
                log_weight = log_weight + ratio;
                ratio.select_finite(R::one(), R::zero())
            }
        };
        move_where_accepted(accepted, proposal, state.x);
        move_where_accepted(accepted, proposal_gradient, state.gradient);
        move_where_accepted(accepted, &[proposed], core::slice::from_mut(&mut state.potential));
    }
    Increment { log_weight, accepted }
}

/// Writes `y = Φ(x)` and returns `log det ∂Φ/∂x`, NaN where the determinant is not positive.
#[inline(always)]
#[expect(clippy::too_many_arguments, reason = "the working memory comes in pieces")]
fn transport<R: Real>(
    map: Map,
    drift: &(impl Drift<R> + ?Sized),
    interval: Interval<R::Scalar>,
    x: &[R],
    y: &mut [R],
    [b, middle]: [&mut [R]; 2],
    [matrix, first, second]: [&mut [R]; 3],
    mut scratch: Scratch<'_, R>,
) -> R {
    let (d, form) = (x.len(), drift.jacobian_form());
    let length = interval.end - interval.start;
    let delta = R::splat(length);
    drift.jacobian(interval.start, x, b, first, scratch.reborrow());
    if map == Map::Euler {
        advance(x, delta, b, y);
        one_plus(form, d, delta, first, None, matrix);
    } else {
        let half = R::c(0.5) * delta;
        advance(x, half, b, middle);
        let time = interval.start + R::Scalar::c(0.5) * length;
        drift.jacobian(time, middle, b, second, scratch.reborrow());
        advance(x, delta, b, y);
        one_plus(form, d, delta, second, Some((half, first)), matrix);
    }
    log_determinant(form, d, matrix)
}

/// `to = x + by · b`
#[inline(always)]
fn advance<R: Real>(x: &[R], by: R, b: &[R], to: &mut [R]) {
    for ((to, &x), &b) in to.iter_mut().zip(x).zip(b) {
        *to = by.mul_add(b, x);
    }
}

/// `to[i] = from[i]` where `accepted` is 1.
#[inline(always)]
fn move_where_accepted<R: Real>(accepted: R, from: &[R], to: &mut [R]) {
    for (to, &from) in to.iter_mut().zip(from) {
        *to = R::select_lt(R::zero(), accepted, from, *to);
    }
}

/// `out = I + Δ J`, or with an inner map `out = I + Δ J (I + h K)`.
#[inline(always)]
fn one_plus<R: Real>(form: JacobianForm, d: usize, delta: R, j: &[R], inner: Option<(R, &[R])>, out: &mut [R]) {
    match form {
        JacobianForm::Zero => {}
        JacobianForm::Diagonal => {
            for (i, (out, &j)) in out.iter_mut().zip(j).enumerate() {
                let inner = match inner {
                    Some((h, k)) => h.mul_add(coordinate(k, i), R::one()),
                    None => R::one(),
                };
                *out = (delta * j).mul_add(inner, R::one());
            }
        }
        JacobianForm::Full => {
            for (row, (out, j)) in out.chunks_exact_mut(d).zip(j.chunks_exact(d)).enumerate() {
                for (column, (out, &own)) in out.iter_mut().zip(j).enumerate() {
                    let mut product = own;
                    if let Some((h, k)) = inner {
                        let mut sum = R::zero();
                        for (&j, k) in j.iter().zip(k.chunks_exact(d)) {
                            sum = j.mul_add(coordinate(k, column), sum);
                        }
                        product = h.mul_add(sum, own);
                    }
                    let identity = if row == column { R::one() } else { R::zero() };
                    *out = delta.mul_add(product, identity);
                }
            }
        }
    }
}
