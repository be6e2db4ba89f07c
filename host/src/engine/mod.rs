//! Sampling with many walkers: blocks of them over threads, lanes within a block.

mod backward;
mod base;
mod batch;
mod block;
mod bound;
mod outline;
mod pilot;
mod plan;
mod rival;
mod sample;
mod scan;
mod threads;

pub use backward::{Backward, backward};
pub use base::{FittedBase, fit_base};
pub use block::BLOCK;
pub use bound::kl_bound;
pub use outline::Outlined;
pub use pilot::{Pilot, PilotOptions, pilot};
pub use plan::{Outcome, Plan, Protocol, Sink, all_threads};
pub use rival::{Rival, rival};
pub use sample::sample;
pub use scan::{Discard, SCAN_WALKERS, ScanPoint, choose_epsilon, epsilons, follow_pilot, recommended, scan, tune};

#[doc(hidden)]
pub use batch::Batch;
pub(crate) use batch::{AnySampler, Room, acceptance, carry_on, log_weights, start, step};
#[doc(hidden)]
pub use block::{Block, Done};
pub(crate) use threads::on_threads;

use crate::file::ContainerError;
use crate::lanes::Unavailable;
use crate::model::ModelError;
use crate::target::Place;
use std::io;
use std::path::PathBuf;

/// Why a computation failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A setting outside its range.
    #[error("{name} = {value}: {requirement}")]
    Setting {
        /// Which setting.
        name: &'static str,
        /// Its value.
        value: String,
        /// What it should be.
        requirement: &'static str,
    },
    /// The machine lacks the instructions that were asked for.
    #[error(transparent)]
    Width(#[from] Unavailable),
    /// The model does not fit the target.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// The checkpoint cannot be read or written.
    #[error(transparent)]
    Checkpoint(#[from] ContainerError),
    /// The checkpoint is that of another training.
    #[error(
        "{} was made with {name} = {found}, this training has {value}: go on with the command that made it, \
         or train anew without it",
        path.display()
    )]
    OtherTraining {
        /// The checkpoint.
        path: PathBuf,
        /// The setting that differs.
        name: String,
        /// Its value in the checkpoint.
        found: String,
        /// Its value now.
        value: String,
    },
    /// No walker is left.
    #[error(
        "all {walkers} walkers were lost by t = {time:.4}: the potential, its gradient or the drift is not finite \
         there, or the steps are too long for the drift; try more steps, a smaller epsilon, or look at the potential"
    )]
    AllLost {
        /// How many there were.
        walkers: u64,
        /// The first time of the grid at which none was left.
        time: f64,
    },
    /// The target cannot be evaluated.
    #[error("the potential of {target} failed{}: {reason}", place.as_ref().map_or(String::new(), |place| format!(" {place}")))]
    Potential {
        /// The target.
        target: String,
        /// For which walkers and when, if it happened while sampling.
        place: Option<Place>,
        /// What the potential says.
        reason: String,
    },
    /// No Gaussian was found for walkers to start from.
    #[error(
        "no base could be fitted to {target}: {problem}; give a mean and a standard deviation for each coordinate that \
         cover it (--base-mean, --base-sd)"
    )]
    Base {
        /// The target.
        target: String,
        /// What was in the way.
        problem: String,
    },
    /// Nothing was finished before the run was stopped.
    #[error("stopped before the first block of walkers was done: there is no result")]
    Stopped,
    /// The linear algebra of a fit failed.
    #[error("the fit at t = {time:.4} failed: {reason}")]
    Fit {
        /// Start of the slice.
        time: f64,
        /// What went wrong.
        reason: &'static str,
    },
    /// Results could not be written.
    #[error("cannot write results: {0}")]
    Io(#[from] io::Error),
}
