//! Entropic optimal transport between two clouds.

use super::transport::squared_distance;
use rayon::prelude::*;

/// What stops the iteration: the error `Σ_i |Σ_j P_ij − 1/n|` of either marginal, a thousandth. The value is then right to
/// some `10⁻⁶` of itself.
pub const TOLERANCE: f64 = 1e-3;
/// More iterations than this are given up.
const MOST_ITERATIONS: usize = 10_000;
/// Potentials go so many times as far as a plain iteration takes them, after some plain ones: about the best factor for an
/// error that shrinks by a few per cent an iteration (A. Thibault et al., 1711.01851).
const RELAXATION: f64 = 1.8;
const PLAIN: usize = 10;

/// The cost `|a_i − b_j|²` of every pair, row-major.
pub fn costs(dim: usize, a: &[f64], b: &[f64]) -> Vec<f64> {
    a.par_chunks_exact(dim).flat_map_iter(|p| b.chunks_exact(dim).map(move |q| squared_distance(p, q))).collect()
}

/// The Sinkhorn distance between `n` and `m` equally weighted points with the row-major matrix `cost`:
///
/// ```text
/// S_ε = min_P Σ P_ij C_ij + ε Σ P_ij log(n m P_ij),   Σ_j P_ij = 1/n, Σ_i P_ij = 1/m,
/// ```
///
/// in the units of the cost (M. Cuturi, 1306.0895). For `n = m`, `W₂² ≤ S_ε ≤ W₂² + ε log n` with the squared distance as
/// the cost. Sinkhorn's iteration on the potentials, `f_i = −ε log 1/m Σ_j e^{(g_j − C_ij)/ε}` and likewise `g`, in the
/// logarithm throughout and over-relaxed; ended when both marginals are right to `tolerance`. What is returned is the dual
/// value `1/n Σ f + 1/m Σ g` after a plain step of `g`, which approaches `S_ε` from below with the square of the error.
/// `None` if 10 000 iterations do not suffice, or the costs are not finite.
///
/// # Panics
/// If `cost` is no matrix of `n` rows.
pub fn sinkhorn(n: usize, cost: &[f64], epsilon: f64, tolerance: f64) -> Option<f64> {
    assert!(n > 0 && !cost.is_empty() && cost.len().is_multiple_of(n), "{} costs in {n} rows", cost.len());
    if !cost.iter().all(|cost| cost.is_finite()) {
        return None;
    }
    let m = cost.len() / n;
    let mut transposed = vec![0.0; cost.len()];
    for (i, row) in cost.chunks_exact(m).enumerate() {
        for (j, &cost) in row.iter().enumerate() {
            transposed[j * n + i] = cost;
        }
    }
    let mut f = vec![0.0; n];
    let mut g = potentials(&transposed, &f, epsilon);
    for iteration in 0..MOST_ITERATIONS {
        let factor = if iteration < PLAIN { 1.0 } else { RELAXATION };
        let next = potentials(cost, &g, epsilon);
        let error = marginal_error(&f, &next, epsilon);
        relax(&mut f, &next, factor);
        let next = potentials(&transposed, &f, epsilon);
        if error.max(marginal_error(&g, &next, epsilon)) < tolerance {
            return Some(f.iter().sum::<f64>() / n as f64 + next.iter().sum::<f64>() / m as f64);
        }
        relax(&mut g, &next, factor);
    }
    None
}

/// `Σ_i |Σ_j P_ij − 1/n|`: the `next` potential would make each row sum `1/n`, so they are `e^{(f − next)/ε}/n`.
fn marginal_error(f: &[f64], next: &[f64], epsilon: f64) -> f64 {
    let error: f64 = f.iter().zip(next).map(|(f, next)| (((f - next) / epsilon).exp() - 1.0).abs()).sum();
    error / f.len() as f64
}

fn relax(f: &mut [f64], next: &[f64], factor: f64) {
    for (f, next) in f.iter_mut().zip(next) {
        *f += factor * (next - *f);
    }
}

