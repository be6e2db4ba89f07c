//! Action matching (K. Neklyudov et al., 2210.06662; for a path of densities 2410.02711, §3): of all drifts `b = ∇φ` that
//! which transports `ρ_t` minimises
//!
//! ```text
//! L = ∫₀ᵀ E_t[½|∇φ|² + ∂_tφ] dt + E_0[φ_0] − E_T[φ_T],    L − L* = ½ ∫₀ᵀ E_t|∇φ − b*|² dt,   L* = −½ ∫₀ᵀ E_t|b*|² dt
//! ```
//!
//! with `b*` the perfect drift that is a gradient and `E_t` the mean over `ρ_t`: over walkers with weights `e^A`.
//!
//! Here `ρ_t` is known but for its normaliser, so that both integrals can be taken by parts,
//! `∂_tρ = −(∂_tU − E_t[∂_tU]) ρ` in time and `E_t[∇φ·∇η] = −E_t[(Δφ − ∇U·∇φ) η]` in space. What is left is
//!
//! ```text
//! L = −∫₀ᵀ (½ E_t|∇φ|² + Cov_t(φ, r)) dt,    δL = −∫₀ᵀ Cov_t(δφ, r) dt,    r = Δφ − ∇U·∇φ − ∂_tU
//! ```
//!
//! and these are what is estimated: the values and derivatives of `L` itself, but with samples that do not fluctuate once
//! the drift is right, for then `r` is the same everywhere. The samples of `L` as it stands fluctuate on, by `∂_tφ` and by
//! the two ends, and their mean has to come out of noise as large as `φ`. Times need not make an integral either: each
//! slice is a problem of its own, and a function of time alone that is added to `φ` changes nothing, to rounding. A
//! derivative takes the value of the network alone back through it; `r` takes no derivative in the parameters.
//!
//! Every time slice's share of the batch is drawn in proportion to the walkers' weights.

use super::buffers::{CHUNK, load_tile};
use super::network::{NetworkOptions, NetworkState};
use super::objective::{Objective, any_round, below, pull_back};
use nets_kernel::drift::mlp::{MlpGradient, Trainee};
use nets_kernel::drift::{Drift, Scratch, Streams};
use nets_kernel::math::exp;
use nets_kernel::path::Path;
use nets_kernel::real::{Real, Scalar};
use nets_kernel::rng::Stream;
use rayon::prelude::*;

/// Consecutive samples of a batch that share a time: enough for a covariance, few enough for many times in a batch.
const SLICE: usize = 64;

/// The objective.
pub(super) struct ActionMatching;

impl<R: Real, const MR: usize> Objective<R, MR> for ActionMatching {
    fn batch(
        &self,
        options: &NetworkOptions,
        trainee: &Trainee<'_, R::Scalar, MR>,
        path: &(dyn Path<R> + Send + Sync),
        choices: &mut Stream<f64>,
        state: &mut NetworkState<R::Scalar>,
    ) -> (f64, Vec<R::Scalar>) {
        let (d, walkers) = (path.dim(), options.walkers);
        let slices = options.batch.next_multiple_of(CHUNK) / SLICE;
        let mut samples = Samples { x: vec![], t: vec![], slice: SLICE };
        for _ in 0..slices {
            let round = any_round(&state.rounds, choices);
            let slice = below(choices, options.slices);
            let first = slice * walkers;
            for walker in draw(&round.log_weights[first..first + walkers], choices.uniform(), SLICE) {
                let row = (first + walker) * d;
                samples.x.extend_from_slice(&round.x[row..row + d]);
                samples.t.push(round.times[slice]);
            }
        }
        // In units of κ: what is clipped then does not depend on what lengths are measured in.
        let unit = trainee.network.scaling.output[0].to_f64();
        action(trainee, path, &samples, 1.0 / unit)
    }
}

/// `count` walkers with probabilities in proportion to their weights: those that the running sum of the weights has below
/// equidistant points, as in systematic resampling. The first walker if every one is lost: copies have no covariance.
fn draw(log_weights: &[f64], uniform: f64, count: usize) -> impl Iterator<Item = usize> {
    let largest = log_weights.iter().copied().filter(|a| a.is_finite()).fold(f64::NEG_INFINITY, f64::max);
    let weight = move |a: f64| if a.is_finite() { exp(a - largest) } else { 0.0 };
    let sums = log_weights.iter().scan(0.0, |sum, &a| {
        *sum += weight(a);
        Some(*sum)
    });
    let sums: Vec<f64> = sums.collect();
    let total = sums.last().copied().unwrap_or(0.0);
    (0..count).map(move |k| {
        let point = (k as f64 + uniform) / count as f64 * total;
        sums.partition_point(|&sum| sum < point).min(sums.len().saturating_sub(1))
    })
}

