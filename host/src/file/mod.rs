//! Files that appear whole or not at all.

mod atomic;
mod samples;

pub use atomic::{AtomicFile, write_atomically};
pub use samples::SampleFile;
