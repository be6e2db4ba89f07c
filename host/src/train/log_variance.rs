//! The log-variance objective: the variance, over walkers, of the log weights `A` of [`nets_kernel::step::pair`] along
//! trajectories that are given (off-policy: the drift that made them need not be the one that is trained, and no gradient
//! flows through them). See J. Richter and L. Berner (2307.01198) for the divergence, 2410.02711 for the weights.
//!
//! A step from `x` at `t` to `x′` at `t + Δ` adds, without the cancellation of two squares over `Δ`,
//!
//! ```text
//! a = U − U′ + (u − v)·(b′ − b + ε(∇U + ∇U′)) / 4ε,    u = x′ − x − (b − ε∇U)Δ,   v = x − x′ + (b′ + ε∇U′)Δ
//! ∂a/∂b = −u / 2ε,    ∂a/∂b′ = −v / 2ε
//! ```
//!
//! The weights are those of whole trajectories. Those of single steps would be cheaper, but the increment of a perfect
//! drift fluctuates by `ξᵀ(∇b + ε∇∇U)ξ Δ`, of the order of `Δ` as the residual's share `rΔ` is: the sum of the steps'
//! variances would trade residual for a small Jacobian however short the steps. Over a trajectory the residuals add up and
//! the fluctuations, which are independent, average out.

use super::buffers::{Buffers, CHUNK};
use super::network::{NetworkOptions, NetworkState};
use super::objective::{NO_TANGENTS, Objective, any_round, below, pull_back};
use nets_kernel::drift::mlp::Trainee;
use nets_kernel::path::Path;
use nets_kernel::real::{Real, Scalar};
use nets_kernel::rng::Stream;
use rayon::prelude::*;

/// The objective.
pub(super) struct LogVariance;

impl<R: Real, const MR: usize> Objective<R, MR> for LogVariance {
    fn batch(
        &self,
        options: &NetworkOptions,
        trainee: &Trainee<'_, R::Scalar, MR>,
        path: &(dyn Path<R> + Send + Sync),
        choices: &mut Stream<f64>,
        state: &mut NetworkState<R::Scalar>,
    ) -> (f64, Vec<R::Scalar>) {
        let (d, slices) = (path.dim(), options.slices);
        let walkers = (options.batch / slices).clamp(2, options.walkers.max(2));
        let round = any_round(&state.rounds, choices);
        // Neighbours in number, so that none is drawn twice.
        let first = below(choices, options.walkers);
        let (mut x, mut t) = (vec![], vec![]);
        for walker in (first..first + walkers).map(|walker| walker % options.walkers) {
            for (slice, &time) in round.times.iter().enumerate() {
                let row = (slice * options.walkers + walker) * d;
                x.extend_from_slice(&round.x[row..row + d]);
                t.push(time);
            }
        }
        log_variance(trainee, path, options.epsilon, &Trajectories { x, t, slices })
    }
}

/// Places row-major, `slices` after one another for each walker, and their times.
pub(crate) struct Trajectories<S> {
    pub(crate) x: Vec<S>,
    pub(crate) t: Vec<S>,
    pub(crate) slices: usize,
}

