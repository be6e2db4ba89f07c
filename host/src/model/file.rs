//! Model files `*.nets`: a safetensors container with the drift's numbers as double-precision tensors, and what they
//! mean as string metadata.

use super::{Choice, DriftModel, FeaturesModel, MlpModel, Model, TrainRecord};
use crate::file::write_atomically;
use crate::lanes::Precision;
use nets_kernel::step::{Integrator, Map, Move};
use safetensors::tensor::{Dtype, SafeTensors, TensorView};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, HashMap};
use std::io;
use std::path::{Path, PathBuf};

/// The version of the layout below; readers refuse what is newer.
const FORMAT: &str = "1";

/// Why a model could not be used.
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    /// The file could not be read or written.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What went wrong.
        source: io::Error,
    },
    /// The file is not a model.
    #[error("{} is not a model: {reason}; `nets train TARGET --out FILE` writes one", path.display())]
    NotAModel {
        /// The file.
        path: PathBuf,
        /// What was found.
        reason: String,
    },
    /// The numbers are not those that were written.
    #[error(
        "{} is damaged: its tensors have SHA-256 {found}, its record says {recorded}; restore the file or train again",
        path.display()
    )]
    Checksum {
        /// The file.
        path: PathBuf,
        /// Computed from the tensors.
        found: String,
        /// Written in the file.
        recorded: String,
    },
    /// The model was made for something else.
    #[error("the model was trained for {model}, not for {target}; train one with `nets train`")]
    OtherTarget {
        /// What it was made for.
        model: String,
        /// What it was to be used for.
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
    /// Numbers are too large for a precision.
    #[error("the model has numbers that are not finite in {precision}; export it with --precision f64, or train again")]
    OutOfRange {
        /// The precision asked for.
        precision: Precision,
    },
}

/// Named arrays of numbers.
pub(super) type Tensors = BTreeMap<String, Tensor>;

/// An array of numbers, row-major.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Tensor {
    pub(super) shape: Vec<usize>,
    pub(super) values: Vec<f64>,
}

impl Tensor {
    pub(super) fn new(shape: &[usize], values: &[f64]) -> Tensor {
        debug_assert_eq!(shape.iter().product::<usize>(), values.len());
        Tensor { shape: shape.to_vec(), values: values.to_vec() }
    }

    fn bytes(&self) -> Vec<u8> {
        self.values.iter().flat_map(|value| value.to_le_bytes()).collect()
    }
}

/// Takes a tensor out, whatever its shape.
pub(super) fn take(tensors: &mut Tensors, name: &str) -> Result<Tensor, String> {
    tensors.remove(name).ok_or_else(|| format!("tensor `{name}` is missing"))
}

