//! One step of the sampler: from `(t, x, A)` to `(t + Δ, x′, A′)`.
//!
//! | integrator | weights | needs of the drift | |
//! |---|---|---|---|
//! | [`split`] | exact for every Δ | Jacobian | the default: high ESS at few steps |
//! | [`pair`] | exact for every Δ | value | needs ε > 0 |
//! | [`ito`] | **biased, O(Δ), and their ESS does not show it** | divergence | the paper's algorithm, for comparison |
//!
//! The first two can be made backwards, too: [`Integrator::step_back`].
//!
//! Randomness is an argument: `d` standard normal numbers and one uniform number a step, from
//! [`crate::rng`] or from the caller's own generator.

mod backward;
mod determinant;
mod ito;
mod moves;
mod pair;
mod split;

pub use backward::{pair_back, split_back};
pub use determinant::log_determinant;
pub use ito::{ito, ito_increment};
pub use moves::Move;
pub use pair::{Place, pair, pair_increment};
pub use split::{Map, split, split_increment};

use crate::drift::{Drift, JacobianForm, Scratch, ScratchSize, Streams};
use crate::path::Path;
use crate::real::{Real, Scalar};

/// Which integrator makes the steps; all share the arguments of [`Integrator::step`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Integrator {
    /// [`ito`]
    Ito,
    /// [`pair`]
    Pair,
    /// [`split`]
    Split(Map, Move),
}

/// A step in time, and how walkers move during it.
#[derive(Clone, Copy, Debug)]
pub struct Interval<'a, S> {
    /// Where the step starts, `t`.
    pub start: S,
    /// Where it ends, `t + Δ`.
    pub end: S,
    /// How walkers move beside the drift.
    pub motion: Motion<'a, S>,
}

/// The part of the dynamics that leaves a density invariant, free to choose for every step.
#[derive(Clone, Copy, Debug)]
pub struct Motion<'a, S> {
    /// The diffusivity `ε ≥ 0`.
    pub epsilon: S,
    /// The preconditioner: a positive length `σ_i` for each coordinate, `M_i = σ_i⁻²` its mass. Empty if all are 1. The moves
    /// of [`split`](fn@split) leave it aside where the path has a metric of its own ([`Path::color`]).
    pub scales: &'a [S],
    /// The friction `γ ≥ 0` of inertial moves, per unit of `t`; infinite for momenta that are drawn anew every step.
    pub friction: S,
    /// Leapfrog steps of an inertial move, one or more.
    pub leaps: u32,
}

impl<S: Scalar> Motion<'_, S> {
    /// Diffusivity `epsilon`, no preconditioner, momenta drawn anew, one leap.
    pub fn new(epsilon: S) -> Self {
        Motion { epsilon, scales: &[], friction: S::INFINITY, leaps: 1 }
    }

    /// `σ_i`
    #[inline(always)]
    fn scale(&self, i: usize) -> S {
        self.scales.get(i).copied().unwrap_or(S::one())
    }
}

/// The randomness of a step.
#[derive(Clone, Copy, Debug)]
pub struct Noise<'a, R> {
    /// Independent N(0, 1) numbers, one per coordinate.
    pub xi: &'a [R],
    /// A uniform number in `(0, 1]`.
    pub uniform: R,
}

/// Walkers in the lanes of `R`, with what is known of the place where they stand.
#[derive(Debug)]
pub struct State<'a, R> {
    /// Positions, one value per coordinate.
    pub x: &'a mut [R],
    /// `∇U_t(x)`, if `known`.
    pub gradient: &'a mut [R],
    /// `b_t(x)`, if `known` and the integrator is [`pair`].
    pub drift: &'a mut [R],
    /// Momenta over `√M`: independent N(0, 1) numbers in equilibrium. Only inertial moves use them; others take an
    /// empty slice.
    pub momentum: &'a mut [R],
    /// `U_t(x)`, if `known`.
    pub potential: R,
    /// Whether the evaluations above are those at the current time and position. A caller who moves walkers clears
    /// it.
    pub known: bool,
}

