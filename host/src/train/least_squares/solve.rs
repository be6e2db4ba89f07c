//! The least-squares problem of one slice.

use faer::linalg::matmul::matmul;
use faer::linalg::solvers::Solve;
use faer::{Accum, Mat, MatRef, Par, Side};
use rayon::prelude::*;

/// A weighted regression.
pub(super) struct Regression {
    /// How many numbers a row has: regressors, and the response last.
    pub(super) columns: usize,
    /// Row-major.
    pub(super) rows: Vec<f64>,
    /// One for each row; they sum to one.
    pub(super) weights: Vec<f64>,
}

/// Coefficients, and how much of the response's variance they leave.
pub(super) struct Solution {
    pub(super) coefficients: Vec<f64>,
    /// Weighted variance of the residual.
    pub(super) residual: f64,
}

/// Columns of the Gram matrix that are one unit of work, and rows that are; fixed, so that sums do not depend on the
/// threads.
const PANEL: usize = 64;
const ROWS: usize = 256;

impl Regression {
    /// Minimises the weighted variance of `response − regressors · θ`, all centred, with the penalty
    /// `ridge Σ s_a² θ_a²`, `s_a² = v_a + floor · mean v`, `v_a` the weighted variance of regressor `a`: strong for
    /// regressors that hardly vary over the data.
    pub(super) fn solve(mut self, ridge: f64, floor: f64) -> Option<Solution> {
        self.centre();
        let (gram, p) = (self.gram(), self.columns - 1);
        let covariance = |i: usize, j: usize| gram[(i.max(j), i.min(j))];
        let level = floor * (0..p).map(|i| gram[(i, i)]).sum::<f64>() / p as f64;
        // A regressor that is constant over all data, in a problem without any, has no scale.
        let scales: Vec<f64> = (0..p).map(|i| (gram[(i, i)] + level).sqrt().max(f64::MIN_POSITIVE)).collect();
        let standardised = |i: usize, j: usize| covariance(i, j) / (scales[i] * scales[j]);
        let matrix = Mat::from_fn(p, p, |i, j| standardised(i, j) + if i == j { ridge } else { 0.0 });
        let moment = Mat::from_fn(p, 1, |i, _| covariance(p, i) / scales[i]);
        let theta = matrix.llt(Side::Lower).ok()?.solve(&moment);
        // |c − Qθ|² = c·c − 2 θ·m + θ·Gθ, and (G + ridge) θ = m.
        let mut residual = gram[(p, p)];
        for i in 0..p {
            residual -= theta[(i, 0)] * (moment[(i, 0)] + ridge * theta[(i, 0)]);
        }
        let coefficients: Vec<f64> = (0..p).map(|i| theta[(i, 0)] / scales[i]).collect();
        coefficients.iter().all(|c| c.is_finite()).then_some(Solution { coefficients, residual: residual.max(0.0) })
    }

    /// Takes the weighted means off the columns and multiplies rows by the root of their weights: products of columns
    /// are covariances then.
    fn centre(&mut self) {
        let columns = self.columns;
        let chunks = self.rows.par_chunks(ROWS * columns).zip(self.weights.par_chunks(ROWS));
        let sums: Vec<Vec<f64>> = chunks
            .map(|(rows, weights)| {
                let mut sums = vec![0.0; columns];
                for (row, w) in rows.chunks_exact(columns).zip(weights) {
                    for (sum, q) in sums.iter_mut().zip(row) {
                        *sum += w * q;
                    }
                }
                sums
            })
            .collect();
        let mut means = vec![0.0; columns];
        for sums in sums {
            for (mean, sum) in means.iter_mut().zip(sums) {
                *mean += sum;
            }
        }
        let chunks = self.rows.par_chunks_mut(ROWS * columns).zip(self.weights.par_chunks(ROWS));
        chunks.for_each(|(rows, weights)| {
            for (row, w) in rows.chunks_exact_mut(columns).zip(weights) {
                let root = w.sqrt();
                for (q, mean) in row.iter_mut().zip(&means) {
                    *q = (*q - mean) * root;
                }
            }
        });
    }

    /// The lower triangle of `QᵀQ`.
    fn gram(&self) -> Mat<f64> {
        let (p, n) = (self.columns, self.weights.len());
        let q = MatRef::from_row_major_slice(&self.rows, n, p);
        let panels: Vec<(usize, usize)> =
            (0..p).step_by(PANEL).flat_map(|row| (0..=row).step_by(PANEL).map(move |column| (row, column))).collect();
        let width = |start: usize| PANEL.min(p - start);
        let blocks: Vec<Mat<f64>> = panels
            .par_iter()
            .map(|&(row, column)| {
                let mut block = Mat::zeros(width(row), width(column));
                let left = q.subcols(row, width(row)).transpose();
                matmul(block.as_mut(), Accum::Replace, left, q.subcols(column, width(column)), 1.0, Par::Seq);
                block
            })
            .collect();
        let mut gram = Mat::zeros(p, p);
        for (&(row, column), block) in panels.iter().zip(&blocks) {
            gram.as_mut().submatrix_mut(row, column, width(row), width(column)).copy_from(block);
        }
        gram
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_exact_linear_relation_is_recovered() {
        let n = 700;
        let mut regression = Regression { columns: 4, rows: vec![], weights: vec![] };
        for i in 0..n {
            let x = i as f64 / n as f64;
            let row = [x, x * x, (7.0 * x).sin()];
            regression.rows.extend(row);
            regression.rows.push(3.0 + 2.0 * row[0] - row[1] + 0.5 * row[2]);
            regression.weights.push(1.0 + x);
        }
        let total: f64 = regression.weights.iter().sum();
        regression.weights.iter_mut().for_each(|w| *w /= total);
        let solution = regression.solve(1e-13, 0.0).unwrap();
        for (found, expected) in solution.coefficients.iter().zip([2.0, -1.0, 0.5]) {
            assert!((found - expected).abs() < 1e-8, "{found} instead of {expected}");
        }
        assert!(solution.residual < 1e-12);
    }
}
