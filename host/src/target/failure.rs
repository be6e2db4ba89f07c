//! Potentials that fail, as those that are evaluated outside the program may.

use super::Target;
use crate::engine::Error;
use crate::progress::{Progress, Status};
use std::fmt;
use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread::{ThreadId, current};

/// Whose step it was.
#[derive(Clone, Debug, PartialEq)]
pub struct Place {
    /// The walkers that took the step together.
    pub walkers: Range<u64>,
    /// The time where it ended.
    pub time: f64,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Range { start, end } = self.walkers;
        if end == start + 1 {
            write!(f, "for walker {start}")?;
        } else {
            write!(f, "for one of the walkers {start} to {}", end - 1)?;
        }
        write!(f, " in the step to t = {:.4}", self.time)
    }
}

/// The first failure of a potential, kept until the run that it ends has ended.
#[derive(Debug, Default)]
pub(super) struct Failures {
    any: AtomicBool,
    first: Mutex<Option<Failure>>,
}

#[derive(Debug)]
struct Failure {
    reason: String,
    place: Option<Place>,
    thread: ThreadId,
}

impl Failures {
    /// Keeps the reason of the first failure.
    pub(super) fn add(&self, reason: String) {
        let failure = Failure { reason, place: None, thread: current().id() };
        self.first.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(failure);
        self.any.store(true, Ordering::Release);
    }

    /// Whether there was one. If it was on this thread, and it is not known where, it was at `place`.
    pub(super) fn any(&self, place: Option<Place>) -> bool {
        let any = self.any.load(Ordering::Acquire);
        if any
            && let Some(failure) = &mut *self.first.lock().unwrap_or_else(PoisonError::into_inner)
            && failure.thread == current().id()
        {
            failure.place = failure.place.take().or(place);
        }
        any
    }

    /// The first failure; from now on there was none.
    pub(super) fn take(&self) -> Option<(String, Option<Place>)> {
        self.any.store(false, Ordering::Release);
        let failure = self.first.lock().unwrap_or_else(PoisonError::into_inner).take();
        failure.map(|failure| (failure.reason, failure.place))
    }
}

/// Does `work` on `target` with a progress that stops it once the potential has failed; the failure is then the result.
pub(crate) fn watched<T: Target, O>(
    target: &T,
    progress: &dyn Progress,
    work: impl FnOnce(&dyn Progress) -> Result<O, Error>,
) -> Result<O, Error> {
    let result = work(&Watch { target, progress });
    match target.take_failure() {
        Some((reason, place)) => Err(Error::Potential { target: target.name(), place, reason }),
        None => result,
    }
}

struct Watch<'a, T> {
    target: &'a T,
    progress: &'a dyn Progress,
}

impl<T: Target> Progress for Watch<'_, T> {
    fn report(&self, status: &Status) -> bool {
        !self.target.failed(None) && self.progress.report(status)
    }
}
