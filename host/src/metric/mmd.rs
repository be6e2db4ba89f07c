//! The maximum mean discrepancy between two clouds.

use super::transport::squared_distance;
use rayon::prelude::*;

/// `MMD = (E k(a, a') + E k(b, b') − 2 E k(a, b))^½` between two clouds in `dim` dimensions, with the Gaussian kernel
/// `k(x, y) = e^{−|x − y|²/2h²}` of the bandwidth `h` (A. Gretton et al., JMLR 13, 723 (2012), eq. 5). The means go over
/// all pairs, so the square is never negative, and two clouds of the same density are about `n^{-½}` apart.
pub fn mmd(dim: usize, a: &[f64], b: &[f64], bandwidth: f64) -> f64 {
    let scale = -0.5 / (bandwidth * bandwidth);
    let mean = |a: &[f64], b: &[f64]| {
        let row = |p: &[f64]| b.chunks_exact(dim).map(|q| (scale * squared_distance(p, q)).exp()).sum::<f64>();
        // Rows are summed in their order, whatever the threads.
        let rows: Vec<f64> = a.par_chunks_exact(dim).map(row).collect();
        rows.iter().sum::<f64>() / ((a.len() / dim) as f64 * (b.len() / dim) as f64)
    };
    // Rounding can take equal clouds below zero.
    (mean(a, a) + mean(b, b) - 2.0 * mean(a, b)).max(0.0).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;
    use nets_kernel::rng::{Purpose, Stream, normals};

    #[test]
    fn two_points() {
        let found = mmd(2, &[0.0, 0.0], &[3.0, 4.0], 5.0);
        assert!((found - (2.0 - 2.0 * (-0.5_f64).exp()).sqrt()).abs() < 1e-14, "{found}");
        assert_eq!(mmd(1, &[1.0, 2.0], &[2.0, 1.0], 1.0), 0.0);
    }

    /// For `x ~ N(0, 1)` and `y ~ N(m, 1)`, `E k = h (h² + 2)^{-½} e^{−m²/2(h² + 2)}`. The standard error of the MMD with
    /// 2000 points is about `n^{-½}`, 0.02; the wrong factor in the exponent would change it by 0.08.
    #[test]
    fn shifted_gaussians() {
        let cloud = |seed, shift: f64| {
            let mut values = vec![0.0; 2000];
            normals(&mut Stream::<f64>::new(seed, Purpose::Evaluate, 0), &mut values);
            values.iter().map(|x| x + shift).collect::<Vec<f64>>()
        };
        let (shift, h): (f64, f64) = (1.0, 1.0);
        let width = h * h + 2.0;
        let exact = (2.0 * h / width.sqrt() * (1.0 - (-shift * shift / (2.0 * width)).exp())).sqrt();
        let found = mmd(1, &cloud(1, 0.0), &cloud(2, shift), h);
        assert!((found - exact).abs() < 0.06, "{found} is not {exact}");
    }
}
