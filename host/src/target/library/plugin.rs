//! Targets in libraries that export the functions of `nets_target.h`, whose comments are the contract.

use super::load::{Loaded, copied};
use super::{LibraryError, alone};
use crate::target::BatchDensity;
use crate::target::parameters::MAX_DIM;
use std::ffi::{CStr, CString, c_char, c_int, c_void};

/// `NETS_TARGET_ABI_VERSION`.
const ABI_VERSION: u32 = 1;

/// The functions of a plugin.
struct Functions {
    create: unsafe extern "C" fn(*const c_char, *mut *mut c_void) -> c_int,
    dim: unsafe extern "C" fn(*const c_void) -> usize,
    eval: unsafe extern "C" fn(*mut c_void, usize, *const f64, *mut f64, *mut f64) -> c_int,
    error: unsafe extern "C" fn(*const c_void) -> *const c_char,
    is_thread_safe: unsafe extern "C" fn(*const c_void) -> c_int,
    destroy: unsafe extern "C" fn(*mut c_void),
    log_z: Option<unsafe extern "C" fn(*const c_void) -> f64>,
}

impl Functions {
    fn find(library: &Loaded) -> Result<Functions, LibraryError> {
        // SAFETY: each type is that of nets_target.h, and a `Functions` goes with the library it is of.
        unsafe {
            // Asked first, since the other functions are those of the version.
            let version: unsafe extern "C" fn() -> u32 = library.function("nets_target_abi_version")?;
            let found = version();
            if found != ABI_VERSION {
                return Err(LibraryError::Version { path: library.path.clone(), found, known: ABI_VERSION });
            }
            Ok(Functions {
                create: library.function("nets_target_create")?,
                dim: library.function("nets_target_dim")?,
                eval: library.function("nets_target_eval")?,
                error: library.function("nets_target_error")?,
                is_thread_safe: library.function("nets_target_is_thread_safe")?,
                destroy: library.function("nets_target_destroy")?,
                log_z: library.optional("nets_target_log_z"),
            })
        }
    }

    /// Makes a context, and asks it what it is.
    fn create(&self, options: &CStr) -> Result<(*mut c_void, Answers), String> {
        let _alone = alone();
        let mut context = std::ptr::null_mut();
        // SAFETY: by contract; the text ends with a NUL, the pointer to write to is a local, and the context goes
        // nowhere else before it is returned.
        unsafe {
            let code = (self.create)(options.as_ptr(), &mut context);
            if code != 0 {
                let reason = self.explained(context, code);
                if !context.is_null() {
                    (self.destroy)(context);
                }
                return Err(reason);
            }
            let dim = (self.dim)(context);
            let thread_safe = (self.is_thread_safe)(context) != 0;
            let log_z = self.log_z.map(|log_z| log_z(context)).filter(|log_z| log_z.is_finite());
            Ok((context, Answers { dim, thread_safe, log_z }))
        }
    }

    /// The error `code` of a call with `context` in words.
    ///
    /// # Safety
    ///
    /// The context is one that is not destroyed, or null after a failed `nets_target_create`.
    unsafe fn explained(&self, context: *const c_void, code: c_int) -> String {
        // SAFETY: by contract, with the caller's promise; the text is copied before this thread calls the library again,
        // and by contract no other thread's call rewrites it.
        match unsafe { copied((self.error)(context)) } {
            Some(message) => format!("{message} (code {code})"),
            None => format!("code {code}, without a message"),
        }
    }
}

/// What a context says of itself.
struct Answers {
    dim: usize,
    thread_safe: bool,
    log_z: Option<f64>,
}

/// What a plugin made, destroyed when this is dropped.
struct Context {
    pointer: *mut c_void,
    functions: Functions,
    /// Kept loaded until after the context is destroyed.
    _library: Loaded,
}

// SAFETY: by contract a context may go from thread to thread.
unsafe impl Send for Context {}
// SAFETY: by contract several threads may evaluate the density at once if the library says that it is thread-safe;
// otherwise `Plugin::evaluate`, the only use that is made of a shared context, lets one in at a time.
unsafe impl Sync for Context {}

impl Drop for Context {
    fn drop(&mut self) {
        let _alone = alone();
        // SAFETY: by contract; the context was made, nobody has it any more, and the library is unloaded after this.
        unsafe { (self.functions.destroy)(self.pointer) }
    }
}

/// A density in a plugin.
pub(super) struct Plugin {
    path: String,
    context: Context,
    answers: Answers,
}

impl Plugin {
    /// The density of the library at `path` with `options`.
    pub fn open(path: &str, options: &str) -> Result<Plugin, LibraryError> {
        let library = Loaded::open(path, "nets_target.h")?;
        let functions = Functions::find(&library)?;
        let path = path.to_string();
        let refused = |reason| LibraryError::Refused { path: path.clone(), options: options.to_string(), reason };
        let text = CString::new(options).map_err(|_| refused("there is a NUL in them".to_string()))?;
        let (pointer, answers) = functions.create(&text).map_err(refused)?;
        let context = Context { pointer, functions, _library: library };
        if !(1..=MAX_DIM).contains(&answers.dim) {
            return Err(LibraryError::Dimension { path, dim: answers.dim.to_string(), most: MAX_DIM });
        }
        Ok(Plugin { path, context, answers })
    }
}

impl BatchDensity for Plugin {
    fn dim(&self) -> usize {
        self.answers.dim
    }

    fn evaluate(&self, x: &[f64], u: &mut [f64], gradient: &mut [f64]) -> Result<(), String> {
        let numbers = u.len() * self.answers.dim;
        assert!(x.len() == numbers && gradient.len() == numbers, "{} points in {} numbers", u.len(), x.len());
        let Context { pointer, functions, .. } = &self.context;
        let _alone = (!self.answers.thread_safe).then(alone);
        // SAFETY: by contract; the arrays have the lengths that nets_target.h states, as was seen above, the context is
        // not destroyed while `self` is borrowed, and is alone if it has to be.
        unsafe {
            match (functions.eval)(*pointer, u.len(), x.as_ptr(), u.as_mut_ptr(), gradient.as_mut_ptr()) {
                0 => Ok(()),
                code => Err(format!("`{}` says: {}", self.path, functions.explained(*pointer, code))),
            }
        }
    }

    fn log_z(&self) -> Option<f64> {
        self.answers.log_z
    }
}
