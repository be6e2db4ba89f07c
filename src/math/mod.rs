#![doc = include_str!("../../docs/elementary.md")]

mod erfc;
mod exp;
mod hartley;
mod ln;
mod logistic;
mod trigonometric;

pub use erfc::erfc;
pub use exp::{exp, exp_clamped, expm1};
pub use hartley::{Hartley, hartley_table};
pub use ln::ln;
pub use logistic::{Silu, silu, tanh};
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
