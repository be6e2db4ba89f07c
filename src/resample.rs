//! Resampling: walkers with small weights are replaced by copies of those with large ones.
//!
//! Afterwards every weight is the mean weight: the caller adds `logmeanexp(A)` to the running `log Z` and sets
//! `A = 0`. The expected number of copies of walker `i` is `n w_i / Σw`, which keeps estimates unbiased.
//!
//! | scheme | uniform numbers | copies of walker `i`, of mean `m = n w_i / Σw` |
//! |---|---|---|
//! | [`systematic`] | 1 | `m` rounded up or down |
//! | [`stratified`] | `n` | `m` to within 2 |
//! | [`residual`] | up to `n` | `⌊m⌋`, and multinomial in what is left over |
//! | [`multinomial`] | `n` | binomial: for comparison |

use crate::math::{exp, ln};
use crate::weight::WeightSum;

/// How the numbers of copies are drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Resampling {
    /// [`systematic`]
    #[default]
    Systematic,
    /// [`stratified`]
    Stratified,
    /// [`residual`]
    Residual,
    /// [`multinomial`]
    Multinomial,
}

impl Resampling {
    /// Writes how many copies of each walker go on; they sum to `n`. `uniform` returns independent uniform numbers from
    /// `(0, 1]`. Returns the sums over the weights, or `None`, with nothing written, if every walker is lost.
    #[inline(always)]
    pub fn resample(
        self,
        log_weights: &[f64],
        mut uniform: impl FnMut() -> f64,
        copies: &mut [u32],
    ) -> Option<WeightSum> {
        match self {
            Resampling::Systematic => systematic(log_weights, uniform(), copies),
            Resampling::Stratified => stratified(log_weights, uniform, copies),
            Resampling::Residual => residual(log_weights, uniform, copies),
            Resampling::Multinomial => multinomial(log_weights, uniform, copies),
        }
    }
}

/// Systematic resampling (J. Carpenter, P. Clifford and P. Fearnhead, 1999): one uniform number, `n` equidistant
/// points. Writes how many copies of each walker go on; they sum to `n`. Returns the sums over the weights, or
/// `None`, with nothing written, if every walker is lost.
pub fn systematic(log_weights: &[f64], uniform: f64, copies: &mut [u32]) -> Option<WeightSum> {
    let sums = sums(log_weights, copies)?;
    let log_mean = sums.log_mean();
    // Walker i is copied once for each point u, u + 1, u + 2, … below the running sum of n w / Σw.
    distribute(log_weights, copies, |a| exp(a - log_mean), |passed| f64::from(passed) + uniform);
    Some(sums)
}

/// Stratified resampling (G. Kitagawa, 1996): as [`systematic`], with a uniform number for each of the `n` strata.
#[inline(always)]
pub fn stratified(log_weights: &[f64], mut uniform: impl FnMut() -> f64, copies: &mut [u32]) -> Option<WeightSum> {
    let sums = sums(log_weights, copies)?;
    let log_mean = sums.log_mean();
    distribute(log_weights, copies, |a| exp(a - log_mean), |passed| f64::from(passed) + uniform());
    Some(sums)
}

/// Multinomial resampling (N. J. Gordon, D. J. Salmond and A. F. M. Smith, 1993): `n` independent draws.
#[inline(always)]
pub fn multinomial(log_weights: &[f64], uniform: impl FnMut() -> f64, copies: &mut [u32]) -> Option<WeightSum> {
    let sums = sums(log_weights, copies)?;
    let (n, log_mean) = (log_weights.len() as f64, sums.log_mean());
    copies.fill(0);
    draw(log_weights, copies, log_weights.len() as u32, n, |a| exp(a - log_mean), uniform);
    Some(sums)
}

