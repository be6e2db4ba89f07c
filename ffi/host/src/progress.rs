//! Progress, reported to a C function.

use nets_host::progress::{Progress, Status};
use std::ffi::{CStr, c_char, c_void};

/// Told how far long work is; a result other than zero asks it to stop, and what was done stays usable.
///
/// `stage` is "fitting", "training", "pilot", "scanning epsilon" or "sampling"; `done` of `total` units of it are done.
/// `loss` and `ess` are NaN where there is none. With one thread it is called on the caller's own, else on any, one
/// call at a time.
pub type HostProgress = Option<
    unsafe extern "C" fn(user: *mut c_void, stage: *const c_char, done: i64, total: i64, loss: f64, ess: f64) -> i32,
>;

/// The caller's function.
pub(crate) struct Reporter {
    pub progress: HostProgress,
    pub user: *mut c_void,
}

// SAFETY: the header says on which threads the function is called: whoever asks for several vouches for it.
unsafe impl Sync for Reporter {}

/// A stage as C has it.
fn stage(name: &str) -> &'static CStr {
    match name {
        "fitting" => c"fitting",
        "training" => c"training",
        "pilot" => c"pilot",
        "scanning epsilon" => c"scanning epsilon",
        "sampling" => c"sampling",
        _ => c"working",
    }
}

impl Progress for Reporter {
    fn report(&self, status: &Status) -> bool {
        let Some(progress) = self.progress else { return true };
        let (done, total) = (status.done as i64, status.total as i64);
        let (loss, ess) = (status.loss.unwrap_or(f64::NAN), status.ess.unwrap_or(f64::NAN));
        // SAFETY: the caller gave the function with its user data.
        unsafe { progress(self.user, stage(status.stage).as_ptr(), done, total, loss, ess) == 0 }
    }
}