/// `−ε log 1/k Σ_j e^{(g_j − C_ij)/ε}` for every row `i`, where `g` has `k` numbers.
fn potentials(cost: &[f64], g: &[f64], epsilon: f64) -> Vec<f64> {
    let rows = cost.par_chunks_exact(g.len());
    rows.map(|row| {
        let largest = row.iter().zip(g).map(|(cost, g)| g - cost).fold(f64::NEG_INFINITY, f64::max);
        let sum: f64 = row.iter().zip(g).map(|(cost, g)| ((g - cost - largest) / epsilon).exp()).sum();
        -largest - epsilon * (sum / g.len() as f64).ln()
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metric::wasserstein2;
    use nets_kernel::rng::{Purpose, Stream, normals};

    /// With two points each, plans have one parameter `p = P_11 = P_22`, and the best one is a logistic function of
    /// `C_12 + C_21 − C_11 − C_22`.
    #[test]
    fn two_points_have_a_closed_form() {
        for (a, b, epsilon) in
            [([0.0, 1.0], [0.2, 1.7], 0.3), ([0.0, 3.0], [5.0, -1.0], 2.0), ([0.0, 1.0], [0.0, 1.0], 5.0)]
        {
            let cost = costs(1, &a, &b);
            let gain = cost[1] + cost[2] - cost[0] - cost[3];
            let p = 0.5 / (1.0 + (-gain / (2.0 * epsilon)).exp());
            let value = |p: f64| {
                let q = 0.5 - p;
                let entropy = 2.0 * (p * (4.0 * p).ln() + q * (4.0 * q).ln());
                p * (cost[0] + cost[3]) + q * (cost[1] + cost[2]) + epsilon * entropy
            };
            let exact = value(p);
            assert!(value(1.001 * p) > exact && value(0.999 * p) > exact, "{p} is the best plan");
            let found = sinkhorn(2, &cost, epsilon, 1e-13).unwrap();
            assert!((found - exact).abs() < 1e-12, "{found} is not {exact} at epsilon = {epsilon}");
        }
    }

    fn gaussian(seed: u64, numbers: usize) -> Vec<f64> {
        let mut values = vec![0.0; numbers];
        normals(&mut Stream::<f64>::new(seed, Purpose::Evaluate, 0), &mut values);
        values
    }

    /// `W₂² ≤ S_ε ≤ W₂² + ε log n`, by the exact assignment; and the tolerance of use is as good as a much smaller one.
    #[test]
    fn lies_between_its_bounds() {
        let (n, a, b) = (100, gaussian(1, 200), gaussian(2, 200));
        let (cost, w2) = (costs(2, &a, &b), wasserstein2(2, &a, &b));
        for epsilon in [0.05, 0.2, 1.0] {
            let value = sinkhorn(n, &cost, epsilon, TOLERANCE).unwrap();
            let excess = value - w2 * w2;
            assert!(excess > -1e-3 && excess < epsilon * (n as f64).ln(), "{value} at {epsilon}, W2^2 = {}", w2 * w2);
            let converged = sinkhorn(n, &cost, epsilon, 1e-10).unwrap();
            assert!((value - converged).abs() < 1e-4, "{value} was {converged} when converged");
        }
    }

    /// For every coupling the mean cost is the same when one cloud is a point, and the entropy of the only plan is zero.
    #[test]
    fn a_point_has_one_plan() {
        let (cloud, point) = (gaussian(3, 50), [2.0]);
        let mean = cloud.iter().map(|x| (x - 2.0) * (x - 2.0)).sum::<f64>() / 50.0;
        let found = sinkhorn(50, &costs(1, &cloud, &point), 0.1, 1e-12).unwrap();
        assert!((found - mean).abs() < 1e-12, "{found} is not {mean}");
        assert_eq!(sinkhorn(1, &[f64::INFINITY], 0.1, 1e-12), None);
    }
}
