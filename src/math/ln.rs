//! The natural logarithm, after FreeBSD msun `e_log.c`: `x = m 2ᵉ`, `m = 1 + f` in `[√½, √2)`,
//! `s = f / (2 + f)`, and an odd series in `s`.

use super::{nan, polynomial};
use crate::real::{Real, Scalar};

/// `ln x`: −∞ at zero, NaN below, subnormal numbers included.
#[inline(always)]
pub fn ln<R: Real>(x: R) -> R {
    let (scale, scale_exponent) = R::Scalar::SUBNORMAL_SCALE;
    let smallest = R::splat(R::Scalar::MIN_POSITIVE);
    let normal = R::select_lt(x, smallest, x * R::splat(scale), x);
    let (m, e) = normal.split_exponent();
    let e = e - R::select_lt(x, smallest, R::splat(scale_exponent), R::zero());

    let f = m - R::one();
    let half_square = R::c(0.5) * f * f;
    let s = f / (R::c(2.0) + f);
    let z = s * s;
    let series = z * polynomial(z, R::Scalar::LN);
    let low = s.mul_add(half_square + series, e * R::splat(R::Scalar::LN2_LOW));
    let y = e.mul_add(R::splat(R::Scalar::LN2_HIGH), f - (half_square - low));

    let infinity = R::splat(R::Scalar::INFINITY);
    let y = R::select_lt(R::zero(), x, y, -infinity);
    let y = R::select_lt(x, R::zero(), nan(), y);
    R::select_lt(x, infinity, y, x)
}
