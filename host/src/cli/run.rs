//! `nets run`: everything in one go.

use super::args::{DriftName, MethodName, ObjectiveName, RunArgs};
use super::failure::Failure;
use super::plan::name;
use super::progress::{Display, Interrupt};
use super::{Ending, advice, base, evaluate, output, plan, scan};
use crate::engine::{self, Error, Outcome, Plan};
use crate::file::SampleFile;
use crate::model::{Choice, Model};
use crate::report::Report;
use crate::summary::Summary;
use crate::target::{Named, Target};
use std::path::{Path, PathBuf};
use std::time::Instant;

/// What a run computes, before any of it is written but the model.
pub(super) struct Computed {
    pub summary: Summary,
    pub plan: Plan,
    pub model: Model,
    /// `None` if the run was stopped before there were samples.
    pub sampled: Option<Sampled>,
}

pub(super) struct Sampled {
    pub samples: SampleFile,
    /// Equally weighted walkers.
    pub points: Vec<f64>,
    pub outcome: Outcome,
}

/// The target and the plan of `args`, and whether any of them gave epsilon.
pub(super) fn settle(args: &RunArgs) -> Result<(Named, Plan, bool), Failure> {
    let target = plan::target(&args.target)?;
    let precision = plan::precision(args.learning.drift, args.method);
    let (mut plan, known) = plan::plan(&args.sampling, &args.common, None, plan::WALKERS, precision)?;
    plan::add_method(&mut plan, args.method)?;
    plan::check_used(&plan, &args.sampling, args.method)?;
    Ok((target, plan, known))
}

/// Fits a base if the target has none yet, trains, tunes, samples and evaluates; the model, checkpoints and what walkers
/// take while they wait go into `folder`.
pub(super) fn compute(
    args: &RunArgs,
    target: &mut Named,
    (mut plan, known): (Plan, bool),
    folder: &Path,
    display: &Display,
) -> Result<Computed, Failure> {
    let [model_path, samples_path] = paths(folder);
    let base = base::settle(target, None, &plan, display)?;
    let target = &*target;
    let options = plan::learning(target, &args.learning, &args.common, &plan, &model_path)?;
    let mut samples = output::samples(&samples_path, target.dim())?;

    let mut summary = Summary::new(target, &plan);
    summary.add_base(base);
    let mut model = match args.method {
        MethodName::Ais | MethodName::Smc => Model::zero(target),
        MethodName::Nets => {
            let trained = crate::train::train(target, &options, display)?;
            // Before anything else can fail: training is the long part.
            output::save(&trained.model, &model_path, &mut summary)?;
            output::training_ended(&trained, &options)?;
            summary.interrupted = trained.interrupted;
            trained.model
        }
    };
    if !summary.interrupted {
        if plan::is_adaptive(&args.sampling, args.method) {
            scan::send_pilot(target, &model, &mut plan, &args.sampling, &mut summary, display)?;
        } else if !known {
            scan::choose_epsilon(target, &mut model, &mut plan, &mut summary, display)?;
        }
    }
    if summary.interrupted {
        display.close();
        return Ok(Computed { summary, plan, model, sampled: None });
    }
    if plan.protocol.is_none() {
        model.choice = Some(Choice { epsilon: plan.epsilon, steps: plan.steps, integrator: plan.integrator });
    }
    output::save(&model, &model_path, &mut summary)?;

    let outcome = engine::sample(target, &model, &plan, &mut samples, display);
    output::note_rejections(target);
    display.close();
    let outcome = match outcome {
        Err(Error::Stopped) => {
            summary.interrupted = true;
            return Ok(Computed { summary, plan, model, sampled: None });
        }
        outcome => outcome?,
    };
    summary.add_outcome(&plan, &outcome);
    let reading = |error| Failure::writing(&samples_path, &error);
    let points = evaluate::points(&mut samples).map_err(reading)?;
    // Who presses Ctrl-C has waited long enough.
    if !outcome.interrupted && plan.until == 1.0 {
        evaluate::evaluate(target, &mut samples, &points, &mut summary).map_err(reading)?;
        let count = points.len() / target.dim();
        evaluate::carry_back(target, &model, &plan, count, &mut summary, display)?;
        display.close();
        if let Some(coverage) = summary.coverage.as_mut().filter(|_| outcome.resamplings > 0) {
            // The test takes walkers to be independent, and copies are not.
            coverage.p_value = None;
        }
    }
    Ok(Computed { summary, plan, model, sampled: Some(Sampled { samples, points, outcome }) })
}

