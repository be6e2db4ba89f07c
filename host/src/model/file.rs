//! Model files `*.nets`: a safetensors container with the drift's numbers as double-precision tensors, and what they
//! mean as string metadata.

use super::{Choice, DriftModel, FeaturesModel, LatticeModel, MlpModel, Model, ModesModel, TrainRecord, list};
use crate::file::{Container, ContainerError, Kind, Tensors, checksum, not};
use crate::lanes::Precision;
use crate::target::Frame;
use nets_kernel::step::{Integrator, Map, Move};
use std::collections::HashMap;
use std::path::Path;

/// Why a model could not be used.
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    /// Its file cannot be read or written.
    #[error(transparent)]
    File(#[from] ContainerError),
    /// The model was made for something else.
    #[error("the model was trained for {model}, not for {target}; train one with `nets train`")]
    OtherTarget {
        /// What it was made for.
        model: String,
        /// What it was to be used for.
        target: String,
    },
    /// The model was made for walkers that start elsewhere.
    #[error(
        "the model was trained for {target} from another base than this one; leave --base-mean and --base-sd out to use \
         the model's, or train one with `nets train`"
    )]
    OtherBase {
        /// The target.
        target: String,
    },
    /// No closed form is known.
    #[error("no perfect drift is known for {target}; train one with --drift features or --drift mlp")]
    NoPerfectDrift {
        /// The target.
        target: String,
    },
    /// The drift is a formula.
    #[error("the model's drift ({drift}) has no numbers to export; train one with --drift features or --drift mlp")]
    NothingToExport {
        /// The drift in words.
        drift: String,
    },
    /// The drift cannot be exported.
    #[error("a model with the drift {drift} cannot be exported, only used by `nets` and libnets_host")]
    NotExported {
        /// The name of its drift.
        drift: &'static str,
    },
    /// The gates of the drift are round in standard coordinates, and would not be in those of the samples.
    #[error(
        "the drift's gates see coordinates whose base has different standard deviations, which exported gates cannot; \
         train it with one number for --base-sd, or with --drift mlp"
    )]
    FrameNotExported,
    /// Numbers are too large for a precision.
    #[error("the model has numbers that are not finite in {precision}; export it with --precision f64, or train again")]
    OutOfRange {
        /// The precision asked for.
        precision: Precision,
    },
}

impl DriftModel {
    fn family(&self) -> &'static str {
        match self {
            DriftModel::Zero => "zero",
            DriftModel::Exact => "exact",
            DriftModel::Features(_) => "features",
            DriftModel::Lattice(_) => "lattice",
            DriftModel::Modes(_) => "modes",
            DriftModel::Mlp(_) => "mlp",
            DriftModel::MlpGradient(_) => "mlp-gradient",
        }
    }

    fn tensors(&self) -> Tensors {
        match self {
            DriftModel::Zero | DriftModel::Exact => Tensors::new(),
            DriftModel::Features(model) => model.tensors(),
            DriftModel::Lattice(model) => model.tensors(),
            DriftModel::Modes(model) => model.tensors(),
            DriftModel::Mlp(model) | DriftModel::MlpGradient(model) => model.tensors(),
        }
    }

    fn from_tensors(family: &str, tensors: Tensors) -> Result<DriftModel, String> {
        match family {
            "zero" => Ok(DriftModel::Zero),
            "exact" => Ok(DriftModel::Exact),
            "features" => FeaturesModel::from_tensors(tensors).map(DriftModel::Features),
            "lattice" => LatticeModel::from_tensors(tensors).map(DriftModel::Lattice),
            "modes" => ModesModel::from_tensors(tensors).map(DriftModel::Modes),
            "mlp" => MlpModel::from_tensors(tensors, false).map(DriftModel::Mlp),
            "mlp-gradient" => MlpModel::from_tensors(tensors, true).map(DriftModel::MlpGradient),
            _ => Err(format!("its drift family `{family}` is unknown to this version")),
        }
    }
}

