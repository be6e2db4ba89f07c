//! Targets in shared libraries: `plugin:PATH.so[?options]` through `nets_target.h`, and `stan:MODEL.so[?data=FILE.json]`
//! through the C API of BridgeStan.
//!
//! A library is code of the user's choosing that runs inside this process, so what it promises has to be believed:
//! that its functions have the types which their names stand for, and that they stay inside the arrays they are given.
//! The `SAFETY` comments say *by contract* for this. It is the only thing that is believed; lengths, lifetimes and
//! threads are seen to here.

#[allow(unsafe_code)]
mod load;
#[allow(unsafe_code)]
mod plugin;
#[allow(unsafe_code)]
mod stan;
#[cfg(test)]
mod tests;

use super::{BatchDensity, TargetError};
use plugin::Plugin;
use stan::Stan;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Why a shared library cannot be used as a target.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum LibraryError {
    /// There is no such file.
    #[error("there is no file `{path}`; give the path of the shared library, from here or from the root")]
    NotFound {
        /// The path as given.
        path: String,
    },
    /// The file is not a shared library of this machine, or one of a library's own libraries is missing.
    #[error("`{path}` cannot be loaded as a shared library ({reason}); build it with `cc -shared -fPIC`")]
    NotALibrary {
        /// The path as given.
        path: String,
        /// What the system says.
        reason: String,
    },
    /// A function is missing.
    #[error("`{path}` does not export `{symbol}`; {interface} says which functions a library needs")]
    MissingSymbol {
        /// The path as given.
        path: String,
        /// The function.
        symbol: &'static str,
        /// The header or interface.
        interface: &'static str,
    },
    /// The library is for another version of the interface.
    #[error(
        "`{path}` is built for version {found} of the plugin interface and this program has version {known}; \
         build it again with the nets_target.h of this program"
    )]
    Version {
        /// The path as given.
        path: String,
        /// What the library says.
        found: u32,
        /// What is understood here.
        known: u32,
    },
    /// The library takes no such options or data.
    #[error("`{path}` refuses the options `{options}`: {reason}")]
    Refused {
        /// The path as given.
        path: String,
        /// The text after the `?`.
        options: String,
        /// The library's code and message.
        reason: String,
    },
    /// The dimension is none.
    #[error("`{path}` says that its density has {dim} dimensions; from 1 to {most} can be sampled")]
    Dimension {
        /// The path as given.
        path: String,
        /// What the library says.
        dim: String,
        /// The largest dimension taken.
        most: usize,
    },
    /// The text after the `?` of a Stan model.
    #[error("{problem}; write the target as `stan:MODEL.so?data=FILE.json`, or without the `?` for no data")]
    Options {
        /// What is wrong.
        problem: String,
    },
}

/// A density, with the name it goes by.
pub(super) type Opened = (String, Arc<dyn BatchDensity>);

/// The density in the shared library that `spec` names; `None` if `spec` names none. Its name leaves folders out: a
/// model stays that of its library when the library moves.
pub(super) fn open(spec: &str) -> Option<Result<Opened, TargetError>> {
    let (kind, rest) = spec.split_once(':')?;
    let (path, options) = rest.split_once('?').unwrap_or((rest, ""));
    let opened: Result<Arc<dyn BatchDensity>, LibraryError> = match kind {
        "plugin" => Plugin::open(path, options).map(|plugin| Arc::new(plugin) as _),
        "stan" => Stan::open(path, options).map(|model| Arc::new(model) as _),
        _ => return None,
    };
    let named = |reason| TargetError::Library { target: spec.to_string(), reason };
    let file = Path::new(path).file_name().map_or(path.into(), |file| file.to_string_lossy());
    let question = if options.is_empty() { "" } else { "?" };
    Some(opened.map(|density| (format!("{kind}:{file}{question}{options}"), density)).map_err(named))
}

/// Held during calls into libraries that are not thread-safe. There is one for all of them: such a library may share
/// state with its other contexts, and with other libraries below it.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

/// Waits until no call into a library that is not thread-safe is under way.
fn alone() -> MutexGuard<'static, ()> {
    ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner)
}
