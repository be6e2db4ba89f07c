//! `nets train`.

use super::args::{MethodName, TrainArgs};
use super::failure::Failure;
use super::progress::{Display, Interrupt};
use super::{Ending, base, output, plan};
use crate::summary::Summary;
use crate::target::Target;

pub(super) fn train(args: &TrainArgs, interrupt: Interrupt) -> Result<Ending, Failure> {
    let mut target = plan::target(&args.target)?;
    let (mut plan, _) = plan::plan(
        &Default::default(),
        &args.common,
        None,
        plan::WALKERS,
        plan::precision(args.learning.drift, MethodName::Nets),
    )?;
    let path = match &args.out {
        Some(path) => path.clone(),
        None => output::folder(&target.name(), &args.common)?.join("model.nets"),
    };
    output::check(&path)?;
    let options = plan::learning(&target, &args.learning, &args.common, &plan, &path)?;
    plan.precision = options.precision;

    let display = Display::new(interrupt, args.common.quiet);
    let base = base::settle(&mut target, None, &plan, &display)?;
    let trained = crate::train::train(&target, &options, &display)?;
    display.close();
    let mut summary = Summary::new(&target, &plan);
    summary.add_base(base);
    output::save(&trained.model, &path, &mut summary)?;
    output::training_ended(&trained, &options)?;
    summary.interrupted = trained.interrupted;
    output::print_summary(&summary, args.common.json);
    Ok(if trained.interrupted { Ending::Interrupted } else { Ending::Done })
}
