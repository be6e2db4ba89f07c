//! The choice of diffusivity and steps: after training it is free, and worth a lot.

use super::{Error, PilotOptions, Plan, Sink, pilot, sample};
use crate::model::Model;
use crate::progress::{Progress, Status};
use crate::target::Target;
use nets_kernel::rng::derive_seed;
use nets_kernel::step::Integrator;
use serde::Serialize;
use std::sync::atomic::{AtomicBool, Ordering};

/// What sampling at one `ε` gave.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct ScanPoint {
    /// Steps along the path.
    pub steps: usize,
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
        let stopped = AtomicBool::new(false);
        let step = Forward { progress, stopped: &stopped, done: done as u64, total: epsilons.len() as u64 };
        let outcome = match sample(target, model, &Plan { epsilon, ..plan.clone() }, &mut Discard, &step) {
            Ok(outcome) => Some(outcome),
            Err(Error::AllLost { .. } | Error::Stopped) => None,
            Err(error) => return Err(error),
        };
        if stopped.into_inner() {
            break;
        }
        points.push(ScanPoint {
            steps: plan.steps,
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

/// Half a power of ten apart: the ESS changes slowly with `ε`, and its best value differs by target from 1 to 50.
const EPSILONS: [f64; 9] = [0.0, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0, 300.0];
/// Numbers of steps that [`tune`] tries.
const STEPS: [usize; 4] = [25, 50, 100, 200];
/// Fewer steps are worth this fraction of the best ESS.
const WORTH: f64 = 0.99;
/// Walkers of a point of a scan.
pub const SCAN_WALKERS: u64 = 2000;

/// The part of a run that scans are, for [`derive_seed`]: the walkers that a choice is made on are not those that are
/// sampled with it, whose ESS would then look too good.
const SCANNING: u64 = 3;

/// The `ε` that scans try with `integrator`.
pub fn epsilons(integrator: Integrator) -> &'static [f64] {
    // A pair of steps is compared by its noise, so it needs some.
    if integrator == Integrator::Pair { &EPSILONS[1..] } else { &EPSILONS }
}

/// Scans [`epsilons`] with a small population and takes the best up in the plan. Fewer points than there are `ε` say
/// that it was asked to stop.
pub fn choose_epsilon<T: Target>(
    target: &T,
    model: &Model,
    plan: &mut Plan,
    progress: &dyn Progress,
) -> Result<Vec<ScanPoint>, Error> {
    let few = Plan { walkers: plan.walkers.min(SCAN_WALKERS), ..plan.clone() };
    let points = scan(target, model, &others(&few), epsilons(plan.integrator), progress)?;
    if let Some(best) = best(&points) {
        plan.epsilon = best.epsilon;
    }
    Ok(points)
}

/// Scans `epsilons`, or those of [`epsilons`], at so many `steps`, or at several.
pub fn tune<T: Target>(
    target: &T,
    model: &Model,
    plan: &Plan,
    steps: Option<usize>,
    epsilon: Option<f64>,
    progress: &dyn Progress,
) -> Result<Vec<ScanPoint>, Error> {
    let (steps, epsilon) = (steps.as_ref().map(std::slice::from_ref), epsilon.as_ref().map(std::slice::from_ref));
    let mut points = vec![];
    for &steps in steps.unwrap_or(&STEPS) {
        let plan = others(&Plan { steps, ..plan.clone() });
        let epsilons = epsilon.unwrap_or(epsilons(plan.integrator));
        let found = scan(target, model, &plan, epsilons, progress)?;
        let stopped = found.len() < epsilons.len();
        points.extend(found);
        if stopped {
            break;
        }
    }
    Ok(points)
}

/// What [`tune`] recommends: the best `ε` at the fewest steps whose ESS is nearly the best of all. `None` if every walker
/// was lost everywhere.
pub fn recommended(points: &[ScanPoint]) -> Option<&ScanPoint> {
    let top = best(points).filter(|point| point.ess > 0.0)?.ess;
    let worth: Vec<&ScanPoint> = points.iter().filter(|point| point.ess >= WORTH * top).collect();
    let steps = worth.iter().map(|point| point.steps).min()?;
    worth.into_iter().filter(|point| point.steps == steps).max_by(|a, b| a.ess.total_cmp(&b.ess))
}

/// Sends a pilot population ahead and takes its grid, its moves and its scales up in the plan; `steps` steps instead of
/// as many as it took, and `epsilon` instead of its own at every step, if given.
pub fn follow_pilot<T: Target>(
    target: &T,
    model: &Model,
    plan: &mut Plan,
    options: &PilotOptions,
    (steps, epsilon): (Option<usize>, Option<f64>),
    progress: &dyn Progress,
) -> Result<(), Error> {
    let found = pilot(target, model, plan, options, progress)?;
    let mut protocol = found.protocol(steps, plan.until);
    if let Some(epsilon) = epsilon {
        protocol.epsilons.fill(epsilon);
    }
    plan.steps = protocol.epsilons.len();
    (plan.protocol, plan.scales) = (Some(protocol), found.scales);
    Ok(())
}

/// The plan with walkers of its own.
fn others(plan: &Plan) -> Plan {
    Plan { seed: derive_seed(plan.seed, SCANNING), ..plan.clone() }
}

/// The point with the highest ESS.
fn best(points: &[ScanPoint]) -> Option<&ScanPoint> {
    points.iter().max_by(|a, b| a.ess.total_cmp(&b.ess))
}

/// Reports whole points of the scan.
struct Forward<'a> {
    progress: &'a dyn Progress,
    /// Whether it was asked to stop.
    stopped: &'a AtomicBool,
    done: u64,
    total: u64,
}

impl Progress for Forward<'_> {
    fn report(&self, status: &Status) -> bool {
        let status = Status { stage: "scanning epsilon", done: self.done, total: self.total, ..status.clone() };
        let go_on = self.progress.report(&status);
        self.stopped.fetch_or(!go_on, Ordering::Relaxed);
        go_on
    }
}
