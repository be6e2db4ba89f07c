//! A sampling run: independent blocks of walkers, reduced in the order of their numbers.

use super::batch::{Batch, Room};
use super::{Error, Outcome, Plan, Sink};
use crate::lanes::{Job, dispatch};
use crate::model::Model;
use crate::progress::{Progress, Status};
use crate::target::Target;
use nets_kernel::drift::Drift;
use nets_kernel::path::Path;
use nets_kernel::real::{Real, Scalar};
use nets_kernel::resample::{replace, systematic};
use nets_kernel::rng::{Purpose, Stream};
use nets_kernel::sampler::Sampler;
use nets_kernel::step::{Integrator, Move};
use nets_kernel::weight::WeightSum;
use rayon::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};
use std::io;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Instant;

/// Walkers in a block. Blocks are independent of each other: they are the unit of work of a thread, of resampling,
/// and of the order in which sums are formed, so no result depends on the number of threads or lanes.
pub const BLOCK: usize = 480;

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
    dispatch(plan.width, plan.precision, Sampling { target, model, plan, sink, progress })?
}

struct Sampling<'a, T> {
    target: &'a T,
    model: &'a Model,
    plan: &'a Plan,
    sink: &'a mut dyn Sink,
    progress: &'a dyn Progress,
}

/// What a block gives.
struct Done {
    /// Row-major positions and log weights, walkers beyond the last left out.
    x: Vec<f64>,
    log_weights: Vec<f64>,
    /// Sums over the weights at each time of the grid, with the log Z of resamplings before it.
    path: Vec<WeightSum>,
    resamplings: u64,
    accepted: u64,
}

impl<T: Target> Job for Sampling<'_, T> {
    type Output = Result<Outcome, Error>;

    fn run<R: Real, const MR: usize>(self) -> Self::Output {
        let Sampling { target, model, plan, sink, progress } = self;
        let begun = Instant::now();
        let path = target.path::<R>();
        let drift = model.drift::<R, MR, T>(target)?;
        let block = Block::<R> {
            sampler: Sampler {
                path: &*path,
                drift: &*drift,
                integrator: plan.integrator,
                epsilon: R::Scalar::from_f64(plan.epsilon),
                seed: plan.seed,
            },
            plan,
        };

        let blocks = plan.walkers.div_ceil(BLOCK as u64);
        let (finished, stop) = (AtomicU64::new(0), AtomicBool::new(false));
        let reporting = Mutex::new(());
        let work = |number: u64| {
            if stop.load(Ordering::Relaxed) {
                return None;
            }
            let done = R::vectorize(
                #[inline(always)]
                || block.run(number),
            );
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
        let pool = pool(plan.threads)?;
        'waves: for first in (0..blocks).step_by(wave as usize) {
            let numbers = first..blocks.min(first + wave);
            let done: Vec<_> = pool.install(|| numbers.into_par_iter().map(work).collect());
            for (number, done) in (first..).zip(done) {
                let Some(done) = done else { break 'waves };
                sink.block(number * BLOCK as u64, &done.x, &done.log_weights)?;
                total.add(&done);
            }
        }
        total.outcome(plan, path.log_z_base(), begun)
    }
}

/// A pool of `threads` threads.
pub(crate) fn pool(threads: usize) -> Result<ThreadPool, Error> {
    Ok(ThreadPoolBuilder::new().num_threads(threads).build().map_err(io::Error::other)?)
}

/// How one block is run.
struct Block<'a, R: Real> {
    sampler: Sampler<'a, R, dyn Path<R> + Send + Sync + 'a, dyn Drift<R> + Send + Sync + 'a>,
    plan: &'a Plan,
}

