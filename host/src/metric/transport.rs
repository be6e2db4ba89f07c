//! The Wasserstein distance between two clouds.

use super::assign;

/// `W₂ = (min_π 1/n Σ_i |a_i − b_{π(i)}|²)^½` between two clouds of equally many points in `dim` dimensions, by exact
/// assignment. Two clouds of the same density are some distance apart too: only what exceeds the distance between
/// two exact clouds tells of an error. Memory grows as `8 n²` bytes beyond one dimension.
///
/// # Panics
/// If the clouds are not of the same size, or not of whole points.
pub fn wasserstein2(dim: usize, a: &[f64], b: &[f64]) -> f64 {
    let whole = a.len() == b.len() && a.len().is_multiple_of(dim);
    assert!(whole, "clouds of {} and {} numbers in {dim} dimensions", a.len(), b.len());
    let n = a.len() / dim;
    let total = if dim == 1 { on_the_line(a, b) } else { assigned(dim, n, a, b) };
    (total / n as f64).sqrt()
}

/// On the line the optimal map keeps the order.
fn on_the_line(a: &[f64], b: &[f64]) -> f64 {
    let sorted = |cloud: &[f64]| {
        let mut cloud = cloud.to_vec();
        cloud.sort_by(f64::total_cmp);
        cloud
    };
    squared_distance(&sorted(a), &sorted(b))
}

fn assigned(dim: usize, n: usize, a: &[f64], b: &[f64]) -> f64 {
    let cost: Vec<f64> =
        a.chunks_exact(dim).flat_map(|p| b.chunks_exact(dim).map(move |q| squared_distance(p, q))).collect();
    assign(n, &cost).iter().enumerate().map(|(i, j)| cost[i * n + j]).sum()
}

/// `|p − q|²`.
pub(super) fn squared_distance(p: &[f64], q: &[f64]) -> f64 {
    p.iter().zip(q).map(|(p, q)| (p - q) * (p - q)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use nets_kernel::rng::{Purpose, Stream, normals};

    fn gaussian(seed: u64, numbers: usize) -> Vec<f64> {
        let mut values = vec![0.0; numbers];
        normals(&mut Stream::<f64>::new(seed, Purpose::Evaluate, 0), &mut values);
        values
    }

    /// A shift is an optimal map, so `W₂` is its length; a wrong pairing or a lost root would show.
    #[test]
    fn a_shifted_cloud_is_as_far_as_the_shift() {
        let a = gaussian(1, 2 * 500);
        let mut b: Vec<f64> = a.chunks(2).rev().flat_map(|p| [p[0] + 3.0, p[1] - 4.0]).collect();
        assert!((wasserstein2(2, &a, &b) - 5.0).abs() < 1e-12);
        b.clone_from(&a);
        assert_eq!(wasserstein2(2, &a, &b), 0.0);
    }

    #[test]
    fn sorting_and_assignment_agree_on_the_line() {
        let (a, b) = (gaussian(2, 300), gaussian(3, 300));
        let (sorted, assigned) = (on_the_line(&a, &b), assigned(1, 300, &a, &b));
        assert!((sorted - assigned).abs() < 1e-9, "{sorted} is not {assigned}");
    }

    /// In the plane, `W₂(N(0, I), N(0, σ² I)) = √2 (σ − 1)`; 500 points show it to about 0.15.
    #[test]
    fn gaussians_of_two_widths_in_the_plane() {
        let wide: Vec<f64> = gaussian(7, 1000).into_iter().map(|x| 3.0 * x).collect();
        let distance = wasserstein2(2, &gaussian(6, 1000), &wide);
        let exact = 8_f64.sqrt();
        assert!((distance - exact).abs() < 0.45, "W2 = {distance}, not {exact} within three standard errors of 0.15");
    }

    /// `W₂(N(0, 1), N(0, σ²)) = σ − 1`; 2000 points on a line show it to about `σ n^{-1/2}`: 0.07.
    #[test]
    fn gaussians_of_two_widths() {
        let wide: Vec<f64> = gaussian(5, 2000).into_iter().map(|x| 3.0 * x).collect();
        let distance = wasserstein2(1, &gaussian(4, 2000), &wide);
        assert!((distance - 2.0).abs() < 0.21, "W2 = {distance}, not 2 within three standard errors of 0.07");
    }
}