/// Places row-major and their times, the same time for `slice` of them after one another. Whole chunks.
struct Samples<S> {
    x: Vec<S>,
    t: Vec<S>,
    slice: usize,
}

/// The mean of the loss over slices, and `scale` times its derivatives by the network's parameters. Samples with a residual
/// that is not finite are left out.
fn action<R: Real, const MR: usize>(
    trainee: &Trainee<'_, R::Scalar, MR>,
    path: &(dyn Path<R> + Send + Sync),
    samples: &Samples<R::Scalar>,
    scale: f64,
) -> (f64, Vec<R::Scalar>) {
    let Samples { x, t, slice } = samples;
    let network = MlpGradient { network: trainee.network, transposed: trainee.transposed };
    let places: Vec<Place> = (x.par_chunks(CHUNK * path.dim()).zip(t.par_chunks(CHUNK)))
        .flat_map_iter(|(x, t)| {
            R::vectorize(
                #[inline(always)]
                || evaluate::<R, MR>(&network, path, x, t),
            )
        })
        .collect();
    let slices = (t.len() / slice) as f64;
    let (mut loss, mut cotangents) = (0.0, Vec::with_capacity(t.len()));
    for places in places.chunks(*slice) {
        let finite = || places.iter().filter(|place| place.is_finite());
        let number = (finite().count() as f64).max(1.0);
        let mean = |of: fn(&Place) -> f64| finite().map(of).sum::<f64>() / number;
        let (phi, residual) = (mean(|place| place.phi), mean(|place| place.residual));
        let degrees = (number - 1.0).max(1.0);
        let product = |place: &Place| (place.phi - phi) * (place.residual - residual);
        let covariance = finite().map(product).sum::<f64>() / degrees;
        loss -= (0.5 * mean(|place| place.speed_squared) + covariance) / slices;
        cotangents.extend(places.iter().map(|place| {
            let cotangent = -(place.residual - residual) / (degrees * slices);
            if place.is_finite() { cotangent } else { 0.0 }
        }));
    }
    (loss, pull_back::<R, MR>(trainee, x, t, &cotangents, scale))
}

/// What is known at one place.
struct Place {
    phi: f64,
    /// `|∇φ|²`
    speed_squared: f64,
    /// `r`
    residual: f64,
}

impl Place {
    fn is_finite(&self) -> bool {
        self.phi.is_finite() && self.speed_squared.is_finite() && self.residual.is_finite()
    }
}

/// What is known at the places of a chunk.
#[inline(always)]
fn evaluate<R: Real, const MR: usize>(
    network: &MlpGradient<'_, R::Scalar, MR>,
    path: &(dyn Path<R> + Send + Sync),
    x: &[R::Scalar],
    t: &[R::Scalar],
) -> Vec<Place> {
    let (d, size) = (path.dim(), Drift::<R>::scratch(network));
    let (mut values, mut streams) = (vec![R::zero(); size.values], vec![Streams::<R>::zero(); size.streams]);
    let (mut here, mut gradient, mut drift) = (vec![R::zero(); d], vec![R::zero(); d], vec![R::zero(); d]);
    let mut room = vec![R::zero(); path.scratch()];
    let mut places = Vec::with_capacity(t.len());
    for first in (0..t.len()).step_by(R::LANES) {
        load_tile(x, first, &mut here);
        let time = R::load(&t[first..]);
        let (_, rate) = path.potential_and_rate(time, &here, &mut gradient, &mut room);
        let scratch = Scratch { values: &mut values, streams: &mut streams };
        let [value, laplacian] = network.laplacian(time, &here, &mut drift, scratch);
        let (mut residual, mut speed_squared) = (laplacian - rate, R::zero());
        for (&b, &g) in drift.iter().zip(&gradient) {
            residual = (-b).mul_add(g, residual);
            speed_squared = b.mul_add(b, speed_squared);
        }
        for lane in 0..R::LANES {
            places.push(Place {
                phi: value.lane(lane).to_f64(),
                speed_squared: speed_squared.lane(lane).to_f64(),
                residual: residual.lane(lane).to_f64(),
            });
        }
    }
    places
}

#[cfg(test)]
mod tests;
