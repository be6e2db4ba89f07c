//! Whatever target a name stands for.

use super::{BatchTarget, Builtin, DriftBox, Modes, PathBox, Place, Start, Target, TargetError, library};
use crate::lanes::Lane;
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

/// How a target from a library is to start; `None` for N(0, I) and `β = t`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct StartOptions {
    /// Means of the Gaussian, one for all coordinates or one each.
    pub mean: Option<Vec<f64>>,
    /// Its standard deviations, likewise.
    pub sd: Option<Vec<f64>>,
    /// The schedule.
    pub schedule: Option<Schedule<f64>>,
}

impl StartOptions {
    fn start(&self, dim: usize) -> Start {
        let each = |numbers: &Option<Vec<f64>>, usual: Vec<f64>| match numbers.as_deref() {
            None => usual,
            Some(&[number]) => vec![number; dim],
            Some(numbers) => numbers.to_vec(),
        };
        let usual = Start::new(dim);
        Start {
            mean: each(&self.mean, usual.mean),
            sd: each(&self.sd, usual.sd),
            schedule: self.schedule.unwrap_or(usual.schedule),
        }
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
        let start = start.start(density.dim());
        BatchTarget::new(&name, density, start).map(Named::Library).map_err(wrong)
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
