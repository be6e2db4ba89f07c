//! What the training of a network minimises.

use super::network::{NetworkOptions, NetworkState};
use nets_kernel::drift::mlp::Trainee;
use nets_kernel::path::Path;
use nets_kernel::real::Real;
use nets_kernel::rng::Stream;
use rayon::prelude::*;

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

/// The sum of the chunks' gradients, in their order, times `scale`.
pub(super) fn total<R: Real>(chunks: &[Vec<R::Scalar>], scale: f64) -> Vec<R::Scalar> {
    use nets_kernel::real::Scalar;
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
