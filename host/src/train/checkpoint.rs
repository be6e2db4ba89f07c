//! Checkpoints: training that goes on after a stop or a crash, bit for bit as if there had been none.

use crate::engine::Error;
use crate::file::{Container, Kind, Tensor, Tensors, not};
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Where training keeps its state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// The file, written whole: whatever happens, the one before it stays readable. Training that is done leaves it
    /// where it is; remove it once the model is safe.
    pub path: PathBuf,
    /// How often it is written. It is written as well when training is asked to stop.
    pub every: Duration,
    /// The checkpoint to go on from, made with the same target and settings on any number of threads and lanes.
    pub resume: Option<PathBuf>,
}

/// Writes the checkpoints of one training.
pub(crate) struct Keeper<'a> {
    checkpoint: Option<&'a Checkpoint>,
    /// What a checkpoint has to agree with for training to go on from it.
    settings: Vec<(String, String)>,
    begun: Instant,
    /// Seconds of training before this process.
    before: f64,
    written: Mutex<Instant>,
}

/// The tensor of seconds, beside those of the state.
const SECONDS: &str = "seconds";

impl<'a> Keeper<'a> {
    /// The keeper, and the state to go on from if there is one.
    pub(crate) fn open(
        checkpoint: Option<&'a Checkpoint>,
        settings: Vec<(String, String)>,
    ) -> Result<(Keeper<'a>, Option<State>), Error> {
        let now = Instant::now();
        let mut keeper = Keeper { checkpoint, settings, begun: now, before: 0.0, written: Mutex::new(now) };
        let Some(path) = checkpoint.and_then(|checkpoint| checkpoint.resume.as_ref()) else {
            return Ok((keeper, None));
        };
        let container = Container::read(Kind::Checkpoint, path)?;
        for (name, value) in &keeper.settings {
            let found = container.text(name).unwrap_or("not recorded");
            if found != value {
                return Err(Error::OtherTraining {
                    path: path.clone(),
                    name: name.clone(),
                    found: found.to_string(),
                    value: value.clone(),
                });
            }
        }
        let mut state = State { path: path.clone(), tensors: container.tensors };
        keeper.before = state.numbers::<1>(SECONDS)?[0];
        Ok((keeper, Some(state)))
    }

    /// Writes the state if it is time to.
    pub(crate) fn keep(&self, state: impl FnOnce() -> Tensors) {
        let Some(checkpoint) = self.checkpoint else { return };
        let mut written = self.written.lock().unwrap_or_else(PoisonError::into_inner);
        if written.elapsed() >= checkpoint.every {
            // A disk that is full now may not be next time, and training is worth more than its checkpoint.
            let _ = self.write(state());
            *written = Instant::now();
        }
    }

    /// Writes the state, come what may.
    pub(crate) fn write(&self, mut state: Tensors) -> Result<(), Error> {
        let Some(checkpoint) = self.checkpoint else { return Ok(()) };
        state.insert(SECONDS.to_string(), Tensor::vector(&[self.seconds()]));
        let metadata: HashMap<_, _> = self.settings.iter().cloned().collect();
        Ok(Container { metadata, tensors: state }.write(Kind::Checkpoint, &checkpoint.path)?)
    }

    /// Seconds of training, those before a stop included.
    pub(crate) fn seconds(&self) -> f64 {
        self.before + self.begun.elapsed().as_secs_f64()
    }
}

/// A state read from a checkpoint.
pub struct State {
    path: PathBuf,
    tensors: Tensors,
}

impl State {
    /// The values of a tensor.
    pub(crate) fn values(&mut self, name: &str) -> Result<Vec<f64>, Error> {
        let tensor = crate::file::take(&mut self.tensors, name).map_err(|reason| self.broken(reason))?;
        Ok(tensor.values)
    }

    /// As many numbers as the caller knows.
    pub(crate) fn numbers<const N: usize>(&mut self, name: &str) -> Result<[f64; N], Error> {
        let values = self.values(name)?;
        <[f64; N]>::try_from(values).map_err(|_| self.broken(format!("tensor `{name}` is not {N} numbers long")))
    }

    /// The values of a tensor, `length` of them.
    pub(crate) fn exactly(&mut self, name: &str, length: usize) -> Result<Vec<f64>, Error> {
        let values = self.values(name)?;
        if values.len() == length {
            Ok(values)
        } else {
            Err(self.broken(format!("tensor `{name}` has another length")))
        }
    }

    /// Pairs, as a curve has them.
    pub(crate) fn pairs(&mut self, name: &str) -> Result<Vec<(f64, f64)>, Error> {
        Ok(self.values(name)?.as_chunks().0.iter().map(|&[x, y]| (x, y)).collect())
    }

    fn broken(&self, reason: String) -> Error {
        not(Kind::Checkpoint, &self.path, reason).into()
    }
}

/// A curve as a tensor.
pub(crate) fn curve(pairs: &[(f64, f64)]) -> Tensor {
    let values: Vec<f64> = pairs.iter().flat_map(|&(x, y)| [x, y]).collect();
    Tensor::new(&[pairs.len(), 2], &values)
}
