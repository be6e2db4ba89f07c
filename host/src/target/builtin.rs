//! The targets that come with the program, by name.

use super::banana::BananaTarget;
use super::common::base_length;
use super::double_well::DoubleWellTarget;
use super::equal_gaussians::EqualGaussians;
use super::funnel::FunnelTarget;
use super::gaussian::GaussianTarget;
use super::gmm8::Gmm8;
use super::gmm40::Gmm40;
use super::lgcp::Lgcp;
use super::logreg::LogReg;
use super::manywell::ManyWellTarget;
use super::mos::Mos;
use super::parameters::{Parameters, TargetError};
use super::phi4::Phi4Target;
use super::{DriftBox, Modes, PathBox, Target};
use crate::lanes::Lane;
use nets_kernel::potential::Lattice;
use nets_kernel::real::Real;

/// What the list of targets says of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TargetInfo {
    /// Its name, `-d` standing for the dimension.
    pub name: &'static str,
    /// A name that can be given.
    pub example: &'static str,
    /// Its dimension.
    pub dimension: &'static str,
    /// Its log Z.
    pub log_z: &'static str,
    /// The density in words.
    pub density: &'static str,
    /// Where it comes from.
    pub source: &'static str,
}

impl TargetInfo {
    /// The name without parameters.
    pub(super) fn family(&self) -> &'static str {
        let name = self.name.split(':').next().unwrap_or(self.name);
        name.strip_suffix("-d").unwrap_or(name)
    }
}

/// What a target is to [`Builtin`]: as [`Target`], for numbers that are compiled elsewhere.
pub(super) trait BuiltinTarget: Sized {
    /// Its line in the list.
    const INFO: TargetInfo;

    /// Takes what it knows of the parameters.
    fn parse(parameters: &mut Parameters<'_>) -> Result<Self, TargetError>;

    /// The name that gives this target again.
    fn name(&self) -> String;

    fn dim(&self) -> usize;

    fn path<R: Real>(&self) -> PathBox<'_, R>;

    fn log_z(&self) -> Option<f64> {
        None
    }

    fn perfect_drift<R: Real>(&self) -> Option<DriftBox<'_, R>> {
        None
    }

    fn exact_samples(&self, _seed: u64, _n: usize) -> Option<Vec<f64>> {
        None
    }

    fn modes(&self) -> Option<Modes> {
        None
    }

    fn lattice(&self) -> Option<Lattice> {
        None
    }

    /// How far walkers travel, if the base density does not tell.
    fn length(&self) -> Option<f64> {
        None
    }
}

/// Makes [`Builtin`] of its targets, `TARGETS` of their information, and `parse_as` and `each_builtin!` to do something
/// with whichever it is.
macro_rules! builtins {
    ($dollar:tt $($variant:ident($type:ty),)*) => {
        /// A built-in target.
        #[derive(Clone, Debug)]
        #[expect(missing_docs, reason = "the list of targets describes them")]
        pub enum Builtin {
            $($variant($type),)*
        }

        const TARGETS: &[TargetInfo] = &[$(<$type>::INFO),*];

        fn parse_as(family: &str, parameters: &mut Parameters<'_>) -> Option<Result<Builtin, TargetError>> {
            $(if family == <$type>::INFO.family() {
                return Some(<$type>::parse(parameters).map(Builtin::$variant));
            })*
            None
        }

        macro_rules! each_builtin {
            ($dollar builtin:expr, $dollar target:ident => $dollar value:expr) => {
                match $dollar builtin {
                    $(Builtin::$variant($dollar target) => $dollar value,)*
                }
            };
        }
    };
}

builtins! { $
    Gmm40(EqualGaussians<Gmm40>),
    Gmm8(EqualGaussians<Gmm8>),
    Funnel(FunnelTarget),
    Mos(Mos),
    ManyWell(ManyWellTarget),
    Phi4(Phi4Target),
    LogReg(LogReg),
    Lgcp(Lgcp),
    DoubleWell(DoubleWellTarget),
    Gaussian(GaussianTarget),
    Banana(BananaTarget),
}

impl Builtin {
    /// The built-in targets.
    pub fn list() -> &'static [TargetInfo] {
        TARGETS
    }

    /// The target that `spec` names: `gmm40`, a name with its dimension as in `gaussian-10` or `gaussian:d=10`, or with
    /// other parameters as in `phi4:L=16,m2=-1,lambda=0.9`.
    pub fn parse(spec: &str) -> Result<Builtin, TargetError> {
        let (family, text) = match spec.split_once(':') {
            Some((family, text)) => (family, Some(text)),
            None => match spec.rsplit_once('-') {
                Some((family, dimension)) if !dimension.is_empty() => (family, Some(dimension)),
                _ => (spec, None),
            },
        };
        let unknown = || TargetError::Unknown { name: spec.to_string(), nearest: nearest(family) };
        let info = TARGETS.iter().find(|info| info.family() == family).ok_or_else(unknown)?;
        let mut parameters = Parameters::new(info, text);
        let target = parse_as(family, &mut parameters).ok_or_else(unknown)??;
        parameters.finish()?;
        Ok(target)
    }

    /// The path, compiled for whatever `R` is asked for.
    pub(crate) fn any_path<R: Real>(&self) -> PathBox<'_, R> {
        each_builtin!(self, target => target.path())
    }

    /// The perfect drift, likewise.
    pub(crate) fn any_perfect_drift<R: Real>(&self) -> Option<DriftBox<'_, R>> {
        each_builtin!(self, target => target.perfect_drift())
    }
}

/// The known name most like `name`.
fn nearest(name: &str) -> &'static str {
    let likeness = |info: &&TargetInfo| (strsim::jaro_winkler(&name.to_lowercase(), info.family()) * 1e6) as u64;
    TARGETS.iter().max_by_key(likeness).map_or("gmm40", |info| info.name)
}

impl Target for Builtin {
    fn name(&self) -> String {
        each_builtin!(self, target => target.name())
    }

    fn dim(&self) -> usize {
        each_builtin!(self, target => target.dim())
    }

    fn path<R: Lane>(&self) -> PathBox<'_, R> {
        R::builtin_path(self)
    }

    fn log_z(&self) -> Option<f64> {
        each_builtin!(self, target => target.log_z())
    }

    fn perfect_drift<R: Lane>(&self) -> Option<DriftBox<'_, R>> {
        R::builtin_drift(self)
    }

    fn exact_samples(&self, seed: u64, n: usize) -> Option<Vec<f64>> {
        each_builtin!(self, target => target.exact_samples(seed, n))
    }

    fn lattice(&self) -> Option<Lattice> {
        each_builtin!(self, target => target.lattice())
    }

    fn length(&self) -> f64 {
        let length = each_builtin!(self, target => target.length());
        length.unwrap_or_else(|| base_length(&*self.path::<f64>()))
    }

    fn modes(&self) -> Option<Modes> {
        each_builtin!(self, target => target.modes())
    }
}
