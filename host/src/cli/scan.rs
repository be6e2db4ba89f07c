//! The choice of epsilon and steps, and `nets tune`.

use super::args::{SamplingArgs, TuneArgs};
use super::failure::Failure;
use super::progress::{Display, Interrupt};
use super::{Ending, output, plan};
use crate::engine::{Error, PilotOptions, Plan, pilot, scan};
use crate::model::{Choice, Model};
use crate::progress::Progress;
use crate::summary::{ScanRow, Summary};
use crate::target::{Builtin, Target};
use nets_kernel::rng::derive_seed;
use nets_kernel::step::Integrator;
use std::fmt::Write;
use std::time::Instant;

/// Half a power of ten apart: the ESS changes slowly with epsilon, and its best value differs by target from 1 to 50.
const EPSILONS: [f64; 9] = [0.0, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0, 300.0];
/// Steps that `nets tune` tries.
const STEPS: [usize; 4] = [25, 50, 100, 200];
/// Fewer steps are worth this fraction of the best ESS.
const WORTH: f64 = 0.99;

/// The part of a run that scans are, for [`derive_seed`]: the walkers that a choice is made on are not those that
/// are sampled with it, whose ESS would then look too good.
const SCANNING: u64 = 3;

/// What a scan of epsilon tries.
fn grid(plan: &Plan) -> &'static [f64] {
    // A pair of steps is compared by its noise, so it needs some.
    if plan.integrator == Integrator::Pair { &EPSILONS[1..] } else { &EPSILONS }
}

/// Scans `epsilons` with the steps of `plan`.
fn rows(
    target: &impl Target,
    model: &Model,
    plan: &Plan,
    epsilons: &[f64],
    progress: &dyn Progress,
) -> Result<Vec<ScanRow>, Error> {
    let plan = Plan { seed: derive_seed(plan.seed, SCANNING), ..plan.clone() };
    let points = scan(target, model, &plan, epsilons, progress)?;
    Ok(points.iter().map(|point| ScanRow::new(plan.steps, point)).collect())
}

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
    let few = Plan { walkers: plan.walkers.min(plan::SCAN_WALKERS), ..plan.clone() };
    let rows = rows(target, model, &few, grid(plan), progress)?;
    if let Some(best) = best(&rows) {
        plan.epsilon = best.epsilon;
        model.choice = Some(Choice { epsilon: best.epsilon, steps: best.steps, integrator: plan.integrator });
    }
    summary.interrupted |= rows.len() < grid(plan).len();
    summary.scan_seconds = Some(begun.elapsed().as_secs_f64());
    summary.scan = Some(rows);
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
    let found = match pilot(target, model, plan, &options, progress) {
        Err(Error::Stopped) => {
            summary.interrupted = true;
            return Ok(());
        }
        found => found?,
    };
    let mut protocol = found.protocol(sampling.steps, plan.until);
    if let Some(epsilon) = sampling.epsilon {
        protocol.epsilons.fill(epsilon);
    }
    plan.steps = protocol.epsilons.len();
    (plan.protocol, plan.scales) = (Some(protocol), found.scales);
    summary.scan_seconds = Some(begun.elapsed().as_secs_f64());
    Ok(())
}

/// The row with the highest ESS.
fn best(rows: &[ScanRow]) -> Option<&ScanRow> {
    rows.iter().max_by(|a, b| a.ess.total_cmp(&b.ess))
}

pub(super) fn tune(args: &TuneArgs, interrupt: Interrupt) -> Result<Ending, Failure> {
    let target = Builtin::parse(&args.target.name)?;
    let Some(path) = &args.model else {
        let failure = Failure::usage("nets tune needs the model that it shall tune");
        return Err(failure.hint("give it with --model; `nets train` writes one"));
    };
    let mut model = Model::load(path)?;
    model.check(&target)?;
    output::check(path)?;
    let (plan, _) = plan::plan(&args.sampling, &args.common, None, plan::SCAN_WALKERS, plan::model_precision(&model))?;
    let steps = args.sampling.steps.map_or(STEPS.to_vec(), |steps| vec![steps]);

    let display = Display::new(interrupt, args.common.quiet);
    let begun = Instant::now();
    let given = args.sampling.epsilon.map(|epsilon| vec![epsilon]);
    let epsilons = given.as_deref().unwrap_or_else(|| grid(&plan));
    let mut found = vec![];
    for &steps in &steps {
        found.extend(rows(&target, &model, &Plan { steps, ..plan.clone() }, epsilons, &display)?);
    }
    display.close();
    let mut summary = Summary::new(&target, &plan);
    summary.scan_seconds = Some(begun.elapsed().as_secs_f64());
    summary.interrupted = interrupt.raised();
    let chosen = best(&found).map(|best| cheapest(&found, best.ess).unwrap_or(best)).copied();
    if let Some(row) = chosen.filter(|row| row.ess > 0.0 && !summary.interrupted) {
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
        Some(row) if row.ess > 0.0 => output::check_ess(&summary, args.sampling.require_ess).map(|()| Ending::Done),
        _ => Err(Failure::computation("all walkers were lost at every epsilon: the model is left as it was")
            .hint("use more --steps, or train the drift longer")),
    }
}

/// The row with the fewest steps whose ESS is nearly the best.
fn cheapest(rows: &[ScanRow], best: f64) -> Option<&ScanRow> {
    let worth: Vec<&ScanRow> = rows.iter().filter(|row| row.ess >= WORTH * best).collect();
    let steps = worth.iter().map(|row| row.steps).min()?;
    worth.into_iter().filter(|row| row.steps == steps).max_by(|a, b| a.ess.total_cmp(&b.ess))
}

fn table(rows: &[ScanRow], chosen: Option<&ScanRow>) -> String {
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