/// The variance of the trajectories' log weights and its derivatives by the network's parameters. Trajectories with a weight
/// that is not finite are left out.
pub(crate) fn log_variance<R: Real, const MR: usize>(
    trainee: &Trainee<'_, R::Scalar, MR>,
    path: &(dyn Path<R> + Send + Sync),
    epsilon: f64,
    trajectories: &Trajectories<R::Scalar>,
) -> (f64, Vec<R::Scalar>) {
    let (d, count) = (path.dim(), trajectories.t.len());
    // Whole chunks: what is beyond the last place repeats it, and has no cotangents.
    let padded = count.next_multiple_of(CHUNK);
    let (mut x, mut t) = (trajectories.x.clone(), trajectories.t.clone());
    for _ in count..padded {
        x.extend_from_within(x.len() - d..);
        t.push(t[count - 1]);
    }
    let chunk = |number: usize| {
        let range = number * CHUNK..(number + 1) * CHUNK;
        (&x[range.start * d..range.end * d], &t[range])
    };
    let places: Vec<Place> = (0..padded / CHUNK)
        .into_par_iter()
        .flat_map_iter(|number| {
            let (x, t) = chunk(number);
            R::vectorize(
                #[inline(always)]
                || evaluate(trainee, path, x, t),
            )
        })
        .collect();

    let slices = trajectories.slices;
    let mut log_weights = Vec::with_capacity(count / slices);
    let mut cotangents = vec![0.0; padded * d];
    for first in (0..count).step_by(slices) {
        let mut log_weight = 0.0;
        for k in first..first + slices - 1 {
            let interval = (t[k + 1] - t[k]).to_f64();
            let ends = [&x[k * d..(k + 1) * d], &x[(k + 1) * d..(k + 2) * d]];
            let (here, there) = cotangents[k * d..(k + 2) * d].split_at_mut(d);
            log_weight += increment(epsilon, interval, ends, [&places[k], &places[k + 1]], [here, there]);
        }
        log_weights.push(log_weight);
    }
    let finite = || log_weights.iter().filter(|a| a.is_finite());
    let number = finite().count() as f64;
    let mean = finite().sum::<f64>() / number;
    let scale = 1.0 / (number - 1.0).max(1.0);
    let loss = finite().map(|a| (a - mean) * (a - mean)).sum::<f64>() * scale;
    for (a, cotangents) in log_weights.iter().zip(cotangents.chunks_exact_mut(slices * d)) {
        let factor = if a.is_finite() { 2.0 * scale * (a - mean) } else { 0.0 };
        cotangents.iter_mut().for_each(|c| *c = if factor == 0.0 { 0.0 } else { *c * factor });
    }

    (loss, pull_back::<R, MR>(trainee, &x, &t, &cotangents, 1.0))
}

/// What is known at one place.
struct Place {
    potential: f64,
    gradient: Vec<f64>,
    drift: Vec<f64>,
}

/// `U`, `∇U` and `b` at the places of a chunk.
#[inline(always)]
fn evaluate<R: Real, const MR: usize>(
    trainee: &Trainee<'_, R::Scalar, MR>,
    path: &(dyn Path<R> + Send + Sync),
    x: &[R::Scalar],
    t: &[R::Scalar],
) -> Vec<Place> {
    let mut buffers = Buffers::<R>::new(trainee.network.sizes, path.dim(), path.scratch());
    let mut places = Vec::with_capacity(t.len());
    for first in (0..t.len()).step_by(R::LANES) {
        buffers.load_tile(x, first);
        let Buffers { x, gradient, path: room, .. } = &mut buffers;
        let potential = path.potential(R::load(&t[first..]), x, gradient, room);
        for part in 0..R::PARTS {
            buffers.load_part(part);
            let t = R::Part::load(&t[first + part * R::Part::LANES..]);
            let (mut tape, x, gradient, _) = buffers.tape(part);
            trainee.forward(t, x, NO_TANGENTS, &mut tape);
            for lane in 0..R::Part::LANES {
                places.push(Place {
                    potential: potential.part(part).lane(lane).to_f64(),
                    gradient: gradient.iter().map(|g| g.lane(lane).to_f64()).collect(),
                    drift: tape.outputs.iter().take(x.len()).map(|b| b.0[0].lane(lane).to_f64()).collect(),
                });
            }
        }
    }
    places
}

/// What a step of length `interval` between two places adds to the log weight; its derivatives by the drifts at both are
/// added to `cotangents`.
fn increment<S: Scalar>(
    epsilon: f64,
    interval: f64,
    [from, to]: [&[S]; 2],
    [here, there]: [&Place; 2],
    cotangents: [&mut [f64]; 2],
) -> f64 {
    let mut kernels = 0.0;
    for i in 0..from.len() {
        let (moved, g) = (to[i].to_f64() - from[i].to_f64(), (here.gradient[i], there.gradient[i]));
        let b = (here.drift[i], there.drift[i]);
        let u = moved - (b.0 - epsilon * g.0) * interval;
        let v = (b.1 + epsilon * g.1) * interval - moved;
        kernels += (u - v) * (b.1 - b.0 + epsilon * (g.0 + g.1));
        cotangents[0][i] -= u / (2.0 * epsilon);
        cotangents[1][i] -= v / (2.0 * epsilon);
    }
    here.potential - there.potential + kernels / (4.0 * epsilon)
}

#[cfg(test)]
mod tests;
