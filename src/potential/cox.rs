//! The log-Gaussian Cox process (J. Møller, A. R. Syversveen and R. P. Waagepetersen, Scandinavian Journal of
//! Statistics 25, 1998): counts in cells whose log intensity is a Gaussian process.

use super::{HALF_LOG_TAU, Potential, triangular};
use crate::math::exp;
use crate::real::{Real, norm_squared};

/// The posterior of the log intensity `f` in `d` cells of area `a` given counts `c`, in whitened coordinates:
/// `f = μ + L x` with `x ~ N(0, I)`, and `L Lᵀ` the covariance of the prior. Not normalised: `log Z` is the log evidence,
/// `log E[Π e^{f_i c_i − a e^{f_i}}]` over the prior, without the factorials `Σ log c_i!`. It is the same whether `x` or
/// `f` is the variable.
///
/// `U(x) = ½ |x|² + ½ d log 2π − Σ_i ( f_i c_i − a e^{f_i} )`
///
/// Its scratch is `d` values. `V` holds numbers: a slice, an array, a vector.
#[derive(Clone, Copy, Debug)]
pub struct CoxProcess<S, V> {
    /// The mean `μ` of the log intensity.
    pub mean: S,
    /// The Cholesky factor `L`, row-major `d × d`. What is above the diagonal is not read.
    pub factor: V,
    /// The counts `c`, length `d`.
    pub counts: V,
    /// The area `a` of a cell.
    pub area: S,
}

impl<R: Real, V: AsRef<[R::Scalar]>> Potential<R> for CoxProcess<R::Scalar, V> {
    fn dim(&self) -> usize {
        self.counts.as_ref().len()
    }

    fn scratch(&self) -> usize {
        self.counts.as_ref().len()
    }

    #[inline(always)]
    fn potential(&self, x: &[R], gradient: &mut [R], scratch: &mut [R]) -> R {
        let Some(cells) = scratch.get_mut(..x.len()) else { return crate::math::nan() };
        triangular::multiply(self.factor.as_ref(), x, cells);
        let mut u = R::c(0.5).mul_add(norm_squared(x), R::c(x.len() as f64 * HALF_LOG_TAU));
        for (cell, &count) in cells.iter_mut().zip(self.counts.as_ref()) {
            let log_intensity = *cell + R::splat(self.mean);
            let expected = R::splat(self.area) * exp(log_intensity);
            let count = R::splat(count);
            u = u + (-count).mul_add(log_intensity, expected);
            *cell = count - expected;
        }
        for (g, &x) in gradient.iter_mut().zip(x) {
            *g = x;
        }
        triangular::subtract_transposed(self.factor.as_ref(), cells, gradient);
        u
    }
}
