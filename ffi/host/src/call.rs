//! What a call comes to: the work, and what the caller is told if it fails.

use crate::handle::{Head, poison};
use nets_abi::codes::*;
use nets_abi::error_info::{ErrorInfo, Failure as Details, accept, tell};
use nets_host::engine::Error;
use nets_host::file::ContainerError;
use nets_host::model::ModelError;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// An error on its way to the caller.
#[derive(Debug)]
pub(crate) struct Failure {
    pub details: Details,
    /// Empty: the text of the code.
    message: String,
}

impl Failure {
    pub fn new(code: i32, message: impl ToString) -> Failure {
        Failure::from(Details::new(code, 0)).saying(message)
    }

    /// Argument number `argument`, counted from 1, is wrong.
    pub fn argument(argument: i32, code: i32) -> Failure {
        Details::new(code, argument).into()
    }

    /// The same in other words.
    pub fn saying(self, message: impl ToString) -> Failure {
        Failure { message: message.to_string(), ..self }
    }
}

impl From<Details> for Failure {
    fn from(details: Details) -> Failure {
        Failure { details, message: String::new() }
    }
}

/// A field of the options that are argument `argument` is out of range.
pub(crate) fn field(argument: i32, value: f64, message: impl ToString) -> Failure {
    Failure::from(Details::new(NETS_ERR_RANGE, argument).value(value)).saying(message)
}

/// Does the work of a function on `handles`, and tells the caller what it came to. A panic ends here, and poisons the
/// handles.
///
/// # Safety
/// As [`accept`]; handles that are not null are handles.
pub(crate) unsafe fn call(
    info: *mut ErrorInfo,
    handles: &[*const Head],
    work: impl FnOnce() -> Result<(), Failure>,
) -> i32 {
    // SAFETY: promised by the caller.
    let code = unsafe { accept(info) };
    if code != NETS_OK {
        return code;
    }
    let failure = match catch_unwind(AssertUnwindSafe(work)) {
        Ok(Ok(())) => return NETS_OK,
        Ok(Err(failure)) => failure,
        Err(panic) => {
            for &handle in handles {
                // SAFETY: promised by the caller.
                unsafe { poison(handle) };
            }
            let words = panic.downcast_ref::<&str>().copied();
            let words = words.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("no message");
            Failure::new(NETS_ERR_INTERNAL, format!("an error of the library itself, please report it: {words}"))
        }
    };
    let code = failure.details.code;
    let message = match failure.message.is_empty() {
        true => text(code).to_bytes(),
        false => failure.message.as_bytes(),
    };
    // SAFETY: accepted, and promised by the caller.
    unsafe { tell(info, failure.details, message) };
    code
}

impl From<ContainerError> for Failure {
    fn from(error: ContainerError) -> Failure {
        let code = match error {
            ContainerError::Read { .. } | ContainerError::Write { .. } => NETS_ERR_FILE,
            ContainerError::Other { .. } | ContainerError::Checksum { .. } => NETS_ERR_MODEL,
        };
        Failure::new(code, error)
    }
}

impl From<ModelError> for Failure {
    fn from(error: ModelError) -> Failure {
        let code = match error {
            ModelError::File(error) => return error.into(),
            ModelError::OtherTarget { .. } | ModelError::OtherBase { .. } => NETS_ERR_DIMENSION,
            ModelError::NoPerfectDrift { .. }
            | ModelError::NothingToExport { .. }
            | ModelError::NotExported { .. }
            | ModelError::FrameNotExported => NETS_ERR_UNSUPPORTED,
            ModelError::OutOfRange { .. } => NETS_ERR_RANGE,
        };
        Failure::new(code, error)
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Failure {
        let code = match error {
            Error::Model(error) => return error.into(),
            Error::Checkpoint(error) => return error.into(),
            Error::Setting { .. } | Error::Width(_) | Error::OtherTraining { .. } => NETS_ERR_RANGE,
            Error::Potential { .. } => NETS_ERR_CALLBACK,
            Error::AllLost { .. } => NETS_ERR_ALL_LOST,
            Error::Stopped => NETS_ERR_STOPPED,
            Error::Fit { .. } | Error::Base { .. } => NETS_ERR_COMPUTATION,
            Error::Io(ref error) if error.kind() == std::io::ErrorKind::OutOfMemory => NETS_ERR_MEMORY,
            Error::Io(_) => NETS_ERR_FILE,
        };
        let details = Details::new(code, 0);
        let details = match &error {
            Error::Potential { place: Some(place), .. } => details.index(place.walkers.start as usize),
            _ => details,
        };
        Failure::from(details).saying(error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_an_internal_error() {
        // SAFETY: null.
        let code = unsafe { call(std::ptr::null_mut(), &[], || panic!("planted")) };
        assert_eq!(code, NETS_ERR_INTERNAL);
    }
}
