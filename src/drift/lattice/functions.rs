//! The functions of the field at a site that the kernels are folded with.

use crate::real::Real;

/// How many there are.
pub const FUNCTIONS: usize = 5;

/// `f(φ)` and `f′(φ)` for function number `index`, `s = 1 / (1 + φ²)` given:
///
/// | 0 | 1 | 2, 3, 4 |
/// |---|---|---|
/// | `φ` | `φ³` | `φ s`, `φ s²`, `φ s³` |
///
/// All are odd, for the theory does not change with the sign of the field. `(φ sⁿ)′ = sⁿ (2n s − 2n + 1)`.
#[inline(always)]
pub(super) fn function<R: Real>(index: usize, phi: R, s: R) -> (R, R) {
    match index {
        0 => (phi, R::one()),
        1 => {
            let square = phi * phi;
            (phi * square, R::c(3.0) * square)
        }
        2 => powers(phi, s, s, 1.0),
        3 => powers(phi, s, s * s, 2.0),
        _ => powers(phi, s, s * s * s, 3.0),
    }
}

/// `φ p` and `p (2n s − 2n + 1)`, `p = sⁿ`.
#[inline(always)]
fn powers<R: Real>(phi: R, s: R, p: R, n: f64) -> (R, R) {
    (phi * p, p * R::c(2.0 * n).mul_add(s, R::c(1.0 - 2.0 * n)))
}

/// `s = 1 / (1 + φ²)` at every site, for one part of the walkers.
#[inline(always)]
pub(super) fn write_fractions<R: Real>(part: usize, field: &[R], fractions: &mut [R]) {
    for (s, phi) in fractions.iter_mut().zip(field) {
        let phi = phi.part(part);
        s.set_part(part, R::Part::one() / phi.mul_add(phi, R::Part::one()));
    }
}
