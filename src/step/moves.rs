//! Moves that leave the density of one time invariant, the second half of [`split`](super::split).

use super::{Interval, Motion, Noise, State};
use crate::math::{exp, ln};
use crate::path::Path;
use crate::real::{Real, norm_squared};

/// How a walker moves at the new time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Move {
    /// A Langevin proposal accepted with the Metropolis ratio (MALA, G. O. Roberts and R. L. Tweedie, 1996); the
    /// weight does not change:
    ///
    /// ```text
    /// y′ = y − εΔ σ²∇U(y) + √(2εΔ) σ ξ
    /// r  = U(y) − U(y′) + ½|ξ|² − |(y − y′ + εΔ σ²∇U(y′)) / σ|² / 4εΔ
    /// x′ = y′ if log u < r, else y
    /// ```
    Mala,
    /// The same proposal, always taken: `x′ = y′`, `A += r`.
    Unadjusted,
    /// Generalised Hamiltonian dynamics (A. M. Horowitz, 1991): an exact Ornstein–Uhlenbeck refresh of the momentum
    /// over Δ, leapfrog steps of length `η = √(2εΔ)`, accepted or rejected with the momentum turned round:
    ///
    /// ```text
    /// p  ← e^{−γΔ} p + √(1 − e^{−2γΔ}) ξ
    /// p  ← p − ½η σ∇U(x),   x ← x + η σ p,   p ← p − ½η σ∇U(x)      (as often as there are leaps)
    /// (x′, p′) if log u < −ΔH, else (y, −p);    H = U + ½|p|²
    /// ```
    ///
    /// With one leap and γ = ∞ this is [`Move::Mala`]. Where the path has a metric ([`Path::color`]), `S` is in place of `σ`
    /// before `p` and `ξ`, `Sᵀ` in place of that before `∇U`.
    Inertial,
    /// The same trajectory, always taken: `A −= ΔH`.
    InertialUnadjusted,
}

impl Move {
    /// Whether walkers have momenta of their own.
    pub(super) const fn is_inertial(self) -> bool {
        matches!(self, Move::Inertial | Move::InertialUnadjusted)
    }
}

/// Working memory of a move.
pub(super) struct Proposal<'a, R> {
    pub x: &'a mut [R],
    pub gradient: &'a mut [R],
    pub momentum: &'a mut [R],
    pub displacement: &'a mut [R],
    pub scratch: &'a mut [R],
}

/// Moves the walkers at time `interval.end`, where `state` is known. Returns what the weight gains, and 1 where the
/// move was made, else 0.
#[inline(always)]
pub(super) fn make<R: Real>(
    moves: Move,
    path: &(impl Path<R> + ?Sized),
    interval: Interval<'_, R::Scalar>,
    noise: Noise<'_, R>,
    state: &mut State<'_, R>,
    proposal: Proposal<'_, R>,
) -> (R, R) {
    if moves.is_inertial() {
        refresh(interval, noise.xi, state.momentum);
    }
    propose(moves, path, interval, noise, state, proposal)
}

/// Moves the walkers as [`make`], by the reversal of its kernel: from where [`make`] ends in equilibrium to where it began.
/// With the momentum turned round before and after, a trajectory and its test are their own reversal, and so is the refresh,
/// which comes last instead of first. What is returned is what [`make`] would have gained.
#[inline(always)]
pub(super) fn take_back<R: Real>(
    moves: Move,
    path: &(impl Path<R> + ?Sized),
    interval: Interval<'_, R::Scalar>,
    noise: Noise<'_, R>,
    state: &mut State<'_, R>,
    proposal: Proposal<'_, R>,
) -> (R, R) {
    let inertial = moves.is_inertial();
    if inertial {
        turn(state.momentum);
    }
    let (gain, accepted) = propose(moves, path, interval, noise, state, proposal);
    if inertial {
        turn(state.momentum);
        refresh(interval, noise.xi, state.momentum);
    }
    (-gain, accepted)
}

/// Proposes with the momenta as they are and accepts or rejects.
#[inline(always)]
fn propose<R: Real>(
    moves: Move,
    path: &(impl Path<R> + ?Sized),
    interval: Interval<'_, R::Scalar>,
    noise: Noise<'_, R>,
    state: &mut State<'_, R>,
    mut proposal: Proposal<'_, R>,
) -> (R, R) {
    let inertial = moves.is_inertial();
    let (proposed, ratio) = if inertial || path.has_metric() {
        leapfrog(path, inertial, interval, noise.xi, state, &mut proposal)
    } else {
        langevin(path, interval, noise.xi, state, &mut proposal)
    };
    let (gain, accepted) = match moves {
        // A NaN compares false: a proposal that cannot be evaluated is rejected.
        Move::Mala | Move::Inertial => (R::zero(), R::select_lt(ln(noise.uniform), ratio, R::one(), R::zero())),
        Move::Unadjusted | Move::InertialUnadjusted => (ratio, ratio.select_finite(R::one(), R::zero())),
    };
    move_where_accepted(accepted, proposal.x, state.x);
    move_where_accepted(accepted, proposal.gradient, state.gradient);
    move_where_accepted(accepted, &[proposed], core::slice::from_mut(&mut state.potential));
    if inertial {
        for (p, &moved) in state.momentum.iter_mut().zip(&*proposal.momentum) {
            *p = R::select_lt(R::zero(), accepted, moved, -*p);
        }
    }
    (gain, accepted)
}

