//! `nets compare`: methods on targets over seeds, beside what is published.

mod journal;
mod published;
mod row;
mod suite;
mod table;

pub(super) use suite::Seeds;

use super::args::{CompareArgs, RunArgs};
use super::failure::Failure;
use super::progress::{Display, Interrupt};
use super::run::{Computed, compute, settle};
use super::{Ending, output, plan};
use crate::target::Target;
use journal::Journal;
use row::{Extra, Row};
use std::fs;
use std::path::Path;
use suite::Suite;
use table::Tables;

/// One case with one seed.
struct Job {
    args: RunArgs,
    /// The row as it is before the run.
    row: Row,
}

pub(super) fn compare(args: &CompareArgs, interrupt: Interrupt) -> Result<Ending, Failure> {
    let suite = Suite::open(args.suite.as_deref(), args.quick)?.only(&args.only)?;
    // What can be wrong with a case is found out before hours are spent on those before it.
    let jobs = jobs(&suite, args)?;
    let folder = output::folder("compare", &args.common)?;
    let mut journal = Journal::open(&folder.join("compare.jsonl"))?;
    let quiet = args.common.quiet;

    let mut interrupted = false;
    for (place, job) in jobs.iter().enumerate() {
        let Row { key, case, seed, .. } = &job.row;
        if journal.find(key).is_some_and(|row| row.error.is_none()) {
            continue;
        }
        if !quiet {
            eprintln!("{case}, seed {seed} ({} of {})", place + 1, jobs.len());
        }
        let row = match job.run(&folder.join("running"), &Display::new(interrupt, quiet)) {
            _ if interrupt.raised() => None,
            Ok(row) => row,
            Err(failure) => {
                let error = failure.message();
                eprintln!("{case}, seed {seed}, failed: {error}");
                Some(Row { error: Some(error), ..job.row.clone() })
            }
        };
        match row {
            Some(row) => journal.add(row)?,
            None => {
                interrupted = true;
                break;
            }
        }
    }

    let tables = Tables::new(jobs.iter().filter_map(|job| journal.find(&job.row.key)).cloned().collect());
    let markdown = tables.markdown()?;
    output::write(&folder.join("compare.md"), &markdown)?;
    output::write(&folder.join("compare.csv"), tables.csv())?;
    output::write(&folder.join("compare.html"), tables.html()?)?;
    if args.common.json {
        output::print(tables.json(interrupted));
    } else {
        output::print(markdown.trim_end());
    }
    match tables.failed() {
        _ if interrupted => Ok(Ending::Interrupted),
        0 => Ok(Ending::Done),
        failed => {
            let failure = Failure::computation(format!("{failed} of {} runs failed", jobs.len()));
            Err(failure.hint("the table says why; the same command tries them again and keeps the others"))
        }
    }
}

/// Every case with every seed.
fn jobs(suite: &Suite, args: &CompareArgs) -> Result<Vec<Job>, Failure> {
    let mut jobs = vec![];
    for case in &suite.cases {
        for seed in suite.seeds(args) {
            let (args, words) = case.run_args(seed, args)?;
            let (target, ..) = settle(&args).map_err(|failure| failure.hint(format!("in the case `{}`", case.name)))?;
            let row = Row {
                key: format!("{}: {} {words}", case.name, env!("CARGO_PKG_VERSION")),
                case: case.name.clone(),
                target: target.name(),
                method: plan::name(args.method),
                seed,
                error: None,
                summary: serde_json::Value::Null,
                extra: Extra::default(),
            };
            jobs.push(Job { args, row });
        }
    }
    Ok(jobs)
}

impl Job {
    /// Runs it with `folder` for its files, which are gone when it is done; `None` if it was interrupted.
    fn run(&self, folder: &Path, display: &Display) -> Result<Option<Row>, Failure> {
        fs::create_dir_all(folder).map_err(|error| Failure::writing(folder, &error))?;
        let row = self.compute(folder, display);
        fs::remove_dir_all(folder).map_err(|error| Failure::writing(folder, &error))?;
        row
    }

    fn compute(&self, folder: &Path, display: &Display) -> Result<Option<Row>, Failure> {
        let (mut target, plan, known) = settle(&self.args)?;
        let Computed { summary, plan, sampled, .. } = compute(&self.args, &mut target, (plan, known), folder, display)?;
        match sampled {
            Some(sampled) if !sampled.outcome.interrupted => {
                let extra = Extra::measure(&target, &sampled.points, &summary, plan.threads)?;
                Ok(Some(self.row.clone().done(summary, extra)))
            }
            _ => Ok(None),
        }
    }
}

#[cfg(test)]
mod tests;
