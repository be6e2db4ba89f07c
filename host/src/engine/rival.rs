//! What sequential Monte Carlo, which needs no training, would give: measured in little time.

use super::{BLOCK, Error, PilotOptions, Plan, Sink, follow_pilot, sample};
use crate::metric::BlockMeans;
use crate::model::Model;
use crate::progress::{Progress, Status};
use crate::target::Target;
use nets_kernel::rng::derive_seed;
use nets_kernel::step::{Integrator, Map, Move};
use std::time::{Duration, Instant};

/// A short run of sequential Monte Carlo.
#[derive(Clone, Debug, PartialEq)]
pub struct Rival {
    /// Walkers of the pilot population, and the conditional ESS of its steps.
    pub pilot: PilotOptions,
    /// Seconds of the pilot, which come before any number of samples.
    pub seconds_before: f64,
    /// Independent samples that the walkers are worth, see [`BlockMeans::effective_samples`], in a second of sampling.
    pub samples_per_second: f64,
}

/// The part of a run that its rival is, for [`derive_seed`].
const RIVAL: u64 = 7;
/// Blocks of walkers, or one for each thread if there are more.
const BLOCKS: usize = 8;
/// The ESS fraction below which walkers are resampled.
const RESAMPLE_BELOW: f64 = 0.5;

/// Runs sequential Monte Carlo with few walkers, for no longer than `budget`; of `plan` seed, precision, threads and lanes
/// count. `None` if the time was not enough, if all walkers were lost, or if blocks cannot tell.
///
/// # Errors
///
/// As [`sample`].
pub fn rival<T: Target>(
    target: &T,
    plan: &Plan,
    budget: Duration,
    progress: &dyn Progress,
) -> Result<Option<Rival>, Error> {
    let begun = Instant::now();
    let progress = Limited { progress, begun, budget };
    let pilot = PilotOptions { walkers: BLOCK, conditional_ess: 0.99, ..PilotOptions::default() };
    let model = Model::zero(target);
    let mut plan = Plan {
        walkers: (BLOCK * BLOCKS.max(plan.threads)) as u64,
        integrator: Integrator::Split(Map::Midpoint, Move::Mala),
        resample_below: Some(RESAMPLE_BELOW),
        seed: derive_seed(plan.seed, RIVAL),
        precision: plan.precision,
        width: plan.width,
        threads: plan.threads,
        ..Plan::default()
    };
    let mut means = Means(BlockMeans::new(target.dim()));
    let outcome = match follow_pilot(target, &model, &mut plan, &pilot, (None, None), &progress) {
        Ok(()) => {
            let seconds_before = begun.elapsed().as_secs_f64();
            sample(target, &model, &plan, &mut means, &progress).map(|outcome| (outcome, seconds_before))
        }
        Err(error) => Err(error),
    };
    let (outcome, seconds_before) = match outcome {
        Ok((outcome, _)) if outcome.interrupted => return Ok(None),
        Ok(done) => done,
        Err(Error::Stopped | Error::AllLost { .. } | Error::Setting { .. }) => return Ok(None),
        Err(error) => return Err(error),
    };
    let samples = means.0.effective_samples().map(|samples| samples.min(outcome.walkers as f64));
    Ok(samples.map(|samples| Rival { pilot, seconds_before, samples_per_second: samples / outcome.seconds }))
}

/// Takes the means of blocks, and keeps nothing else.
struct Means(BlockMeans);

impl Sink for Means {
    fn block(&mut self, _first_walker: u64, x: &[f64], log_weights: &[f64]) -> std::io::Result<()> {
        self.0.add(x, log_weights);
        Ok(())
    }
}

/// Ends work whose time is over.
struct Limited<'a> {
    progress: &'a dyn Progress,
    begun: Instant,
    budget: Duration,
}

impl Progress for Limited<'_> {
    fn report(&self, status: &Status) -> bool {
        let status = Status { stage: "comparing with SMC", ..status.clone() };
        self.progress.report(&status) && self.begun.elapsed() < self.budget
    }
}
