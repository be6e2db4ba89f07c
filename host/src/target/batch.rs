//! Densities that are evaluated many points at a time, in double precision: those of plugins and of callers in other
//! languages.

/// A density known by `U` and `∇U` of many points at once.
pub trait BatchDensity: Send + Sync {
    /// The dimension `d`.
    fn dim(&self) -> usize;

    /// Writes `U(x_i)` to `u[i]` and `∇U(x_i)` to row `i` of `gradient`, for `u.len()` points in the rows of `x`, `d`
    /// numbers each. Where the density is zero `U` is +∞ or NaN: the walker is lost there, and counted.
    ///
    /// # Errors
    ///
    /// The reason why the run has to end, in words.
    fn evaluate(&self, x: &[f64], u: &mut [f64], gradient: &mut [f64]) -> Result<(), String>;

    /// `log ∫ e^{−U}`, where it is known.
    fn log_z(&self) -> Option<f64> {
        None
    }

    /// How many points were invalid and why the first one was, where the density gives a reason for such points.
    fn rejections(&self) -> Option<String> {
        None
    }
}
