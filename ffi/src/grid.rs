//! Times that a path is stepped through.

use crate::error_info::{ErrorInfo, Failure, status};
use crate::memory::{count, output, place, require};
use crate::status::{NETS_ERR_CALLBACK, NETS_ERR_LENGTH, NETS_ERR_NULL, NETS_ERR_RANGE};
use core::ffi::c_void;
use nets_kernel::grid;

/// Writes to `*conditional_ess` the conditional ESS of a step to the time `next`, a number from 0 to 1. Returns zero, or
/// anything else to stop.
pub type ConditionalEssCallback =
    Option<unsafe extern "C" fn(user: *mut c_void, next: f64, conditional_ess: *mut f64) -> i32>;

macro_rules! functions {
    ($S:ident, $uniform:ident) => {
        /// Writes `times[k] = k / (n - 1)`: the `n >= 2` times of a grid of `n - 1` equal steps.
        ///
        /// Errors: `NETS_ERR_NULL`, `NETS_ERR_ALIGNMENT`, `NETS_ERR_LENGTH`.
        ///
        /// # Safety
        ///
        /// `times` points to room for `n` numbers.
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn $uniform(times: *mut $S, n: i64, info: *mut ErrorInfo) -> i32 {
            let work = || {
                let count = count(2, n)?;
                // SAFETY: promised by the caller.
                let times = unsafe { output(1, times, count)? };
                if count < 2 {
                    return Err(Failure::new(NETS_ERR_LENGTH, 2).value(n as f64));
                }
                for (k, time) in times.iter_mut().enumerate() {
                    *time = grid::uniform(k, count - 1);
                }
                Ok(())
            };
            // SAFETY: promised by the caller.
            unsafe { status(info, work) }
        }
    };
}
functions!(f64, nets_grid_uniform_f64);
functions!(f32, nets_grid_uniform_f32);

/// Writes to `next` the time after `t` to which one step keeps the conditional ESS at `target` (adaptive tempering): every
/// step of a grid that is made so is equally hard.
///
/// `callback` measures the conditional ESS of a step from `t` to a time that it is given, with `nets_conditional_ess` on
/// a pilot population say; it is called up to 60 times, on the caller's thread, and neither it nor `user` is kept.
/// `guess` is a length to begin with, such as that of the step before; zero or less: none. The result lies after `t`
/// and is 1 where a step to the end is short enough.
///
/// Requires `0 <= t < 1`, a finite `guess`, `0 < target < 1`, and a result of `callback` from 0 to 1.
///
/// Errors: `NETS_ERR_NULL`, `NETS_ERR_ALIGNMENT`, `NETS_ERR_RANGE`, `NETS_ERR_CALLBACK`.
///
/// # Safety
///
/// `callback` may be called with `user`; `next` points to room for one number.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nets_grid_next(
    t: f64,
    guess: f64,
    target: f64,
    callback: ConditionalEssCallback,
    user: *mut c_void,
    next: *mut f64,
    info: *mut ErrorInfo,
) -> i32 {
    let work = || {
        let callback = callback.ok_or(Failure::new(NETS_ERR_NULL, 4))?;
        // SAFETY: promised by the caller.
        let place = unsafe { place(6, next)? };
        require((0.0..1.0).contains(&t), 1, t)?;
        require(guess.is_finite(), 2, guess)?;
        require(target > 0.0 && target < 1.0, 3, target)?;
        let mut failure = None;
        let measured = |next| {
            if failure.is_some() {
                return 1.0;
            }
            let mut ess = f64::NAN;
            // SAFETY: the caller allows the call, and the result has room.
            let code = unsafe { callback(user, next, &mut ess) };
            if code != 0 {
                failure = Some(Failure::new(NETS_ERR_CALLBACK, 4).callback(code));
            } else if !(0.0..=1.0 + 1e-9).contains(&ess) {
                failure = Some(Failure::new(NETS_ERR_RANGE, 4).value(ess));
            }
            ess
        };
        let next = grid::next(t, guess, target, measured);
        failure.map_or(Ok(()), Err)?;
        place.write(next);
        Ok(())
    };
    // SAFETY: promised by the caller.
    unsafe { status(info, work) }
}
