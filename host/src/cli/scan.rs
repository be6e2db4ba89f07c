//! The choice of epsilon and steps, and `nets tune`.

use super::args::{MethodName, SamplingArgs, TuneArgs};
use super::failure::Failure;
use super::progress::{Display, Interrupt};
use super::{Ending, base, output, plan};
use crate::engine::{self, Error, PilotOptions, Plan, ScanPoint};
use crate::model::{Choice, Model};
use crate::progress::Progress;
use crate::summary::Summary;
use crate::target::Target;
use std::fmt::Write;
use std::time::Instant;

/// Scans epsilon with a small population and takes up the best in plan and model. An interruption is noted in the
/// summary.
pub(super) fn choose_epsilon(
    target: &impl Target,
    model: &mut Model,
    plan: &mut Plan,
    summary: &mut Summary,
    progress: &dyn Progress,
) -> Result<(), Error> {
    let begun = Instant::now();
    let points = engine::choose_epsilon(target, model, plan, progress)?;
    summary.interrupted |= points.len() < engine::epsilons(plan.integrator).len();
    if !points.is_empty() {
        model.choice = Some(Choice { epsilon: plan.epsilon, steps: plan.steps, integrator: plan.integrator });
    }
    summary.scan_seconds = Some(begun.elapsed().as_secs_f64());
    summary.scan = Some(points);
    Ok(())
}

/// Sends a pilot population ahead and takes its steps and moves up in the plan. An interruption is noted in the summary.
pub(super) fn send_pilot(
    target: &impl Target,
    model: &Model,
    plan: &mut Plan,
    sampling: &SamplingArgs,
    summary: &mut Summary,
    progress: &dyn Progress,
) -> Result<(), Error> {
    let begun = Instant::now();
    let usual = PilotOptions::default();
    let conditional_ess = sampling.conditional_ess.unwrap_or(usual.conditional_ess);
    let options = PilotOptions { conditional_ess, walkers: sampling.pilot_walkers.unwrap_or(usual.walkers), ..usual };
    match engine::follow_pilot(target, model, plan, &options, (sampling.steps, sampling.epsilon), progress) {
        Err(Error::Stopped) => summary.interrupted = true,
        done => done?,
    }
    summary.scan_seconds = Some(begun.elapsed().as_secs_f64());
    Ok(())
}

pub(super) fn tune(args: &TuneArgs, interrupt: Interrupt) -> Result<Ending, Failure> {
    let mut target = plan::target(&args.target)?;
    let Some(path) = &args.model else {
        let failure = Failure::usage("nets tune needs the model that it shall tune");
        return Err(failure.hint("give it with --model; `nets train` writes one"));
    };
    let mut model = Model::load(path)?;
    output::check(path)?;
    let (plan, _) =
        plan::plan(&args.sampling, &args.common, None, engine::SCAN_WALKERS, plan::model_precision(&model))?;
    plan::check_used(&plan, &args.sampling, MethodName::Nets)?;

    let display = Display::new(interrupt, args.common.quiet);
    let base = base::settle(&mut target, Some(&model), &plan, &display)?;
    let begun = Instant::now();
    let (steps, epsilon) = (args.sampling.steps, args.sampling.epsilon);
    let found = engine::tune(&target, &model, &plan, steps, epsilon, &display)?;
    display.close();
    let mut summary = Summary::new(&target, &plan);
    summary.add_base(base);
    summary.scan_seconds = Some(begun.elapsed().as_secs_f64());
    summary.interrupted = interrupt.raised();
    let chosen = engine::recommended(&found).copied();
    if let Some(row) = chosen.filter(|_| !summary.interrupted) {
        model.choice = Some(Choice { epsilon: row.epsilon, steps: row.steps, integrator: plan.integrator });
        (summary.epsilon, summary.steps) = (Some(row.epsilon), Some(row.steps));
        summary.integrator = Some(crate::model::integrator_name(plan.integrator));
        (summary.ess, summary.acceptance) = (Some(row.ess), row.acceptance);
        output::save(&model, path, &mut summary)?;
    }
    summary.walkers = Some(plan.walkers);
    if args.common.json {
        summary.scan = Some(found);
        output::print_summary(&summary, true);
    } else {
        output::print(table(&found, chosen.as_ref()).trim_end());
    }
    if summary.interrupted {
        return Ok(Ending::Interrupted);
    }
    match chosen {
        Some(_) => output::check_ess(&summary, args.sampling.require_ess).map(|()| Ending::Done),
        None => Err(Failure::computation("all walkers were lost at every epsilon: the model is left as it was")
            .hint("use more --steps, or train the drift longer")),
    }
}

fn table(rows: &[ScanPoint], chosen: Option<&ScanPoint>) -> String {
    let mut text = String::from("  steps  epsilon     ESS      log Z ± error      acceptance   lost  seconds\n");
    for row in rows {
        let acceptance = row.acceptance.map_or("-".to_string(), |acceptance| format!("{acceptance:.3}"));
        let mark = if chosen == Some(row) { "  chosen" } else { "" };
        let _ = writeln!(
            text,
            "  {:>5}  {:>7}  {:.4}  {:>9.4} ± {:<8.4}  {acceptance:>10}  {:>5}  {:>7.2}{mark}",
            row.steps, row.epsilon, row.ess, row.log_z, row.log_z_stderr, row.lost_walkers, row.seconds
        );
    }
    text
}
