//! What to sample, and what came of it.

use super::Error;
use super::batch::AnySampler;
use crate::lanes::{Precision, Width};
use crate::model::Choice;
use crate::target::in_precision;
use nets_kernel::drift::Drift;
use nets_kernel::path::Path;
use nets_kernel::real::{Real, Scalar};
use nets_kernel::resample::Resampling;
use nets_kernel::sampler::Sampler;
use nets_kernel::step::{Integrator, Map, Motion, Move};
use std::io;

/// The settings of a sampling run.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// Walkers `n`.
    pub walkers: u64,
    /// Steps `K`, of equal length in `t` unless there is a protocol.
    pub steps: usize,
    /// The diffusivity `ε`, unless there is a protocol.
    pub epsilon: f64,
    /// Where on the path walkers end: 1 at the target. Before it they are weighted samples of `ρ_t`.
    pub until: f64,
    /// Times and diffusivities step by step.
    pub protocol: Option<Protocol>,
    /// Lengths `σ_i` of the coordinates, by which walkers' moves are scaled; empty if all are 1. Lattice fields move in the
    /// metric of the free field instead.
    pub scales: Vec<f64>,
    /// The friction of inertial moves, per unit of `t`; infinite if their momenta are drawn anew every step.
    pub friction: f64,
    /// Leapfrog steps of an inertial move.
    pub leaps: u32,
    /// How steps are made.
    pub integrator: Integrator,
    /// Resample when the ESS fraction falls below this; never if `None`.
    pub resample_below: Option<f64>,
    /// How copies are drawn.
    pub resampling: Resampling,
    /// The seed of all randomness.
    pub seed: u64,
    /// Precision of the walkers. Weights are always summed in double precision.
    pub precision: Precision,
    /// How many walkers an instruction moves. Results do not depend on it.
    pub width: Width,
    /// Threads. Results do not depend on it.
    pub threads: usize,
}

/// Steps that differ: their times, and the diffusivity of each.
#[derive(Clone, Debug, PartialEq)]
pub struct Protocol {
    /// `t_0 = 0 < t_1 < … < t_K`, the last being where walkers end.
    pub times: Vec<f64>,
    /// `ε_0, …, ε_{K−1}`.
    pub epsilons: Vec<f64>,
}

/// What a sampling run found.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// Walkers that finished: all, unless the run was stopped.
    pub walkers: u64,
    /// Whether the run was asked to stop before all walkers were done.
    pub interrupted: bool,
    /// `log Z_1`.
    pub log_z: f64,
    /// Its standard error.
    pub log_z_stderr: f64,
    /// Effective sample size as a fraction of the walkers.
    pub ess: f64,
    /// The largest normalised weight.
    pub max_weight: f64,
    /// Times `t_k` of the grid, `K + 1` of them.
    pub times: Vec<f64>,
    /// ESS fraction at each of them (since the last resampling before it).
    pub ess_path: Vec<f64>,
    /// `log Z_t` at each of them.
    pub log_z_path: Vec<f64>,
    /// Its standard errors.
    pub log_z_path_stderr: Vec<f64>,
    /// Walkers of weight zero.
    pub lost_walkers: u64,
    /// How often the population was resampled.
    pub resamplings: u64,
    /// Mean acceptance of the Metropolis moves, where there are any.
    pub acceptance: Option<f64>,
    /// Wall-clock seconds.
    pub seconds: f64,
}

/// Receives the final walkers, block by block in the order of their numbers.
pub trait Sink: Send {
    /// `x` has a row of `d` coordinates for each walker.
    fn block(&mut self, first_walker: u64, x: &[f64], log_weights: &[f64]) -> io::Result<()>;
}

impl Default for Plan {
    /// 20 000 walkers, 100 steps of `split` (midpoint map, MALA) at ε = 1, no resampling, seed 0, double precision, the
    /// widest lanes and all threads of this machine. Momenta of inertial moves last a few steps, with one leap each.
    fn default() -> Self {
        Plan {
            walkers: 20_000,
            steps: 100,
            epsilon: 1.0,
            until: 1.0,
            protocol: None,
            scales: vec![],
            friction: 20.0,
            leaps: 1,
            integrator: Integrator::Split(Map::Midpoint, Move::Mala),
            resample_below: None,
            resampling: Resampling::Systematic,
            seed: 0,
            precision: Precision::F64,
            width: Width::detect(),
            threads: all_threads(),
        }
    }
}

/// The number of threads that this machine runs at once.
pub fn all_threads() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

