//! Files that appear whole or not at all.

mod atomic;
mod container;
mod samples;

pub use atomic::{AtomicFile, write_atomically};
pub(crate) use container::{Container, Tensor, Tensors, checksum, not, take};
pub use container::{ContainerError, Kind};
pub use samples::SampleFile;
