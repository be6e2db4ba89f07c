//! Whether every mode of a mixture has its weight.

use super::resampling::relative;
use super::transport::squared_distance;
use crate::target::{Modes, Target};
use serde::Serialize;
use statrs::function::gamma::checked_gamma_ur;

/// Exact samples that measure the cells: their own error is then a hundredth of that of some thousand walkers.
const REFERENCE: usize = 1_000_000;
/// Numbers that they may take, 128 MB: in more than 16 dimensions there are fewer of them.
const NUMBERS: usize = 16_000_000;

/// Effective walkers that every cell should have for the statistic to follow its distribution: the usual rule for
/// Pearson's test.
pub const FEWEST: f64 = 5.0;

/// The regions nearest to each mode, with their probabilities.
#[derive(Clone, Debug, PartialEq)]
pub struct Cells {
    dim: usize,
    centres: Vec<f64>,
    probability: Vec<f64>,
    /// Samples that measured the probabilities; infinite if they are exact.
    reference: f64,
}

/// What the cells say of a cloud.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Coverage {
    /// Modes with at least half the weight they should have.
    pub modes: usize,
    /// Modes in all.
    pub modes_total: usize,
    /// The test statistic of [`Cells::coverage`].
    pub chi2: f64,
    /// The probability of a greater one, if the walkers sample the target; unknown with fewer than [`FEWEST`]
    /// effective walkers to be expected in a cell.
    pub p_value: Option<f64>,
    /// `1 − Σ p̂ log(p̂ / p) / log M`: the entropic mode coverage, 1 when every mode has its weight.
    pub entropic: f64,
}

impl Cells {
    /// The cells of `target`, where its modes are known. Neighbouring modes overlap, so the probability of a cell
    /// is not quite the weight of its mode (2 % apart for the 40-mode mixture): where exact samples can be had,
    /// `10⁶` of them measure it, or as many as fit in 128 MB.
    pub fn of(target: &impl Target, seed: u64) -> Option<Cells> {
        let modes = target.modes()?;
        let mut cells = Cells::new(target.dim(), modes);
        let reference = REFERENCE.min(NUMBERS / target.dim());
        if let Some(x) = target.exact_samples(seed, reference) {
            let mut counts = vec![0_u64; cells.probability.len()];
            for x in x.chunks_exact(cells.dim) {
                counts[cells.nearest(x)] += 1;
            }
            cells.probability = counts.iter().map(|&count| count as f64 / reference as f64).collect();
            cells.reference = reference as f64;
        }
        Some(cells)
    }

    /// Cells whose probabilities are the weights of the modes.
    pub fn new(dim: usize, modes: Modes) -> Cells {
        Cells { dim, centres: modes.centres, probability: modes.weights, reference: f64::INFINITY }
    }

    /// The cell that `x` is in.
    pub fn nearest(&self, x: &[f64]) -> usize {
        let distances = self.centres.chunks_exact(self.dim).map(|centre| squared_distance(centre, x));
        distances.enumerate().min_by(|a, b| a.1.total_cmp(&b.1)).map_or(0, |(cell, _)| cell)
    }

    /// Tests whether walkers with these `cells` and log weights have the cells' probabilities.
    ///
    /// With `W_m = Σ w` and `Q_m = Σ w²` over the walkers of cell `m`, a cell's weight has, if the walkers sample
    /// the target, the mean `c p_m` with `c` common to all, and the variance `σ_m² = p_m Q_m / W_m` (`c² p_m²` over
    /// the number of reference samples comes on top). The statistic
    ///
    /// ```text
    /// χ² = min_c Σ_m (W_m − c p_m)² / σ_m²
    /// ```
    ///
    /// then follows the χ² distribution with `M − 1` degrees of freedom; equal weights make it Pearson's.
    /// An empty cell takes `Q / W` of the whole cloud.
    ///
    /// It asks for independent walkers (resampled ones share ancestors, which makes `p` too small), for [`FEWEST`]
    /// effective walkers in every cell, and for weights whose variance the cloud shows.
    pub fn coverage(&self, cells: &[usize], log_weights: &[f64]) -> Coverage {
        let count = self.probability.len();
        let (mut weight, mut square) = (vec![0.0; count], vec![0.0; count]);
        for (&cell, w) in cells.iter().zip(relative(log_weights)) {
            weight[cell] += w;
            square[cell] += w * w;
        }
        let (total, total_square) = (weight.iter().sum::<f64>(), square.iter().sum::<f64>());
        for (weight, square) in weight.iter_mut().zip(&mut square) {
            *weight /= total;
            *square /= total * total;
        }
        let everywhere = total_square / (total * total);

        // Σ_m (W_m − c p_m)²/σ_m² is least at c = Σ pW/σ² / Σ p²/σ².
        let variance: Vec<f64> = (0..count)
            .map(|m| {
                let p = self.probability[m];
                let per_weight = if weight[m] > 0.0 { square[m] / weight[m] } else { everywhere };
                p * per_weight + p / self.reference
            })
            .collect();
        let sum = |term: &dyn Fn(usize) -> f64| (0..count).map(|m| term(m) / variance[m]).sum::<f64>();
        let c = sum(&|m| self.probability[m] * weight[m]) / sum(&|m| self.probability[m].powi(2));
        let chi2 = sum(&|m| (weight[m] - c * self.probability[m]).powi(2));

        let fewest = self.probability.iter().copied().fold(1.0, f64::min) / everywhere;

        let divergence: f64 =
            weight.iter().zip(&self.probability).filter(|(w, _)| **w > 0.0).map(|(w, p)| w * (w / p).ln()).sum();
        Coverage {
            modes: weight.iter().zip(&self.probability).filter(|(w, p)| **w >= 0.5 * **p).count(),
            modes_total: count,
            chi2,
            p_value: (fewest >= FEWEST).then(|| upper_tail(chi2, count.saturating_sub(1))),
            entropic: if count > 1 { 1.0 - divergence / (count as f64).ln() } else { 1.0 },
        }
    }
}