/// Residual resampling (J. S. Liu and R. Chen, 1998): `⌊n w_i / Σw⌋` copies of walker `i`, and multinomial draws of
/// what these leave over.
#[inline(always)]
pub fn residual(log_weights: &[f64], uniform: impl FnMut() -> f64, copies: &mut [u32]) -> Option<WeightSum> {
    let sums = sums(log_weights, copies)?;
    let log_mean = sums.log_mean();
    let n = log_weights.len() as u32;
    let (mut passed, mut rest) = (0, 0.0);
    for (&log_weight, copies) in log_weights.iter().zip(copies.iter_mut()) {
        let mass = if log_weight.is_finite() { exp(log_weight - log_mean) } else { 0.0 };
        // Rounding may not make more walkers than there are.
        *copies = (libm::floor(mass) as u32).min(n - passed);
        passed += *copies;
        rest += mass - libm::floor(mass);
    }
    let fraction = |a| {
        let mass = exp(a - log_mean);
        mass - libm::floor(mass)
    };
    draw(log_weights, copies, n - passed, rest, fraction, uniform);
    Some(sums)
}

/// The sums over the weights, if there is something to resample.
fn sums(log_weights: &[f64], copies: &[u32]) -> Option<WeightSum> {
    let sums = WeightSum::of(log_weights);
    (sums.log_mean().is_finite() && copies.len() == log_weights.len()).then_some(sums)
}

/// Gives each walker the points below the running sum of `mass`; `point(i)` is the i-th of `n`, in increasing order.
#[inline(always)]
fn distribute(log_weights: &[f64], copies: &mut [u32], mass: impl Fn(f64) -> f64, mut point: impl FnMut(u32) -> f64) {
    let n = log_weights.len() as u32;
    let (mut total, mut passed, mut last) = (0.0, 0, 0);
    let mut next = point(0);
    for (i, (&log_weight, copies)) in log_weights.iter().zip(copies.iter_mut()).enumerate() {
        *copies = 0;
        if log_weight.is_finite() {
            total += mass(log_weight);
            last = i;
        }
        while passed < n && next < total {
            *copies += 1;
            passed += 1;
            next = if passed < n { point(passed) } else { f64::INFINITY };
        }
    }
    // The running sum may end a rounding error short of n.
    if let Some(copies) = copies.get_mut(last) {
        *copies += n - passed;
    }
}

/// Adds `count` independent draws, walker `i` with probability `mass(A_i) / total`. The largest of the uniform points
/// that are left comes first, so they need neither memory nor sorting.
#[inline(always)]
fn draw(
    log_weights: &[f64],
    copies: &mut [u32],
    count: u32,
    total: f64,
    mass: impl Fn(f64) -> f64,
    mut uniform: impl FnMut() -> f64,
) {
    let mut left = count;
    // The largest of `left` uniform points in (0, top] is top · u^{1/left}.
    let mut next = |top: f64, left: u32| if left == 0 { -1.0 } else { top * exp(ln(uniform()) / f64::from(left)) };
    let mut point = next(total, left);
    let (mut above, mut first) = (total, None);
    for (i, (&log_weight, copies)) in log_weights.iter().zip(copies.iter_mut()).enumerate().rev() {
        if !log_weight.is_finite() {
            continue;
        }
        above -= mass(log_weight);
        while left > 0 && point > above {
            *copies += 1;
            left -= 1;
            point = next(point, left);
        }
        if mass(log_weight) > 0.0 {
            first = Some(i);
        }
    }
    // The running sum may end a rounding error above zero.
    if let Some(copies) = first.and_then(|first| copies.get_mut(first)) {
        *copies += left;
    }
}

/// Carries out a resampling in place: calls `copy(from, to)` for every walker that is replaced, in the order of the
/// walkers replaced. Survivors stay where they are.
pub fn replace(copies: &[u32], mut copy: impl FnMut(usize, usize)) {
    let mut spare = copies.iter().enumerate().flat_map(|(from, &n)| (1..n).map(move |_| from));
    for (to, &n) in copies.iter().enumerate() {
        if n == 0 {
            let Some(from) = spare.next() else { return };
            copy(from, to);
        }
    }
}
