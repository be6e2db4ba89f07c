//! The `nets` command: `main` is all that the program calls.

mod advice;
mod args;
mod base;
mod compare;
mod config;
mod evaluate;
mod export;
mod failure;
mod info;
mod output;
mod plan;
mod progress;
mod run;
mod sample;
mod scan;
mod train;

use args::{Cli, Command};
use clap::Parser;
use failure::Failure;
use progress::Interrupt;
use std::ffi::OsString;
use std::process::ExitCode;

/// How a command ended that did not fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ending {
    Done,
    Interrupted,
}

/// Runs the command line of this process: exit code 0 when done, 1 when the computation failed, 2 on wrong usage or
/// unreadable input, 130 when interrupted.
pub fn main() -> ExitCode {
    match run(std::env::args_os().collect()) {
        Ok(Ending::Done) => ExitCode::SUCCESS,
        Ok(Ending::Interrupted) => ExitCode::from(failure::INTERRUPTED),
        Err(failure) => failure.report(),
    }
}

fn run(words: Vec<OsString>) -> Result<Ending, Failure> {
    let cli = parse(words)?;
    let interrupt = Interrupt::install()?;
    match cli.command {
        Command::Run(args) => run::run(&args, interrupt),
        Command::Train(args) => train::train(&args, interrupt),
        Command::Sample(args) => sample::sample(&args, interrupt),
        Command::Tune(args) => scan::tune(&args, interrupt),
        Command::Compare(args) => compare::compare(&args, interrupt),
        Command::Export(args) => export::export(&args),
        Command::Info(args) => info::info(&args),
        Command::Targets(args) => info::targets(&args),
    }
}

/// Arguments, with those of a configuration file under them.
fn parse(words: Vec<OsString>) -> Result<Cli, Failure> {
    let cli = Cli::try_parse_from(&words)?;
    let Some(file) = cli.command.config() else { return Ok(cli) };
    let with_file = config::with_file(&words, file)?;
    Cli::try_parse_from(with_file).map_err(|error| Failure::from(error).in_file(file))
}

#[cfg(test)]
mod tests;
