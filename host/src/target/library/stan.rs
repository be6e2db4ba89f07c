//! Stan models compiled by BridgeStan, through its C API (`bridgestan.h`, version 2.0 and newer).
//!
//! The density is that of the unconstrained parameters, `U(x) = −log p(x)` with the Jacobian of the constraining
//! transform and with all constants: `∫ e^{−U}` is then the evidence of the model as written, provided that its
//! distributions are normalised, `target += normal_lpdf(…)` as well as `x ~ normal(…)`.
//!
//! Where the model throws, as Stan's own samplers take it, the density is zero.

use super::load::{Loaded, copied};
use super::{LibraryError, alone};
use crate::target::BatchDensity;
use crate::target::parameters::MAX_DIM;
use std::ffi::{CStr, CString, c_char, c_int, c_uint, c_void};
use std::io::Write;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

/// The seed of the model's `transformed data`, the only place where a model draws random numbers.
const SEED: c_uint = 0;

/// The functions of BridgeStan that are used. Its `bool` is that of C++.
struct Functions {
    construct: unsafe extern "C" fn(*const c_char, c_uint, *mut *mut c_char) -> *mut c_void,
    destruct: unsafe extern "C" fn(*mut c_void),
    free_error: unsafe extern "C" fn(*mut c_char),
    info: unsafe extern "C" fn(*const c_void) -> *const c_char,
    dim: unsafe extern "C" fn(*const c_void) -> c_int,
    log_density_gradient:
        unsafe extern "C" fn(*const c_void, bool, bool, *const f64, *mut f64, *mut f64, *mut *mut c_char) -> c_int,
    set_print: Option<SetPrint>,
}

type SetPrint = unsafe extern "C" fn(extern "C" fn(*const c_char, usize), *mut *mut c_char) -> c_int;

/// What a model prints goes to standard error: standard output is for results.
extern "C" fn print(text: *const c_char, length: usize) {
    if text.is_null() {
        return;
    }
    // SAFETY: BridgeStan hands over the `length` bytes that the model printed.
    let text = unsafe { std::slice::from_raw_parts(text.cast::<u8>(), length) };
    // There is nobody to tell if standard error is closed.
    let _ = std::io::stderr().write_all(text);
}

/// Whether the function at `address` was not asked about before. BridgeStan frees the stream that it prints to when it
/// gets another one, under the feet of models of the same library that are printing.
fn first_time(address: usize) -> bool {
    static SEEN: Mutex<Vec<usize>> = Mutex::new(Vec::new());
    let mut seen = SEEN.lock().unwrap_or_else(PoisonError::into_inner);
    let first = !seen.contains(&address);
    if first {
        seen.push(address);
    }
    first
}

impl Functions {
    fn find(library: &Loaded) -> Result<Functions, LibraryError> {
        // SAFETY: each type is that of bridgestan.h, and a `Functions` goes with the library it is of.
        unsafe {
            Ok(Functions {
                construct: library.function("bs_model_construct")?,
                destruct: library.function("bs_model_destruct")?,
                free_error: library.function("bs_free_error_msg")?,
                info: library.function("bs_model_info")?,
                dim: library.function("bs_param_unc_num")?,
                log_density_gradient: library.function("bs_log_density_gradient")?,
                set_print: library.optional("bs_set_print_callback"),
            })
        }
    }

    /// Makes a model, and asks it what it is.
    fn construct(&self, data: Option<&CStr>) -> Result<(*mut c_void, Answers), String> {
        let _alone = alone();
        let mut error = std::ptr::null_mut();
        // SAFETY: by contract; the text ends with a NUL, or is null for no data, errors are written to a local, and the
        // model goes nowhere else before it is returned.
        unsafe {
            if let Some(set_print) = self.set_print.filter(|&set_print| first_time(set_print as usize)) {
                set_print(print, &mut error);
                self.taken(error);
                error = std::ptr::null_mut();
            }
            let model = (self.construct)(data.map_or(std::ptr::null(), CStr::as_ptr), SEED, &mut error);
            if model.is_null() {
                return Err(self.taken(error));
            }
            // Without STAN_THREADS all models of the process share one tape for derivatives.
            let info = copied((self.info)(model)).unwrap_or_default();
            let thread_safe = info.lines().any(|line| line.trim() == "STAN_THREADS=true");
            Ok((model, Answers { dim: (self.dim)(model), thread_safe }))
        }
    }

    /// The text of an error, which is then freed.
    ///
    /// # Safety
    ///
    /// `error` is null, or what BridgeStan wrote and was not freed.
    unsafe fn taken(&self, error: *mut c_char) -> String {
        // SAFETY: the caller's promise.
        let text = unsafe { copied(error) };
        if !error.is_null() {
            // SAFETY: the caller's promise; the text was copied.
            unsafe { (self.free_error)(error) };
        }
        text.unwrap_or_else(|| "no message".to_string())
    }
}

