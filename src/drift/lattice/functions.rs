//! The functions of the field at a site.

use crate::real::{Real, Scalar};

/// How many there are.
pub const SITE_TERMS: usize = 4;

/// `f(φ)` and `f′(φ)` of every function, `s = 1 / (1 + φ²)`:
///
/// | 0 | 1, 2, 3 |
/// |---|---|
/// | `φ³` | `φ s`, `φ s²`, `φ s³` |
///
/// All are odd, for the theory does not change with the sign of the field. `(φ sⁿ)′ = sⁿ (2n s − 2n + 1)`.
#[inline(always)]
pub(super) fn functions<R: Real>(phi: R) -> [(R, R); SITE_TERMS] {
    let square = phi * phi;
    let s = R::one() / (R::one() + square);
    let power = |p: R, n: f64| (phi * p, p * R::c(2.0 * n).mul_add(s, R::c(1.0 - 2.0 * n)));
    [(phi * square, R::c(3.0) * square), power(s, 1.0), power(s * s, 2.0), power(s * s * s, 3.0)]
}

/// `g(φ) = Σ_a d_a f_a(φ)` and `g′(φ)`.
#[inline(always)]
pub(super) fn combination<S: Scalar, R: Real<Scalar = S>>(d: [S; SITE_TERMS], phi: R) -> (R, R) {
    let (mut value, mut slope) = (R::zero(), R::zero());
    for (d, (f, f_slope)) in d.into_iter().zip(functions(phi)) {
        value = R::splat(d).mul_add(f, value);
        slope = R::splat(d).mul_add(f_slope, slope);
    }
    (value, slope)
}
