//! What the mixtures share.

use crate::math::exp_clamped;
use crate::real::Real;

/// Replaces the log densities `l_i` of the components, weights included, by `e^{l_i − largest}`, which are proportional
/// to their responsibilities, and returns the sum. The largest `l_i` is given.
#[inline(always)]
pub(super) fn exponentiate<R: Real>(log_densities: &mut [R], largest: R) -> R {
    let mut sum = R::zero();
    for number in log_densities {
        *number = exp_clamped(*number - largest);
        sum = sum + *number;
    }
    sum
}