impl<R: Real> Block<'_, R> {
    #[inline(always)]
    fn run(&self, number: u64) -> Done {
        let (plan, d) = (self.plan, self.sampler.path.dim());
        let first_walker = number * BLOCK as u64;
        let count = BLOCK.min((plan.walkers - first_walker) as usize);
        let mut tiles: Vec<Batch<R>> = (0..count.div_ceil(R::LANES)).map(|_| Batch::new(d)).collect();
        let mut room = Room::new(self.sampler.path, self.sampler.drift);
        for (tile, batch) in tiles.iter_mut().enumerate() {
            batch.with_walkers(
                #[inline(always)]
                |walkers| self.sampler.start(first_walker + (tile * R::LANES) as u64, walkers),
            );
        }

        let mut uniforms = Stream::<f64>::new(plan.seed, Purpose::Resample, number);
        let mut log_weights = vec![0.0; count];
        let mut copies = vec![0; count];
        let mut log_z = 0.0;
        let mut done = Done { x: vec![], log_weights: vec![], path: vec![], resamplings: 0, accepted: 0 };
        done.path.push(WeightSum::of(&log_weights));
        for k in 0..plan.steps {
            let (t, next) = (self.time(k), self.time(k + 1));
            for batch in &mut tiles {
                batch.with_walkers(
                    #[inline(always)]
                    |walkers| self.sampler.step(k as u64, t, next, walkers, &mut room.workspace()),
                );
            }
            let lanes = tiles.iter().flat_map(|batch| &batch.log_weights);
            for (log_weight, &lane) in log_weights.iter_mut().zip(lanes) {
                *log_weight = log_z + lane;
            }
            let sums = WeightSum::of(&log_weights);
            done.path.push(sums);
            let resample = plan.resample_below.is_some_and(|threshold| sums.ess() < threshold);
            if resample && k + 1 < plan.steps {
                let uniform = uniforms.uniform();
                if let Some(sums) = systematic(&log_weights, uniform, &mut copies) {
                    log_z = sums.log_mean();
                    replace(&mut copies, |from, to| copy_walker(&mut tiles, from, to));
                    for batch in &mut tiles {
                        batch.log_weights.fill(0.0);
                        batch.moved();
                    }
                    done.resamplings += 1;
                }
            }
        }

        done.x = vec![0.0; count * d];
        for (walker, row) in done.x.chunks_exact_mut(d).enumerate() {
            for (x, tile) in row.iter_mut().zip(&tiles[walker / R::LANES].x) {
                *x = tile.lane(walker % R::LANES).to_f64();
            }
        }
        done.accepted = tiles.iter().flat_map(|batch| &batch.accepted).take(count).map(|&n| u64::from(n)).sum();
        done.log_weights = log_weights;
        done
    }

    fn time(&self, k: usize) -> R::Scalar {
        R::Scalar::from_f64(self.plan.time(k))
    }
}

/// Walker `to` of a block becomes a copy of walker `from`.
pub(crate) fn copy_walker<R: Real>(tiles: &mut [Batch<R>], from: usize, to: usize) {
    for i in 0..tiles[0].x.len() {
        let x = tiles[from / R::LANES].x[i].lane(from % R::LANES);
        tiles[to / R::LANES].x[i].set_lane(to % R::LANES, x);
    }
}

/// Sums over blocks, in their order.
struct Total {
    path: Vec<WeightSum>,
    /// `log` of each block's estimate of `Z_1 / Z_0`, for the error across resamplings.
    block_means: Vec<f64>,
    resamplings: u64,
    accepted: u64,
}

impl Total {
    fn new(plan: &Plan) -> Self {
        let path = vec![WeightSum::default(); plan.steps + 1];
        Total { path, block_means: vec![], resamplings: 0, accepted: 0 }
    }

    fn add(&mut self, done: &Done) {
        for (total, sums) in self.path.iter_mut().zip(&done.path) {
            total.merge(sums);
        }
        self.block_means.extend(done.path.last().map(WeightSum::log_mean));
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
        let moves = plan.epsilon > 0.0 && matches!(plan.integrator, Integrator::Split(_, Move::Mala));
        let tried = last.walkers * plan.steps as u64;
        Ok(Outcome {
            walkers: last.walkers,
            interrupted: last.walkers < plan.walkers,
            log_z: log_z_base + last.log_mean(),
            log_z_stderr: if self.resamplings > 0 {
                // Walkers of a block share ancestors; blocks are independent.
                WeightSum::of(&self.block_means).log_mean_stderr()
            } else {
                last.log_mean_stderr()
            },
            ess: last.ess(),
            max_weight: last.max_weight(),
            times: (0..=plan.steps).map(|k| plan.time(k)).collect(),
            ess_path: self.path.iter().map(WeightSum::ess).collect(),
            log_z_path: self.path.iter().map(|sums| log_z_base + sums.log_mean()).collect(),
            lost_walkers: last.lost,
            resamplings: self.resamplings,
            acceptance: moves.then(|| self.accepted as f64 / tried as f64),
            seconds: begun.elapsed().as_secs_f64(),
        })
    }
}
