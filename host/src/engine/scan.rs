//! The scan over the diffusivity: after training it is free, and worth a lot.

use super::{Error, Plan, Sink, sample};
use crate::model::Model;
use crate::progress::{Progress, Status};
use crate::target::Target;

/// What sampling at one `ε` gave.
#[derive(Clone, Debug, PartialEq)]
pub struct ScanPoint {
    /// The diffusivity.
    pub epsilon: f64,
    /// ESS as a fraction.
    pub ess: f64,
    /// `log Z`.
    pub log_z: f64,
    /// Its standard error.
    pub log_z_stderr: f64,
    /// Mean acceptance, where moves are put to a test.
    pub acceptance: Option<f64>,
    /// Walkers of weight zero.
    pub lost_walkers: u64,
    /// Wall-clock seconds.
    pub seconds: f64,
}

/// A sink that discards the walkers.
pub struct Discard;

impl Sink for Discard {
    fn block(&mut self, _first_walker: u64, _x: &[f64], _log_weights: &[f64]) -> std::io::Result<()> {
        Ok(())
    }
}

/// Samples as `plan` says at each of `epsilons`. An `ε` at which every walker is lost has ESS 0. Ends early if
/// asked to stop.
pub fn scan<T: Target>(
    target: &T,
    model: &Model,
    plan: &Plan,
    epsilons: &[f64],
    progress: &dyn Progress,
) -> Result<Vec<ScanPoint>, Error> {
    let mut points: Vec<ScanPoint> = vec![];
    for (done, &epsilon) in epsilons.iter().enumerate() {
        let step = Forward { progress, done: done as u64, total: epsilons.len() as u64 };
        let outcome = match sample(target, model, &Plan { epsilon, ..plan.clone() }, &mut Discard, &step) {
            Ok(outcome) if outcome.interrupted => break,
            Ok(outcome) => Some(outcome),
            Err(Error::AllLost { .. }) => None,
            Err(Error::Stopped) => break,
            Err(error) => return Err(error),
        };
        points.push(ScanPoint {
            epsilon,
            ess: outcome.as_ref().map_or(0.0, |outcome| outcome.ess),
            log_z: outcome.as_ref().map_or(f64::NAN, |outcome| outcome.log_z),
            log_z_stderr: outcome.as_ref().map_or(f64::INFINITY, |outcome| outcome.log_z_stderr),
            acceptance: outcome.as_ref().and_then(|outcome| outcome.acceptance),
            lost_walkers: outcome.as_ref().map_or(plan.walkers, |outcome| outcome.lost_walkers),
            seconds: outcome.as_ref().map_or(0.0, |outcome| outcome.seconds),
        });
    }
    Ok(points)
}

/// Reports whole points of the scan.
struct Forward<'a> {
    progress: &'a dyn Progress,
    done: u64,
    total: u64,
}

impl Progress for Forward<'_> {
    fn report(&self, status: &Status) -> bool {
        let status = Status { stage: "scanning epsilon", done: self.done, total: self.total, ..status.clone() };
        self.progress.report(&status)
    }
}
