//! What the training of a network minimises.

use super::buffers::{Buffers, CHUNK};
use super::network::{NetworkOptions, NetworkState};
use super::rounds::Round;
use nets_kernel::drift::mlp::{Trainee, layout::parameters};
use nets_kernel::path::Path;
use nets_kernel::real::{Real, Scalar, Tile};
use nets_kernel::rng::Stream;
use rayon::prelude::*;
use std::collections::VecDeque;

/// An objective, estimated on batches of the places in [`NetworkState::rounds`].
pub(super) trait Objective<R: Real, const MR: usize>: Sync {
    /// Draws a batch by `choices`; returns its mean loss and the derivatives by the network's parameters. May learn what
    /// the objective keeps in the state beside them.
    fn batch(
        &self,
        options: &NetworkOptions,
        trainee: &Trainee<'_, R::Scalar, MR>,
        path: &(dyn Path<R> + Send + Sync),
        choices: &mut Stream<f64>,
        state: &mut NetworkState<R::Scalar>,
    ) -> (f64, Vec<R::Scalar>);
}

/// A number below `n`.
pub(super) fn below(choices: &mut Stream<f64>, n: usize) -> usize {
    ((u64::from(choices.word()) * n as u64) >> 32) as usize
}

/// One of the rounds; where there is but one, nothing is taken from `choices`.
pub(super) fn any_round<'a, S>(rounds: &'a VecDeque<Round<S>>, choices: &mut Stream<f64>) -> &'a Round<S> {
    &rounds[if rounds.len() > 1 { below(choices, rounds.len()) } else { 0 }]
}

/// The sum of the chunks' gradients, in their order, times `scale`.
pub(super) fn total<R: Real>(chunks: &[Vec<R::Scalar>], scale: f64) -> Vec<R::Scalar> {
    /// Parameters that a thread takes at a time.
    const SHARE: usize = 4096;
    let scale = R::Scalar::from_f64(scale);
    let mut gradient = vec![R::Scalar::zero(); chunks.first().map_or(0, Vec::len)];
    gradient.par_chunks_mut(SHARE).enumerate().for_each(|(share, gradient)| {
        for chunk in chunks {
            for (total, &part) in gradient.iter_mut().zip(&chunk[share * SHARE..]) {
                *total = *total + part;
            }
        }
        gradient.iter_mut().for_each(|g| *g = *g * scale);
    });
    gradient
}

/// Coordinates that no point has.
pub(super) const NO_TANGENTS: [usize; 2] = [usize::MAX; 2];

/// `scale` times the derivatives by the parameters of `Σ c·y` over places, whole chunks of them, where `y` is what the
/// network gives and `c` are the `cotangents`, as many for each place as the network has outputs.
pub(super) fn pull_back<R: Real, const MR: usize>(
    trainee: &Trainee<'_, R::Scalar, MR>,
    x: &[R::Scalar],
    t: &[R::Scalar],
    cotangents: &[f64],
    scale: f64,
) -> Vec<R::Scalar> {
    let (d, outputs) = (x.len() / t.len(), cotangents.len() / t.len());
    let chunks = x.par_chunks(CHUNK * d).zip(t.par_chunks(CHUNK)).zip(cotangents.par_chunks(CHUNK * outputs));
    let gradients: Vec<_> = chunks
        .map(|((x, t), cotangents)| {
            R::vectorize(
                #[inline(always)]
                || pull_back_chunk::<R, MR>(trainee, x, t, cotangents),
            )
        })
        .collect();
    total::<R>(&gradients, scale)
}

#[inline(always)]
fn pull_back_chunk<R: Real, const MR: usize>(
    trainee: &Trainee<'_, R::Scalar, MR>,
    x: &[R::Scalar],
    t: &[R::Scalar],
    cotangents: &[f64],
) -> Vec<R::Scalar> {
    let (d, outputs) = (x.len() / t.len(), cotangents.len() / t.len());
    let mut buffers = Buffers::<R>::new(trainee.network.sizes, d, 0);
    let mut sum = vec![R::Scalar::zero(); parameters(trainee.network.sizes)];
    for first in (0..t.len()).step_by(R::LANES) {
        buffers.load_tile(x, first);
        for part in 0..R::PARTS {
            buffers.load_part(part);
            let first = first + part * R::Part::LANES;
            let (mut tape, x, ..) = buffers.tape(part);
            trainee.forward(R::Part::load(&t[first..]), x, NO_TANGENTS, &mut tape);
            for (i, to) in tape.cotangents[0].iter_mut().take(outputs).enumerate() {
                let mut value = R::Part::zero();
                for lane in 0..R::Part::LANES {
                    value.set_lane(lane, R::Scalar::from_f64(cotangents[(first + lane) * outputs + i]));
                }
                *to = Tile([value, R::Part::zero(), R::Part::zero()]);
            }
            trainee.reverse(&mut tape);
        }
        buffers.add_gradient(trainee, &mut sum);
    }
    sum
}
