//! Counter-based randomness: every number is a function of (seed, purpose, walker, position), so any step of any
//! walker can be replayed alone, in any order, on any number of threads and lanes.

mod normal;
mod stream;

pub use normal::{normal_pair, normals, normals_words};
pub use stream::{Purpose, Stream, derive_seed};
