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
    let rows = factor.chunks_exact(d.max(1)).enumerate().filter_map(|(i, row)| left_and_diagonal(row, i));
    rows.map(|(_, diagonal)| crate::math::ln(diagonal.to_f64())).sum()
}

/// Rows taken together, so that vectors too long for the nearest memory pass through it less often. The order of the sums
/// does not depend on it.
const ROWS: usize = 4;

/// The rows of a full block.
#[inline(always)]
fn full<S>(block: &[S], d: usize) -> Option<[&[S]; ROWS]> {
    let (a, block) = block.split_at_checked(d)?;
    let (b, block) = block.split_at_checked(d)?;
    let (c, block) = block.split_at_checked(d)?;
    Some([a, b, c, block.get(..d)?])
}

/// `y = L x`
#[inline(always)]
pub(super) fn multiply<R: Real>(factor: &[R::Scalar], x: &[R], y: &mut [R]) {
    let d = x.len().max(1);
    for (number, (block, y)) in factor.chunks(ROWS.saturating_mul(d)).zip(y.chunks_mut(ROWS)).enumerate() {
        let first = number * ROWS;
        y.fill(R::zero());
        let mut done = 0;
        if let (Some([a, b, c, e]), [y0, y1, y2, y3]) = (full(block, d), &mut *y) {
            for ((((&x, &a), &b), &c), &e) in x.iter().zip(a).zip(b).zip(c).zip(e).take(first) {
                *y0 = R::splat(a).mul_add(x, *y0);
                *y1 = R::splat(b).mul_add(x, *y1);
                *y2 = R::splat(c).mul_add(x, *y2);
                *y3 = R::splat(e).mul_add(x, *y3);
            }
            done = first;
        }
        for (i, (row, y)) in block.chunks_exact(d).zip(y).enumerate() {
            let (Some(row), Some(x)) = (row.get(done..=first + i), x.get(done..=first + i)) else { return };
            for (&l, &x) in row.iter().zip(x) {
                *y = R::splat(l).mul_add(x, *y);
            }
        }
    }
}

/// `y −= Lᵀ x`
#[inline(always)]
pub(super) fn subtract_transposed<R: Real>(factor: &[R::Scalar], x: &[R], y: &mut [R]) {
    let d = x.len().max(1);
    for (number, (block, x)) in factor.chunks(ROWS.saturating_mul(d)).zip(x.chunks(ROWS)).enumerate() {
        let first = number * ROWS;
        let mut done = 0;
        if let (Some([a, b, c, e]), &[x0, x1, x2, x3]) = (full(block, d), x) {
            for ((((y, &a), &b), &c), &e) in y.iter_mut().zip(a).zip(b).zip(c).zip(e).take(first) {
                let rest = R::splat(b).mul_add(-x1, R::splat(a).mul_add(-x0, *y));
                *y = R::splat(e).mul_add(-x3, R::splat(c).mul_add(-x2, rest));
            }
            done = first;
        }
        for (i, (row, &x)) in block.chunks_exact(d).zip(x).enumerate() {
            let (Some(row), Some(y)) = (row.get(done..=first + i), y.get_mut(done..=first + i)) else { return };
            for (&l, y) in row.iter().zip(y) {
                *y = R::splat(l).mul_add(-x, *y);
            }
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
