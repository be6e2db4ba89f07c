//! The schedule `beta(t)` of annealed paths.

use crate::error_info::{ErrorInfo, Failure, Outcome, status};
use crate::memory::{count, input, optional_output, output, require, within};
use crate::precision::Precision;
use crate::status::{NETS_ERR_LENGTH, NETS_ERR_RANGE};
use nets_kernel::path::{Annealing, Schedule, Table, TableError};
use nets_kernel::real::Scalar;

/// `beta = t`
pub const NETS_SCHEDULE_LINEAR: i32 = 0;
/// `beta = t^p` with `p >= 1`: slow at first.
pub const NETS_SCHEDULE_POWER: i32 = 1;
/// `beta = sin^2(pi t / 2)`: slow at both ends.
pub const NETS_SCHEDULE_COSINE: i32 = 2;
/// `beta` given by points, linear between them.
pub const NETS_SCHEDULE_TABLE: i32 = 3;

/// A schedule in closed form; errors name the arguments of schedule and power.
pub(crate) fn schedule<S: Scalar>(arguments: [i32; 2], schedule: i32, power: S) -> Outcome<Schedule<S>> {
    match schedule {
        NETS_SCHEDULE_LINEAR => Ok(Schedule::Linear),
        NETS_SCHEDULE_POWER => {
            require(power.is_finite() && power >= S::one(), arguments[1], power.to_f64())?;
            Ok(Schedule::Power(power))
        }
        NETS_SCHEDULE_COSINE => Ok(Schedule::Cosine),
        _ => Err(Failure::new(NETS_ERR_RANGE, arguments[0]).value(f64::from(schedule))),
    }
}

/// A schedule given by points; errors name the arguments of times, values and length.
///
/// # Safety
/// Unless they are null, `times` and `values` point to `length` numbers each that nobody writes while the table lives.
pub(crate) unsafe fn table<'a, S: Precision>(
    arguments: [i32; 3],
    times: *const S,
    values: *const S,
    length: i64,
) -> Outcome<Table<&'a [S]>> {
    let points = count(arguments[2], length)?;
    // SAFETY: promised by the caller.
    let (times, values) = unsafe { (input(arguments[0], times, points)?, input(arguments[1], values, points)?) };
    Table::new::<S>(times, values).map_err(|error| match error {
        TableError::Length => Failure::new(NETS_ERR_LENGTH, arguments[2]).value(length as f64),
        TableError::Times => Failure::new(NETS_ERR_RANGE, arguments[0]),
        TableError::Values => Failure::new(NETS_ERR_RANGE, arguments[1]),
    })
}

/// Writes `beta(t)` and its rate at every time; errors name the arguments from that of `t` on.
unsafe fn evaluate<S: Precision>(
    schedule: impl Annealing<S>,
    first: i32,
    t: *const S,
    n: i64,
    beta: *mut S,
    rate: *mut S,
) -> Outcome {
    let n = count(first + 1, n)?;
    // SAFETY: promised by the caller.
    let (t, beta, rate) =
        unsafe { (input(first, t, n)?, output(first + 2, beta, n)?, optional_output(first + 3, rate, n)?) };
    within(first, t, |t| t >= S::zero() && t <= S::one())?;
    for (&t, beta) in t.iter().zip(beta) {
        *beta = schedule.at(t).0;
    }
    for (&t, rate) in t.iter().zip(rate.unwrap_or_default()) {
        *rate = schedule.at(t).1;
    }
    Ok(())
}

macro_rules! functions {
    ($S:ident, $schedule:ident, $schedule_table:ident) => {
        /// Writes `beta(t_i)` and, unless `rate` is null, `d beta / dt` at `n` times between 0 and 1.
        ///
        /// `schedule` is `NETS_SCHEDULE_LINEAR`, `NETS_SCHEDULE_POWER` with the exponent `power >= 1`, or
        /// `NETS_SCHEDULE_COSINE`; others do not look at `power`.
        ///
        /// Errors: `NETS_ERR_NULL`, `NETS_ERR_ALIGNMENT`, `NETS_ERR_LENGTH`, `NETS_ERR_RANGE`.
        ///
        /// # Safety
        ///
        /// `t` points to `n` numbers, `beta` and `rate`, unless null, to room for `n`.
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn $schedule(
            schedule: i32,
            power: $S,
            t: *const $S,
            n: i64,
            beta: *mut $S,
            rate: *mut $S,
            info: *mut ErrorInfo,
        ) -> i32 {
            // SAFETY: promised by the caller.
            unsafe { status(info, || evaluate(self::schedule([1, 2], schedule, power)?, 3, t, n, beta, rate)) }
        }

        /// As the function before, for the schedule through the points `(times[i], values[i])`, two or more, both
        /// strictly increasing from 0 to 1. `rate` is the slope of the segment that ends at `t`, at 0 that of the first.
        ///
        /// Errors: `NETS_ERR_NULL`, `NETS_ERR_ALIGNMENT`, `NETS_ERR_LENGTH`, `NETS_ERR_RANGE`.
        ///
        /// # Safety
        ///
        /// `times` and `values` point to `length` numbers each, `t` to `n` numbers, `beta` and `rate`, unless null, to
        /// room for `n`.
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn $schedule_table(
            times: *const $S,
            values: *const $S,
            length: i64,
            t: *const $S,
            n: i64,
            beta: *mut $S,
            rate: *mut $S,
            info: *mut ErrorInfo,
        ) -> i32 {
            // SAFETY: promised by the caller.
            unsafe { status(info, || evaluate(table([1, 2, 3], times, values, length)?, 4, t, n, beta, rate)) }
        }
    };
}
functions!(f64, nets_schedule_f64, nets_schedule_table_f64);
functions!(f32, nets_schedule_f32, nets_schedule_table_f32);
