//! What is made of the logistic function `σ(x) = 1 / (1 + e⁻ˣ)`: tanh, and the activation of the network drift.

use super::exp::{exp_factors, expm1};
use crate::real::{Real, Scalar};

/// `1 / a` for positive normal numbers whose reciprocal is normal, to a unit in the last place: steps of Halley's method and
/// one of Newton's, `y (1 + r + r² …)` with `r = 1 − a y`, from an estimate. A division takes a processor longer.
#[inline(always)]
fn reciprocal<R: Real>(a: R) -> R {
    let mut y = a.reciprocal_estimate();
    let mut r = (-a).mul_add(y, R::one());
    for _ in 0..R::Scalar::HALLEY_STEPS {
        y = y.mul_add(r.mul_add(r, r), y);
        r = (-a).mul_add(y, R::one());
    }
    y.mul_add(r, y)
}

/// Hyperbolic tangent, `(e²ˣ − 1) / (e²ˣ + 1)`.
#[inline(always)]
pub fn tanh<R: Real>(x: R) -> R {
    // Beyond ±22 the result is ±1 in double precision, and e²ˣ must not overflow.
    let x = x.max(R::c(-22.0)).min(R::c(22.0));
    let e = expm1(x + x);
    e / (e + R::c(2.0))
}

/// The activation `φ(z) = z σ(z)` with its derivatives.
#[derive(Clone, Copy, Debug)]
pub struct Silu<R> {
    /// `φ`
    pub value: R,
    /// `φ′ = σ + φ (1 − σ)`
    pub first: R,
    /// `φ″ = σ (1 − σ) (2 + z (1 − 2σ))`
    pub second: R,
}

/// SiLU and its first two derivatives at `z`; what the caller does not use, the compiler drops.
#[inline(always)]
pub fn silu<R: Real>(z: R) -> Silu<R> {
    // Between ±limit, both e⁻ᶻ and σ are normal numbers.
    let limit = -R::splat(R::Scalar::EXP_NORMAL_RANGE.0);
    let (fraction, power) = exp_factors(-z.clamp_magnitude(limit));
    let s = reciprocal(fraction.mul_add(power, R::one()));
    let value = z * s;
    // 1 − σ without cancellation, which z would magnify.
    let q = fraction * power * s;
    Silu { value, first: q.mul_add(value, s), second: s * q * z.mul_add(q - s, R::c(2.0)) }
}
