//! The sampler: walkers in lanes, carried from the base density to the target one step at a time.
//!
//! The caller owns the loop and all memory:
//!
//! ```text
//! sampler.start(first_walker, &mut walkers, &mut workspace);
//! for k in 0..K { sampler.step(k, t_k, t_{k+1}, &mut walkers, &mut workspace); }
//! ```
//!
//! or, with exact samples of the target, from there to the base density ([`Sampler::start_back`], [`Sampler::step_back`]).

use crate::drift::Drift;
use crate::path::Path;
use crate::real::{Real, Scalar};
use crate::rng::{Purpose, Stream, normals, normals_words};
use crate::step::{Integrator, Interval, Motion, Noise, State, Workspace, WorkspaceSize};

/// What does not change during a run.
pub struct Sampler<'a, R: Real, P: ?Sized, D: ?Sized> {
    /// The path of densities.
    pub path: &'a P,
    /// The drift.
    pub drift: &'a D,
    /// How steps are made.
    pub integrator: Integrator,
    /// How walkers move beside the drift.
    pub motion: Motion<'a, R::Scalar>,
    /// The diffusivity of each step, in place of the motion's; steps beyond its end have the motion's.
    pub epsilons: &'a [R::Scalar],
    /// The seed of all randomness.
    pub seed: u64,
}

/// `R::LANES` walkers: where they are, what they weigh, and their random numbers.
pub struct Walkers<'a, R: Real> {
    /// Positions and what is known there: vectors of length `d`.
    pub state: State<'a, R>,
    /// Log weights `A`, one per lane. −∞ is a lost walker.
    pub log_weights: &'a mut [f64],
    /// Numbers of accepted moves, one per lane.
    pub accepted: &'a mut [u32],
    /// Room for the noise of a step: length `d`.
    pub noise: &'a mut [R],
    /// The random streams.
    pub stream: Stream<R>,
}

/// Words of a walker's stream that one step in `d` dimensions takes: its normal numbers, then the uniform one. Step `k`
/// starts at word `k` times this.
pub const fn words_per_step<S: Scalar>(d: usize) -> u64 {
    (normals_words::<S>(d) + S::UNIFORM_WORDS) as u64
}

/// Draws the noise of step `k` from the stream of [`Purpose::Steps`]: fills `xi` with N(0, 1) numbers, one for each
/// dimension, and returns the uniform number.
#[inline(always)]
pub fn draw<R: Real>(stream: &mut Stream<R>, k: u64, xi: &mut [R]) -> R {
    stream.seek(k.wrapping_mul(words_per_step::<R::Scalar>(xi.len())));
    normals(stream, xi);
    stream.uniform()
}

impl<R: Real, P: Path<R> + ?Sized, D: Drift<R> + ?Sized> Sampler<'_, R, P, D> {
    /// Lengths of the [`Workspace`] that [`Sampler::step`] wants.
    pub fn workspace(&self) -> WorkspaceSize {
        WorkspaceSize::new(self.path, self.drift)
    }

    /// Words of a walker's stream that one step takes; step `k` starts at word `k` times this.
    pub fn words_per_step(&self) -> u64 {
        words_per_step::<R::Scalar>(self.path.dim())
    }

    /// Draws walkers `first_walker`, `first_walker + 1`, … from the base density, with log weight 0, and their
    /// momenta.
    #[inline(always)]
    pub fn start(&self, first_walker: u64, walkers: &mut Walkers<'_, R>) {
        let mut base = Stream::new(self.seed, Purpose::Base, first_walker);
        normals(&mut base, walkers.noise);
        self.path.base(walkers.noise, walkers.state.x);
        normals(&mut base, walkers.state.momentum);
        walkers.state.known = false;
        walkers.log_weights.fill(0.0);
        walkers.accepted.fill(0);
        walkers.stream = Stream::new(self.seed, Purpose::Steps, first_walker);
    }

    /// Makes step number `k`, from time `t` to `next`.
    #[inline(always)]
    pub fn step(
        &self,
        k: u64,
        t: R::Scalar,
        next: R::Scalar,
        walkers: &mut Walkers<'_, R>,
        workspace: &mut Workspace<'_, R>,
    ) {
        let uniform = draw(&mut walkers.stream, k, walkers.noise);
        let (interval, noise) = (self.interval(k, t, next), Noise { xi: walkers.noise, uniform });
        let increment = self.integrator.step(self.path, self.drift, interval, noise, &mut walkers.state, workspace);
        increment.add_to(walkers.log_weights, walkers.accepted);
    }

    /// Lengths of the [`Workspace`] that [`Sampler::step_back`] wants.
    pub fn workspace_back(&self) -> WorkspaceSize {
        WorkspaceSize::back(self.path, self.drift)
    }

    /// Makes walkers `first_walker`, `first_walker + 1`, … ready for steps back from where the caller has put them, at the
    /// end of a path of `steps` steps: with log weight 0, and momenta. Their random numbers are those of
    /// [`Purpose::Backward`], at the places that steps forward have in their own streams; momenta come after all steps.
    #[inline(always)]
    pub fn start_back(&self, first_walker: u64, steps: u64, walkers: &mut Walkers<'_, R>) {
        walkers.stream = Stream::new(self.seed, Purpose::Backward, first_walker);
        walkers.stream.seek(steps.wrapping_mul(self.words_per_step()));
        normals(&mut walkers.stream, walkers.state.momentum);
        walkers.state.known = false;
        walkers.log_weights.fill(0.0);
        walkers.accepted.fill(0);
    }

    /// Makes step number `k` back, from time `next` to `t`; the log weights gain what the step forward would have given.
    #[inline(always)]
    pub fn step_back(
        &self,
        k: u64,
        t: R::Scalar,
        next: R::Scalar,
        walkers: &mut Walkers<'_, R>,
        workspace: &mut Workspace<'_, R>,
    ) {
        let uniform = draw(&mut walkers.stream, k, walkers.noise);
        let (interval, noise) = (self.interval(k, t, next), Noise { xi: walkers.noise, uniform });
        let state = &mut walkers.state;
        let increment = self.integrator.step_back(self.path, self.drift, interval, noise, state, workspace);
        increment.add_to(walkers.log_weights, walkers.accepted);
    }

    /// Step number `k`, with its diffusivity.
    #[inline(always)]
    fn interval(&self, k: u64, t: R::Scalar, next: R::Scalar) -> Interval<'_, R::Scalar> {
        let own = usize::try_from(k).ok().and_then(|k| self.epsilons.get(k));
        let epsilon = own.copied().unwrap_or(self.motion.epsilon);
        Interval { start: t, end: next, motion: Motion { epsilon, ..self.motion } }
    }
}
