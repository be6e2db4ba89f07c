//! Densities that are evaluated many points at a time, in double precision: those of plugins and of callers in other
//! languages.

use super::failure::Failures;
use super::frame::{Frame, check_base};
use super::{PathBox, Place, Target, in_precision};
use crate::engine::Outlined;
use crate::lanes::Lane;
use crate::model::list;
use nets_kernel::path::{Geometric, Schedule};
use nets_kernel::potential::{Gaussian, Potential};
use nets_kernel::real::{Real, Scalar};
use std::cell::Cell;
use std::fmt::Write;
use std::sync::Arc;

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

/// The Gaussian that walkers start from, and how they leave it: `U_t = (1 − β(t)) U_0 + β(t) U_1`.
#[derive(Clone, Debug, PartialEq)]
pub struct Start {
    /// Means, one per coordinate.
    pub mean: Vec<f64>,
    /// Standard deviations, one per coordinate.
    pub sd: Vec<f64>,
    /// The schedule `β`.
    pub schedule: Schedule<f64>,
}

impl Start {
    /// From N(0, I) in `dim` dimensions, with `β = t`.
    pub fn new(dim: usize) -> Start {
        Start { mean: vec![0.0; dim], sd: vec![1.0; dim], schedule: Schedule::Linear }
    }

    /// What is unlike [`Start::new`], in words that a model's name carries.
    fn words(&self) -> String {
        let usual = Start::new(self.mean.len());
        let mut words = String::new();
        for (name, numbers, usual) in [("mean", &self.mean, &usual.mean), ("sd", &self.sd, &usual.sd)] {
            if numbers != usual {
                let equal = numbers.windows(2).all(|pair| pair[0] == pair[1]);
                let few = if equal { &numbers[..1] } else { numbers };
                let _ = write!(words, " base-{name}={}", list(few));
            }
        }
        match self.schedule {
            Schedule::Linear => {}
            Schedule::Power(power) => words += &format!(" schedule=power:{power}"),
            Schedule::Cosine => words += " schedule=cosine",
        }
        words
    }

    /// Whether every number is in its range.
    ///
    /// # Errors
    ///
    /// What is wrong.
    pub fn check(&self, dim: usize) -> Result<(), String> {
        check_base(&self.mean, &self.sd, dim)?;
        match self.schedule {
            Schedule::Power(power) if !(power.is_finite() && power >= 1.0) => {
                Err(format!("the power of the schedule is {power}, not a finite number from 1 on"))
            }
            _ => Ok(()),
        }
    }
}

/// A [`BatchDensity`] as a target, by the geometric path from a Gaussian.
///
/// Points that are not finite are not handed on: walkers that get there are lost.
pub struct BatchTarget {
    name: String,
    density: Arc<dyn BatchDensity>,
    start: Start,
    frame: Option<Frame>,
    failures: Failures,
}

/// A copy has had no failures.
impl Clone for BatchTarget {
    fn clone(&self) -> Self {
        let BatchTarget { name, density, start, frame, .. } = self;
        let failures = Failures::default();
        let (name, density) = (name.clone(), density.clone());
        BatchTarget { name, density, start: start.clone(), frame: frame.clone(), failures }
    }
}

impl BatchTarget {
    /// The density `name`, from `start`.
    ///
    /// # Errors
    ///
    /// What is wrong with `start`.
    pub fn new(name: &str, density: Arc<dyn BatchDensity>, start: Start) -> Result<BatchTarget, String> {
        start.check(density.dim())?;
        let name = name.to_string() + &start.words();
        Ok(BatchTarget { name, density, start, frame: None, failures: Failures::default() })
    }

    /// The same density with the same schedule, in standard coordinates. Models remember the frame, so the name does not
    /// tell it.
    ///
    /// # Errors
    ///
    /// If the frame has another dimension, or the target a base of its own already.
    pub fn framed(&self, frame: Frame) -> Result<BatchTarget, String> {
        check_base(frame.mean(), frame.sd(), self.dim())?;
        let unit = Start { schedule: self.start.schedule, ..Start::new(self.dim()) };
        if self.start != unit {
            return Err("the target starts from a base of its own".to_string());
        }
        Ok(BatchTarget { frame: Some(frame), ..self.clone() })
    }