fn checksum(tensors: &Tensors) -> String {
    let mut hash = Sha256::new();
    for (name, tensor) in tensors {
        hash.update(name.as_bytes());
        for &length in &tensor.shape {
            hash.update((length as u64).to_le_bytes());
        }
        hash.update(tensor.bytes());
    }
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

impl DriftModel {
    fn family(&self) -> &'static str {
        match self {
            DriftModel::Zero => "zero",
            DriftModel::Exact => "exact",
            DriftModel::Features(_) => "features",
            DriftModel::Mlp(_) => "mlp",
        }
    }

    fn tensors(&self) -> Tensors {
        match self {
            DriftModel::Zero | DriftModel::Exact => Tensors::new(),
            DriftModel::Features(model) => model.tensors(),
            DriftModel::Mlp(model) => model.tensors(),
        }
    }

    fn from_tensors(family: &str, tensors: Tensors) -> Result<DriftModel, String> {
        match family {
            "zero" => Ok(DriftModel::Zero),
            "exact" => Ok(DriftModel::Exact),
            "features" => FeaturesModel::from_tensors(tensors).map(DriftModel::Features),
            "mlp" => MlpModel::from_tensors(tensors).map(DriftModel::Mlp),
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
    }
}

fn integrator_of(name: &str) -> Option<Integrator> {
    let split = |map, moves| Integrator::Split(map, moves);
    let all = [
        Integrator::Ito,
        Integrator::Pair,
        split(Map::Midpoint, Move::Mala),
        split(Map::Midpoint, Move::Unadjusted),
        split(Map::Euler, Move::Mala),
        split(Map::Euler, Move::Unadjusted),
    ];
    all.into_iter().find(|&integrator| integrator_name(integrator) == name)
}

impl Model {
    /// Writes the model, whole or not at all.
    pub fn save(&self, path: &Path) -> Result<(), ModelError> {
        write_atomically(path, &self.to_bytes()).map_err(|source| ModelError::Io { path: path.into(), source })
    }

    /// Reads a model and checks that it is complete and undamaged.
    pub fn load(path: &Path) -> Result<Model, ModelError> {
        let bytes = std::fs::read(path).map_err(|source| ModelError::Io { path: path.into(), source })?;
        Model::from_bytes(&bytes, path)
    }

    /// The SHA-256 of the drift's tensors.
    pub fn checksum(&self) -> String {
        checksum(&self.drift.tensors())
    }

    fn to_bytes(&self) -> Vec<u8> {
        let tensors = self.drift.tensors();
        let mut metadata = HashMap::from([
            ("format".to_string(), FORMAT.to_string()),
            ("target".to_string(), self.target.clone()),
            ("dim".to_string(), self.dim.to_string()),
            ("family".to_string(), self.drift.family().to_string()),
            ("sha256".to_string(), checksum(&tensors)),
            ("record".to_string(), serde_json::to_string(&self.record).expect("a record is plain data")),
        ]);
        if let Some(choice) = self.choice {
            metadata.insert("epsilon".to_string(), choice.epsilon.to_string());
            metadata.insert("steps".to_string(), choice.steps.to_string());
            metadata.insert("integrator".to_string(), integrator_name(choice.integrator).to_string());
        }
        let bytes: Vec<_> = tensors.iter().map(|(name, tensor)| (name, &tensor.shape, tensor.bytes())).collect();
        let views = bytes.iter().map(|(name, shape, bytes)| {
            let view = TensorView::new(Dtype::F64, shape.to_vec(), bytes).expect("the bytes are those of the shape");
            (name.as_str(), view)
        });
        safetensors::serialize(views, Some(metadata)).expect("names are distinct and shapes fit")
    }

    fn from_bytes(bytes: &[u8], path: &Path) -> Result<Model, ModelError> {
        let not_a_model = |reason: String| ModelError::NotAModel { path: path.into(), reason };
        let file = SafeTensors::deserialize(bytes).map_err(|error| not_a_model(error.to_string()))?;
        let (_, header) = SafeTensors::read_metadata(bytes).map_err(|error| not_a_model(error.to_string()))?;
        let metadata = header.metadata().clone().unwrap_or_default();
        let text = |key: &str| metadata.get(key).ok_or_else(|| not_a_model(format!("its metadata lack `{key}`")));
        if text("format")? != FORMAT {
            let reason = format!("its format is {}, this version reads {FORMAT}", text("format")?);
            return Err(not_a_model(reason));
        }

        let mut tensors = Tensors::new();
        for (name, view) in file.tensors() {
            if view.dtype() != Dtype::F64 {
                return Err(not_a_model(format!("tensor `{name}` is {:?}, not F64", view.dtype())));
            }
            let (numbers, _) = view.data().as_chunks::<8>();
            let values = numbers.iter().map(|&bytes| f64::from_le_bytes(bytes)).collect();
            tensors.insert(name, Tensor { shape: view.shape().to_vec(), values });
        }
        let (found, recorded) = (checksum(&tensors), text("sha256")?.clone());
        if found != recorded {
            return Err(ModelError::Checksum { path: path.into(), found, recorded });
        }

        let dim = text("dim")?.parse().map_err(|_| not_a_model("its dimension is not a number".to_string()))?;
        let record: TrainRecord = serde_json::from_str(text("record")?)
            .map_err(|error| not_a_model(format!("its training record cannot be read: {error}")))?;
        let choice = match (metadata.get("epsilon"), metadata.get("steps"), metadata.get("integrator")) {
            (Some(epsilon), Some(steps), Some(integrator)) => {
                let parsed = (epsilon.parse().ok(), steps.parse().ok(), integrator_of(integrator));
                let (Some(epsilon), Some(steps), Some(integrator)) = parsed else {
                    return Err(not_a_model("its choice of epsilon, steps and integrator cannot be read".to_string()));
                };
                Some(Choice { epsilon, steps, integrator })
            }
            _ => None,
        };
        let drift = DriftModel::from_tensors(text("family")?, tensors).map_err(not_a_model)?;
        Ok(Model { target: text("target")?.clone(), dim, drift, record, choice })
    }
}
