//! Elementary functions built from [`Real`]'s operations alone, so that they return the same bits at every
//! width and on every machine.
//!
//! Largest errors found, against correctly rounded references over the whole range (`tests/elementary.rs`
//! asserts them), in units in the last place of the result:
//!
//! | function | f32 | f64 | range | special values |
//! |---|---|---|---|---|
//! | [`exp`] | 1.1 | 1.1 | all | exp(−∞) = 0, exp(+∞) = +∞, gradual underflow |
//! | [`exp_clamped`] | 1.1 | 1.1 | results that are normal; saturates outside | |
//! | [`expm1`] | 2.2 | 2.2 | all but overflow | |
//! | [`ln`] | 1.0 | 1.0 | all, subnormal numbers too | ln 0 = −∞, ln(+∞) = +∞, NaN below zero |
//! | [`tanh`] | 3.5 | 3.5 | all | ±1 at ±∞ |
//! | [`sigmoid`] | 2.5 | 2.5 | results that are normal; saturates outside | 0 and 1 in the limits |
//! | [`sin_cos_2pi`] | 1.5 (of 1) | 1.5 (of 1) | 0 ≤ u ≤ 1 | |
//!
//! A NaN argument gives NaN everywhere.

mod exp;
mod ln;
mod logistic;
mod trigonometric;

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
