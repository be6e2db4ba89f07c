//! Means and standard deviations that heavy tails do not carry away.

use nets_kernel::math::exp;
use nets_kernel::weight::WeightSum;

/// Of each coordinate.
pub(super) struct Moments {
    pub mean: Vec<f64>,
    pub sd: Vec<f64>,
}

/// The share of the weight beyond a quantile, on each side.
const TAIL: f64 = 0.01;
/// How many standard deviations away a quantile may lie: for a Gaussian it is 2.3.
const REACH: f64 = 3.0;

/// Moments of weighted points in rows of `d` numbers, winsorised: what lies beyond the first or the last hundredth of the
/// weight counts as if it were there. The standard deviation is at least a third of the distance to those, so that it
/// covers a mode which a few walkers are in. NaN if there are no points of finite weight.
pub(super) fn moments(d: usize, rows: &[f64], log_weights: &[f64]) -> Moments {
    let level = WeightSum::of(log_weights).log_mean();
    let (mut mean, mut sd) = (vec![f64::NAN; d], vec![f64::NAN; d]);
    for i in 0..d {
        let mut points: Vec<(f64, f64)> = rows
            .iter()
            .skip(i)
            .step_by(d)
            .zip(log_weights)
            .map(|(&x, &a)| (x, exp(a - level)))
            .filter(|(x, w)| x.is_finite() && *w > 0.0)
            .collect();
        points.sort_by(|a, b| a.0.total_cmp(&b.0));
        let total: f64 = points.iter().map(|(_, w)| w).sum();
        let Some((low, high)) = quantile(&points, TAIL * total).zip(quantile(&points, (1.0 - TAIL) * total)) else {
            continue;
        };
        let average =
            |f: &dyn Fn(f64) -> f64| points.iter().map(|(x, w)| w * f(x.clamp(low, high))).sum::<f64>() / total;
        let m = average(&|x| x);
        mean[i] = m;
        sd[i] = average(&|x| (x - m) * (x - m)).sqrt().max((high - m) / REACH).max((m - low) / REACH);
    }
    Moments { mean, sd }
}

/// The first of the sorted points up to which there is the weight `share`.
fn quantile(points: &[(f64, f64)], share: f64) -> Option<f64> {
    let mut sum = 0.0;
    let reached = points.iter().find(|(_, w)| {
        sum += w;
        sum >= share
    });
    reached.or(points.last()).map(|(x, _)| *x)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One mode of a fiftieth of the weight at distance 10 from a narrow one: mean 0.2, standard deviation 1.4 by hand, and
    /// a third of the distance to the far mode is more.
    #[test]
    fn a_light_mode_is_covered() {
        let rows: Vec<f64> = (0..500).map(|k| if k % 50 == 0 { 10.0 } else { 0.0 }).collect();
        let Moments { mean, sd } = moments(1, &rows, &vec![-3.0; 500]);
        assert!((mean[0] - 0.2).abs() < 1e-12 && (sd[0] - 9.8 / 3.0).abs() < 1e-12, "{mean:?} {sd:?}");
    }

    /// The same by weights, in the second of two coordinates; a point of no weight does not count, wherever it is.
    #[test]
    fn weights_count() {
        let rows = [1.0, 0.0, 1.0, 10.0, 1e300, 1e300];
        let Moments { mean, sd } = moments(2, &rows, &[0.75_f64.ln(), 0.25_f64.ln(), f64::NEG_INFINITY]);
        assert!((mean[1] - 2.5).abs() < 1e-12 && (sd[1] - 18.75_f64.sqrt()).abs() < 1e-12, "{mean:?} {sd:?}");
        assert!(mean[0] == 1.0 && sd[0] == 0.0);
        assert!(moments(1, &[1.0], &[f64::NEG_INFINITY]).mean[0].is_nan());
    }

    /// A single point at 1e9 among a thousand does not move what is measured by more than its share allows.
    #[test]
    fn a_stray_point_is_held_back() {
        let rows: Vec<f64> = (0..1000).map(|k| if k == 7 { 1e9 } else { f64::from(k % 101) - 50.0 }).collect();
        let Moments { mean, sd } = moments(1, &rows, &vec![0.0; 1000]);
        // Uniform on −50 … 50: standard deviation 29.15.
        assert!(mean[0].abs() < 1.0 && (sd[0] - 29.15).abs() < 0.5, "{mean:?} {sd:?}");
    }
}
