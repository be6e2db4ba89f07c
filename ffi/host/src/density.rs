//! A density that the caller's function evaluates.

use nets_host::target::BatchDensity;
use std::ffi::c_void;
use std::sync::atomic::{AtomicI32, Ordering};

/// `U` and `∇U` of `n` points: see `nets_potential_f64` of nets.h.
pub type PotentialF64 =
    Option<unsafe extern "C" fn(user: *mut c_void, n: i64, d: i64, x: *const f64, u: *mut f64, grad: *mut f64) -> i32>;

/// The function with what it is given.
#[derive(Clone, Copy)]
pub(crate) struct Callback {
    pub dim: usize,
    pub potential: unsafe extern "C" fn(*mut c_void, i64, i64, *const f64, *mut f64, *mut f64) -> i32,
    pub user: *mut c_void,
    /// Whether points are columns of a `d × n` array rather than rows.
    pub columns: bool,
    /// Whether it may be called from several threads at once.
    pub thread_safe: bool,
}

// SAFETY: a function that is not declared safe for threads is used with one thread only, the caller's own, which
// `CallDensity::allows` sees to; for others the caller vouches.
unsafe impl Send for Callback {}
// SAFETY: as above.
unsafe impl Sync for Callback {}

/// The density during one call of the library.
pub(crate) struct CallDensity {
    callback: Callback,
    /// What the function returned when it failed.
    code: AtomicI32,
}

impl CallDensity {
    pub fn new(callback: Callback) -> CallDensity {
        CallDensity { callback, code: AtomicI32::new(0) }
    }

    /// What the function returned, if not zero.
    pub fn code(&self) -> i32 {
        self.code.load(Ordering::Relaxed)
    }

    fn ask(&self, x: &[f64], u: &mut [f64], gradient: &mut [f64]) -> i32 {
        let Callback { dim, potential, user, .. } = self.callback;
        // SAFETY: the caller gave the function with its user data; there are `u.len()` points of `dim` numbers.
        unsafe { potential(user, u.len() as i64, dim as i64, x.as_ptr(), u.as_mut_ptr(), gradient.as_mut_ptr()) }
    }
}

/// `to[j * rows + i] = from[i * columns + j]`
pub(crate) fn transpose(rows: usize, columns: usize, from: &[f64], to: &mut [f64]) {
    for (i, row) in from.chunks_exact(columns).enumerate() {
        for (j, &number) in row.iter().enumerate() {
            to[j * rows + i] = number;
        }
    }
}

impl BatchDensity for CallDensity {
    fn dim(&self) -> usize {
        self.callback.dim
    }

    fn evaluate(&self, x: &[f64], u: &mut [f64], gradient: &mut [f64]) -> Result<(), String> {
        // What the function leaves unwritten is no number.
        u.fill(f64::NAN);
        gradient.fill(f64::NAN);
        let code = if self.callback.columns {
            let (n, d) = (u.len(), self.callback.dim);
            let (mut points, mut gradients) = (vec![0.0; n * d], vec![f64::NAN; n * d]);
            transpose(n, d, x, &mut points);
            let code = self.ask(&points, u, &mut gradients);
            transpose(d, n, &gradients, gradient);
            code
        } else {
            self.ask(x, u, gradient)
        };
        if code == 0 {
            return Ok(());
        }
        // The first one counts.
        let _ = self.code.compare_exchange(0, code, Ordering::Relaxed, Ordering::Relaxed);
        Err(format!("the callback returned {code}"))
    }
}
