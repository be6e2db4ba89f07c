//! Exact samples carried back along the path: what the sampler's own walkers cannot see.

use super::batch::{Batch, Room};
use super::block::{BLOCK, Block};
use super::{Error, Plan, on_threads};
use crate::lanes::{Job, Lane, dispatch};
use crate::model::Model;
use crate::progress::{Progress, Status};
use crate::target::{Place, Target, watched};
use nets_kernel::math::exp;
use nets_kernel::real::{Real, Scalar};
use nets_kernel::step::Integrator;
use nets_kernel::weight::WeightSum;
use rayon::prelude::*;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

/// What exact samples of the target say of a sampler. With the log weights `A` of `n` paths back from exact samples, `Q` their
/// law and `P` that of the sampler's walkers, `dQ/dP = e^A Z_0 / Z_1`.
#[derive(Clone, Debug, PartialEq)]
pub struct Backward {
    /// `A` of each path, in the order of the samples; +∞ where a path was lost: where a step has no inverse, or one whose
    /// determinant is not positive, or an evaluation is not finite. The sampler's walkers are then taken never to come there.
    pub log_weights: Vec<f64>,
    /// Paths that were lost.
    pub lost: u64,
    /// `log Z_0 + mean A`: by Jensen's inequality an upper bound on `log Z_1`, in the mean (EUBO, D. Blessing et al.,
    /// 2406.07423); its excess is `KL(Q ‖ P)`. Infinite if a path was lost.
    pub eubo: f64,
    /// Its standard error.
    pub eubo_stderr: f64,
    /// The forward effective sample size as a fraction, `1 / (mean e^A · mean e^−A)` (L. I. Midgley et al., 2208.01893;
    /// 2406.07423). It estimates `1 / E_P[(dQ/dP)²]`, which the ESS of the sampler's walkers does as well, but from paths that
    /// end everywhere where the target has mass. Zero if a path was lost.
    pub ess: f64,
    /// `log Z_1 = log Z_0 − log mean e^−A`, with no use of the sampler's walkers. A lost path counts as `e^−A = 0`.
    pub log_z: f64,
    /// Its standard error.
    pub log_z_stderr: f64,
    /// Wall-clock seconds.
    pub seconds: f64,
}

/// Carries exact `samples` of `target` (rows of `d` coordinates) back to the base density, by the backward kernels of the
/// steps that `plan` makes with the drift of `model` ([`Integrator::step_back`]).
///
/// Of the plan steps and their settings, seed, precision, width and threads count, not the walkers. Nothing is resampled: the
/// measures are those of the path without.
///
/// # Errors
///
/// [`Error::Setting`] for the `ito` integrator, which has no backward kernel, for a plan that ends before the target, and for
/// samples that are no rows. [`Error::Stopped`] if `progress` asks to stop; else as [`sample`](super::sample()).
pub fn backward<T: Target>(
    target: &T,
    model: &Model,
    plan: &Plan,
    samples: &[f64],
    progress: &dyn Progress,
) -> Result<Backward, Error> {
    plan.check()?;
    model.check(target)?;
    let setting = |name, value: String, requirement| Err(Error::Setting { name, value, requirement });
    if plan.integrator == Integrator::Ito {
        return setting("integrator", "ito".into(), "steps back need a backward kernel; split and pair have one");
    }
    if plan.until != 1.0 {
        return setting("until", plan.until.to_string(), "steps back start at the target, t = 1");
    }
    if samples.is_empty() || !samples.len().is_multiple_of(target.dim()) {
        return setting("samples", samples.len().to_string(), "numbers in rows of as many as there are dimensions");
    }
    watched(target, progress, |progress| {
        dispatch(plan.width, plan.precision, Returning { target, model, plan, samples, progress })?
    })
}

struct Returning<'a, T> {
    target: &'a T,
    model: &'a Model,
    plan: &'a Plan,
    samples: &'a [f64],
    progress: &'a dyn Progress,
}

impl<T: Target> Job for Returning<'_, T> {
    type Output = Result<Backward, Error>;

    fn run<R: Lane, const MR: usize>(self) -> Self::Output {
        let Returning { target, model, plan, samples, progress } = self;
        let (begun, d) = (Instant::now(), target.dim());
        let path = target.path::<R>();
        let drift = model.drift::<R, T>(target)?;
        let (scales, epsilons) = (plan.scales::<R::Scalar>(), plan.epsilons::<R::Scalar>());
        let sampler = plan.sampler(&*path, &*drift, &scales, &epsilons);
        let failed = |walkers, time| target.failed(Some(Place { walkers, time }));
        let block = Block::<R> { sampler, plan, failed: &failed };

        let standard: Vec<f64> = match target.frame() {
            None => samples.to_vec(),
            Some(frame) => samples.chunks_exact(d).flat_map(|x| frame.standard(x)).collect(),
        };
        let blocks = standard.chunks(BLOCK * d).len() as u64;
        let reports = Reports { progress, total: blocks, finished: Mutex::new(0), stop: AtomicBool::new(false) };
        let done: Option<Vec<Vec<f64>>> = on_threads(plan.threads, || {
            let rows = standard.par_chunks(BLOCK * d).enumerate();
            let work = |(number, rows)| {
                let log_weights = reports.go_on().then(|| R::back_block(&block, number as u64, rows))?;
                reports.block().then_some(log_weights)
            };
            rows.map(work).collect()
        })?;
        let log_weights = done.ok_or(Error::Stopped)?.concat();
        Ok(Backward::of(log_weights, path.log_z_base(), begun))
    }
}

