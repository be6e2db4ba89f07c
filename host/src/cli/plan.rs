//! From arguments to settings.

use super::args::{
    CommonArgs, DriftName, IntegratorName, LearningArgs, MapName, MoveName, ObjectiveName, SamplingArgs,
};
use super::failure::Failure;
use crate::engine::{Plan, all_threads};
use crate::lanes::{Precision, Unavailable, Width};
use crate::model::{Choice, DriftModel, Model, integrator_name};
use crate::target::Target;
use crate::train::{Checkpoint, LeastSquaresOptions, Method, NetworkOptions, TrainOptions};
use nets_kernel::step::{Integrator, Map, Move};
use std::path::Path;
use std::time::Duration;

/// Walkers of a run, and of each point of a scan.
pub(super) const WALKERS: u64 = 20_000;
pub(super) const SCAN_WALKERS: u64 = 2000;
const STEPS: usize = 100;

/// The plan that arguments, the model's choice and defaults make, in this order of precedence; and whether any of
/// them gave epsilon.
pub(super) fn plan(
    sampling: &SamplingArgs,
    common: &CommonArgs,
    choice: Option<Choice>,
    walkers: u64,
    precision: Precision,
) -> Result<(Plan, bool), Failure> {
    let integrator = integrator(sampling, choice)?;
    // The best epsilon of one integrator or number of steps is not that of another.
    let steps = sampling.steps.or(choice.map(|choice| choice.steps)).unwrap_or(STEPS);
    let chosen = choice.filter(|choice| choice.integrator == integrator && choice.steps == steps);
    let epsilon = sampling.epsilon.or(chosen.map(|choice| choice.epsilon));
    let width = common.lanes.unwrap_or_else(Width::detect);
    if !width.is_available() {
        return Err(Failure::usage(Unavailable(width)));
    }
    let plan = Plan {
        walkers: sampling.walkers.unwrap_or(walkers),
        steps,
        epsilon: epsilon.unwrap_or(1.0),
        integrator,
        resample_below: sampling.resample_below,
        seed: common.seed,
        precision: common.precision.unwrap_or(precision),
        width,
        threads: common.threads.unwrap_or_else(all_threads),
    };
    plan.check()?;
    if let Some(fraction) = sampling.require_ess.filter(|fraction| !(0.0..=1.0).contains(fraction)) {
        return Err(Failure::usage(format!("require-ess = {fraction}: an ESS fraction lies between 0 and 1")));
    }
    Ok((plan, epsilon.is_some()))
}

fn integrator(sampling: &SamplingArgs, choice: Option<Choice>) -> Result<Integrator, Failure> {
    let parts = sampling.map.is_some() || sampling.moves.is_some();
    let name = match (sampling.integrator, choice) {
        (None, Some(choice)) if !parts => return Ok(choice.integrator),
        (name, _) => name.unwrap_or(IntegratorName::Split),
    };
    if parts && name != IntegratorName::Split {
        let failure = Failure::usage("--map and --move are the parts of the integrator split");
        return Err(failure.hint("leave them out, or use --integrator split"));
    }
    let map = match sampling.map {
        None | Some(MapName::Midpoint) => Map::Midpoint,
        Some(MapName::Euler) => Map::Euler,
    };
    let moves = match sampling.moves {
        None | Some(MoveName::Mala) => Move::Mala,
        Some(MoveName::Unadjusted) => Move::Unadjusted,
    };
    Ok(match name {
        IntegratorName::Split => Integrator::Split(map, moves),
        IntegratorName::Pair => Integrator::Pair,
        IntegratorName::Ito => Integrator::Ito,
    })
}

/// The precision that a drift is trained and sampled in unless the user names one: a network's evaluations take most of
/// the time and lose nothing that its training gained; elsewhere double precision costs little.
pub(super) fn precision(drift: DriftName) -> Precision {
    match drift {
        DriftName::Mlp => Precision::F32,
        DriftName::Features | DriftName::Exact => Precision::F64,
    }
}

/// As [`precision`], for a trained model.
pub(super) fn model_precision(model: &Model) -> Precision {
    match model.drift {
        DriftModel::Mlp(_) => Precision::F32,
        DriftModel::Zero | DriftModel::Exact | DriftModel::Features(_) => Precision::F64,
    }
}

/// What to learn, and how; the checkpoint is kept beside the model.
pub(super) fn learning(
    target: &impl Target,
    args: &LearningArgs,
    plan: &Plan,
    model: &Path,
) -> Result<TrainOptions, Failure> {
    if args.rounds.is_some() && args.drift != DriftName::Mlp {
        return Err(
            Failure::usage("--rounds is for the training of a network").hint("use --drift mlp, or leave it out")
        );
    }
    let method = match (args.drift, args.objective) {
        (DriftName::Features, None | Some(ObjectiveName::LeastSquares)) => {
            Method::LeastSquares(LeastSquaresOptions::new(target.dim()))
        }
        (DriftName::Mlp, None | Some(ObjectiveName::Pinn)) => {
            let usual = NetworkOptions::default();
            Method::Pinn(NetworkOptions { rounds: args.rounds.unwrap_or(usual.rounds), ..usual })
        }
        (DriftName::Exact, None) => Method::Exact,
        (DriftName::Features, Some(ObjectiveName::Pinn)) => {
            return Err(mismatch("features", "pinn", "--objective least-squares or --drift mlp"));
        }
        (DriftName::Mlp, Some(ObjectiveName::LeastSquares)) => {
            return Err(mismatch("mlp", "least-squares", "--objective pinn or --drift features"));
        }
        (DriftName::Exact, Some(_)) => {
            let failure = Failure::usage("the perfect drift is not learned, so it has no objective");
            return Err(failure.hint("leave --objective out"));
        }
    };
    let every = Duration::try_from_secs_f64(args.checkpoint_every)
        .map_err(|error| Failure::usage(format!("checkpoint-every = {}: {error}", args.checkpoint_every)))?;
    let checkpoint = Checkpoint { path: model.with_extension("checkpoint"), every, resume: args.resume.clone() };
    Ok(TrainOptions {
        method,
        seed: plan.seed,
        precision: plan.precision,
        width: plan.width,
        threads: plan.threads,
        checkpoint: Some(checkpoint),
    })
}

fn mismatch(drift: &str, objective: &str, way_out: &str) -> Failure {
    Failure::usage(format!("the drift {drift} cannot be trained by the objective {objective}"))
        .hint(format!("use {way_out}"))
}

/// The flags that make `plan` again, whatever the defaults and configuration files.
pub(super) fn flags(plan: &Plan) -> String {
    let mut flags = format!("--walkers {} --steps {} --epsilon {}", plan.walkers, plan.steps, plan.epsilon);
    flags += &match plan.integrator {
        Integrator::Split(map, moves) => {
            let map = if map == Map::Midpoint { "midpoint" } else { "euler" };
            let moves = if moves == Move::Mala { "mala" } else { "unadjusted" };
            format!(" --integrator split --map {map} --move {moves}")
        }
        other => format!(" --integrator {}", integrator_name(other)),
    };
    if let Some(fraction) = plan.resample_below {
        flags += &format!(" --resample-below {fraction}");
    }
    flags + &format!(" --seed {} --precision {}", plan.seed, plan.precision)
}