    /// The path, compiled for whatever `R` is asked for.
    pub(crate) fn any_path<R: Real>(&self) -> PathBox<'_, R> {
        let base =
            Gaussian::<Vec<R::Scalar>> { mean: in_precision(&self.start.mean), sd: in_precision(&self.start.sd) };
        let schedule = match self.start.schedule {
            Schedule::Linear => Schedule::Linear,
            Schedule::Power(power) => Schedule::Power(R::Scalar::from_f64(power)),
            Schedule::Cosine => Schedule::Cosine,
        };
        let log_volume = self.frame.as_ref().map_or(0.0, Frame::log_volume);
        Box::new(Outlined(Geometric { base, target: Rows { of: self, log_volume }, schedule }))
    }

    /// `U` and `∇U` of `n` points in the rows of `x`.
    fn evaluate(&self, x: &[f64], u: &mut [f64], gradient: &mut [f64]) -> bool {
        if self.failures.any(None) {
            return false;
        }
        let result = self.density.evaluate(x, u, gradient);
        result.map_err(|reason| self.failures.add(reason)).is_ok()
    }
}

impl Target for BatchTarget {
    fn name(&self) -> String {
        self.name.clone()
    }

    fn dim(&self) -> usize {
        self.density.dim()
    }

    fn path<R: Lane>(&self) -> PathBox<'_, R> {
        R::batch_path(self)
    }

    fn failed(&self, place: Option<Place>) -> bool {
        self.failures.any(place)
    }

    fn take_failure(&self) -> Option<(String, Option<Place>)> {
        self.failures.take()
    }

    fn rejections(&self) -> Option<String> {
        self.density.rejections()
    }

    fn log_z(&self) -> Option<f64> {
        self.density.log_z()
    }

    fn frame(&self) -> Option<&Frame> {
        self.frame.as_ref()
    }
}

/// The density, asked row by row, in the coordinates of its frame. Points are placed in double precision whatever `R` is:
/// a point far from the origin has too few digits left in single precision.
struct Rows<'a> {
    of: &'a BatchTarget,
    log_volume: f64,
}

thread_local! {
    /// Rows of a batch: points, potentials, gradients. Taken while in use: a potential may run samplers of its own.
    static ROWS: Cell<Vec<f64>> = const { Cell::new(vec![]) };
}

impl<R: Real> Potential<R> for Rows<'_> {
    fn dim(&self) -> usize {
        self.of.dim()
    }

    #[inline(always)]
    fn potential(&self, x: &[R], gradient: &mut [R], _scratch: &mut [R]) -> R {
        let d = x.len();
        let mut rows = ROWS.take();
        rows.resize(R::LANES * (2 * d + 1), 0.0);
        let (points, rest) = rows.split_at_mut(R::LANES * d);
        let (gradients, potentials) = rest.split_at_mut(R::LANES * d);
        let mut count = 0;
        // Lanes that are somewhere, one row after the other.
        let somewhere = |lane: usize| x.iter().all(|x| x.lane(lane).to_f64().is_finite());
        for lane in (0..R::LANES).filter(|&lane| somewhere(lane)) {
            let point = &mut points[count * d..][..d];
            for (point, x) in point.iter_mut().zip(x) {
                *point = x.lane(lane).to_f64();
            }
            if let Some(frame) = &self.of.frame {
                frame.place(point);
            }
            count += 1;
        }
        let good =
            count > 0 && self.of.evaluate(&points[..count * d], &mut potentials[..count], &mut gradients[..count * d]);
        let nowhere = R::c(f64::NAN);
        let mut potential = nowhere;
        gradient.fill(nowhere);
        if good {
            for (row, lane) in (0..R::LANES).filter(|&lane| somewhere(lane)).enumerate() {
                potential.set_lane(lane, R::Scalar::from_f64(potentials[row] - self.log_volume));
                let gradients = &mut gradients[row * d..][..d];
                if let Some(frame) = &self.of.frame {
                    gradients.iter_mut().zip(frame.sd()).for_each(|(g, sd)| *g *= sd);
                }
                for (to, &from) in gradient.iter_mut().zip(&*gradients) {
                    to.set_lane(lane, R::Scalar::from_f64(from));
                }
            }
        }
        ROWS.set(rows);
        potential
    }
}
