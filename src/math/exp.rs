//! Exponentials. `eˣ = 2ᵏ eʳ` with `k = round(x / ln 2)`, the product `k ln 2` taken off in two parts
//! (W. J. Cody and W. Waite, 1980), and a minimax polynomial for `eʳ`.

use super::polynomial;
use crate::real::{Real, Scalar};

/// `x`, or the nearest end of the range.
#[inline(always)]
fn clamp<R: Real>(x: R, (least, most): (R::Scalar, R::Scalar)) -> R {
    x.max(R::splat(least)).min(R::splat(most))
}

/// `(P, r, ROUND + k)` with `eˣ = 2ᵏ (1 + r + r² P)`.
#[inline(always)]
fn reduce<R: Real>(x: R) -> (R, R, R) {
    let round = R::splat(R::Scalar::ROUND);
    let shifted = x.mul_add(R::splat(R::Scalar::LOG2_E), round);
    let minus_k = round - shifted;
    let r = minus_k.mul_add(R::splat(R::Scalar::LN2_HIGH), x);
    let r = minus_k.mul_add(R::splat(R::Scalar::LN2_LOW), r);
    (polynomial(r, R::Scalar::EXP), r, shifted)
}

/// `eʳ`
#[inline(always)]
fn exp_reduced<R: Real>(p: R, r: R) -> R {
    p.mul_add(r, R::one()).mul_add(r, R::one())
}

/// `eˣ` over the whole range: overflows to +∞, underflows gradually to 0.
#[inline(always)]
pub fn exp<R: Real>(x: R) -> R {
    let (p, r, shifted) = reduce(clamp(x, R::Scalar::EXP_RANGE));
    let round = R::splat(R::Scalar::ROUND);
    // 2^k in two factors, since k may lie outside the exponents of normal numbers.
    let k = shifted - round;
    let half = k.mul_add(R::c(0.5), round);
    let rest = k - (half - round) + round;
    exp_reduced(p, r) * half.exp2_shifted() * rest.exp2_shifted()
}

/// `eˣ` where the result is a normal number; beyond, the nearest end of that range (never 0 or ∞). Cheaper than
/// [`exp`].
#[inline(always)]
pub fn exp_clamped<R: Real>(x: R) -> R {
    let (p, r, shifted) = reduce(clamp(x, R::Scalar::EXP_NORMAL_RANGE));
    exp_reduced(p, r) * shifted.exp2_shifted()
}

/// `(eʳ, 2ᵏ)`, whose product is `eˣ` where that is a normal number, to a unit in the last place and to what the rounding of
/// `ln 2` makes of it, `|k|` halves of one at most. Cheaper than [`exp_clamped`] by four operations.
#[inline(always)]
pub(super) fn exp_factors<R: Real>(x: R) -> (R, R) {
    let round = R::splat(R::Scalar::ROUND);
    let shifted = x.mul_add(R::splat(R::Scalar::LOG2_E), round);
    let r = (round - shifted).mul_add(R::c(core::f64::consts::LN_2), x);
    (exp_reduced(polynomial(r, R::Scalar::EXP_SHORT), r), shifted.exp2_shifted())
}

/// `eˣ − 1` without cancellation near zero; saturates like [`exp_clamped`].
#[inline(always)]
pub fn expm1<R: Real>(x: R) -> R {
    let (p, r, shifted) = reduce(clamp(x, R::Scalar::EXP_NORMAL_RANGE));
    let scale = shifted.exp2_shifted();
    (r * r).mul_add(p, r).mul_add(scale, scale - R::one())
}
