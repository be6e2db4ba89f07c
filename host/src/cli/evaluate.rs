//! What exact samples and known modes say of the walkers.

use crate::engine::{Error, Plan, backward};
use crate::file::SampleFile;
use crate::metric::{Cells, equal_weight_rows, wasserstein2};
use crate::model::Model;
use crate::progress::Progress;
use crate::summary::{BackwardSummary, Summary};
use crate::target::Target;
use nets_kernel::rng::derive_seed;
use nets_kernel::step::Integrator;
use std::io;
use std::time::Instant;

/// Points of the clouds that are compared and drawn.
const POINTS: usize = 2000;
/// The part of a run that exact samples are, for [`derive_seed`].
const EVALUATION: u64 = 2;

/// Equally weighted walkers, to be drawn.
pub(super) fn points(samples: &mut SampleFile) -> io::Result<Vec<f64>> {
    let count = POINTS.min(samples.log_weights().len());
    let rows = equal_weight_rows(samples.log_weights(), count, 0.5);
    samples.rows(&rows)
}

/// Compares the walkers with what is known of the target, and `points`, which stand for them, with exact samples.
pub(super) fn evaluate(
    target: &impl Target,
    samples: &mut SampleFile,
    points: &[f64],
    summary: &mut Summary,
) -> io::Result<()> {
    let begun = Instant::now();
    let log_weights = samples.log_weights();
    let elbo = target.path::<f64>().log_z_base() + log_weights.iter().sum::<f64>() / log_weights.len() as f64;
    summary.elbo = Some(elbo).filter(|elbo| elbo.is_finite());
    let seed = derive_seed(summary.seed, EVALUATION);
    if let Some(cells) = Cells::of(target, seed) {
        let mut nearest = Vec::with_capacity(samples.log_weights().len());
        samples.for_each(|x| nearest.push(cells.nearest(x)))?;
        summary.coverage = Some(cells.coverage(&nearest, samples.log_weights()));
    }
    let dim = target.dim();
    if let Some([first, second]) = exact_clouds(target, summary.seed, points.len() / dim) {
        summary.w2 = Some(wasserstein2(dim, points, &first));
        summary.w2_floor = Some(wasserstein2(dim, &first, &second));
    }
    summary.metric_seconds = Some(begun.elapsed().as_secs_f64());
    Ok(())
}

/// Carries as many exact samples as there are `points` back to the base density, where there are such and steps have
/// a backward kernel. Who asks it to stop has the rest of the summary.
pub(super) fn carry_back(
    target: &impl Target,
    model: &Model,
    plan: &Plan,
    points: usize,
    summary: &mut Summary,
    progress: &dyn Progress,
) -> Result<(), Error> {
    let begun = Instant::now();
    if plan.integrator == Integrator::Ito {
        return Ok(());
    }
    let Some([exact, _]) = exact_clouds(target, summary.seed, points) else { return Ok(()) };
    match backward(target, model, plan, &exact, progress) {
        Ok(found) => summary.backward = Some(BackwardSummary::from(&found)),
        Err(Error::Stopped) => {}
        Err(error) => return Err(error),
    }
    let seconds = begun.elapsed().as_secs_f64();
    summary.metric_seconds = Some(summary.metric_seconds.unwrap_or(0.0) + seconds);
    Ok(())
}

/// Two clouds of `n` exact samples each, where there are such: other samples than those that measure the cells.
pub(super) fn exact_clouds(target: &impl Target, seed: u64, n: usize) -> Option<[Vec<f64>; 2]> {
    let seed = derive_seed(derive_seed(seed, EVALUATION), EVALUATION);
    let mut first = target.exact_samples(seed, 2 * n)?;
    let second = first.split_off(n * target.dim());
    Some([first, second])
}