/// The integrator's name in metadata and on the command line.
pub(crate) fn integrator_name(integrator: Integrator) -> &'static str {
    match integrator {
        Integrator::Ito => "ito",
        Integrator::Pair => "pair",
        Integrator::Split(Map::Midpoint, Move::Mala) => "split",
        Integrator::Split(Map::Midpoint, Move::Unadjusted) => "split-midpoint-unadjusted",
        Integrator::Split(Map::Euler, Move::Mala) => "split-euler-mala",
        Integrator::Split(Map::Euler, Move::Unadjusted) => "split-euler-unadjusted",
        Integrator::Split(Map::Midpoint, Move::Inertial) => "inertial",
        Integrator::Split(Map::Midpoint, Move::InertialUnadjusted) => "inertial-midpoint-unadjusted",
        Integrator::Split(Map::Euler, Move::Inertial) => "inertial-euler",
        Integrator::Split(Map::Euler, Move::InertialUnadjusted) => "inertial-euler-unadjusted",
    }
}

fn integrator_of(name: &str) -> Option<Integrator> {
    let moves = [Move::Mala, Move::Unadjusted, Move::Inertial, Move::InertialUnadjusted];
    let splits = [Map::Midpoint, Map::Euler].into_iter().flat_map(|map| moves.map(|made| Integrator::Split(map, made)));
    splits.chain([Integrator::Ito, Integrator::Pair]).find(|&integrator| integrator_name(integrator) == name)
}

impl Model {
    /// Writes the model, whole or not at all.
    pub fn save(&self, path: &Path) -> Result<(), ModelError> {
        let mut metadata = HashMap::from([
            ("target".to_string(), self.target.clone()),
            ("dim".to_string(), self.dim.to_string()),
            ("family".to_string(), self.drift.family().to_string()),
            ("record".to_string(), serde_json::to_string(&self.record).expect("a record is plain data")),
        ]);
        if let Some(frame) = &self.frame {
            metadata.insert("base-mean".to_string(), list(frame.mean()));
            metadata.insert("base-sd".to_string(), list(frame.sd()));
        }
        if let Some(choice) = self.choice {
            metadata.insert("epsilon".to_string(), choice.epsilon.to_string());
            metadata.insert("steps".to_string(), choice.steps.to_string());
            metadata.insert("integrator".to_string(), integrator_name(choice.integrator).to_string());
        }
        Ok(Container { metadata, tensors: self.drift.tensors() }.write(Kind::Model, path)?)
    }

    /// Reads a model and checks that it is complete and undamaged.
    pub fn load(path: &Path) -> Result<Model, ModelError> {
        let container = Container::read(Kind::Model, path)?;
        Ok(Model::from_container(container).map_err(|reason| not(Kind::Model, path, reason))?)
    }

    /// The SHA-256 of the drift's tensors.
    pub fn checksum(&self) -> String {
        checksum(&self.drift.tensors())
    }

    fn from_container(container: Container) -> Result<Model, String> {
        let dim: usize = container.text("dim")?.parse().map_err(|_| "its dimension is not a number")?;
        let frame = frame(&container, dim)?;
        let record: TrainRecord = serde_json::from_str(container.text("record")?)
            .map_err(|error| format!("its training record cannot be read: {error}"))?;
        let number = |key: &str| container.text(key).ok();
        let choice = match (number("epsilon"), number("steps"), number("integrator")) {
            (Some(epsilon), Some(steps), Some(integrator)) => {
                let parsed = (epsilon.parse().ok(), steps.parse().ok(), integrator_of(integrator));
                let (Some(epsilon), Some(steps), Some(integrator)) = parsed else {
                    return Err("its choice of epsilon, steps and integrator cannot be read".to_string());
                };
                Some(Choice { epsilon, steps, integrator })
            }
            _ => None,
        };
        let (target, family) = (container.text("target")?.to_string(), container.text("family")?.to_string());
        let drift = DriftModel::from_tensors(&family, container.tensors)?;
        Ok(Model { target, dim, frame, drift, record, choice })
    }
}

/// The frame that a file tells of, if it does.
fn frame(container: &Container, dim: usize) -> Result<Option<Frame>, String> {
    let numbers = |key: &str| -> Option<Vec<f64>> {
        container.text(key).ok().map(|list| list.split(',').map(|number| number.parse().unwrap_or(f64::NAN)).collect())
    };
    match (numbers("base-mean"), numbers("base-sd")) {
        (None, None) => Ok(None),
        (Some(mean), Some(sd)) if mean.len() == dim => Frame::new(mean, sd).map(Some),
        _ => Err("its base does not fit its dimension".to_string()),
    }
}
