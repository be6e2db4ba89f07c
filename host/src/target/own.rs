//! A user's own density.

use super::frame::Frame;
use super::{PathBox, Target, in_precision};
use crate::engine::{Error, Outlined, Plan, fit_base};
use crate::lanes::Lane;
use crate::progress::Progress;
use nets_kernel::path::{Annealing, Geometric, Schedule, Table};
use nets_kernel::potential::{Gaussian, Potential};
use nets_kernel::real::{Real, Scalar};

/// A density known by its potential and gradient, written once for any precision and width: use [`Real`]'s
/// arithmetic and [`nets_kernel::math`], `R::c(0.5)` for constants, and [`Real::select_lt`] in place of `if`.
pub trait Density: Send + Sync {
    /// The dimension `d`.
    fn dim(&self) -> usize;

    /// Returns `U(x)`, the negative log density up to a constant, and writes `∇U(x)`.
    fn potential<R: Real>(&self, x: &[R], gradient: &mut [R]) -> R;
}

impl<D: Density> Density for &D {
    fn dim(&self) -> usize {
        (**self).dim()
    }
    #[inline(always)]
    fn potential<R: Real>(&self, x: &[R], gradient: &mut [R]) -> R {
        (**self).potential(x, gradient)
    }
}

/// A [`Density`] with a name and a Gaussian to start from: a target, by the geometric path
/// `U_t = (1 − β) U_0 + β U_1`.
#[derive(Clone, Debug)]
pub struct OwnDensity<D> {
    name: String,
    density: D,
    mean: Vec<f64>,
    sd: Vec<f64>,
    frame: Option<Frame>,
    schedule: Schedule<f64>,
    table: Option<Table<Vec<f64>>>,
}

impl<D: Density> OwnDensity<D> {
    /// Starts from N(0, I), with `β = t`.
    pub fn new(name: &str, density: D) -> Self {
        let d = density.dim();
        let (mean, sd) = (vec![0.0; d], vec![1.0; d]);
        let name = name.to_string();
        OwnDensity { name, density, mean, sd, frame: None, schedule: Schedule::Linear, table: None }
    }

    /// Starts from a Gaussian that covers the target: one mean and standard deviation per coordinate.
    ///
    /// # Panics
    /// If either does not have `d` numbers, or a standard deviation is not positive.
    pub fn base(mut self, mean: &[f64], sd: &[f64]) -> Self {
        let d = self.density.dim();
        assert!(mean.len() == d && sd.len() == d, "the base of a density in {d} dimensions has {d} means and {d} sds");
        assert!(sd.iter().all(|&sd| sd > 0.0), "the base's standard deviations are positive: {sd:?}");
        (self.mean, self.sd, self.frame) = (mean.to_vec(), sd.to_vec(), None);
        self
    }

    /// Starts from the frame's Gaussian, and moves in its standard coordinates: for densities whose coordinates have
    /// lengths of their own.
    ///
    /// # Panics
    /// If the frame has another dimension.
    pub fn framed(mut self, frame: Frame) -> Self {
        let d = self.density.dim();
        assert!(frame.mean().len() == d, "a density in {d} dimensions, and a frame in {}", frame.mean().len());
        (self.mean, self.sd, self.frame) = (vec![0.0; d], vec![1.0; d], Some(frame));
        self
    }

    /// Starts from a Gaussian that a pilot population finds, see [`fit_base`], and moves in its standard coordinates. Seed,
    /// threads and lanes are those of `plan`.
    ///
    /// # Errors
    /// As [`fit_base`].
    pub fn fitted(self, plan: &Plan, progress: &dyn Progress) -> Result<Self, Error> {
        let framed = |frame: Frame| OwnDensity::new(&self.name, &self.density).framed(frame);
        let found = fit_base(self.density.dim(), &framed, plan, progress)?;
        Ok(self.framed(found.frame))
    }

    /// Follows the schedule `β(t)`.
    pub fn schedule(mut self, schedule: Schedule<f64>) -> Self {
        (self.schedule, self.table) = (schedule, None);
        self
    }

    /// Follows a schedule `β(t)` given by points.
    pub fn tabulated(mut self, table: Table<Vec<f64>>) -> Self {
        self.table = Some(table);
        self
    }

    fn annealed<R: Lane>(&self, schedule: impl Annealing<R> + Send + Sync + 'static) -> PathBox<'_, R> {
        let base = Gaussian::<Vec<R::Scalar>> { mean: in_precision(&self.mean), sd: in_precision(&self.sd) };
        // The unit frame changes no bits.
        let frame = self.frame.clone().unwrap_or_else(|| Frame::unit(self.density.dim()));
        let target = frame.framed::<R, _>(AsPotential(&self.density));
        Box::new(Outlined(Geometric { base, target, schedule }))
    }
}

/// The density as a potential.
struct AsPotential<'a, D>(&'a D);

impl<R: Real, D: Density> Potential<R> for AsPotential<'_, D> {
    fn dim(&self) -> usize {
        self.0.dim()
    }
    #[inline(always)]
    fn potential(&self, x: &[R], gradient: &mut [R], _scratch: &mut [R]) -> R {
        self.0.potential(x, gradient)
    }
}

impl<D: Density> Target for OwnDensity<D> {
    fn name(&self) -> String {
        self.name.clone()
    }

    fn dim(&self) -> usize {
        self.density.dim()
    }

    fn frame(&self) -> Option<&Frame> {
        self.frame.as_ref()
    }

    fn path<R: Lane>(&self) -> PathBox<'_, R> {
        match (&self.table, self.schedule) {
            (Some(table), _) => self.annealed(table.map(|numbers| in_precision::<R::Scalar>(numbers))),
            (None, Schedule::Linear) => self.annealed(Schedule::Linear),
            (None, Schedule::Power(p)) => self.annealed(Schedule::Power(R::Scalar::from_f64(p))),
            (None, Schedule::Cosine) => self.annealed(Schedule::Cosine),
        }
    }
}
