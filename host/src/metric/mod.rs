//! How good a cloud of weighted walkers is, where the answer is known: every effective sample size and log Z can
//! look well with a mode missing, and these do not.

mod assignment;
mod coverage;
mod independent;
mod mmd;
mod resampling;
mod sinkhorn;
mod transport;

pub use assignment::assign;
pub use coverage::{Cells, Coverage, FEWEST};
pub use independent::BlockMeans;
pub use mmd::mmd;
pub use resampling::equal_weight_rows;
pub(crate) use resampling::relative;
pub use sinkhorn::{TOLERANCE, costs, sinkhorn};
pub use transport::wasserstein2;
