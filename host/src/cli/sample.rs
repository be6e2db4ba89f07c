//! `nets sample`.

use super::args::{MethodName, SampleArgs};
use super::failure::Failure;
use super::progress::{Display, Interrupt};
use super::{Ending, base, output, plan, scan};
use crate::engine;
use crate::lanes::Precision;
use crate::model::Model;
use crate::summary::Summary;
use crate::target::Target;

pub(super) fn sample(args: &SampleArgs, interrupt: Interrupt) -> Result<Ending, Failure> {
    let mut target = plan::target(&args.target)?;
    let trained = args.model.as_ref().map(|path| Model::load(path)).transpose()?;
    let (choice, precision) = match &trained {
        Some(model) => (model.choice, plan::model_precision(model)),
        None => (None, Precision::F64),
    };
    let (mut plan, known) = plan::plan(&args.sampling, &args.common, choice, plan::WALKERS, precision)?;
    plan::check_used(&plan, &args.sampling, MethodName::Nets)?;
    let path = match &args.out {
        Some(path) => path.clone(),
        None => output::folder(&target.name(), &args.common)?.join("samples.npz"),
    };
    let mut samples = output::samples(&path, target.dim())?;

    let display = Display::new(interrupt, args.common.quiet);
    let base = base::settle(&mut target, trained.as_ref(), &plan, &display)?;
    let mut model = trained.unwrap_or_else(|| Model::zero(&target));
    let mut summary = Summary::new(&target, &plan);
    summary.add_base(base);
    summary.add_model(&model);
    summary.model = args.model.as_ref().map(|path| path.display().to_string());
    if plan::is_adaptive(&args.sampling, MethodName::Nets) {
        scan::send_pilot(&target, &model, &mut plan, &args.sampling, &mut summary, &display)?;
    } else if !known {
        scan::choose_epsilon(&target, &mut model, &mut plan, &mut summary, &display)?;
    }
    if summary.interrupted {
        display.close();
        output::print_summary(&summary, args.common.json);
        return Ok(Ending::Interrupted);
    }
    let outcome = engine::sample(&target, &model, &plan, &mut samples, &display);
    display.close();
    output::note_rejections(&target);
    let outcome = outcome?;
    summary.add_outcome(&plan, &outcome);
    output::finish(samples, &path, &outcome, &mut summary)?;
    output::print_summary(&summary, args.common.json);
    if outcome.interrupted {
        return Ok(Ending::Interrupted);
    }
    output::check_ess(&summary, args.sampling.require_ess)?;
    Ok(Ending::Done)
}
