//! A pilot population, which finds out where steps have to be short and how far walkers can move.

use super::{AnySampler, Batch, Error, Plan, Protocol, acceptance, carry_on, log_weights, on_threads, start};
use crate::lanes::{Job, Lane, dispatch};
use crate::model::Model;
use crate::progress::{Progress, Status};
use crate::target::{Target, in_precision, watched};
use nets_kernel::grid;
use nets_kernel::math::exp;
use nets_kernel::real::{Real, Scalar};
use nets_kernel::resample::systematic;
use nets_kernel::rng::{Purpose, Stream, derive_seed};
use nets_kernel::sampler::Sampler;
use nets_kernel::step::{Integrator, Map, Motion, Move};
use nets_kernel::weight::{WeightSum, conditional_ess};
use std::ops::Range;

/// Settings of a pilot run.
#[derive(Clone, Debug, PartialEq)]
pub struct PilotOptions {
    /// Walkers of the pilot population.
    pub walkers: usize,
    /// The conditional ESS, as a fraction, that every step keeps.
    pub conditional_ess: f64,
    /// The acceptance that the moves are tuned to.
    pub acceptance: f64,
    /// Resample when the ESS fraction falls below this.
    pub resample_below: f64,
    /// More steps than this are an error: the path is too hard for the conditional ESS that was asked for.
    pub max_steps: usize,
}

impl Default for PilotOptions {
    /// 1920 walkers, a conditional ESS of 0.999, acceptance 0.6, resampling below one half.
    fn default() -> Self {
        PilotOptions { walkers: 1920, conditional_ess: 0.999, acceptance: 0.6, resample_below: 0.5, max_steps: 20_000 }
    }
}

/// What a pilot run found: steps of equal conditional ESS, and how long the moves at each may be.
#[derive(Clone, Debug, PartialEq)]
pub struct Pilot {
    /// The grid, from 0 to 1.
    pub times: Vec<f64>,
    /// `ε_kΔ_k` of the move at the end of each step: its length squared, over `2σ²`.
    pub moves: Vec<f64>,
    /// Standard deviations of the target's coordinates, as the pilot's walkers have them.
    pub scales: Vec<f64>,
}

impl Pilot {
    /// `steps` steps to time `until`, distributed over the path as the pilot's own are; as many as it took, unless told.
    pub fn protocol(&self, steps: Option<usize>, until: f64) -> Protocol {
        // Where `until` lies, counted in the pilot's steps.
        let last = self.times.iter().filter(|&&t| t < until).count() - 1;
        let end = last as f64 + (until - self.times[last]) / (self.times[last + 1] - self.times[last]);
        let steps = steps.unwrap_or(last + 1);
        let place = |k: usize| {
            let s = end * k as f64 / steps as f64;
            let step = (s as usize).min(last);
            (step, s - step as f64)
        };
        let time = |k: usize| {
            let (step, fraction) = place(k);
            if k == steps { until } else { self.times[step] + fraction * (self.times[step + 1] - self.times[step]) }
        };
        let times: Vec<f64> = (0..=steps).map(time).collect();
        // The move of a step is made at its end.
        let epsilon = |k: usize| self.moves[place(k + 1).0] / (times[k + 1] - times[k]);
        Protocol { epsilons: (0..steps).map(epsilon).collect(), times }
    }
}

/// Sends a pilot population along the path, adapting as it goes: the grid to a constant conditional ESS (Y. Zhou,
/// A. M. Johansen and J. A. D. Aston, 2016), the moves to a constant acceptance. It runs twice: the first run measures
/// the scales of the coordinates that the second, and sampling after it, move by.
///
/// The walkers that are sampled afterwards are others, so their estimates stay exactly unbiased.
pub fn pilot<T: Target>(
    target: &T,
    model: &Model,
    plan: &Plan,
    options: &PilotOptions,
    progress: &dyn Progress,
) -> Result<Pilot, Error> {
    plan.check()?;
    model.check(target)?;
    let setting = |name, value: f64, requirement| Err(Error::Setting { name, value: value.to_string(), requirement });
    if !(options.conditional_ess > 0.0 && options.conditional_ess < 1.0) {
        return setting("conditional-ess", options.conditional_ess, "an ESS fraction between 0 and 1, both excluded");
    }
    if options.walkers < 2 {
        return setting("pilot-walkers", options.walkers as f64, "a pilot population has at least two");
    }
    watched(target, progress, |progress| {
        let adapting = Adapting { options, stage: "pilot", progress };
        dispatch(plan.width, plan.precision, PilotRun { target, model, plan, adapting })?
    })
}

struct PilotRun<'a, T> {
    target: &'a T,
    model: &'a Model,
    plan: &'a Plan,
    adapting: Adapting<'a>,
}

/// The parts of a run that its pilot's rounds are, for [`derive_seed`].
const PILOT: [u64; 2] = [4, 5];

