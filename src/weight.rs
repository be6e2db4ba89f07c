//! Log weights of a population: sums that cannot overflow, effective sample size, the normaliser and its error.

use crate::math::{exp, ln};
use crate::real::Scalar;

/// Running sums over weights `w = e^A`, relative to the largest.
///
/// `log_z = log_z_base + log_mean()` by Jarzynski's equality, `E[e^A] = Z_t / Z_0`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WeightSum {
    /// Walkers seen, lost ones too.
    pub walkers: u64,
    /// Walkers with weight zero.
    pub lost: u64,
    /// The largest `A`, −∞ before any.
    pub largest: f64,
    /// `Σ e^{A − largest}`
    pub sum: f64,
    /// `Σ e^{2(A − largest)}`
    pub sum_squares: f64,
}

impl Default for WeightSum {
    fn default() -> Self {
        WeightSum { walkers: 0, lost: 0, largest: f64::NEG_INFINITY, sum: 0.0, sum_squares: 0.0 }
    }
}

impl WeightSum {
    /// The sums over a slice, in its order.
    #[inline(always)]
    pub fn of(log_weights: &[f64]) -> Self {
        let mut sums = WeightSum { walkers: log_weights.len() as u64, ..WeightSum::default() };
        for &log_weight in log_weights {
            if log_weight.is_finite() {
                sums.largest = sums.largest.max(log_weight);
            } else {
                sums.lost += 1;
            }
        }
        // Exponentials side by side, sums in order.
        for group in log_weights.chunks(16) {
            let mut weights = [0.0; 16];
            for (weight, &log_weight) in weights.iter_mut().zip(group) {
                let finite = log_weight.is_finite();
                *weight = if finite { exp(log_weight - sums.largest) } else { 0.0 };
            }
            for weight in weights {
                sums.sum += weight;
                sums.sum_squares += weight * weight;
            }
        }
        sums
    }

    /// Adds the walkers of `other` after those of `self`.
    pub fn merge(&mut self, other: &WeightSum) {
        self.walkers += other.walkers;
        self.lost += other.lost;
        if other.sum > 0.0 {
            self.raise(other.largest);
            let scale = exp(other.largest - self.largest);
            self.sum += scale * other.sum;
            self.sum_squares += scale * scale * other.sum_squares;
        }
    }

    /// Makes sums relative to `level` if that is larger than the largest so far.
    fn raise(&mut self, level: f64) {
        if level > self.largest {
            let scale = exp(self.largest - level);
            self.sum *= scale;
            self.sum_squares *= scale * scale;
            self.largest = level;
        }
    }

    /// `log (1/n) Σ e^A`; −∞ if every walker is lost.
    pub fn log_mean(&self) -> f64 {
        self.largest + ln(self.sum) - ln(self.walkers as f64)
    }

    /// Effective sample size as a fraction of the walkers, `(Σw)² / n Σw²`; 0 if every walker is lost.
    pub fn ess(&self) -> f64 {
        if self.sum > 0.0 { self.sum * self.sum / (self.sum_squares * self.walkers as f64) } else { 0.0 }
    }

    /// The largest weight over the sum of all; 0 if every walker is lost.
    pub fn max_weight(&self) -> f64 {
        if self.sum > 0.0 { 1.0 / self.sum } else { 0.0 }
    }

    /// Standard error of [`WeightSum::log_mean`] by the delta method, `√((n Σw²/(Σw)² − 1) / (n − 1))`; infinite with
    /// fewer than two walkers.
    pub fn log_mean_stderr(&self) -> f64 {
        if self.walkers < 2 || self.sum <= 0.0 {
            return f64::INFINITY;
        }
        libm::sqrt((1.0 / self.ess() - 1.0).max(0.0) / (self.walkers - 1) as f64)
    }
}

/// The effective sample size, as a fraction, that weights `e^A` would have kept of theirs after the increments
/// `e^a`: `(Σ W e^a)² / Σ W e^{2a}` with `W = e^A / Σ e^A` (Y. Zhou, A. M. Johansen and J. A. D. Aston, 2016, eq. 3.16
/// over `n`). 1 if all increments are equal, 0 if every walker is lost.
pub fn conditional_ess(log_weights: &[f64], increments: &[f64]) -> f64 {
    let finite = |&(&weight, &increment): &(&f64, &f64)| weight.is_finite() && increment.is_finite();
    let largest =
        |values: &[f64]| values.iter().copied().filter(|value| value.is_finite()).fold(f64::NEG_INFINITY, f64::max);
    let (top_weight, top_increment) = (largest(log_weights), largest(increments));
    let (mut before, mut sum, mut squares) = (0.0, 0.0, 0.0);
    for &weight in log_weights.iter().filter(|weight| weight.is_finite()) {
        before += exp(weight - top_weight);
    }
    for (&weight, &increment) in log_weights.iter().zip(increments).filter(finite) {
        let (weight, growth) = (exp(weight - top_weight), exp(increment - top_increment));
        sum += weight * growth;
        squares += weight * growth * growth;
    }
    if squares > 0.0 { sum * sum / (squares * before) } else { 0.0 }
}

/// Weighted mean `m_j = Σ_i w_i x_ij / Σ_i w_i` and variance `Σ_i w_i (x_ij − m_j)² / Σ_i w_i` of each of the
/// `mean.len()` coordinates, in double precision. Row `i` of `x` starts at `i * stride`; a walker whose log weight is not
/// finite counts with weight zero, wherever it is. `None`, with nothing written, if every walker is lost.
pub fn moments<S: Scalar>(
    log_weights: &[f64],
    x: &[S],
    stride: usize,
    mean: &mut [f64],
    variance: &mut [f64],
) -> Option<()> {
    let finite = || log_weights.iter().zip(x.chunks(stride.max(1))).filter(|(log_weight, _)| log_weight.is_finite());
    let largest = finite().map(|(&log_weight, _)| log_weight).fold(f64::NEG_INFINITY, f64::max);
    let total: f64 = finite().map(|(&log_weight, _)| exp(log_weight - largest)).sum();
    if !largest.is_finite() {
        return None;
    }
    mean.fill(0.0);
    variance.fill(0.0);
    for (&log_weight, row) in finite() {
        let weight = exp(log_weight - largest) / total;
        for (mean, &x) in mean.iter_mut().zip(row) {
            *mean += weight * x.to_f64();
        }
    }
    for (&log_weight, row) in finite() {
        let weight = exp(log_weight - largest) / total;
        for ((variance, &mean), &x) in variance.iter_mut().zip(&*mean).zip(row) {
            *variance += weight * (x.to_f64() - mean) * (x.to_f64() - mean);
        }
    }
    Some(())
}
