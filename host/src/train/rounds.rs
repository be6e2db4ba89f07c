//! Walkers of a round of training, carried with the current drift through the round's times.

use crate::engine::{AnySampler, Batch, Room, carry_on, log_weights, step};
use nets_kernel::real::Real;
use nets_kernel::resample::systematic;
use nets_kernel::rng::Stream;
use nets_kernel::weight::WeightSum;
use rayon::prelude::*;

/// Positions of a round, `x[(slice * walkers + walker) * d + i]`, their log weights, and the slices' times.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Round<S> {
    pub(super) x: Vec<S>,
    pub(super) log_weights: Vec<f64>,
    pub(super) times: Vec<S>,
}

/// Walkers `first`, `first + 1`, … of all rounds, each on its own.
pub(super) fn carry_each<R: Real>(
    sampler: &AnySampler<'_, R>,
    first: u64,
    walkers: usize,
    times: Vec<R::Scalar>,
) -> Round<R::Scalar> {
    let d = sampler.path.dim();
    let carried: Vec<(Vec<R>, Vec<f64>)> = (0..walkers.div_ceil(R::LANES))
        .into_par_iter()
        .map(|tile| {
            let mut batch = Batch::<R>::new(d);
            let mut room = Room::new(sampler.path, sampler.drift);
            let mut rows = Vec::with_capacity(times.len() * d);
            let mut log_weights = Vec::with_capacity(times.len() * R::LANES);
            R::vectorize(
                #[inline(always)]
                || {
                    batch.with_walkers(
                        #[inline(always)]
                        |walkers| sampler.start(first + (tile * R::LANES) as u64, walkers),
                    );
                    rows.extend_from_slice(&batch.x);
                    log_weights.extend_from_slice(&batch.log_weights);
                    for (k, pair) in times.windows(2).enumerate() {
                        batch.with_walkers(
                            #[inline(always)]
                            |walkers| {
                                sampler.step(k as u64, pair[0], pair[1], walkers, &mut room.workspace());
                            },
                        );
                        rows.extend_from_slice(&batch.x);
                        log_weights.extend_from_slice(&batch.log_weights);
                    }
                },
            );
            (rows, log_weights)
        })
        .collect();
    let mut x = Vec::with_capacity(times.len() * walkers * d);
    let mut log_weights = Vec::with_capacity(times.len() * walkers);
    for slice in 0..times.len() {
        for walker in 0..walkers {
            let ((rows, weights), lane) = (&carried[walker / R::LANES], walker % R::LANES);
            x.extend(rows[slice * d..][..d].iter().map(|x| x.lane(lane)));
            log_weights.push(weights[slice * R::LANES + lane]);
        }
    }
    Round { x, log_weights, times }
}

/// The effective sample size, as a fraction, below which a population is resampled.
const RESAMPLE_BELOW: f64 = 0.5;

/// As [`carry_each`], but walkers with small weights make room for copies of those with large ones: what an early drift does
/// badly at one time does not leave later times without walkers, and walkers that it lost come back.
pub(super) fn carry_population<R: Real>(
    sampler: &AnySampler<'_, R>,
    first: u64,
    walkers: usize,
    times: Vec<R::Scalar>,
    choices: &mut Stream<f64>,
) -> Round<R::Scalar> {
    let d = sampler.path.dim();
    let mut tiles: Vec<Batch<R>> = (0..walkers.div_ceil(R::LANES)).map(|_| Batch::new(d)).collect();
    R::vectorize(
        #[inline(always)]
        || {
            for (tile, batch) in tiles.iter_mut().enumerate() {
                batch.with_walkers(
                    #[inline(always)]
                    |walkers| sampler.start(first + (tile * R::LANES) as u64, walkers),
                );
            }
        },
    );
    let mut x = Vec::with_capacity(times.len() * walkers * d);
    let mut weights = vec![0.0; walkers];
    let mut all_weights = Vec::with_capacity(times.len() * walkers);
    let mut copies = vec![0; walkers];
    for (k, &time) in times.iter().enumerate() {
        if k > 0 {
            if WeightSum::of(&weights).ess() < RESAMPLE_BELOW
                && systematic(&weights, choices.uniform(), &mut copies).is_some()
            {
                carry_on(&mut copies, &mut tiles);
            }
            step(sampler, &mut tiles, k as u64 - 1, times[k - 1], time);
        }
        for walker in 0..walkers {
            x.extend(tiles[walker / R::LANES].x.iter().map(|x| x.lane(walker % R::LANES)));
        }
        weights = log_weights(&tiles, walkers);
        all_weights.extend_from_slice(&weights);
    }
    Round { x, log_weights: all_weights, times }
}