/// Counts blocks for the progress, and keeps whether it asked to stop.
struct Reports<'a> {
    progress: &'a dyn Progress,
    total: u64,
    finished: Mutex<u64>,
    stop: AtomicBool,
}

impl Reports<'_> {
    fn go_on(&self) -> bool {
        !self.stop.load(Ordering::Relaxed)
    }

    /// One more block is done. Returns whether to go on.
    fn block(&self) -> bool {
        let mut finished = self.finished.lock().unwrap_or_else(PoisonError::into_inner);
        *finished += 1;
        let status =
            Status { stage: "carrying samples back", done: *finished, total: self.total, loss: None, ess: None };
        self.stop.fetch_or(!self.progress.report(&status), Ordering::Relaxed);
        self.go_on()
    }
}

impl Backward {
    /// The measures of paths that took `log_weights`; one that is not finite is lost.
    fn of(mut log_weights: Vec<f64>, log_z_base: f64, begun: Instant) -> Backward {
        log_weights.iter_mut().filter(|a| !a.is_finite()).for_each(|a| *a = f64::INFINITY);
        let negative: Vec<f64> = log_weights.iter().map(|a| -a).collect();
        let (up, down) = (WeightSum::of(&log_weights), WeightSum::of(&negative));
        let n = log_weights.len() as f64;
        let mean = log_weights.iter().sum::<f64>() / n;
        let square = log_weights.iter().map(|a| (a - mean) * (a - mean)).sum::<f64>();
        Backward {
            lost: down.lost,
            eubo: log_z_base + mean,
            eubo_stderr: if n > 1.0 && down.lost == 0 { (square / (n * (n - 1.0))).sqrt() } else { f64::INFINITY },
            ess: if down.lost == 0 { exp(-(up.log_mean() + down.log_mean())) } else { 0.0 },
            log_z: log_z_base - down.log_mean(),
            log_z_stderr: down.log_mean_stderr(),
            seconds: begun.elapsed().as_secs_f64(),
            log_weights,
        }
    }
}

impl<R: Real> Block<'_, R> {
    /// Carries the walkers of block `number`, which stand at `rows`, back to the base density; returns their log weights,
    /// −∞ for those that were lost.
    pub(crate) fn run_back(&self, number: u64, rows: &[f64]) -> Vec<f64> {
        R::vectorize(
            #[inline(always)]
            || self.run_back_inlined(number, rows),
        )
    }

    #[inline(always)]
    fn run_back_inlined(&self, number: u64, rows: &[f64]) -> Vec<f64> {
        let (plan, sampler) = (self.plan, &self.sampler);
        let d = sampler.path.dim();
        let (first_walker, count) = (number * BLOCK as u64, rows.len() / d);
        let mut room = Room::back(sampler.path, sampler.drift);
        let mut batch = Batch::<R>::new(d);
        let mut log_weights = Vec::with_capacity(count);
        // No walker waits for another, so a tile goes all the way before the next.
        for rows in rows.chunks(R::LANES * d) {
            // Lanes beyond the last walker are nowhere, so that no potential is asked about them.
            batch.x.fill(R::splat(R::Scalar::NAN));
            for (lane, row) in rows.chunks_exact(d).enumerate() {
                for (x, &place) in batch.x.iter_mut().zip(row) {
                    x.set_lane(lane, R::Scalar::from_f64(place));
                }
            }
            let first = first_walker + log_weights.len() as u64;
            let walkers = first..first + (rows.len() / d) as u64;
            batch.with_walkers(
                #[inline(always)]
                |batch| sampler.start_back(first, plan.steps as u64, batch),
            );
            for k in (0..plan.steps).rev() {
                let (t, next) = (self.time(k), self.time(k + 1));
                batch.with_walkers(
                    #[inline(always)]
                    |batch| sampler.step_back(k as u64, t, next, batch, &mut room.workspace()),
                );
                if (self.failed)(walkers.clone(), t.to_f64()) {
                    return log_weights;
                }
            }
            log_weights.extend_from_slice(&batch.log_weights[..rows.len() / d]);
        }
        log_weights
    }
}
