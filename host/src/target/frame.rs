//! The coordinates that walkers move in.

use super::in_precision;
use nets_kernel::math::ln;
use nets_kernel::potential::Potential;
use nets_kernel::real::{Real, Scalar};

/// Standard coordinates `y` of a density: `x_i = mean_i + sd_i y_i`. Walkers, drifts and networks know `y` alone, whose base
/// is N(0, I), so that they need no scales of their own; samples are handed out as `x`. In `y` the potential is
///
/// ```text
/// U(mean + sd·y) − Σ_i log sd_i,
/// ```
///
/// which leaves `log Z` as it is.
#[derive(Clone, Debug, PartialEq)]
pub struct Frame {
    mean: Vec<f64>,
    sd: Vec<f64>,
}

impl Frame {
    /// The coordinates in which `N(mean, sd²)` is the base.
    ///
    /// # Errors
    ///
    /// What is wrong with the numbers: there are as many means as standard deviations, all finite, the latter above zero.
    pub fn new(mean: Vec<f64>, sd: Vec<f64>) -> Result<Frame, String> {
        check_base(&mean, &sd, mean.len())?;
        Ok(Frame { mean, sd })
    }

    /// `y = x`, in `dim` dimensions.
    pub fn unit(dim: usize) -> Frame {
        Frame { mean: vec![0.0; dim], sd: vec![1.0; dim] }
    }

    /// The base's means.
    pub fn mean(&self) -> &[f64] {
        &self.mean
    }

    /// The base's standard deviations.
    pub fn sd(&self) -> &[f64] {
        &self.sd
    }

    /// `Σ_i log sd_i`.
    pub fn log_volume(&self) -> f64 {
        self.sd.iter().map(|&sd| ln(sd)).sum()
    }

    /// Coordinate `i` of the point `y`.
    pub(super) fn at(&self, i: usize, y: f64) -> f64 {
        self.sd[i].mul_add(y, self.mean[i])
    }

    /// Turns rows of `y` into rows of `x`.
    pub fn place(&self, rows: &mut [f64]) {
        for row in rows.chunks_exact_mut(self.mean.len().max(1)) {
            row.iter_mut().enumerate().for_each(|(i, y)| *y = self.at(i, *y));
        }
    }

    /// The `y` of a point `x`.
    pub fn standard(&self, x: &[f64]) -> Vec<f64> {
        x.iter().zip(self.mean.iter().zip(&self.sd)).map(|(x, (mean, sd))| (x - mean) / sd).collect()
    }

    /// `potential` as a function of `y`.
    pub(super) fn framed<R: Real, P: Potential<R>>(&self, potential: P) -> Framed<P, R::Scalar> {
        let log_volume = R::Scalar::from_f64(self.log_volume());
        Framed { potential, mean: in_precision(&self.mean), sd: in_precision(&self.sd), log_volume }
    }
}

/// Whether a Gaussian of so many means and standard deviations is one in `dim` dimensions.
pub(super) fn check_base(mean: &[f64], sd: &[f64], dim: usize) -> Result<(), String> {
    for (name, numbers) in [("means", mean), ("standard deviations", sd)] {
        if numbers.len() != dim {
            return Err(format!("the base has {} {name}, the density {dim} coordinates", numbers.len()));
        }
    }
    if let Some(mean) = mean.iter().find(|mean| !mean.is_finite()) {
        return Err(format!("a mean of the base is {mean}, not a finite number"));
    }
    if let Some(sd) = sd.iter().find(|sd| !(sd.is_finite() && **sd > 0.0)) {
        return Err(format!("a standard deviation of the base is {sd}, not a finite number above zero"));
    }
    Ok(())
}

/// A potential in standard coordinates. Its scratch is that of the potential, and `d` values for `x`.
pub(super) struct Framed<P, S> {
    potential: P,
    mean: Vec<S>,
    sd: Vec<S>,
    log_volume: S,
}

impl<R: Real, P: Potential<R>> Potential<R> for Framed<P, R::Scalar> {
    fn dim(&self) -> usize {
        self.potential.dim()
    }

    fn scratch(&self) -> usize {
        self.potential.dim() + self.potential.scratch()
    }

    #[inline(always)]
    fn potential(&self, y: &[R], gradient: &mut [R], scratch: &mut [R]) -> R {
        let (x, scratch) = scratch.split_at_mut(y.len().min(scratch.len()));
        for (x, (&y, (&mean, &sd))) in x.iter_mut().zip(y.iter().zip(self.mean.iter().zip(&self.sd))) {
            *x = R::splat(sd).mul_add(y, R::splat(mean));
        }
        let u = self.potential.potential(x, gradient, scratch);
        for (g, &sd) in gradient.iter_mut().zip(&self.sd) {
            *g = *g * R::splat(sd);
        }
        u - R::splat(self.log_volume)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use nets_kernel::potential::Gaussian;

    /// Standard coordinates of a Gaussian make it N(0, I) with the same log Z: U = |y|² / 2 − Σ log sd, by hand.
    #[test]
    fn a_gaussian_is_standard_in_its_own_frame() {
        let (mean, sd) = (vec![1000.0, -3.0], vec![1e-3, 1e3]);
        let frame = Frame::new(mean.clone(), sd.clone()).unwrap();
        let framed = frame.framed::<f64, _>(Gaussian { mean, sd });
        let (mut gradient, mut scratch) = ([0.0; 2], [0.0; 2]);
        let u = framed.potential(&[0.5, -2.0], &mut gradient, &mut scratch);
        // log sd of 1e-3 and 1e3 cancel; 1000 + 5e-4 in double precision is right to 1e-10 of its sd.
        assert!((u - (0.125 + 2.0)).abs() < 1e-9, "{u}");
        assert!((gradient[0] - 0.5).abs() < 1e-9 && (gradient[1] + 2.0).abs() < 1e-12, "{gradient:?}");
        let mut rows = vec![0.5, -2.0, 0.0, 1.0];
        frame.place(&mut rows);
        assert_eq!(rows, [1000.0005, -2003.0, 1000.0, 997.0]);
        assert!(frame.standard(&rows[..2]).iter().zip([0.5, -2.0]).all(|(a, b)| (a - b).abs() < 1e-9));
        assert!((Frame::new(vec![0.0; 2], vec![2.0, 3.0]).unwrap().log_volume() - 6.0_f64.ln()).abs() < 1e-15);
    }

    #[test]
    fn what_is_no_frame_is_refused() {
        let problem = |mean: &[f64], sd: &[f64]| Frame::new(mean.to_vec(), sd.to_vec()).unwrap_err();
        assert!(problem(&[0.0, 0.0], &[1.0]).contains("1 standard deviations"));
        assert!(problem(&[f64::INFINITY], &[1.0]).contains("mean"));
        assert!(problem(&[0.0], &[0.0]).contains("above zero"));
    }
}
