//! Tilted double wells, many modes of unequal weight with a known normaliser: alone, or beside Gaussian coordinates.

use super::{HALF_LOG_TAU, Potential};
use crate::real::Real;

/// `u(x) = x⁴ − 6 x² − ½ x` and `u′(x)`: minima near ±1.7 with weights about 0.16 and 0.84, a barrier of 9 between
/// them.
#[inline(always)]
fn well<R: Real>(x: R) -> (R, R) {
    let square = x * x;
    let value = x.mul_add(square.mul_add(x, R::c(-6.0) * x), R::c(-0.5) * x);
    (value, x.mul_add(square.mul_add(R::c(4.0), R::c(-12.0)), R::c(-0.5)))
}

/// `U(x) = Σ_i x_i⁴ − 6 x_i² − ½ x_i`, the wells of [`ManyWell`] in every coordinate.
#[derive(Clone, Copy, Debug)]
pub struct DoubleWell {
    /// The dimension `d`.
    pub dim: usize,
}

impl DoubleWell {
    /// `log ∫ e^{−x⁴ + 6x² + x/2} dx`, by quadrature to all digits shown.
    pub const LOG_Z_PER_COORDINATE: f64 = 9.374_541_173_869_195;
}

impl<R: Real> Potential<R> for DoubleWell {
    fn dim(&self) -> usize {
        self.dim
    }

    #[inline(always)]
    fn potential(&self, x: &[R], gradient: &mut [R], _scratch: &mut [R]) -> R {
        let mut u = R::zero();
        for (&x, gradient) in x.iter().zip(gradient) {
            let (value, slope) = well(x);
            u = u + value;
            *gradient = slope;
        }
        u
    }
}

/// The many-well benchmark (L. I. Midgley et al., 2208.01893; F. Noé et al. 2019):
/// `U(x) = Σ x_i⁴ − 6 x_i² − ½ x_i + ½ x_{i+1}²` over pairs of coordinates, `i = 0, 2, 4, …`.
#[derive(Clone, Copy, Debug)]
pub struct ManyWell {
    /// The number of pairs, `d / 2`.
    pub pairs: usize,
}

impl ManyWell {
    /// `log Z` of a pair: that of a well, and `½ log 2π`.
    pub const LOG_Z_PER_PAIR: f64 = DoubleWell::LOG_Z_PER_COORDINATE + HALF_LOG_TAU;
}

impl<R: Real> Potential<R> for ManyWell {
    fn dim(&self) -> usize {
        2 * self.pairs
    }

    #[inline(always)]
    fn potential(&self, x: &[R], gradient: &mut [R], _scratch: &mut [R]) -> R {
        let mut u = R::zero();
        for (pair, gradient) in x.chunks_exact(2).zip(gradient.chunks_exact_mut(2)) {
            let ([x, y], [along, across]) = (pair, gradient) else { continue };
            let (value, slope) = well(*x);
            u = u + (R::c(0.5) * *y).mul_add(*y, value);
            (*along, *across) = (slope, *y);
        }
        u
    }
}
