//! What follows a target's name: `:key=value,key=value`, or a dash and the dimension.

use super::TargetInfo;
use super::library::LibraryError;
use std::fmt::Display;
use std::str::FromStr;

/// The largest dimension taken for a target; beyond it a typing error is likelier than a wish.
pub(super) const MAX_DIM: usize = 100_000;

/// Why a target's name was not understood.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum TargetError {
    /// There is no such target.
    #[error("unknown target `{name}`; did you mean `{nearest}`? `nets targets` lists them all")]
    Unknown {
        /// What was asked for.
        name: String,
        /// The known name most like it.
        nearest: &'static str,
    },
    /// A parameter is wrong or missing, or a file that it names.
    #[error("target `{target}`: {problem}; write it as `{example}`")]
    Parameter {
        /// The target.
        target: &'static str,
        /// What is wrong.
        problem: String,
        /// A name that works.
        example: &'static str,
    },
    /// Where walkers start, or how they leave, does not fit the target.
    #[error("target `{target}`: {problem}")]
    Start {
        /// The target.
        target: String,
        /// What is wrong.
        problem: String,
    },
    /// A shared library cannot be used.
    #[error("target `{target}`: {reason}")]
    Library {
        /// The target.
        target: String,
        /// Why.
        reason: LibraryError,
    },
}

/// The parameters given for a target. Each is taken once; [`Parameters::finish`] complains of those that are left.
pub struct Parameters<'a> {
    info: &'static TargetInfo,
    given: Vec<(&'a str, &'a str)>,
}

impl<'a> Parameters<'a> {
    /// From the text after the name. What has no key is the dimension.
    pub(super) fn new(info: &'static TargetInfo, text: Option<&'a str>) -> Parameters<'a> {
        let pieces = text.map(|text| text.split(',')).into_iter().flatten();
        Parameters { info, given: pieces.map(|piece| piece.split_once('=').unwrap_or(("d", piece))).collect() }
    }

    /// The error that says `problem`.
    pub(super) fn error(&self, problem: impl Into<String>) -> TargetError {
        let TargetInfo { example, .. } = *self.info;
        TargetError::Parameter { target: self.info.family(), problem: problem.into(), example }
    }

    /// What was given for `key`.
    pub(super) fn text(&mut self, key: &str) -> Option<&'a str> {
        let place = self.given.iter().position(|(given, _)| *given == key)?;
        Some(self.given.remove(place).1)
    }

    /// What was given for `key`, which cannot do without. `wanted` says what it is.
    pub(super) fn required_text(&mut self, key: &str, wanted: &str) -> Result<&'a str, TargetError> {
        match self.text(key) {
            Some(text) if !text.is_empty() => Ok(text),
            _ => Err(self.error(format!("{key}, {wanted}, is missing"))),
        }
    }

    /// The number given for `key`, or else `default`. `wanted` says what it has to be, and `valid` tests it.
    pub(super) fn number<T: FromStr + Copy>(
        &mut self,
        key: &str,
        default: Option<T>,
        wanted: impl Display,
        valid: impl Fn(T) -> bool,
    ) -> Result<T, TargetError> {
        match (self.text(key), default) {
            (Some(text), _) => match text.parse() {
                Ok(number) if valid(number) => Ok(number),
                _ => Err(self.error(format!("{key} = `{text}` is not {wanted}"))),
            },
            (None, Some(default)) => Ok(default),
            (None, None) => Err(self.error(format!("{key}, {wanted}, is missing"))),
        }
    }

    /// The dimension `d`, or else `default`.
    pub(super) fn dimension(&mut self, default: Option<usize>) -> Result<usize, TargetError> {
        self.number("d", default, format!("a dimension from 1 to {MAX_DIM}"), |d| (1..=MAX_DIM).contains(&d))
    }

    /// Fails if a parameter was given that the target does not have.
    pub(super) fn finish(&self) -> Result<(), TargetError> {
        match self.given.first() {
            None => Ok(()),
            Some((key, value)) => {
                Err(self.error(format!("`{key}={value}` is not a parameter of it, or was given before")))
            }
        }
    }
}