/// The files of the model and of the samples.
fn paths(folder: &Path) -> [PathBuf; 2] {
    ["model.nets", "samples.npz"].map(|name| folder.join(name))
}

pub(super) fn run(args: &RunArgs, interrupt: Interrupt) -> Result<Ending, Failure> {
    let (mut target, plan, known) = settle(args)?;
    let folder = output::folder(&target.name(), &args.common)?;
    let display = Display::new(interrupt, args.common.quiet);
    let begun = Instant::now();
    let Computed { mut summary, plan, model, sampled } = compute(args, &mut target, (plan, known), &folder, &display)?;
    let Some(Sampled { mut samples, points, outcome }) = sampled else {
        return stopped(&summary, &folder, args.common.json);
    };
    if args.method == MethodName::Nets && plan.until == 1.0 && !summary.interrupted {
        summary.advice = advice::advise(&target, &plan, &mut samples, &summary, begun.elapsed(), &display)?;
        display.close();
    }
    let log_weights = samples.log_weights().to_vec();
    let [_, samples_path] = paths(&folder);
    output::finish(samples, &samples_path, &outcome, &mut summary)?;
    output::write(&folder.join("summary.json"), summary.pretty_json())?;
    let report = Report {
        summary: &summary,
        command: &command(args, &plan),
        potential: &|x| target.potential(x),
        points: &points,
        log_weights: &log_weights,
        outcome: &outcome,
        curve: &model.record.curve,
    };
    let page = folder.join("report.html");
    output::write(&page, &report.html()?)?;

    output::print_summary(&summary, args.common.json);
    if !args.common.json {
        output::print(format!("  open {} in a browser", page.display()));
    }
    if outcome.interrupted {
        return Ok(Ending::Interrupted);
    }
    output::check_ess(&summary, args.sampling.require_ess)?;
    Ok(Ending::Done)
}

/// Ends a run that was stopped before there were samples; the model is written already.
fn stopped(summary: &Summary, folder: &Path, json: bool) -> Result<Ending, Failure> {
    output::write(&folder.join("summary.json"), summary.pretty_json())?;
    output::print_summary(summary, json);
    Ok(Ending::Interrupted)
}

/// The command line that makes this run again, bit for bit, whatever configuration files and defaults.
fn command(args: &RunArgs, plan: &Plan) -> String {
    let mut words = format!("nets run {}", quoted(&args.target.name)) + &plan::target_flags(&args.target);
    match args.method {
        MethodName::Ais | MethodName::Smc => words += &format!(" --method {}", name(args.method)),
        MethodName::Nets => {
            words += &format!(" --drift {}", name(args.learning.drift));
            let usual = match args.learning.drift {
                DriftName::Features | DriftName::Lattice | DriftName::Modes => Some(ObjectiveName::LeastSquares),
                DriftName::Mlp => Some(ObjectiveName::Pinn),
                DriftName::Exact => None,
            };
            let objective = args.learning.objective.or(usual);
            words += &objective.map_or(String::new(), |objective| format!(" --objective {}", name(objective)));
            let learning = &args.learning;
            words += &learning.rounds.map_or(String::new(), |rounds| format!(" --rounds {rounds}"));
            words += &learning.divergence.map_or(String::new(), |way| format!(" --divergence {}", name(way)));
            words += &learning.replay.map_or(String::new(), |rounds| format!(" --replay {rounds}"));
        }
    }
    if plan.protocol.is_some() {
        let sampling = &args.sampling;
        words += &sampling.conditional_ess.map_or(String::new(), |fraction| format!(" --conditional-ess {fraction}"));
        words += &sampling.pilot_walkers.map_or(String::new(), |walkers| format!(" --pilot-walkers {walkers}"));
    }
    words + " " + &plan::flags(plan, &args.common)
}

/// A word that shells take as it is.
fn quoted(word: &str) -> String {
    let plain = word.chars().all(|c| c.is_ascii_alphanumeric() || "-_.,:=/+".contains(c));
    if plain { word.to_string() } else { format!("'{}'", word.replace('\'', r"'\''")) }
}