impl<T: Target> Job for PilotRun<'_, T> {
    type Output = Result<Pilot, Error>;

    fn run<R: Lane, const MR: usize>(self) -> Self::Output {
        let path = self.target.path::<R>();
        let drift = self.model.drift::<R, T>(self.target)?;
        let map = match self.plan.integrator {
            Integrator::Split(map, _) => map,
            _ => Map::Midpoint,
        };
        let moves = match self.plan.integrator {
            Integrator::Split(_, Move::Inertial | Move::InertialUnadjusted) => Move::Inertial,
            _ => Move::Mala,
        };
        let friction = R::Scalar::from_f64(self.plan.friction);
        let motion = Motion { friction, leaps: self.plan.leaps, ..Motion::new(R::Scalar::zero()) };
        on_threads(self.plan.threads, || {
            let mut scales = vec![];
            let (conditional_ess, rounds) = (self.adapting.options.conditional_ess, PILOT.len() as f64);
            for (round, part) in PILOT.into_iter().enumerate() {
                let last = round + 1 == PILOT.len();
                // The first round only has to arrive with the right scales.
                let keep = if last { conditional_ess } else { 1.0 - (10.0 * (1.0 - conditional_ess)).min(0.5) };
                let share = round as f64 / rounds..(round as f64 + 1.0) / rounds;
                let numbers: Vec<R::Scalar> = in_precision(&scales);
                let sampler = Sampler {
                    path: &*path,
                    drift: &*drift,
                    integrator: Integrator::Split(map, moves),
                    motion: Motion { scales: &numbers, ..motion },
                    epsilons: &[],
                    seed: derive_seed(self.plan.seed, part),
                };
                let Adapted { times, moves, tiles } = self.adapting.run(sampler, keep, share)?;
                if last {
                    return Ok(Pilot { times, moves, scales });
                }
                scales = deviations(&tiles, &log_weights(&tiles, self.adapting.options.walkers));
            }
            unreachable!("the last round returns")
        })?
    }
}

/// How strongly the length of the moves answers to an acceptance that is off.
const GAIN: f64 = 3.0;

/// A population under way that adapts its steps and moves.
pub(super) struct Adapting<'a> {
    pub options: &'a PilotOptions,
    /// What it says that it is doing.
    pub stage: &'static str,
    pub progress: &'a dyn Progress,
}

/// A population that has arrived.
pub(super) struct Adapted<R: Real> {
    /// The grid, from 0 to 1.
    times: Vec<f64>,
    /// As [`Pilot::moves`].
    moves: Vec<f64>,
    pub tiles: Vec<Batch<R>>,
}

impl Adapting<'_> {
    /// Carries the walkers along the path, in steps that keep the conditional ESS `target`; it is `share` of the work that
    /// is reported.
    pub(super) fn run<R: Lane>(
        &self,
        mut sampler: AnySampler<'_, R>,
        target: f64,
        share: Range<f64>,
    ) -> Result<Adapted<R>, Error> {
        let (options, d) = (self.options, sampler.path.dim());
        let count = options.walkers;
        let mut tiles: Vec<Batch<R>> = (0..count.div_ceil(R::LANES)).map(|_| Batch::new(d)).collect();
        start(&sampler, &mut tiles);
        let mut uniforms = Stream::<f64>::new(sampler.seed, Purpose::Resample, 0);
        let (mut times, mut moves) = (vec![0.0], vec![]);
        // Half the distance at which MALA's first two terms balance for a unit Gaussian; adapted from the first step on.
        let (mut length, mut guess) = (0.5, 1.0);
        let time = R::Scalar::from_f64;
        while times[moves.len()] < 1.0 {
            let (k, t) = (moves.len(), times[moves.len()]);
            let before = log_weights(&tiles, count);
            sampler.motion.epsilon = R::Scalar::zero();
            let next = grid::next(t, guess, target, |next| {
                let mut trial = tiles.clone();
                R::step(&sampler, &mut trial, k as u64, time(t), time(next));
                let after = log_weights(&trial, count);
                let increments: Vec<f64> = after.iter().zip(&before).map(|(after, before)| after - before).collect();
                conditional_ess(&before, &increments)
            });
            sampler.motion.epsilon = time(length / (next - t));
            R::step(&sampler, &mut tiles, k as u64, time(t), time(next));
            times.push(next);
            moves.push(length);
            guess = next - t;
            length *= exp(GAIN * (acceptance(&tiles, count) - options.acceptance));

            let weights = log_weights(&tiles, count);
            let sums = WeightSum::of(&weights);
            if sums.lost == sums.walkers {
                return Err(Error::AllLost { walkers: sums.walkers, time: next });
            }
            if next < 1.0 && moves.len() == options.max_steps {
                return Err(Error::Setting {
                    name: "conditional-ess",
                    value: options.conditional_ess.to_string(),
                    requirement: "the pilot takes too many steps to keep so much; ask for less, such as 0.99",
                });
            }
            if sums.ess() < options.resample_below && next < 1.0 {
                let mut copies = vec![0; count];
                if systematic(&weights, uniforms.uniform(), &mut copies).is_some() {
                    carry_on(&mut copies, &mut tiles);
                }
            }
            let done = (1000.0 * (share.start + next * (share.end - share.start))) as u64;
            let status = Status { stage: self.stage, done, total: 1000, loss: None, ess: Some(sums.ess()) };
            if !self.progress.report(&status) {
                return Err(Error::Stopped);
            }
        }
        Ok(Adapted { times, moves, tiles })
    }
}

/// Weighted standard deviations of the coordinates. A coordinate that is the same for all walkers has length 1.
fn deviations<R: Real>(tiles: &[Batch<R>], log_weights: &[f64]) -> Vec<f64> {
    let level = WeightSum::of(log_weights).log_mean();
    let moments = |i: usize| {
        let (mut sum, mut first, mut second) = (0.0, 0.0, 0.0);
        for (walker, a) in log_weights.iter().enumerate().filter(|(_, a)| a.is_finite()) {
            let x = tiles[walker / R::LANES].x[i].lane(walker % R::LANES).to_f64();
            let weight = exp(a - level);
            sum += weight;
            first += weight * x;
            second += weight * x * x;
        }
        (second / sum - (first / sum).powi(2)).sqrt()
    };
    let d = tiles.first().map_or(0, |tile| tile.x.len());
    (0..d).map(moments).map(|sd| if sd > 0.0 { sd } else { 1.0 }).collect()
}