/// What a step did to each walker's weight.
#[derive(Clone, Copy, Debug)]
pub struct Increment<R> {
    /// Added to the log weight. Not finite: the walker is lost, and stays where it was.
    pub log_weight: R,
    /// 1 where the proposed move was accepted, else 0; 1 for moves that are not put to a test.
    pub accepted: R,
}

impl<R: Real> Increment<R> {
    /// Adds the increment to the log weights, one per lane, and 1 to the counts of accepted moves. A walker that is lost
    /// has the log weight −∞ from here on.
    #[inline(always)]
    pub fn add_to(&self, log_weights: &mut [f64], accepted: &mut [u32]) {
        for (lane, (total, count)) in log_weights.iter_mut().zip(accepted).enumerate() {
            let increment = self.log_weight.lane(lane).to_f64();
            *total = if increment.is_finite() { *total + increment } else { f64::NEG_INFINITY };
            *count += u32::from(self.accepted.lane(lane) > R::Scalar::zero());
        }
    }
}

/// Working memory of a step; its contents mean nothing between steps.
pub struct Workspace<'a, R: Real> {
    /// [`WorkspaceSize::values`] values.
    pub values: &'a mut [R],
    /// [`WorkspaceSize::streams`] triples.
    pub streams: &'a mut [Streams<R>],
}

/// Lengths of a [`Workspace`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WorkspaceSize {
    /// Length of [`Workspace::values`].
    pub values: usize,
    /// Length of [`Workspace::streams`].
    pub streams: usize,
}

impl WorkspaceSize {
    /// What steps along `path` with `drift` want.
    pub fn new<R: Real>(path: &(impl Path<R> + ?Sized), drift: &(impl Drift<R> + ?Sized)) -> Self {
        let ScratchSize { values, streams } = drift.scratch();
        let d = path.dim();
        let matrices = 3 * drift.jacobian_form().len(d);
        WorkspaceSize { values: 4 * d + matrices + path.scratch().max(values), streams }
    }
}

/// A workspace cut into its uses.
struct Cut<'a, R: Real> {
    /// Four vectors of length `d`.
    vectors: [&'a mut [R]; 4],
    /// Three Jacobians.
    matrices: [&'a mut [R]; 3],
    /// Scratch of path or drift, one at a time.
    scratch: Scratch<'a, R>,
}

impl<R: Real> Workspace<'_, R> {
    #[inline(always)]
    fn cut(&mut self, d: usize, form: JacobianForm) -> Cut<'_, R> {
        let mut rest = &mut *self.values;
        let mut take = |length: usize| {
            let (taken, after) = core::mem::take(&mut rest).split_at_mut_checked(length).unwrap_or_default();
            rest = after;
            taken
        };
        let vectors = [take(d), take(d), take(d), take(d)];
        let matrices = [take(form.len(d)), take(form.len(d)), take(form.len(d))];
        Cut { vectors, matrices, scratch: Scratch { values: rest, streams: self.streams } }
    }
}

impl Integrator {
    /// Makes one step with all walkers of `state` and returns what it adds to their weights.
    #[inline(always)]
    pub fn step<R: Real>(
        self,
        path: &(impl Path<R> + ?Sized),
        drift: &(impl Drift<R> + ?Sized),
        interval: Interval<'_, R::Scalar>,
        noise: Noise<'_, R>,
        state: &mut State<'_, R>,
        workspace: &mut Workspace<'_, R>,
    ) -> Increment<R> {
        match self {
            Integrator::Ito => ito(path, drift, interval, noise, state, workspace),
            Integrator::Pair => pair(path, drift, interval, noise, state, workspace),
            Integrator::Split(map, moves) => split((map, moves), path, drift, interval, noise, state, workspace),
        }
    }
}

/// `to[i] = if finite { from[i] } else { to[i] }`, lane by lane: lost walkers stay where they are.
#[inline(always)]
fn move_where_finite<R: Real>(finite: R, from: &[R], to: &mut [R]) {
    for (to, &from) in to.iter_mut().zip(from) {
        *to = finite.select_finite(from, *to);
    }
}
