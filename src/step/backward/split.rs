//! The reversal of a split step.

use super::super::moves::{self, Move, Proposal};
use super::super::split::carry;
use super::super::{Increment, Interval, Map, Noise, State, Workspace, move_where_finite};
use super::beyond;
use super::inverse::{Room, invert};
use crate::drift::{Drift, Scratch};
use crate::path::Path;
use crate::real::Real;

/// One step of [`split`](fn@crate::step::split) back, and what the step forward along the same path adds to the log weight:
///
/// ```text
/// y = the reversed move from x′, which leaves e^{−U_t′} invariant, or the log ratio of the move from y is added to A
/// x = Φ⁻¹(y),    A += U_t(x) − U_t′(y) + log det ∂Φ/∂x
/// ```
///
/// Where `Φ` is one-to-one the walkers of steps forward and back have the same paths. Where it is not, one of the places that
/// `Φ` maps to `y` is found, and weights of steps forward count all of them: estimates of the two then differ. A walker is
/// lost where no inverse is found, or where the determinant is not positive.
#[inline(always)]
pub fn split_back<R: Real>(
    (map, motion): (Map, Move),
    path: &(impl Path<R> + ?Sized),
    drift: &(impl Drift<R> + ?Sized),
    interval: Interval<'_, R::Scalar>,
    noise: Noise<'_, R>,
    state: &mut State<'_, R>,
    workspace: &mut Workspace<'_, R>,
) -> Increment<R> {
    let (d, form) = (path.dim(), drift.jacobian_form());
    let cut = workspace.cut(d, form);
    let [x, trial, image, step] = cut.vectors;
    let [matrix, inner, outer] = cut.matrices;
    let Scratch { values, streams } = cut.scratch;
    let (more, values) = values.split_at_mut_checked(beyond(d, form)).unwrap_or_default();
    let (first, more) = more.split_at_mut_checked(d).unwrap_or_default();
    let (second, augmented) = more.split_at_mut_checked(d).unwrap_or_default();
    let mut scratch = Scratch { values, streams };
    if !state.known {
        state.potential = path.potential(R::splat(interval.end), state.x, state.gradient, scratch.values);
    }

    let (mut gain, mut accepted) = (R::zero(), R::one());
    if interval.motion.epsilon * (interval.end - interval.start) > R::Scalar::zero() {
        let (x, gradient) = (&mut *x, &mut *trial);
        let proposal =
            Proposal { x, gradient, momentum: &mut *image, displacement: &mut *step, scratch: scratch.values };
        (gain, accepted) = moves::take_back(motion, path, interval, noise, state, proposal);
    }

    let room = Room {
        trial: &mut *trial,
        image: &mut *image,
        step,
        middle: [&mut *first, &mut *second],
        matrices: [&mut *matrix, &mut *inner, &mut *outer],
        augmented,
    };
    let miss = invert(map, drift, interval, state.x, x, room, scratch.reborrow());
    let matrices = [matrix, inner, outer];
    let log_determinant = carry(map, drift, interval, x, image, [first, second], matrices, scratch.reborrow());
    let gradient = trial;
    let potential = path.potential(R::splat(interval.start), x, gradient, scratch.values);
    let log_weight = potential - state.potential + log_determinant + gain + miss;

    move_where_finite(log_weight, x, state.x);
    move_where_finite(log_weight, gradient, state.gradient);
    state.potential = log_weight.select_finite(potential, state.potential);
    state.known = true;
    Increment { log_weight, accepted }
}
