//! The complementary error function.

use super::{exp, polynomial};
use crate::real::{Real, Scalar};

/// `erfc z = 2/√π ∫_z^∞ e^{−s²} ds`: an exponential and a polynomial in `(4 − z) / (4 + z)`, to full relative accuracy
/// in the tail. The normal distribution has `P(X > x) = ½ erfc(x / √2)`.
#[inline(always)]
pub fn erfc<R: Real>(z: R) -> R {
    // Beyond ±30 the tail is zero in double precision, and infinity must not be divided by itself.
    let distance = z.abs().min(R::c(30.0));
    let inverse = R::one() / (R::c(4.0) + distance);
    let polynomial = polynomial((R::c(4.0) - distance) * inverse, R::Scalar::ERFC);
    let square = distance * distance;
    // The rounding error of the square, which the exponential would magnify.
    let rest = distance.mul_add(distance, -square);
    let gauss = exp(-square);
    let tail = (-gauss).mul_add(rest, gauss) * (R::c(4.0) * inverse * polynomial);
    R::select_lt(z, R::zero(), R::c(2.0) - tail, tail)
}
