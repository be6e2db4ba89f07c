//! What exact samples and known modes say of the walkers.

use crate::file::SampleFile;
use crate::metric::{Cells, equal_weight_rows, wasserstein2};
use crate::summary::Summary;
use crate::target::Target;
use nets_kernel::rng::derive_seed;
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
    let seed = derive_seed(summary.seed, EVALUATION);
    if let Some(cells) = Cells::of(target, seed) {
        let mut nearest = Vec::with_capacity(samples.log_weights().len());
        samples.for_each(|x| nearest.push(cells.nearest(x)))?;
        summary.coverage = Some(cells.coverage(&nearest, samples.log_weights()));
    }
    let dim = target.dim();
    // Other samples than those that measured the cells.
    let exact = target.exact_samples(derive_seed(seed, EVALUATION), 2 * points.len() / dim);
    if let Some((first, second)) = exact.as_ref().map(|exact| exact.split_at(points.len())) {
        summary.w2 = Some(wasserstein2(dim, points, first));
        summary.w2_floor = Some(wasserstein2(dim, first, second));
    }
    summary.metric_seconds = Some(begun.elapsed().as_secs_f64());
    Ok(())
}
