//! Determinants of small matrices, one in every lane.

use crate::drift::JacobianForm;
use crate::math::ln;
use crate::real::{Real, Scalar, coordinate};

/// `log det M`, or NaN where the determinant is not positive. `matrix` (row-major if full; of `c I + Pᵀ V` it is `c` and
/// `V Pᵀ`) is overwritten.
#[inline(always)]
pub fn log_determinant<R: Real>(form: JacobianForm, d: usize, matrix: &mut [R]) -> R {
    match (form, d, &mut *matrix) {
        (JacobianForm::Zero, _, _) => R::zero(),
        // The determinant comes with the flow.
        (JacobianForm::Flow, _, _) => R::splat(R::Scalar::NAN),
        // ln of a number that is not positive is NaN or −∞.
        (JacobianForm::Full, 1, [m]) => positive_ln(*m),
        (JacobianForm::Full, 2, [a, b, c, d]) => positive_ln(a.mul_add(*d, -(*b * *c))),
        (form, _, matrix) => {
            // One place for all of them to eliminate and take logarithms: on a microcontroller code is dear.
            let (size, across, scale, matrix) = match form {
                JacobianForm::Subspace { rank } => {
                    let Some((&mut scale, matrix)) = matrix.split_first_mut() else { return R::zero() };
                    for entry in matrix.iter_mut().step_by(rank.saturating_add(1)) {
                        *entry = *entry + scale;
                    }
                    // A map that turned directions across the subspace around would have passed through a singular one.
                    let across = d.saturating_sub(rank);
                    let scale = R::select_lt(R::zero(), scale, scale, R::splat(R::Scalar::NAN));
                    (rank, across, if across > 0 { scale } else { R::one() }, matrix)
                }
                JacobianForm::Diagonal => (0, 0, R::one(), matrix),
                _ => (d, 0, R::one(), matrix),
            };
            eliminate(size, size, matrix);
            let diagonal = matrix.iter().step_by(size.saturating_add(1)).map(|&factor| (factor, R::one()));
            signed_log(core::iter::once((scale, R::c(across as f64))).chain(diagonal))
        }
    }
}

/// `ln x`, and NaN at zero as below.
#[inline(always)]
fn positive_ln<R: Real>(x: R) -> R {
    R::select_lt(R::zero(), x, ln(x), R::splat(R::Scalar::NAN))
}

/// The logarithm of a product of factors with powers, NaN if the product of the factors is not positive.
#[inline(always)]
fn signed_log<R: Real>(factors: impl Iterator<Item = (R, R)>) -> R {
    let (mut log, mut sign) = (R::zero(), R::one());
    for (factor, power) in factors {
        log = power.mul_add(positive_ln(factor.abs()), log);
        sign = R::select_lt(factor, R::zero(), -sign, sign);
    }
    R::select_lt(R::zero(), sign, log, R::splat(R::Scalar::NAN))
}

/// Solves `M x = r` for the augmented matrix `(M | r)`, row-major `d × (d + 1)`, which is overwritten.
#[inline(always)]
pub(super) fn solve<R: Real>(d: usize, augmented: &mut [R], x: &mut [R]) {
    let width = d.saturating_add(1);
    eliminate(d, width, augmented);
    for row in (0..d).rev() {
        let Some(entries) = augmented.get(row * width..(row + 1) * width) else { return };
        let mut rest = coordinate(entries, d);
        for column in row + 1..d {
            rest = (-coordinate(entries, column)).mul_add(coordinate(x, column), rest);
        }
        let Some(x) = x.get_mut(row) else { return };
        *x = rest / coordinate(entries, row);
    }
}

/// Gaussian elimination in place of the first `d` columns of a matrix of `d` rows that are `width` long; the product of the
/// diagonal is their determinant. Rows are exchanged lane by lane, each exchange with a change of sign, until the pivot is
/// the largest of its column.
#[inline(always)]
fn eliminate<R: Real>(d: usize, width: usize, matrix: &mut [R]) {
    for column in 0..d {
        let Some((done, below)) = matrix.split_at_mut_checked((column + 1) * width) else { return };
        let Some(pivot_row) = done.get_mut(column * width + column..) else { return };
        for row in below.chunks_exact_mut(width.max(1)) {
            let Some(row) = row.get_mut(column..) else { return };
            let (Some(&pivot), Some(&candidate)) = (pivot_row.first(), row.first()) else { return };
            let (size, other) = (pivot.abs(), candidate.abs());
            for (a, b) in pivot_row.iter_mut().zip(row) {
                let (upper, lower) = (*a, *b);
                *a = R::select_lt(size, other, lower, upper);
                *b = R::select_lt(size, other, -upper, lower);
            }
        }
        for row in below.chunks_exact_mut(width.max(1)) {
            let Some(row) = row.get_mut(column..) else { return };
            let (Some(&pivot), Some(&first)) = (pivot_row.first(), row.first()) else { return };
            let factor = -(first / pivot);
            for (entry, &upper) in row.iter_mut().zip(pivot_row.iter()) {
                *entry = factor.mul_add(upper, *entry);
            }
        }
    }
}
