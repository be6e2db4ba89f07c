//! Independent tilted double wells: many modes of unequal weight with a known normaliser.

use super::Potential;
use crate::real::Real;

/// `U(x) = Σ_i x_i⁴ − 6 x_i² − ½ x_i`, the wells of the many-well benchmark (L. I. Midgley et al., 2208.01893):
/// minima near ±1.7 with weights about 0.16 and 0.84, a barrier of 9 between them.
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
            let square = x * x;
            u = u + x.mul_add(square.mul_add(x, R::c(-6.0) * x), R::c(-0.5) * x);
            *gradient = x.mul_add(square.mul_add(R::c(4.0), R::c(-12.0)), R::c(-0.5));
        }
        u
    }
}
