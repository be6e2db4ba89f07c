//! Equal weights from unequal ones.

/// Rows of `count` walkers that stand for the weighted ones with equal weights, in ascending order: systematic
/// resampling, in which a walker of normalised weight `w` appears `⌊count w⌋` or `⌈count w⌉` times. `uniform` in
/// `[0, 1)` shifts the comb. Empty if no walker has any weight.
pub fn equal_weight_rows(log_weights: &[f64], count: usize, uniform: f64) -> Vec<usize> {
    let weights = relative(log_weights);
    let spacing = weights.iter().sum::<f64>() / count as f64;
    if spacing.is_nan() || spacing <= 0.0 {
        return vec![];
    }
    let mut rows = Vec::with_capacity(count);
    let mut sum = 0.0;
    for (row, weight) in weights.iter().enumerate() {
        sum += weight;
        while rows.len() < count && (rows.len() as f64 + uniform) * spacing < sum {
            rows.push(row);
        }
    }
    // Rounding may leave the last tooth of the comb just above the sum.
    let last = weights.iter().rposition(|&weight| weight > 0.0).unwrap_or(0);
    rows.resize(count, last);
    rows
}

/// Weights relative to the largest; zero for lost walkers.
pub(crate) fn relative(log_weights: &[f64]) -> Vec<f64> {
    let finite = |weight: &&f64| weight.is_finite();
    let largest = log_weights.iter().filter(finite).copied().fold(f64::NEG_INFINITY, f64::max);
    log_weights.iter().map(|weight| if weight.is_finite() { (weight - largest).exp() } else { 0.0 }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_differ_from_the_weights_by_less_than_one() {
        let log_weights: Vec<f64> = (0..50).map(|i| (1.0 + (i % 7) as f64).ln() + 500.0).collect();
        let total: f64 = log_weights.iter().map(|w| (w - 500.0).exp()).sum();
        let rows = equal_weight_rows(&log_weights, 1000, 0.37);
        assert_eq!(rows.len(), 1000);
        assert!(rows.is_sorted());
        for (row, weight) in log_weights.iter().enumerate() {
            let (count, expected) =
                (rows.iter().filter(|&&r| r == row).count() as f64, 1000.0 * (weight - 500.0).exp() / total);
            assert!((count - expected).abs() < 1.0, "walker {row} of expected count {expected} appears {count} times");
        }
    }

    #[test]
    fn lost_walkers_never_appear() {
        let rows = equal_weight_rows(&[f64::NEG_INFINITY, 0.0, f64::NAN, 0.0], 3, 0.999_999_999);
        assert_eq!(rows, [1, 3, 3]);
        assert!(equal_weight_rows(&[f64::NEG_INFINITY], 3, 0.5).is_empty());
    }
}
