//! From arguments to settings.

use super::args::{
    CommonArgs, DivergenceName, DriftName, GridName, IntegratorName, LearningArgs, MapName, MethodName, MoveName,
    ObjectiveName, PrecisionName, ResamplingName, SamplingArgs, TargetArg,
};
use super::failure::Failure;
use crate::engine::Plan;
use crate::lanes::{Precision, Unavailable, Width};
use crate::model::{Choice, DriftModel, Model, integrator_name, list};
use crate::target::{Named, StartOptions, Target};
use crate::train::{Checkpoint, Divergence, LeastSquaresOptions, Method, NetworkOptions, TrainOptions};
use clap::ValueEnum;
use nets_kernel::path::Schedule;
use nets_kernel::resample::Resampling;
use nets_kernel::step::{Integrator, Map, Move};
use std::path::Path;
use std::time::Duration;

/// Walkers of a run.
pub(super) const WALKERS: u64 = 20_000;
/// The ESS fraction below which sequential Monte Carlo resamples.
const RESAMPLE_BELOW: f64 = 0.5;

/// The plan that arguments, the model's choice and defaults make, in this order of precedence; and whether any of
/// them gave epsilon.
pub(super) fn plan(
    sampling: &SamplingArgs,
    common: &CommonArgs,
    choice: Option<Choice>,
    walkers: u64,
    precision: Precision,
) -> Result<(Plan, bool), Failure> {
    let width = common.lanes.unwrap_or_else(Width::detect);
    if !width.is_available() {
        return Err(Failure::usage(Unavailable(width)));
    }
    let usual = Plan::default();
    let mut plan = Plan {
        walkers: sampling.walkers.unwrap_or(walkers),
        until: sampling.until.unwrap_or(usual.until),
        friction: sampling.friction.unwrap_or(usual.friction),
        leaps: sampling.leaps.unwrap_or(usual.leaps),
        resample_below: sampling.resample_below,
        resampling: match sampling.resampling {
            None | Some(ResamplingName::Systematic) => Resampling::Systematic,
            Some(ResamplingName::Stratified) => Resampling::Stratified,
            Some(ResamplingName::Residual) => Resampling::Residual,
            Some(ResamplingName::Multinomial) => Resampling::Multinomial,
        },
        seed: common.seed,
        precision: common.precision.map_or(precision, PrecisionName::sampling),
        width,
        threads: common.threads.unwrap_or(usual.threads),
        ..usual
    };
    let known = plan.settle((integrator(sampling)?, sampling.steps, sampling.epsilon), choice);
    let inertial = matches!(plan.integrator, Integrator::Split(_, Move::Inertial | Move::InertialUnadjusted));
    if !inertial && (sampling.friction.is_some() || sampling.leaps.is_some()) {
        let failure = Failure::usage("--friction and --leaps are for inertial moves");
        return Err(failure.hint("use --integrator inertial, or leave them out"));
    }
    plan.check()?;
    if let Some(fraction) = sampling.require_ess.filter(|fraction| !(0.0..=1.0).contains(fraction)) {
        return Err(Failure::usage(format!("require-ess = {fraction}: an ESS fraction lies between 0 and 1")));
    }
    Ok((plan, known))
}

/// The target that arguments name.
pub(super) fn target(args: &TargetArg) -> Result<Named, Failure> {
    let (mean, sd) = (args.base_mean.clone(), args.base_sd.clone());
    Ok(Named::open(&args.name, &StartOptions { mean, sd, schedule: args.schedule })?)
}

/// The flags that name the start of a target once more.
pub(super) fn target_flags(args: &TargetArg) -> String {
    let mut flags = String::new();
    for (flag, numbers) in [("mean", &args.base_mean), ("sd", &args.base_sd)] {
        if let Some(numbers) = numbers {
            flags += &format!(" --base-{flag}={}", list(numbers));
        }
    }
    flags
        + &match args.schedule {
            None => String::new(),
            Some(Schedule::Linear) => " --schedule linear".to_string(),
            Some(Schedule::Cosine) => " --schedule cosine".to_string(),
            Some(Schedule::Power(power)) => format!(" --schedule power:{power}"),
        }
}

