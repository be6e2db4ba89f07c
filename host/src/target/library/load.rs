//! Opening shared libraries and finding functions in them.

use super::LibraryError;
use std::ffi::{CStr, c_char};
use std::path::PathBuf;

#[cfg(not(unix))]
use libloading::Library;
#[cfg(unix)]
use libloading::os::unix::{Library, RTLD_LOCAL, RTLD_NOW};

/// A shared library, loaded until this is dropped. Types that keep functions of it have it as their last field.
pub(super) struct Loaded {
    library: Library,
    /// Its path, as the user gave it.
    pub path: String,
    interface: &'static str,
}

impl Loaded {
    /// Loads the library at `path`, whose functions `interface` describes.
    pub fn open(path: &str, interface: &'static str) -> Result<Loaded, LibraryError> {
        // A name without a slash would be looked for where the system keeps its libraries.
        let file: PathBuf =
            std::fs::canonicalize(path).map_err(|_| LibraryError::NotFound { path: path.to_string() })?;
        // SAFETY: the library's initialisers run, which the user asks for by naming it.
        // Symbols are resolved now, so that one that is missing is found here and not in the middle of a run.
        #[cfg(unix)]
        let opened = unsafe { Library::open(Some(&file), RTLD_NOW | RTLD_LOCAL) };
        #[cfg(not(unix))]
        // SAFETY: as above.
        let opened = unsafe { Library::new(&file) };
        match opened {
            Ok(library) => Ok(Loaded { library, path: path.to_string(), interface }),
            Err(error) => Err(LibraryError::NotALibrary { path: path.to_string(), reason: error.to_string() }),
        }
    }

    /// The function `symbol`.
    ///
    /// # Safety
    ///
    /// `F` is the type of a pointer to that function, and it is not called after `self` is dropped.
    pub unsafe fn function<F: Copy>(&self, symbol: &'static str) -> Result<F, LibraryError> {
        // SAFETY: the caller's promise.
        let found = unsafe { self.optional(symbol) };
        found.ok_or_else(|| LibraryError::MissingSymbol { path: self.path.clone(), symbol, interface: self.interface })
    }

    /// The function `symbol`, if the library has it.
    ///
    /// # Safety
    ///
    /// As for [`Loaded::function`].
    pub unsafe fn optional<F: Copy>(&self, symbol: &'static str) -> Option<F> {
        // SAFETY: the caller's promise about the type; the pointer is copied out of libloading's guard and used while
        // the library is loaded.
        unsafe { self.library.get::<F>(symbol.as_bytes()) }.ok().map(|symbol| *symbol)
    }

    /// What the function `symbol` of a test library returns, of type `int symbol(void)`.
    #[cfg(test)]
    pub fn number(&self, symbol: &'static str) -> i32 {
        // SAFETY: the type is that of such functions, and the library is loaded.
        unsafe { self.function::<unsafe extern "C" fn() -> i32>(symbol).unwrap()() }
    }
}

/// A copy of a library's text, if there is one.
///
/// # Safety
///
/// `text` is null or points to bytes up to a NUL that nobody writes meanwhile.
pub(super) unsafe fn copied(text: *const c_char) -> Option<String> {
    if text.is_null() {
        return None;
    }
    // SAFETY: not null, and the caller's promise.
    let text = unsafe { CStr::from_ptr(text) }.to_string_lossy();
    Some(text.trim().to_string()).filter(|text| !text.is_empty())
}
