//! The targets that come with the program, by name.

use super::double_well::DoubleWellTarget;
use super::gaussian::GaussianTarget;
use super::gmm40::Gmm40;
use super::{DriftBox, Modes, PathBox, Target};
use crate::lanes::Compiled;
use nets_kernel::real::Real;

/// A built-in target.
#[derive(Clone, Debug)]
pub enum Builtin {
    /// The 40-mode mixture.
    Gmm40(Gmm40),
    /// A Gaussian in `d` dimensions.
    Gaussian(GaussianTarget),
    /// Double wells in `d` dimensions.
    DoubleWell(DoubleWellTarget),
}

/// What the list of targets says of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TargetInfo {
    /// Its name, `-d` standing for the dimension.
    pub name: &'static str,
    /// Its dimension.
    pub dimension: &'static str,
    /// Its log Z.
    pub log_z: &'static str,
    /// The density in words.
    pub density: &'static str,
    /// Where it comes from.
    pub source: &'static str,
}

const TARGETS: [TargetInfo; 3] = [
    TargetInfo {
        name: "gmm40",
        dimension: "2",
        log_z: "0",
        density: "40 equal Gaussians in the plane, sigma 1.313",
        source: "Midgley et al. 2023 (FAB); the NETS paper",
    },
    TargetInfo {
        name: "gaussian-d",
        dimension: "any",
        log_z: "closed form",
        density: "mean 1, sigma from 0.5 to 2 over the coordinates",
        source: "ground truth",
    },
    TargetInfo {
        name: "doublewell-d",
        dimension: "any",
        log_z: "9.374541 d (quadrature)",
        density: "independent wells x^4 - 6 x^2 - x/2",
        source: "the wells of many-well, Midgley et al. 2023",
    },
];

/// Why a target's name was not understood.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum TargetError {
    /// There is no such target.
    #[error("unknown target `{name}`; did you mean `{nearest}`? `nets targets` lists them all")]
    Unknown {
        /// What was asked for.
        name: String,
        /// The known name most like it.
        nearest: &'static str,
    },
    /// A parameter is wrong or missing.
    #[error("target `{target}`: {problem}; write it as `{example}`")]
    Parameter {
        /// The target.
        target: &'static str,
        /// What is wrong.
        problem: String,
        /// A name that works.
        example: &'static str,
    },
}

/// The largest dimension taken for a built-in target; beyond it a typing error is likelier than a wish.
const MAX_DIM: usize = 100_000;

impl Builtin {
    /// The built-in targets.
    pub fn list() -> &'static [TargetInfo] {
        &TARGETS
    }

    /// The target that `spec` names: `gmm40`, or a name with its dimension as in `gaussian-10` or `gaussian:d=10`.
    pub fn parse(spec: &str) -> Result<Builtin, TargetError> {
        let (name, parameters) = match spec.split_once(':') {
            Some((name, parameters)) => (name, Some(parameters)),
            None => match spec.rsplit_once('-') {
                Some((name, dimension)) if !dimension.is_empty() => (name, Some(dimension)),
                _ => (spec, None),
            },
        };
        match (name, parameters) {
            ("gmm40", None) => Ok(Builtin::Gmm40(Gmm40::new())),
            ("gmm40", Some(extra)) => Err(TargetError::Parameter {
                target: "gmm40",
                problem: format!("it has no parameters, but `{extra}` was given"),
                example: "gmm40",
            }),
            ("gaussian", parameters) => {
                dimension("gaussian", parameters, "gaussian-10").map(|d| Builtin::Gaussian(GaussianTarget::new(d)))
            }
            ("doublewell", parameters) => dimension("doublewell", parameters, "doublewell-4")
                .map(|dim| Builtin::DoubleWell(DoubleWellTarget { dim })),
            _ => Err(TargetError::Unknown { name: spec.to_string(), nearest: nearest(name) }),
        }
    }

    /// The path, compiled for whatever `R` is asked for.
    pub(crate) fn any_path<R: Real>(&self) -> PathBox<'_, R> {
        match self {
            Builtin::Gmm40(target) => target.path(),
            Builtin::Gaussian(target) => target.path(),
            Builtin::DoubleWell(target) => target.path(),
        }
    }

    /// The perfect drift, likewise.
    pub(crate) fn any_perfect_drift<R: Real>(&self) -> Option<DriftBox<'_, R>> {
        match self {
            Builtin::Gmm40(target) => Some(target.perfect_drift()),
            _ => None,
        }
    }
}

fn dimension(target: &'static str, parameters: Option<&str>, example: &'static str) -> Result<usize, TargetError> {
    let error = |problem| Err(TargetError::Parameter { target, problem, example });
    let Some(text) = parameters else { return error("its dimension is missing".to_string()) };
    let number = text.strip_prefix("d=").unwrap_or(text);
    match number.parse() {
        Ok(d) if (1..=MAX_DIM).contains(&d) => Ok(d),
        _ => error(format!("`{number}` is not a dimension from 1 to {MAX_DIM}")),
    }
}

/// The known name most like `name`.
fn nearest(name: &str) -> &'static str {
    let likeness = |info: &&TargetInfo| {
        let known = info.name.trim_end_matches("-d");
        (strsim::jaro_winkler(&name.to_lowercase(), known) * 1e6) as u64
    };
    TARGETS.iter().max_by_key(likeness).map_or("gmm40", |info| info.name)
}

impl Target for Builtin {
    fn name(&self) -> String {
        match self {
            Builtin::Gmm40(_) => "gmm40".to_string(),
            Builtin::Gaussian(target) => format!("gaussian-{}", target.dim()),
            Builtin::DoubleWell(target) => format!("doublewell-{}", target.dim),
        }
    }

    fn dim(&self) -> usize {
        match self {
            Builtin::Gmm40(_) => 2,
            Builtin::Gaussian(target) => target.dim(),
            Builtin::DoubleWell(target) => target.dim,
        }
    }

    fn path<R: Compiled>(&self) -> PathBox<'_, R> {
        R::builtin_path(self)
    }

    fn log_z(&self) -> Option<f64> {
        match self {
            Builtin::Gmm40(_) => Some(0.0),
            Builtin::Gaussian(target) => Some(target.log_z()),
            Builtin::DoubleWell(target) => Some(target.log_z()),
        }
    }

    fn perfect_drift<R: Compiled>(&self) -> Option<DriftBox<'_, R>> {
        R::builtin_drift(self)
    }

    fn exact_samples(&self, seed: u64, n: usize) -> Option<Vec<f64>> {
        match self {
            Builtin::Gmm40(target) => Some(target.exact_samples(seed, n)),
            Builtin::Gaussian(target) => Some(target.exact_samples(seed, n)),
            Builtin::DoubleWell(_) => None,
        }
    }

    fn length(&self) -> f64 {
        match self {
            Builtin::Gmm40(target) => target.length(),
            // Mean 1 and standard deviations up to 2; wells at ±1.7.
            Builtin::Gaussian(_) | Builtin::DoubleWell(_) => 2.0,
        }
    }

    fn modes(&self) -> Option<Modes> {
        match self {
            Builtin::Gmm40(target) => Some(target.modes()),
            _ => None,
        }
    }
}
