//! How good a cloud of weighted walkers is, where the answer is known: every effective sample size and log Z can
//! look well with a mode missing, and these do not.

mod assignment;
mod coverage;
mod resampling;
mod transport;

pub use assignment::assign;
pub use coverage::{Cells, Coverage, FEWEST};
pub use resampling::equal_weight_rows;
pub(crate) use resampling::relative;
pub use transport::wasserstein2;
