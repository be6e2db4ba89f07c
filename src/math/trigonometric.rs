//! Sine and cosine of a fraction of a turn.

use super::polynomial;
use crate::real::{Real, Scalar};

/// `(sin 2πu, cos 2πu)` for `0 ≤ u ≤ 1`.
#[inline(always)]
pub fn sin_cos_2pi<R: Real>(u: R) -> (R, R) {
    // u = k/4 + r with |r| ≤ 1/8; the subtraction is exact.
    let round = R::splat(R::Scalar::ROUND);
    let k = u.mul_add(R::c(4.0), round) - round;
    let r = k.mul_add(R::c(-0.25), u);
    let square = r * r;
    let turn = R::c(core::f64::consts::TAU);
    let sin = r.mul_add(turn, r * polynomial(square, R::Scalar::SIN));
    let cos = square.mul_add(polynomial(square, R::Scalar::COS), R::one());
    // Odd quadrants exchange the two; the sine is negative in quadrants 2 and 3, the cosine in 1 and 2.
    let half = R::c(0.5);
    let odd = ((k - R::c(2.0)).abs() - R::one()).abs();
    let (s, c) = (R::select_lt(odd, half, cos, sin), R::select_lt(odd, half, sin, cos));
    let s = R::select_lt((k - R::c(2.5)).abs(), R::one(), -s, s);
    let c = R::select_lt((k - R::c(1.5)).abs(), R::one(), -c, c);
    (s, c)
}
