//! Cholesky factors, with the same bits on every machine.

/// Partial sums of a dot product: enough to keep a processor's adders busy, and the same everywhere.
const SUMS: usize = 8;

/// The factor `L`, `L Lᵀ = A`, of a positive definite matrix given row-major by its lower triangle, in place; what is
/// above the diagonal is left as it is. None if the matrix is not positive definite.
pub(super) fn cholesky(matrix: &mut [f64], d: usize) -> Option<()> {
    for i in 0..d {
        let (above, row) = matrix.split_at_mut(i * d);
        for (j, other) in above.chunks_exact(d).enumerate() {
            row[j] = (row[j] - dot(&row[..j], &other[..j])) / other[j];
        }
        let square = row[i] - dot(&row[..i], &row[..i]);
        if square.is_nan() || square <= 0.0 {
            return None;
        }
        row[i] = square.sqrt();
    }
    Some(())
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    let mut sums = [0.0; SUMS];
    let (a, b) = (a.chunks_exact(SUMS), b.chunks_exact(SUMS));
    let rest: f64 = a.remainder().iter().zip(b.remainder()).map(|(a, b)| a * b).sum();
    for (a, b) in a.zip(b) {
        for i in 0..SUMS {
            sums[i] += a[i] * b[i];
        }
    }
    sums.iter().sum::<f64>() + rest
}

#[cfg(test)]
mod tests {
    use super::cholesky;

    #[test]
    fn the_factor_times_its_transpose_is_the_matrix() {
        const D: usize = 19;
        let matrix: Vec<f64> = (0..D * D).map(|i| 1.0 / (1 + (i / D).abs_diff(i % D)) as f64).collect();
        let mut factor = matrix.clone();
        cholesky(&mut factor, D).unwrap();
        for (entry, expected) in matrix.iter().enumerate() {
            let (i, j) = (entry / D, entry % D);
            let found: f64 = (0..=i.min(j)).map(|k| factor[i * D + k] * factor[j * D + k]).sum();
            assert!((found - expected).abs() < 1e-14, "{i}, {j}: {found} and {expected}");
        }
        assert!(cholesky(&mut [1.0, 2.0, 2.0, 1.0], 2).is_none());
    }
}
