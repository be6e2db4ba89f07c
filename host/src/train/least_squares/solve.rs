//! The least-squares problem of one slice.

use faer::linalg::matmul::matmul;
use faer::linalg::solvers::Solve;
use faer::{Accum, Mat, MatRef, Par, Side};
use rayon::prelude::*;

/// A weighted regression: `rows` of `columns` regressors, row-major, and the response of each row.
pub(super) struct Regression {
    pub(super) columns: usize,
    pub(super) regressors: Vec<f64>,
    pub(super) response: Vec<f64>,
    /// Sum to one.
    pub(super) weights: Vec<f64>,
}

/// Coefficients, and how much of the response's variance they leave.
pub(super) struct Solution {
    pub(super) coefficients: Vec<f64>,
    /// Weighted variance of the residual.
    pub(super) residual: f64,
}

/// Columns of the Gram matrix that are one unit of work; fixed, so that sums do not depend on the threads.
const PANEL: usize = 64;

impl Regression {
    /// Minimises the weighted variance of `response − regressors · θ`, all centred, with the penalty
    /// `ridge Σ s_a² θ_a²`, `s_a² = v_a + floor · mean v`, `v_a` the weighted variance of regressor `a`: strong for
    /// regressors that hardly vary over the data.
    pub(super) fn solve(mut self, ridge: f64, floor: f64) -> Option<Solution> {
        let p = self.columns;
        let scales = self.standardise(floor);
        let gram = self.gram();
        let mut moment = vec![0.0; p];
        for (row, &c) in self.regressors.chunks_exact(p).zip(&self.response) {
            for (moment, q) in moment.iter_mut().zip(row) {
                *moment += q * c;
            }
        }
        let mut matrix = gram.clone();
        for i in 0..p {
            matrix[(i, i)] += ridge;
        }
        let moment = Mat::from_fn(p, 1, |i, _| moment[i]);
        let theta = matrix.llt(Side::Lower).ok()?.solve(&moment);
        // |c − Qθ|² = c·c − 2 θ·m + θ·Gθ
        let mut residual: f64 = self.response.iter().map(|c| c * c).sum();
        for i in 0..p {
            let row: f64 = (0..p).map(|j| gram[(i.max(j), i.min(j))] * theta[(j, 0)]).sum();
            residual += theta[(i, 0)] * (row - 2.0 * moment[(i, 0)]);
        }
        let coefficients: Vec<f64> = (0..p).map(|i| theta[(i, 0)] / scales[i]).collect();
        coefficients.iter().all(|c| c.is_finite()).then_some(Solution { coefficients, residual: residual.max(0.0) })
    }

    /// Centres everything, divides regressors by their scales and multiplies rows by the root of their weights.
    fn standardise(&mut self, floor: f64) -> Vec<f64> {
        let p = self.columns;
        let mut means = vec![0.0; p];
        for (row, w) in self.regressors.chunks_exact(p).zip(&self.weights) {
            for (mean, q) in means.iter_mut().zip(row) {
                *mean += w * q;
            }
        }
        let mut variances = vec![0.0; p];
        for (row, w) in self.regressors.chunks_exact_mut(p).zip(&self.weights) {
            for ((q, mean), variance) in row.iter_mut().zip(&means).zip(&mut variances) {
                *q -= mean;
                *variance += w * *q * *q;
            }
        }
        let level = floor * variances.iter().sum::<f64>() / p as f64;
        // A regressor that is constant over all data, in a problem without any, has no scale.
        let scales: Vec<f64> = variances.iter().map(|v| (v + level).sqrt().max(f64::MIN_POSITIVE)).collect();
        let inverse: Vec<f64> = scales.iter().map(|s| 1.0 / s).collect();
        let mean: f64 = self.response.iter().zip(&self.weights).map(|(c, w)| c * w).sum();
        let rows = self.regressors.par_chunks_exact_mut(p).zip(&mut self.response);
        rows.zip(&self.weights).for_each(|((row, c), w)| {
            let root = w.sqrt();
            *c = (*c - mean) * root;
            for (q, inverse) in row.iter_mut().zip(&inverse) {
                *q *= root * inverse;
            }
        });
        scales
    }

    /// The lower triangle of `QᵀQ`.
    fn gram(&self) -> Mat<f64> {
        let (p, n) = (self.columns, self.response.len());
        let q = MatRef::from_row_major_slice(&self.regressors, n, p);
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
        let n = 200;
        let mut regression = Regression { columns: 3, regressors: vec![], response: vec![], weights: vec![] };
        for i in 0..n {
            let x = i as f64 / n as f64;
            let row = [x, x * x, (7.0 * x).sin()];
            regression.response.push(3.0 + 2.0 * row[0] - row[1] + 0.5 * row[2]);
            regression.regressors.extend(row);
            regression.weights.push((1.0 + x) / 1.4975 / n as f64);
        }
        let solution = regression.solve(1e-13, 0.0).unwrap();
        for (found, expected) in solution.coefficients.iter().zip([2.0, -1.0, 0.5]) {
            assert!((found - expected).abs() < 1e-8, "{found} instead of {expected}");
        }
        assert!(solution.residual < 1e-12);
    }
}
