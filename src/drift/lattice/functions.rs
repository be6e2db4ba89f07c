//! The functions of the field at a site.

use crate::real::Real;

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

/// `g = Σ_a d_a f_a`, as polynomials of `φ²` and `s`:
///
/// ```text
/// g  = φ [ d_0 φ² + s (d_1 + s (d_2 + s d_3)) ]
/// g′ = 3 d_0 φ² + s (−d_1 + s (2 d_1 − 3 d_2 + s (4 d_2 − 5 d_3 + 6 s d_3)))
/// ```
#[derive(Clone, Copy, Debug)]
pub(super) struct Combination<R> {
    /// `d_0, …, d_3`
    values: [R; SITE_TERMS],
    /// `3 d_0, −d_1, 2 d_1 − 3 d_2, 4 d_2 − 5 d_3, 6 d_3`
    slopes: [R; SITE_TERMS + 1],
}

impl<R: Real> Combination<R> {
    #[inline(always)]
    pub fn new(d: [R::Scalar; SITE_TERMS]) -> Self {
        let values = d.map(R::splat);
        let [d0, d1, d2, d3] = values;
        let c = R::c;
        let slopes = [c(3.0) * d0, -d1, c(2.0) * d1 - c(3.0) * d2, c(4.0) * d2 - c(5.0) * d3, c(6.0) * d3];
        Combination { values, slopes }
    }

    /// `g(φ)` and `g′(φ)`.
    #[inline(always)]
    pub fn at(&self, phi: R) -> (R, R) {
        let square = phi * phi;
        let s = R::one() / (R::one() + square);
        let [d0, d1, d2, d3] = self.values;
        let value = s.mul_add(d3, d2).mul_add(s, d1);
        let [e0, e1, e2, e3, e4] = self.slopes;
        let slope = s.mul_add(e4, e3).mul_add(s, e2).mul_add(s, e1);
        (phi * value.mul_add(s, d0 * square), slope.mul_add(s, e0 * square))
    }
}