/// What a model says of itself.
struct Answers {
    dim: c_int,
    thread_safe: bool,
}

/// A model, destructed when this is dropped.
struct Model {
    pointer: *mut c_void,
    functions: Functions,
    /// Kept loaded until after the model is destructed.
    _library: Loaded,
}

// SAFETY: a model may go from thread to thread.
unsafe impl Send for Model {}
// SAFETY: with STAN_THREADS several threads may evaluate a model at once; without, `Stan::evaluate`, the only use that
// is made of a shared model, lets one in at a time.
unsafe impl Sync for Model {}

impl Drop for Model {
    fn drop(&mut self) {
        let _alone = alone();
        // SAFETY: the model was constructed, nobody has it any more, and the library is unloaded after this.
        unsafe { (self.functions.destruct)(self.pointer) }
    }
}

/// The posterior density of a Stan model.
pub(super) struct Stan {
    model: Model,
    dim: usize,
    thread_safe: bool,
    rejections: Mutex<Rejections>,
}

/// Points at which the model threw.
#[derive(Default)]
struct Rejections {
    count: u64,
    first: String,
}

impl Stan {
    /// The model in the library at `path`, with `options` for its data: `data=FILE.json`, or nothing.
    pub fn open(path: &str, options: &str) -> Result<Stan, LibraryError> {
        let data = data(options).map_err(|problem| LibraryError::Options { problem })?;
        let library = Loaded::open(path, "BridgeStan 2.0's bridgestan.h")?;
        let functions = Functions::find(&library)?;
        let path = path.to_string();
        let refused = |reason| LibraryError::Refused { path: path.clone(), options: options.to_string(), reason };
        let (pointer, answers) = functions.construct(data.as_deref()).map_err(refused)?;
        let model = Model { pointer, functions, _library: library };
        match usize::try_from(answers.dim) {
            Ok(dim) if (1..=MAX_DIM).contains(&dim) => {
                Ok(Stan { model, dim, thread_safe: answers.thread_safe, rejections: Mutex::default() })
            }
            _ => Err(LibraryError::Dimension { path, dim: answers.dim.to_string(), most: MAX_DIM }),
        }
    }

    fn reject(&self, reason: String) {
        let mut rejections = self.rejections.lock().unwrap_or_else(PoisonError::into_inner);
        if rejections.count == 0 {
            rejections.first = reason;
        }
        rejections.count += 1;
    }
}

/// The path of the data file. BridgeStan takes what does not end in `.json` for the data themselves.
fn data(options: &str) -> Result<Option<CString>, String> {
    if options.is_empty() {
        return Ok(None);
    }
    let Some(file) = options.strip_prefix("data=") else {
        return Err(format!("`{options}` is not an option of a Stan model, which is data=FILE.json alone"));
    };
    if !file.ends_with(".json") {
        return Err(format!("the data file `{file}` does not end in .json"));
    }
    if !Path::new(file).is_file() {
        return Err(format!("there is no data file `{file}`"));
    }
    CString::new(file).map(Some).map_err(|_| format!("there is a NUL in `{file}`"))
}

impl BatchDensity for Stan {
    fn dim(&self) -> usize {
        self.dim
    }

    fn evaluate(&self, x: &[f64], u: &mut [f64], gradient: &mut [f64]) -> Result<(), String> {
        let (d, Model { pointer, functions, .. }) = (self.dim, &self.model);
        let _alone = (!self.thread_safe).then(alone);
        for ((x, u), gradient) in x.chunks_exact(d).zip(u).zip(gradient.chunks_exact_mut(d)) {
            let (mut log_density, mut error) = (0.0, std::ptr::null_mut());
            // With all constants and the Jacobian.
            let (propto, jacobian) = (false, true);
            // SAFETY: by contract; point and gradient have the d numbers of this model each, results and errors are
            // written to locals, the model is not destructed while `self` is borrowed, and is alone if it has to be.
            let (code, message) = unsafe {
                let log_density_gradient = functions.log_density_gradient;
                let (x, gradient) = (x.as_ptr(), gradient.as_mut_ptr());
                let code = log_density_gradient(*pointer, propto, jacobian, x, &mut log_density, gradient, &mut error);
                (code, (code != 0 || !error.is_null()).then(|| functions.taken(error)))
            };
            *u = -log_density;
            gradient.iter_mut().for_each(|g| *g = -*g);
            if code != 0 {
                *u = f64::INFINITY;
                gradient.fill(0.0);
                self.reject(message.unwrap_or_default());
            }
        }
        Ok(())
    }

    fn rejections(&self) -> Option<String> {
        let rejections = self.rejections.lock().unwrap_or_else(PoisonError::into_inner);
        let Rejections { count, first } = &*rejections;
        (*count > 0).then(|| format!("the Stan model rejected {count} points, the first with: {first}"))
    }
}
