//! A lower triangular matrix `L`, row-major in `d` rows of `d`; what is above the diagonal is not read. Cholesky
//! factors of covariances come so.

use crate::real::{Real, Scalar};

/// `L_i0 … L_i(i−1)` and `L_ii` of row `i`.
#[inline(always)]
fn left_and_diagonal<S: Scalar>(row: &[S], i: usize) -> Option<(&[S], S)> {
    let (&diagonal, left) = row.get(..=i)?.split_last()?;
    Some((left, diagonal))
}

/// `Σ log L_ii`, the logarithm of the determinant.
pub(super) fn log_determinant<S: Scalar>(factor: &[S], d: usize) -> f64 {
    factor.iter().step_by(d + 1).map(|&diagonal| crate::math::ln(diagonal.to_f64())).sum()
}

/// `y = L x`
#[inline(always)]
pub(super) fn multiply<R: Real>(factor: &[R::Scalar], x: &[R], y: &mut [R]) {
    for (i, (row, y)) in factor.chunks_exact(x.len().max(1)).zip(y).enumerate() {
        let mut sum = R::zero();
        for (&l, &x) in row.iter().zip(x).take(i + 1) {
            sum = R::splat(l).mul_add(x, sum);
        }
        *y = sum;
    }
}

/// `y −= Lᵀ x`
#[inline(always)]
pub(super) fn subtract_transposed<R: Real>(factor: &[R::Scalar], x: &[R], y: &mut [R]) {
    for (i, (row, &x)) in factor.chunks_exact(x.len().max(1)).zip(x).enumerate() {
        for (&l, y) in row.iter().zip(y.iter_mut()).take(i + 1) {
            *y = R::splat(l).mul_add(-x, *y);
        }
    }
}

/// `x ← L⁻¹ x`, forward.
#[inline(always)]
pub(super) fn solve<R: Real>(factor: &[R::Scalar], x: &mut [R]) {
    for (i, row) in factor.chunks_exact(x.len().max(1)).enumerate() {
        let Some((solved, [x, ..])) = x.split_at_mut_checked(i) else { return };
        let Some((left, diagonal)) = left_and_diagonal(row, i) else { return };
        let mut rest = *x;
        for (&l, &y) in left.iter().zip(solved.iter()) {
            rest = R::splat(l).mul_add(-y, rest);
        }
        *x = rest / R::splat(diagonal);
    }
}

/// `x ← L⁻ᵀ x`, backward.
#[inline(always)]
pub(super) fn solve_transposed<R: Real>(factor: &[R::Scalar], x: &mut [R]) {
    for (i, row) in factor.chunks_exact(x.len().max(1)).enumerate().rev() {
        let Some((before, [x, ..])) = x.split_at_mut_checked(i) else { return };
        let Some((left, diagonal)) = left_and_diagonal(row, i) else { return };
        *x = *x / R::splat(diagonal);
        for (&l, y) in left.iter().zip(before.iter_mut()) {
            *y = R::splat(l).mul_add(-*x, *y);
        }
    }
}
