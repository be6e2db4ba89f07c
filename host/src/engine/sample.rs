//! A sampling run: independent blocks of walkers, reduced in the order of their numbers.

use super::block::{BLOCK, Block, Done};
use super::{Error, Outcome, Plan, Sink, on_threads};
use crate::lanes::{Job, Lane, dispatch};
use crate::model::Model;
use crate::progress::{Progress, Status};
use crate::target::{Place, Target, watched};
use nets_kernel::step::{Integrator, Move};
use nets_kernel::weight::WeightSum;
use rayon::prelude::*;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Instant;

/// Samples `target` with the drift of `model`: walkers start from the base density and follow the path to the
/// target with weights that make every estimate consistent. The final walkers go to `sink`.
///
/// With [`Plan::resample_below`], each block resamples its own walkers, and its log weights include the running
/// log Z of its resamplings.
pub fn sample<T: Target>(
    target: &T,
    model: &Model,
    plan: &Plan,
    sink: &mut dyn Sink,
    progress: &dyn Progress,
) -> Result<Outcome, Error> {
    plan.check()?;
    model.check(target)?;
    watched(target, progress, |progress| {
        dispatch(plan.width, plan.precision, Sampling { target, model, plan, sink, progress })?
    })
}

struct Sampling<'a, T> {
    target: &'a T,
    model: &'a Model,
    plan: &'a Plan,
    sink: &'a mut dyn Sink,
    progress: &'a dyn Progress,
}

impl<T: Target> Job for Sampling<'_, T> {
    type Output = Result<Outcome, Error>;

    fn run<R: Lane, const MR: usize>(self) -> Self::Output {
        let Sampling { target, model, plan, sink, progress } = self;
        let begun = Instant::now();
        let path = target.path::<R>();
        let drift = model.drift::<R, T>(target)?;
        let (scales, epsilons) = (plan.scales::<R::Scalar>(), plan.epsilons::<R::Scalar>());
        let sampler = plan.sampler(&*path, &*drift, &scales, &epsilons);
        let failed = |walkers, time| target.failed(Some(Place { walkers, time }));
        let block = Block::<R> { sampler, plan, failed: &failed };

        let blocks = plan.walkers.div_ceil(BLOCK as u64);
        let (finished, stop) = (AtomicU64::new(0), AtomicBool::new(false));
        let reporting = Mutex::new(());
        let work = |number: u64| {
            if stop.load(Ordering::Relaxed) {
                return None;
            }
            let mut done = R::sample_block(&block, number);
            if target.failed(None) {
                stop.store(true, Ordering::Relaxed);
                return None;
            }
            if let Some(frame) = target.frame() {
                frame.place(&mut done.x);
            }
            let count = finished.fetch_add(1, Ordering::Relaxed) + 1;
            let _one_at_a_time = reporting.lock();
            let ess = done.path.last().map(WeightSum::ess);
            let status = Status { stage: "sampling", done: count, total: blocks, loss: None, ess };
            if !progress.report(&status) {
                stop.store(true, Ordering::Relaxed);
            }
            Some(done)
        };

        let mut total = Total::new(plan);
        // A wave at a time bounds the memory; its blocks are taken up in their order.
        let wave = 8 * plan.threads as u64;
        on_threads(plan.threads, || {
            for first in (0..blocks).step_by(wave as usize) {
                let numbers = first..blocks.min(first + wave);
                let done: Vec<_> = numbers.into_par_iter().map(work).collect();
                for (number, done) in (first..).zip(done) {
                    let Some(done) = done else { return Ok(()) };
                    sink.block(number * BLOCK as u64, &done.x, &done.log_weights)?;
                    total.add(&done);
                }
            }
            Ok::<(), Error>(())
        })??;
        total.outcome(plan, path.log_z_base(), begun)
    }
}

/// Sums over blocks, in their order.
struct Total {
    path: Vec<WeightSum>,
    /// As `path`, over the blocks' estimates of `Z_t / Z_0`: for the error across resamplings.
    blocks: Vec<WeightSum>,
    resamplings: u64,
    accepted: u64,
}

impl Total {
    fn new(plan: &Plan) -> Self {
        let path = vec![WeightSum::default(); plan.steps + 1];
        Total { blocks: path.clone(), path, resamplings: 0, accepted: 0 }
    }

    fn add(&mut self, done: &Done) {
        for ((total, blocks), sums) in self.path.iter_mut().zip(&mut self.blocks).zip(&done.path) {
            total.merge(sums);
            blocks.merge(&WeightSum::of(&[sums.log_mean()]));
        }
        self.resamplings += done.resamplings;
        self.accepted += done.accepted;
    }

    fn outcome(self, plan: &Plan, log_z_base: f64, begun: Instant) -> Result<Outcome, Error> {
        let last = *self.path.last().expect("the grid has its first time");
        if last.walkers == 0 {
            return Err(Error::Stopped);
        }
        if let Some(k) = self.path.iter().position(|sums| sums.lost == sums.walkers) {
            return Err(Error::AllLost { walkers: last.walkers, time: plan.time(k) });
        }
        let tested = matches!(plan.integrator, Integrator::Split(_, Move::Mala | Move::Inertial));
        // Walkers of a block share ancestors once they were resampled; blocks are independent.
        let independent = if self.resamplings > 0 { &self.blocks } else { &self.path };
        let stderrs: Vec<f64> = independent.iter().map(WeightSum::log_mean_stderr).collect();
        let tried = last.walkers * plan.steps as u64;
        Ok(Outcome {
            walkers: last.walkers,
            interrupted: last.walkers < plan.walkers,
            log_z: log_z_base + last.log_mean(),
            log_z_stderr: stderrs[plan.steps],
            ess: last.ess(),
            max_weight: last.max_weight(),
            times: (0..=plan.steps).map(|k| plan.time(k)).collect(),
            ess_path: self.path.iter().map(WeightSum::ess).collect(),
            log_z_path: self.path.iter().map(|sums| log_z_base + sums.log_mean()).collect(),
            log_z_path_stderr: stderrs,
            lost_walkers: last.lost,
            resamplings: self.resamplings,
            acceptance: (tested && plan.largest_epsilon() > 0.0).then(|| self.accepted as f64 / tried as f64),
            seconds: begun.elapsed().as_secs_f64(),
        })
    }
}
