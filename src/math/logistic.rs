//! The logistic function and what is made of it: tanh, and the activation of the network drift.

use super::{exp_clamped, expm1};
use crate::real::Real;

/// `1 / (1 + e⁻ˣ)`.
#[inline(always)]
pub fn sigmoid<R: Real>(x: R) -> R {
    R::one() / (R::one() + exp_clamped(-x))
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
    let e = exp_clamped(-z);
    let s = R::one() / (R::one() + e);
    let value = z * s;
    // 1 − σ without cancellation, which z would magnify.
    let q = e * s;
    Silu { value, first: q.mul_add(value, s), second: s * q * z.mul_add(q - s, R::c(2.0)) }
}
