//! Failures: a message, a hint, an exit code.

use crate::engine::Error;
use crate::file::ContainerError;
use crate::model::ModelError;
use crate::report::ReportError;
use crate::target::TargetError;
use std::fmt::Display;
use std::io;
use std::path::Path;
use std::process::ExitCode;

/// Exit code: the computation failed.
const FAILED: u8 = 1;
/// Exit code: wrong usage or unreadable input.
const USAGE: u8 = 2;
/// Exit code: stopped by Ctrl-C, as shells have it.
pub(super) const INTERRUPTED: u8 = 130;

/// Why a command failed.
#[derive(Debug)]
pub(super) struct Failure {
    code: u8,
    message: String,
    hint: Option<String>,
    /// What clap has to say: its own format, and help among it.
    usage: Option<clap::Error>,
}

impl Failure {
    fn new(code: u8, message: impl Display) -> Failure {
        Failure { code, message: message.to_string(), hint: None, usage: None }
    }

    /// The user asked for something that cannot be.
    pub(super) fn usage(message: impl Display) -> Failure {
        Failure::new(USAGE, message)
    }

    /// What was asked for was tried, and did not come out.
    pub(super) fn computation(message: impl Display) -> Failure {
        Failure::new(FAILED, message)
    }

    /// A result could not be written.
    pub(super) fn writing(path: &Path, error: &io::Error) -> Failure {
        Failure::new(FAILED, format!("cannot write {}: {error}", path.display()))
    }

    /// Adds what the user can do.
    pub(super) fn hint(self, hint: impl Display) -> Failure {
        Failure { hint: Some(hint.to_string()), ..self }
    }

    /// Says that the arguments came from a configuration file.
    pub(super) fn in_file(self, file: &Path) -> Failure {
        let hint = format!("the arguments include those in {}", file.display());
        self.hint(hint)
    }

    /// Tells the user, and returns the exit code.
    pub(super) fn report(self) -> ExitCode {
        match &self.usage {
            // A closed pipe leaves nobody to tell.
            Some(error) => drop(error.print()),
            None => eprintln!("error: {}", self.message),
        }
        if let Some(hint) = self.hint {
            eprintln!("hint: {hint}");
        }
        ExitCode::from(self.code)
    }

    /// What was wrong.
    pub(super) fn message(&self) -> String {
        self.usage.as_ref().map_or_else(|| self.message.clone(), ToString::to_string)
    }
}

impl From<clap::Error> for Failure {
    fn from(error: clap::Error) -> Failure {
        // Help and version are errors of clap's too, with code 0.
        let code = if error.use_stderr() { USAGE } else { 0 };
        Failure { usage: Some(error), ..Failure::new(code, "") }
    }
}

impl From<TargetError> for Failure {
    fn from(error: TargetError) -> Failure {
        Failure::usage(error)
    }
}

impl From<ModelError> for Failure {
    fn from(error: ModelError) -> Failure {
        Failure::usage(error)
    }
}

impl From<ReportError> for Failure {
    fn from(error: ReportError) -> Failure {
        Failure::computation(error)
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Failure {
        let code = match error {
            // What cannot be written was computed all the same.
            Error::Checkpoint(ContainerError::Write { .. }) => FAILED,
            Error::Setting { .. }
            | Error::Width(_)
            | Error::Model(_)
            | Error::Checkpoint(_)
            | Error::OtherTraining { .. } => USAGE,
            Error::Stopped => INTERRUPTED,
            _ => FAILED,
        };
        Failure::new(code, error)
    }
}