impl Plan {
    /// Takes up integrator, steps and epsilon: those asked for, else what the model's `choice` recommends, else the
    /// plan's own. Returns whether epsilon is known, or still to be found.
    pub fn settle(
        &mut self,
        (integrator, steps, epsilon): (Option<Integrator>, Option<usize>, Option<f64>),
        choice: Option<Choice>,
    ) -> bool {
        self.integrator = integrator.or(choice.map(|choice| choice.integrator)).unwrap_or(self.integrator);
        self.steps = steps.or(choice.map(|choice| choice.steps)).unwrap_or(self.steps);
        // The best epsilon of one integrator or number of steps is not that of another.
        let chosen = choice.filter(|choice| choice.integrator == self.integrator && choice.steps == self.steps);
        let epsilon = epsilon.or(chosen.map(|choice| choice.epsilon));
        self.epsilon = epsilon.unwrap_or(self.epsilon);
        epsilon.is_some()
    }

    /// `t_k`: that of the protocol, or `k / K` of the way.
    pub fn time(&self, k: usize) -> f64 {
        match &self.protocol {
            Some(protocol) => protocol.times[k],
            None => self.until * nets_kernel::grid::uniform::<f64>(k, self.steps),
        }
    }

    /// The lengths of the coordinates, in a precision.
    pub(super) fn scales<S: Scalar>(&self) -> Vec<S> {
        in_precision(&self.scales)
    }

    /// The protocol's diffusivities, in a precision.
    pub(super) fn epsilons<S: Scalar>(&self) -> Vec<S> {
        self.protocol.as_ref().map_or(vec![], |protocol| in_precision(&protocol.epsilons))
    }

    /// What makes the steps, with [`Plan::scales`] and [`Plan::epsilons`].
    pub(super) fn sampler<'a, R: Real>(
        &self,
        path: &'a (dyn Path<R> + Send + Sync + 'a),
        drift: &'a (dyn Drift<R> + Send + Sync + 'a),
        scales: &'a [R::Scalar],
        epsilons: &'a [R::Scalar],
    ) -> AnySampler<'a, R> {
        let motion = Motion {
            epsilon: R::Scalar::from_f64(self.epsilon),
            scales,
            friction: R::Scalar::from_f64(self.friction),
            leaps: self.leaps,
        };
        Sampler { path, drift, integrator: self.integrator, motion, epsilons, seed: self.seed }
    }

    /// The largest diffusivity of a step.
    pub(super) fn largest_epsilon(&self) -> f64 {
        match &self.protocol {
            Some(protocol) => protocol.epsilons.iter().copied().fold(0.0, f64::max),
            None => self.epsilon,
        }
    }

    /// Whether every setting is in its range.
    pub fn check(&self) -> Result<(), Error> {
        let setting = |name, value: String, requirement| Err(Error::Setting { name, value, requirement });
        if self.walkers == 0 {
            return setting("walkers", "0".into(), "a run needs at least one walker");
        }
        if self.steps == 0 {
            return setting("steps", "0".into(), "a run needs at least one step");
        }
        if self.threads == 0 {
            return setting("threads", "0".into(), "a run needs at least one thread");
        }
        if !(self.epsilon.is_finite() && self.epsilon >= 0.0) {
            return setting("epsilon", self.epsilon.to_string(), "the diffusivity is a finite number, zero or more");
        }
        if let Some(Protocol { times, epsilons }) = &self.protocol {
            if self.steps != epsilons.len() || times.len() != epsilons.len() + 1 {
                return setting(
                    "steps",
                    self.steps.to_string(),
                    "a protocol has a diffusivity for each step, and a time more",
                );
            }
            if times[0] != 0.0 || !times.is_sorted_by(|a, b| a < b) || times[self.steps] != self.until {
                return setting("times", format!("{times:?}"), "the times of a protocol increase from 0 to `until`");
            }
            if let Some(epsilon) = epsilons.iter().find(|epsilon| !(epsilon.is_finite() && **epsilon >= 0.0)) {
                return setting("epsilons", epsilon.to_string(), "a diffusivity is a finite number, zero or more");
            }
        }
        if !(self.until > 0.0 && self.until <= 1.0) {
            return setting("until", self.until.to_string(), "a time on the path, above 0 and up to 1");
        }
        if let Some(scale) = self.scales.iter().find(|scale| !(scale.is_finite() && **scale > 0.0)) {
            return setting("scales", scale.to_string(), "the length of a coordinate is a finite number above zero");
        }
        if self.friction.is_nan() || self.friction < 0.0 {
            return setting("friction", self.friction.to_string(), "friction is zero or more");
        }
        if self.leaps == 0 {
            return setting("leaps", "0".into(), "an inertial move needs at least one leap");
        }
        if self.largest_epsilon() == 0.0 && self.integrator == Integrator::Pair {
            return setting("epsilon", "0".into(), "the pair integrator needs noise: epsilon above zero");
        }
        if let Some(threshold) = self.resample_below.filter(|threshold| !(0.0..=1.0).contains(threshold)) {
            return setting("resample-below", threshold.to_string(), "an ESS fraction lies between 0 and 1");
        }
        Ok(())
    }
}
