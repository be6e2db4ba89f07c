//! Elementary functions built from [`Real`]'s operations alone, so that they return the same bits at every
//! width and on every machine.
//!
//! Largest errors, in units in the last place of the exact result (every `f32` and tens of millions of `f64` were
//! tried; `tests/elementary.rs` reads this table and tries a sample):
//!
//! | function | f32 | f64 | range | special values |
//! |---|---|---|---|---|
//! | [`exp`] | 0.95 | 0.95 | all, gradual underflow | exp(−∞) = 0, exp(+∞) = +∞ |
//! | [`exp_clamped`] | 0.95 | 0.95 | where the result is normal; saturates outside | |
//! | [`expm1`] | 1.6 | 2.0 | up to overflow; saturates above | −1 at −∞ |
//! | [`ln`] | 0.9 | 0.9 | all, subnormal numbers too | ln 0 = −∞, ln(+∞) = +∞, NaN below zero |
//! | [`tanh`] | 2.8 | 2.8 | all | ±1 at ±∞ |
//! | [`sigmoid`] | 2.6 | 2.6 | where the result is normal; saturates below | 1 at +∞, positive at −∞ |
//! | [`silu`] `value` | 3.0 | 3.0 | as [`sigmoid`] | |
//! | [`silu`] `first` | 1.7 (of 1) | 1.7 (of 1) | as [`sigmoid`] | |
//! | [`silu`] `second` | 1.2 (of 1) | 1.2 (of 1) | as [`sigmoid`] | |
//! | [`erfc`] | 7.0 | 6.5 | where the result is normal | 2 at −∞, 0 at +∞ |
//! | [`sin_cos_2pi`] | 1.0 | 1.0 | 0 ≤ u ≤ 1 | exact at quarters of a turn |
//!
//! A NaN argument gives NaN everywhere.

mod erfc;
mod exp;
mod ln;
mod logistic;
mod trigonometric;

pub use erfc::erfc;
pub use exp::{exp, exp_clamped, expm1};
pub use ln::ln;
pub use logistic::{Silu, sigmoid, silu, tanh};
pub use trigonometric::sin_cos_2pi;

use crate::real::{Real, Scalar};

/// `Σ c_i x^(n−i)` by Horner's rule, coefficients from the highest power down.
#[inline(always)]
fn polynomial<R: Real>(x: R, coefficients: &'static [R::Scalar]) -> R {
    let Some((&highest, rest)) = coefficients.split_first() else { return R::zero() };
    let mut sum = R::splat(highest);
    for &c in rest {
        sum = sum.mul_add(x, R::splat(c));
    }
    sum
}

/// Not a number, in every lane.
#[inline(always)]
pub fn nan<R: Real>() -> R {
    R::splat(R::Scalar::NAN)
}
