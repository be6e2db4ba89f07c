//! Named arrays of numbers with what they mean, in a safetensors file that tells of damage.

use super::write_atomically;
use safetensors::tensor::{Dtype, SafeTensors, TensorView};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, HashMap};
use std::io;
use std::path::{Path, PathBuf};

/// The version of the layout of models and checkpoints; readers refuse what is newer.
const FORMAT: &str = "1";

/// Why a file of numbers could not be used.
#[derive(Debug, thiserror::Error)]
pub enum ContainerError {
    /// The file could not be read.
    #[error("cannot read {}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What went wrong.
        source: io::Error,
    },
    /// The file could not be written.
    #[error("cannot write {}: {source}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What went wrong.
        source: io::Error,
    },
    /// The file is something else.
    #[error("{} is not a {}: {reason}; {} writes one", path.display(), kind.name(), kind.writer())]
    Other {
        /// The file.
        path: PathBuf,
        /// What it should be.
        kind: Kind,
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
        /// Computed from what the file holds.
        found: String,
        /// Written in the file.
        recorded: String,
    },
}

/// What a file of numbers is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A trained drift.
    Model,
    /// Training that is not done.
    Checkpoint,
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Kind::Model => "model",
            Kind::Checkpoint => "checkpoint",
        }
    }

    fn writer(self) -> &'static str {
        match self {
            Kind::Model => "`nets train TARGET --out FILE`",
            Kind::Checkpoint => "training that is interrupted",
        }
    }
}

/// Named arrays of numbers.
pub(crate) type Tensors = BTreeMap<String, Tensor>;

/// An array of numbers, row-major.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Tensor {
    pub(crate) shape: Vec<usize>,
    pub(crate) values: Vec<f64>,
}

impl Tensor {
    pub(crate) fn new(shape: &[usize], values: &[f64]) -> Tensor {
        debug_assert_eq!(shape.iter().product::<usize>(), values.len());
        Tensor { shape: shape.to_vec(), values: values.to_vec() }
    }

    /// With one index.
    pub(crate) fn vector(values: &[f64]) -> Tensor {
        Tensor::new(&[values.len()], values)
    }

    fn bytes(&self) -> Vec<u8> {
        self.values.iter().flat_map(|value| value.to_le_bytes()).collect()
    }
}

/// Takes a tensor out, whatever its shape.
pub(crate) fn take(tensors: &mut Tensors, name: &str) -> Result<Tensor, String> {
    tensors.remove(name).ok_or_else(|| format!("tensor `{name}` is missing"))
}

/// The SHA-256 of names, shapes and numbers.
pub(crate) fn checksum(tensors: &Tensors) -> String {
    let mut hash = Sha256::new();
    for (name, tensor) in tensors {
        hash.update(name.as_bytes());
        for &length in &tensor.shape {
            hash.update((length as u64).to_le_bytes());
        }
        hash.update(tensor.bytes());
    }
    hexadecimal(hash)
}

/// Where the metadata keep the checksum of all their other entries.
const METADATA_CHECKSUM: &str = "sha256_metadata";

/// The SHA-256 of the metadata, the entry for it left out.
fn metadata_checksum(metadata: &HashMap<String, String>) -> String {
    let entries: BTreeMap<_, _> = metadata.iter().filter(|(key, _)| *key != METADATA_CHECKSUM).collect();
    let mut hash = Sha256::new();
    for text in entries.into_iter().flat_map(|(key, value)| [key, value]) {
        hash.update((text.len() as u64).to_le_bytes());
        hash.update(text.as_bytes());
    }
    hexadecimal(hash)
}

fn hexadecimal(hash: Sha256) -> String {
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Tensors and what they mean.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Container {
    pub(crate) metadata: HashMap<String, String>,
    pub(crate) tensors: Tensors,
}

impl Container {
    /// Writes the file, whole or not at all.
    pub(crate) fn write(mut self, kind: Kind, path: &Path) -> Result<(), ContainerError> {
        self.metadata.extend([
            ("kind".to_string(), kind.name().to_string()),
            ("format".to_string(), FORMAT.to_string()),
            ("sha256".to_string(), checksum(&self.tensors)),
        ]);
        self.metadata.insert(METADATA_CHECKSUM.to_string(), metadata_checksum(&self.metadata));
        let bytes: Vec<_> = self.tensors.iter().map(|(name, tensor)| (name, &tensor.shape, tensor.bytes())).collect();
        let views = bytes.iter().map(|(name, shape, bytes)| {
            let view = TensorView::new(Dtype::F64, shape.to_vec(), bytes).expect("the bytes are those of the shape");
            (name.as_str(), view)
        });
        let file = safetensors::serialize(views, Some(self.metadata)).expect("names are distinct and shapes fit");
        write_atomically(path, &file).map_err(|source| ContainerError::Write { path: path.into(), source })
    }

    /// Reads a file, which has to be complete and undamaged.
    pub(crate) fn read(kind: Kind, path: &Path) -> Result<Container, ContainerError> {
        let bytes = std::fs::read(path).map_err(|source| ContainerError::Read { path: path.into(), source })?;
        let container = Container::parse(kind, &bytes).map_err(|reason| not(kind, path, reason))?;
        let of_metadata = (METADATA_CHECKSUM, metadata_checksum(&container.metadata));
        for (key, found) in [of_metadata, ("sha256", checksum(&container.tensors))] {
            let recorded = container.text(key).unwrap_or_default();
            if found != recorded {
                return Err(ContainerError::Checksum { path: path.into(), found, recorded: recorded.to_string() });
            }
        }
        Ok(container)
    }

    fn parse(kind: Kind, bytes: &[u8]) -> Result<Container, String> {
        let file = SafeTensors::deserialize(bytes).map_err(|error| error.to_string())?;
        let (_, header) = SafeTensors::read_metadata(bytes).map_err(|error| error.to_string())?;
        let metadata = header.metadata().clone().unwrap_or_default();
        let mut tensors = Tensors::new();
        for (name, view) in file.tensors() {
            if view.dtype() != Dtype::F64 {
                return Err(format!("tensor `{name}` is {:?}, not F64", view.dtype()));
            }
            let (numbers, _) = view.data().as_chunks::<8>();
            let values = numbers.iter().map(|&bytes| f64::from_le_bytes(bytes)).collect();
            tensors.insert(name, Tensor { shape: view.shape().to_vec(), values });
        }
        let container = Container { metadata, tensors };
        if container.text("kind")? != kind.name() {
            return Err(format!("it is a {}", container.text("kind")?));
        }
        if container.text("format")? != FORMAT {
            return Err(format!("its format is {}, this version reads {FORMAT}", container.text("format")?));
        }
        Ok(container)
    }

    /// An entry of the metadata.
    pub(crate) fn text(&self, key: &str) -> Result<&str, String> {
        self.metadata.get(key).map(String::as_str).ok_or_else(|| format!("its metadata lack `{key}`"))
    }
}

/// The error of a file that is something else.
pub(crate) fn not(kind: Kind, path: &Path, reason: String) -> ContainerError {
    ContainerError::Other { path: path.into(), kind, reason }
}