/// `P(χ² > chi2)` with so many degrees of freedom: the regularised incomplete gamma function `Q(k/2, χ²/2)`.
fn upper_tail(chi2: f64, degrees: usize) -> f64 {
    if degrees == 0 || chi2 == 0.0 {
        return 1.0;
    }
    checked_gamma_ur(degrees as f64 / 2.0, chi2 / 2.0).unwrap_or(f64::NAN)
}

#[cfg(test)]
mod tests {
    use super::*;
    use nets_kernel::rng::{Purpose, Stream};

    /// Modes on a line, with weights 1 : 2 : 3 : 4.
    fn cells() -> Cells {
        let weights = vec![0.1, 0.2, 0.3, 0.4];
        Cells::new(1, Modes { centres: vec![0.0, 10.0, 20.0, 30.0], weights })
    }

    #[test]
    fn equal_weights_make_it_pearsons_test() {
        let counts = [13, 18, 33, 36];
        let walkers: Vec<usize> = (0..4).flat_map(|m| std::iter::repeat_n(m, counts[m])).collect();
        let coverage = cells().coverage(&walkers, &[7.0; 100]);
        let pearson = 9.0 / 10.0 + 4.0 / 20.0 + 9.0 / 30.0 + 16.0 / 40.0;
        assert!((coverage.chi2 - pearson).abs() < 1e-9, "{} is not {pearson}", coverage.chi2);
        assert_eq!((coverage.modes, coverage.modes_total), (4, 4));
        // From tables: P(χ²_3 > 7.815) = 0.05.
        assert!((upper_tail(7.814_727_903, 3) - 0.05).abs() < 1e-9);
    }

    #[test]
    fn a_missing_mode_is_seen() {
        let walkers: Vec<usize> = (0..400).map(|i| [1, 2, 2, 3][i % 4]).collect();
        let coverage = cells().coverage(&walkers, &[0.0; 400]);
        assert_eq!(coverage.modes, 3);
        assert!(coverage.p_value.unwrap() < 1e-9 && coverage.entropic < 0.95, "{coverage:?}");
    }

    #[test]
    fn exact_counts_give_a_full_coverage() {
        let walkers: Vec<usize> = (0..100).map(|i| [0, 1, 1, 2, 2, 2, 3, 3, 3, 3][i % 10]).collect();
        let coverage = cells().coverage(&walkers, &[0.0; 100]);
        assert!((coverage.entropic - 1.0).abs() < 1e-12 && coverage.chi2 < 1e-12, "{coverage:?}");
        assert!(coverage.p_value.unwrap() > 0.999, "{coverage:?}");
        let few = cells().coverage(&walkers[..10], &[0.0; 10]);
        assert_eq!(few.p_value, None, "one walker in a cell is no base for a test");
    }

    /// Walkers of a proposal with equal counts per mode, weighted to the target with noise in the weights: p-values
    /// are uniform, so their mean over 400 clouds is ½ with standard error 0.0144. Forgetting the spread of the
    /// weights (n in place of the effective size) makes it 0.2.
    #[test]
    fn weighted_walkers_get_uniform_p_values() {
        let cells = cells();
        let mut mean = 0.0;
        for cloud in 0..400 {
            let mut stream = Stream::<f64>::new(0, Purpose::Evaluate, cloud);
            let (mut walkers, mut log_weights) = (vec![], vec![]);
            for _ in 0..2000 {
                let mode = ((stream.uniform() * 4.0) as usize).min(3);
                // An exponential factor of mean one doubles Σw².
                let noise = -stream.uniform().ln();
                walkers.push(mode);
                log_weights.push((cells.probability[mode] * noise).ln());
            }
            mean += cells.coverage(&walkers, &log_weights).p_value.unwrap() / 400.0;
        }
        assert!((mean - 0.5).abs() < 3.0 * 0.0144, "mean p-value {mean}");
    }
}