/// The integrator that arguments name, if they do.
fn integrator(sampling: &SamplingArgs) -> Result<Option<Integrator>, Failure> {
    let parts = sampling.map.is_some() || sampling.moves.is_some();
    let name = match sampling.integrator {
        None if !parts => return Ok(None),
        name => name.unwrap_or(IntegratorName::Split),
    };
    if parts && !matches!(name, IntegratorName::Split | IntegratorName::Inertial) {
        let failure = Failure::usage("--map and --move are the parts of the integrators split and inertial");
        return Err(failure.hint("leave them out, or use --integrator split"));
    }
    let map = match sampling.map {
        None | Some(MapName::Midpoint) => Map::Midpoint,
        Some(MapName::Euler) => Map::Euler,
    };
    let tested = sampling.moves != Some(MoveName::Unadjusted);
    Ok(Some(match name {
        IntegratorName::Split => Integrator::Split(map, if tested { Move::Mala } else { Move::Unadjusted }),
        IntegratorName::Inertial => {
            Integrator::Split(map, if tested { Move::Inertial } else { Move::InertialUnadjusted })
        }
        IntegratorName::Pair => Integrator::Pair,
        IntegratorName::Ito => Integrator::Ito,
    }))
}

/// What a method changes in a plan: sequential Monte Carlo resamples, annealed importance sampling does not.
pub(super) fn add_method(plan: &mut Plan, method: MethodName) -> Result<(), Failure> {
    match (method, plan.resample_below) {
        (MethodName::Smc, None) => plan.resample_below = Some(RESAMPLE_BELOW),
        (MethodName::Ais, Some(_)) => {
            let failure = Failure::usage("annealed importance sampling does not resample");
            return Err(failure.hint("use --method smc, or leave --resample-below out"));
        }
        _ => {}
    }
    Ok(())
}

/// Complains of flags that would change nothing.
pub(super) fn check_used(plan: &Plan, sampling: &SamplingArgs, method: MethodName) -> Result<(), Failure> {
    if sampling.resampling.is_some() && plan.resample_below.is_none() {
        let failure = Failure::usage("--resampling says how walkers are resampled, and they are not");
        return Err(failure.hint("give --resample-below too, or leave it out"));
    }
    if !is_adaptive(sampling, method) && (sampling.conditional_ess.is_some() || sampling.pilot_walkers.is_some()) {
        let failure = Failure::usage("--conditional-ess and --pilot-walkers are for the adaptive grid");
        return Err(failure.hint("use --grid adaptive, or leave them out"));
    }
    Ok(())
}

/// Whether a pilot finds the steps.
pub(super) fn is_adaptive(sampling: &SamplingArgs, method: MethodName) -> bool {
    match sampling.grid {
        Some(grid) => grid == GridName::Adaptive,
        None => method != MethodName::Nets && sampling.epsilon.is_none(),
    }
}

/// The precision that a drift is trained and sampled in unless the user names one: a network's evaluations take most of
/// the time and lose nothing that its training gained; elsewhere double precision costs little.
pub(super) fn precision(drift: DriftName, method: MethodName) -> Precision {
    match (drift, method) {
        (DriftName::Mlp, MethodName::Nets) => Precision::F32,
        _ => Precision::F64,
    }
}

/// As [`precision`], for a trained model.
pub(super) fn model_precision(model: &Model) -> Precision {
    match model.drift {
        DriftModel::Mlp(_) | DriftModel::MlpGradient(_) => Precision::F32,
        DriftModel::Zero
        | DriftModel::Exact
        | DriftModel::Features(_)
        | DriftModel::Lattice(_)
        | DriftModel::Modes(_) => Precision::F64,
    }
}

