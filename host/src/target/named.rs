//! Whatever target a name stands for.

use super::frame::check_base;
use super::{BatchTarget, Builtin, DriftBox, Frame, Modes, PathBox, Place, Start, Target, TargetError, library};
use crate::lanes::Lane;
use crate::model::Model;
use nets_kernel::path::Schedule;
use nets_kernel::potential::Lattice;

/// A built-in target, or one that is evaluated outside the program.
#[derive(Clone)]
pub enum Named {
    /// Of [`Builtin::list`].
    Builtin(Builtin),
    /// `plugin:PATH.so[?options]` or `stan:MODEL.so[?data=FILE.json]`, or whatever else is a batch density.
    Library(BatchTarget),
}

/// How a target from a library is to start.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct StartOptions {
    /// Means of the Gaussian, one for all coordinates or one each; 0 if there are standard deviations alone.
    pub mean: Option<Vec<f64>>,
    /// Its standard deviations, likewise; 1 if there are means alone. With neither the target starts from N(0, I), until
    /// it gets a frame.
    pub sd: Option<Vec<f64>>,
    /// The schedule; `None` for `β = t`.
    pub schedule: Option<Schedule<f64>>,
}

impl StartOptions {
    /// The frame in which the Gaussian is the base, if there is one.
    fn frame(&self, dim: usize) -> Option<Result<Frame, String>> {
        let each = |numbers: &Option<Vec<f64>>, usual: f64| match numbers.as_deref() {
            None => vec![usual; dim],
            Some(&[number]) => vec![number; dim],
            Some(numbers) => numbers.to_vec(),
        };
        let (mean, sd) = (each(&self.mean, 0.0), each(&self.sd, 1.0));
        (self.mean.is_some() || self.sd.is_some())
            .then(|| check_base(&mean, &sd, dim).and_then(|()| Frame::new(mean, sd)))
    }
}

impl Named {
    /// The target that `spec` names.
    ///
    /// # Errors
    ///
    /// An unknown name, wrong parameters, a library that cannot be used, or a start that does not fit: built-in targets
    /// bring their own.
    pub fn open(spec: &str, start: &StartOptions) -> Result<Named, TargetError> {
        let wrong = |problem: String| TargetError::Start { target: spec.to_string(), problem };
        let Some(opened) = library::open(spec) else {
            let target = Builtin::parse(spec)?;
            if *start != StartOptions::default() {
                return Err(wrong("a built-in target has a base and a schedule of its own".to_string()));
            }
            return Ok(Named::Builtin(target));
        };
        let (name, density) = opened?;
        let usual = Start::new(density.dim());
        let (frame, schedule) = (start.frame(density.dim()), start.schedule.unwrap_or(usual.schedule));
        let target = BatchTarget::new(&name, density, Start { schedule, ..usual }).map_err(wrong)?;
        let target = match frame {
            Some(frame) => frame.and_then(|frame| target.framed(frame)).map_err(wrong)?,
            None => target,
        };
        Ok(Named::Library(target))
    }
}

impl Named {
    /// Starts from the base that `model` remembers, if the target has none of its own yet and they have the same dimension.
    pub fn take_base(&mut self, model: &Model) {
        if let (Named::Library(target), Some(frame)) = (&mut *self, &model.frame)
            && target.frame().is_none()
            && let Ok(framed) = target.framed(frame.clone())
        {
            *target = framed;
        }
    }
}

/// `$value` for whichever target it is.
macro_rules! either {
    ($named:expr, $target:ident => $value:expr) => {
        match $named {
            Named::Builtin($target) => $value,
            Named::Library($target) => $value,
        }
    };
}

impl Target for Named {
    fn name(&self) -> String {
        either!(self, target => target.name())
    }

    fn dim(&self) -> usize {
        either!(self, target => target.dim())
    }

    fn path<R: Lane>(&self) -> PathBox<'_, R> {
        either!(self, target => target.path())
    }

    fn frame(&self) -> Option<&Frame> {
        either!(self, target => target.frame())
    }

    fn failed(&self, place: Option<Place>) -> bool {
        either!(self, target => target.failed(place))
    }

    fn take_failure(&self) -> Option<(String, Option<Place>)> {
        either!(self, target => target.take_failure())
    }

    fn rejections(&self) -> Option<String> {
        either!(self, target => target.rejections())
    }

    fn log_z(&self) -> Option<f64> {
        either!(self, target => target.log_z())
    }

    fn perfect_drift<R: Lane>(&self) -> Option<DriftBox<'_, R>> {
        either!(self, target => target.perfect_drift())
    }

    fn exact_samples(&self, seed: u64, n: usize) -> Option<Vec<f64>> {
        either!(self, target => target.exact_samples(seed, n))
    }

    fn modes(&self) -> Option<Modes> {
        either!(self, target => target.modes())
    }

    fn lattice(&self) -> Option<Lattice> {
        either!(self, target => target.lattice())
    }

    fn length(&self) -> f64 {
        either!(self, target => target.length())
    }
}
