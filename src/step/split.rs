//! Transport by an invertible map, then a move that leaves the density of the new time invariant.

use super::moves::{self, Move, Proposal};
use super::{Increment, Interval, Noise, State, Workspace, log_determinant, move_where_finite};
use crate::drift::{Drift, JacobianForm, Scratch};
use crate::path::Path;
use crate::real::{Real, coordinate};

/// How the drift transports a walker, unless it has a [flow](Drift::flow) of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Map {
    /// `Φ(x) = x + Δ b(t, x)`
    Euler,
    /// `Φ(x) = x + Δ b(t + Δ/2, x + ½Δ b(t, x))`
    Midpoint,
}

/// One step of transport and [`Move`], exact for every Δ:
///
/// ```text
/// y = Φ(x),    A += U_t(x) − U_t′(y) + log det ∂Φ/∂x
/// x′ = a move from y that leaves e^{−U_t′} invariant, or whose log ratio is added to A
/// ```
///
/// `E[e^A] = Z_1 / Z_0` as long as `Φ` is one-to-one. Where its determinant is not positive the step is too long for
/// the drift: the walker is lost. With `εΔ = 0` the move is left out.
#[inline(always)]
pub fn split<R: Real>(
    (map, motion): (Map, Move),
    path: &(impl Path<R> + ?Sized),
    drift: &(impl Drift<R> + ?Sized),
    interval: Interval<'_, R::Scalar>,
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
    let log_determinant = carry(map, drift, interval, state.x, y, middle, cut.matrices, scratch.reborrow());
    let end = R::splat(interval.end);
    let potential = path.potential(end, y, gradient, scratch.values);
    let mut log_weight = state.potential - potential + log_determinant;
    let mut accepted = R::one();

    move_where_finite(log_weight, y, state.x);
    move_where_finite(log_weight, gradient, state.gradient);
    state.potential = log_weight.select_finite(potential, state.potential);
    state.known = true;

    if interval.motion.epsilon * (interval.end - interval.start) > R::Scalar::zero() {
        // What was carried over above is not needed any more.
        let proposal = Proposal {
            x: proposal,
            gradient: proposal_gradient,
            momentum: y,
            displacement: gradient,
            scratch: scratch.values,
        };
        let (gain, made) = moves::make(motion, path, interval, noise, state, proposal);
        (log_weight, accepted) = (log_weight + gain, made);
    }
    Increment { log_weight, accepted }
}

/// What transport by a map adds to the log weight, `U_t(x) − U_t′(y) + log det ∂Φ/∂x`; NaN where the determinant is not
/// positive. `jacobian` is that of the map, in the form that is given, and is overwritten.
#[inline(always)]
pub fn split_increment<R: Real>(
    form: JacobianForm,
    d: usize,
    potential: R,
    next_potential: R,
    jacobian: &mut [R],
) -> R {
    potential - next_potential + log_determinant(form, d, jacobian)
}

/// Writes `y = Φ(x)` and returns `log det ∂Φ/∂x`, NaN where the determinant is not positive.
#[inline(always)]
#[expect(clippy::too_many_arguments, reason = "the working memory comes in pieces")]
pub(super) fn carry<R: Real>(
    map: Map,
    drift: &(impl Drift<R> + ?Sized),
    interval: Interval<'_, R::Scalar>,
    x: &[R],
    y: &mut [R],
    middle: [&mut [R]; 2],
    matrices: [&mut [R]; 3],
    scratch: Scratch<'_, R>,
) -> R {
    if drift.jacobian_form() == JacobianForm::Flow {
        return flow(drift, interval, x, y, scratch);
    }
    let jacobian = transport(map, drift, interval, x, y, middle, matrices, scratch);
    log_determinant(drift.jacobian_form(), x.len(), jacobian)
}