/// What to learn, and how; the checkpoint is kept beside the model.
pub(super) fn learning(
    target: &impl Target,
    args: &LearningArgs,
    common: &CommonArgs,
    plan: &Plan,
    model: &Path,
) -> Result<TrainOptions, Failure> {
    let of_networks = [
        ("--rounds", args.rounds.is_some()),
        ("--divergence", args.divergence.is_some()),
        ("--replay", args.replay.is_some()),
    ];
    if let Some((flag, _)) = of_networks.iter().find(|(_, given)| *given && args.drift != DriftName::Mlp) {
        let failure = Failure::usage(format!("{flag} is for the training of a network"));
        return Err(failure.hint("use --drift mlp, or leave it out"));
    }
    if args.replay == Some(0) {
        return Err(Failure::usage("replay = 0: a network is trained on one round at least, the current one"));
    }
    let method = match (args.drift, args.objective) {
        (DriftName::Features, None | Some(ObjectiveName::LeastSquares)) => {
            Method::LeastSquares(LeastSquaresOptions::gates(target.dim()))
        }
        (DriftName::Lattice, None | Some(ObjectiveName::LeastSquares)) => {
            Method::LeastSquares(LeastSquaresOptions::lattice())
        }
        (DriftName::Modes, None | Some(ObjectiveName::LeastSquares)) => {
            Method::LeastSquares(LeastSquaresOptions::modes())
        }
        (DriftName::Mlp, None | Some(ObjectiveName::Pinn)) => {
            Method::Pinn(network(args, NetworkOptions::usual(target.dim())))
        }
        (DriftName::Mlp, Some(ObjectiveName::LogVariance)) => {
            if args.divergence.is_some() {
                let failure = Failure::usage("log-variance needs no divergence");
                return Err(failure.hint("leave --divergence out, or use --objective pinn"));
            }
            Method::LogVariance(network(args, NetworkOptions::usual(target.dim())))
        }
        (DriftName::Mlp, Some(ObjectiveName::ActionMatching)) => {
            if args.divergence.is_some() {
                let failure = Failure::usage("action-matching takes the exact divergence");
                return Err(failure.hint("leave --divergence out, or use --objective pinn"));
            }
            Method::ActionMatching(network(args, NetworkOptions::action_matching()))
        }
        (DriftName::Exact, None) => Method::Exact,
        (DriftName::Features | DriftName::Lattice | DriftName::Modes, Some(objective)) => {
            let way_out = "--objective least-squares or --drift mlp";
            return Err(mismatch(&name(args.drift), &name(objective), way_out));
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
        precision: common.precision.map_or(plan.precision, PrecisionName::learning),
        width: plan.width,
        threads: plan.threads,
        checkpoint: Some(checkpoint),
    })
}

/// The settings of a network's training: those that are given, and the `usual` ones.
fn network(args: &LearningArgs, usual: NetworkOptions) -> NetworkOptions {
    NetworkOptions {
        rounds: args.rounds.unwrap_or(usual.rounds),
        divergence: match args.divergence {
            Some(DivergenceName::Exact) => Divergence::Exact,
            Some(DivergenceName::Hutchinson) => Divergence::Hutchinson,
            None => usual.divergence,
        },
        replay: args.replay.unwrap_or(usual.replay),
        ..usual
    }
}

/// A value's name on the command line.
pub(super) fn name(value: impl ValueEnum) -> String {
    value.to_possible_value().map_or(String::new(), |value| value.get_name().to_string())
}

fn mismatch(drift: &str, objective: &str, way_out: &str) -> Failure {
    Failure::usage(format!("the drift {drift} cannot be trained by the objective {objective}"))
        .hint(format!("use {way_out}"))
}

/// The flags that make `plan` again, whatever the defaults and configuration files. What a pilot found, it finds again.
pub(super) fn flags(plan: &Plan, common: &CommonArgs) -> String {
    let mut flags = format!("--walkers {} --steps {}", plan.walkers, plan.steps);
    flags += &match plan.protocol {
        Some(_) => " --grid adaptive".to_string(),
        None => format!(" --epsilon {} --grid uniform", plan.epsilon),
    };
    flags += &match plan.integrator {
        Integrator::Split(map, moves) => {
            let map = if map == Map::Midpoint { "midpoint" } else { "euler" };
            let tested = if matches!(moves, Move::Mala | Move::Inertial) { "mala" } else { "unadjusted" };
            match moves {
                Move::Mala | Move::Unadjusted => format!(" --integrator split --map {map} --move {tested}"),
                Move::Inertial | Move::InertialUnadjusted => format!(
                    " --integrator inertial --map {map} --move {tested} --friction {} --leaps {}",
                    plan.friction, plan.leaps
                ),
            }
        }
        other => format!(" --integrator {}", integrator_name(other)),
    };
    if plan.until < 1.0 {
        flags += &format!(" --until {}", plan.until);
    }
    if let Some(fraction) = plan.resample_below {
        flags +=
            &format!(" --resample-below {fraction} --resampling {}", format!("{:?}", plan.resampling).to_lowercase());
    }
    let precision = match common.precision {
        Some(PrecisionName::Mixed) => "mixed",
        _ => plan.precision.name(),
    };
    flags + &format!(" --seed {} --precision {precision}", plan.seed)
}
