//! Resampling: walkers with small weights are replaced by copies of those with large ones.
//!
//! Afterwards every weight is the mean weight: the caller adds `logmeanexp(A)` to the running `log Z` and sets
//! `A = 0`. The expected number of copies of walker `i` is `n w_i / Σw`, which keeps estimates unbiased.

use crate::math::exp;
use crate::weight::WeightSum;

/// Systematic resampling (J. Carpenter, P. Clifford and P. Fearnhead, 1999): one uniform number, `n` equidistant
/// points. Writes how many copies of each walker go on; they sum to `n`. Returns the sums over the weights, or
/// `None`, with nothing written, if every walker is lost.
pub fn systematic(log_weights: &[f64], uniform: f64, copies: &mut [u32]) -> Option<WeightSum> {
    let sums = WeightSum::of(log_weights);
    let (n, log_mean) = (log_weights.len() as f64, sums.log_mean());
    if !log_mean.is_finite() || copies.len() != log_weights.len() {
        return None;
    }
    // Walker i is copied once for each point u, u + 1, u + 2, … below the running sum of n w / Σw.
    let mut mass = 0.0;
    let mut passed = 0u32;
    let mut last = 0;
    for (i, (&log_weight, copies)) in log_weights.iter().zip(copies.iter_mut()).enumerate() {
        if log_weight.is_finite() {
            mass += exp(log_weight - log_mean);
            last = i;
        }
        let reached = libm::ceil(mass - uniform).clamp(0.0, n) as u32;
        *copies = reached.max(passed) - passed;
        passed += *copies;
    }
    // The running sum may end a rounding error short of n.
    if let Some(copies) = copies.get_mut(last) {
        *copies += log_weights.len() as u32 - passed;
    }
    Some(sums)
}

/// Carries out a resampling in place: calls `copy(from, to)` for every walker that is replaced, in the order of the
/// walkers replaced. Survivors stay where they are. `copies` is used up.
pub fn replace(copies: &mut [u32], mut copy: impl FnMut(usize, usize)) {
    let mut from = 0;
    for to in 0..copies.len() {
        if copies.get(to) != Some(&0) {
            continue;
        }
        while copies.get(from).is_some_and(|&c| c < 2) {
            from += 1;
        }
        let Some(spare) = copies.get_mut(from) else { return };
        *spare -= 1;
        copy(from, to);
    }
}