/// Writes `y = Φ(x)` for the drift's own `Φ`, as it is in the middle of the interval, and returns `log det ∂Φ/∂x`.
#[inline(always)]
pub(super) fn flow<R: Real>(
    drift: &(impl Drift<R> + ?Sized),
    interval: Interval<'_, R::Scalar>,
    x: &[R],
    y: &mut [R],
    scratch: Scratch<'_, R>,
) -> R {
    let length = interval.end - interval.start;
    drift.flow(interval.start + R::Scalar::c(0.5) * length, length, x, y, scratch)
}

/// Writes `y = Φ(x)` and returns `∂Φ/∂x`, in the form of the drift's Jacobian.
#[inline(always)]
#[expect(clippy::too_many_arguments, reason = "the working memory comes in pieces")]
pub(super) fn transport<'a, R: Real>(
    map: Map,
    drift: &(impl Drift<R> + ?Sized),
    interval: Interval<'_, R::Scalar>,
    x: &[R],
    y: &mut [R],
    [b, middle]: [&mut [R]; 2],
    [matrix, first, second]: [&'a mut [R]; 3],
    mut scratch: Scratch<'_, R>,
) -> &'a mut [R] {
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
    matrix
}

/// `to = x + by · b`
#[inline(always)]
fn advance<R: Real>(x: &[R], by: R, b: &[R], to: &mut [R]) {
    for ((to, &x), &b) in to.iter_mut().zip(x).zip(b) {
        *to = by.mul_add(b, x);
    }
}

/// `out = I + Δ J`, or with an inner map `out = I + Δ J (I + h K)`.
#[inline(always)]
fn one_plus<R: Real>(form: JacobianForm, d: usize, delta: R, j: &[R], inner: Option<(R, &[R])>, out: &mut [R]) {
    match form {
        JacobianForm::Zero | JacobianForm::Flow => {}
        JacobianForm::Diagonal => {
            for (i, (out, &j)) in out.iter_mut().zip(j).enumerate() {
                let inner = match inner {
                    Some((h, k)) => h.mul_add(coordinate(k, i), R::one()),
                    None => R::one(),
                };
                *out = (delta * j).mul_add(inner, R::one());
            }
        }
        JacobianForm::Full | JacobianForm::Subspace { .. } => compose(form, d, delta, j, inner, out),
    }
}

/// `n × n` matrices, row-major: `out = I + Δ J (I + h K)` as it stands if they are full; in a subspace
///
/// ```text
/// (α I + J)(I + h (β I + K)) = α (1 + h β) I + (1 + h β) J + h (α I + J) K
/// ```
///
/// Both are one loop, since code is dear on a microcontroller. No chunks are zipped: that is a function of the standard
/// library which divides by their length, and which the compiler leaves apart, where it cannot see that the length is not
/// zero.
#[inline(always)]
fn compose<R: Real>(form: JacobianForm, d: usize, delta: R, j: &[R], inner: Option<(R, &[R])>, out: &mut [R]) {
    let (mut n, mut identity, mut stretch, mut alpha) = (d, R::one(), R::one(), R::zero());
    let (mut j, mut inner, mut out) = (j, inner, out);
    if let JacobianForm::Subspace { rank } = form {
        let (Some((scale, rest)), Some((&own, within))) = (out.split_first_mut(), j.split_first()) else { return };
        if let Some((h, k)) = inner {
            let Some((&beta, k)) = k.split_first() else { return };
            stretch = h.mul_add(beta, R::one());
            inner = Some((h, k));
        }
        *scale = (delta * own).mul_add(stretch, R::one());
        (n, identity, alpha, j, out) = (rank, R::zero(), own, within, rest);
    }
    for (row, out) in out.chunks_exact_mut(n.max(1)).enumerate() {
        let Some(j) = j.get(row * n..(row + 1) * n) else { return };
        for (column, (out, &own)) in out.iter_mut().zip(j).enumerate() {
            let mut product = stretch * own;
            if let Some((h, k)) = inner {
                let mut sum = alpha * coordinate(k, row * n + column);
                for (i, &j) in j.iter().enumerate() {
                    sum = j.mul_add(coordinate(k, i * n + column), sum);
                }
                product = h.mul_add(sum, product);
            }
            *out = delta.mul_add(product, if row == column { identity } else { R::zero() });
        }
    }
}