/// Proposes along the gradient; returns `U(y′)` and the log of the Metropolis ratio.
#[inline(always)]
fn langevin<R: Real>(
    path: &(impl Path<R> + ?Sized),
    interval: Interval<'_, R::Scalar>,
    xi: &[R],
    state: &State<'_, R>,
    proposal: &mut Proposal<'_, R>,
) -> (R, R) {
    let motion = interval.motion;
    let step = motion.epsilon * (interval.end - interval.start);
    let variance = step + step;
    let amplitude = variance.sqrt();
    let here = state.x.iter().zip(&*state.gradient).zip(xi);
    for (i, (to, ((&y, &g), &xi))) in proposal.x.iter_mut().zip(here).enumerate() {
        let sd = motion.scale(i);
        *to = R::splat(amplitude * sd).mul_add(xi, R::splat(-step * sd * sd).mul_add(g, y));
    }
    let proposed = path.potential(R::splat(interval.end), proposal.x, proposal.gradient, proposal.scratch);
    let mut back = R::zero();
    let there = proposal.x.iter().zip(&*proposal.gradient);
    for (i, (&y, (&to, &g))) in state.x.iter().zip(there).enumerate() {
        let sd = motion.scale(i);
        let miss = R::splat(step * sd * sd).mul_add(g, y - to) * R::splat(R::Scalar::one() / sd);
        back = miss.mul_add(miss, back);
    }
    let kernels = R::c(0.5) * norm_squared(xi) - back / R::splat(variance + variance);
    (proposed, state.potential - proposed + kernels)
}

/// The Ornstein–Uhlenbeck process of the momentum over the interval.
#[inline(always)]
fn refresh<R: Real>(interval: Interval<'_, R::Scalar>, xi: &[R], momentum: &mut [R]) {
    let keep = exp(-interval.motion.friction * (interval.end - interval.start));
    let refresh = (R::Scalar::one() - keep * keep).sqrt();
    for (p, &xi) in momentum.iter_mut().zip(xi) {
        *p = R::splat(keep).mul_add(*p, R::splat(refresh) * xi);
    }
}

/// Turns the momentum round.
#[inline(always)]
fn turn<R: Real>(momentum: &mut [R]) {
    for p in momentum {
        *p = -*p;
    }
}

/// Proposes the end of a trajectory, that of a momentum which is kept, or of one leap with the momentum `xi`;
/// returns `U(x′)` and `−ΔH`.
#[inline(always)]
fn leapfrog<R: Real>(
    path: &(impl Path<R> + ?Sized),
    inertial: bool,
    interval: Interval<'_, R::Scalar>,
    xi: &[R],
    state: &State<'_, R>,
    proposal: &mut Proposal<'_, R>,
) -> (R, R) {
    let motion = interval.motion;
    let length = interval.end - interval.start;
    let (start, leaps) = if inertial { (&*state.momentum, motion.leaps) } else { (xi, 1) };
    copy(start, proposal.momentum);
    copy(state.x, proposal.x);
    copy(state.gradient, proposal.gradient);

    let eta = (R::Scalar::c(2.0) * motion.epsilon * length).sqrt();
    let mut potential = state.potential;
    for _ in 0..leaps {
        kick(path, motion, eta, proposal);
        advance(path, motion, eta, proposal);
        potential = path.potential(R::splat(interval.end), proposal.x, proposal.gradient, proposal.scratch);
        kick(path, motion, eta, proposal);
    }
    let kinetic = R::c(0.5) * (norm_squared(start) - norm_squared(proposal.momentum));
    (potential, state.potential - potential + kinetic)
}

/// Half a step of the momentum.
#[inline(always)]
fn kick<R: Real>(
    path: &(impl Path<R> + ?Sized),
    motion: Motion<'_, R::Scalar>,
    eta: R::Scalar,
    proposal: &mut Proposal<'_, R>,
) {
    let by = R::Scalar::c(-0.5) * eta;
    if path.has_metric() {
        copy(proposal.gradient, proposal.displacement);
        path.color_transposed(proposal.displacement, proposal.scratch);
        for (p, &g) in proposal.momentum.iter_mut().zip(&*proposal.displacement) {
            *p = R::splat(by).mul_add(g, *p);
        }
        return;
    }
    for (i, (p, &g)) in proposal.momentum.iter_mut().zip(&*proposal.gradient).enumerate() {
        *p = R::splat(by * motion.scale(i)).mul_add(g, *p);
    }
}

/// A step of the position.
#[inline(always)]
fn advance<R: Real>(
    path: &(impl Path<R> + ?Sized),
    motion: Motion<'_, R::Scalar>,
    eta: R::Scalar,
    proposal: &mut Proposal<'_, R>,
) {
    if path.has_metric() {
        copy(proposal.momentum, proposal.displacement);
        path.color(proposal.displacement, proposal.scratch);
        for (x, &p) in proposal.x.iter_mut().zip(&*proposal.displacement) {
            *x = R::splat(eta).mul_add(p, *x);
        }
        return;
    }
    for (i, (x, &p)) in proposal.x.iter_mut().zip(&*proposal.momentum).enumerate() {
        *x = R::splat(eta * motion.scale(i)).mul_add(p, *x);
    }
}

#[inline(always)]
fn copy<R: Real>(from: &[R], to: &mut [R]) {
    for (to, &from) in to.iter_mut().zip(from) {
        *to = from;
    }
}

/// `to[i] = from[i]` where `accepted` is 1.
#[inline(always)]
fn move_where_accepted<R: Real>(accepted: R, from: &[R], to: &mut [R]) {
    for (to, &from) in to.iter_mut().zip(from) {
        *to = R::select_lt(R::zero(), accepted, from, *to);
    }
}
