//! Resampling of a population.

use crate::error_info::{ErrorInfo, Failure, Outcome, status};
use crate::memory::{Number, Rows, count, dimension, input, output, within};
use crate::status::{NETS_ERR_ALL_LOST, NETS_ERR_LENGTH, NETS_ERR_RANGE};
use nets_kernel::resample::{Resampling, replace};

/// One uniform number, `n` equidistant points: copies are the expected number rounded up or down.
pub const NETS_RESAMPLING_SYSTEMATIC: i32 = 0;
/// A uniform number in each of `n` strata.
pub const NETS_RESAMPLING_STRATIFIED: i32 = 1;
/// The whole part of the expected number, and independent draws of what is left over.
pub const NETS_RESAMPLING_RESIDUAL: i32 = 2;
/// `n` independent draws.
pub const NETS_RESAMPLING_MULTINOMIAL: i32 = 3;

pub(crate) fn scheme(argument: i32, scheme: i32) -> Outcome<Resampling> {
    match scheme {
        NETS_RESAMPLING_SYSTEMATIC => Ok(Resampling::Systematic),
        NETS_RESAMPLING_STRATIFIED => Ok(Resampling::Stratified),
        NETS_RESAMPLING_RESIDUAL => Ok(Resampling::Residual),
        NETS_RESAMPLING_MULTINOMIAL => Ok(Resampling::Multinomial),
        _ => Err(Failure::new(NETS_ERR_RANGE, argument).value(f64::from(scheme))),
    }
}

/// A number of walkers that copies can be counted for.
pub(crate) fn population(argument: i32, n: i64) -> Outcome<usize> {
    u32::try_from(n).map_err(|_| Failure::new(NETS_ERR_LENGTH, argument).value(n as f64))?;
    count(argument, n)
}

/// Resampling: how many copies of each of `n` walkers go on. They sum to `n`, and the mean of `copies[i]` is
/// `n w_i / sum w`, which keeps estimates unbiased. A walker whose log weight is infinite or NaN gets no copy.
///
/// After the copies are made, with `nets_ancestors` and `nets_gather_f64` say, the caller adds `log_mean` of
/// `nets_weight_summary_of` to a running `log Z` and sets every log weight to 0.
///
/// `scheme` is one of the `NETS_RESAMPLING_` constants. `uniforms` are `n_uniforms` independent numbers, uniform from 0 to
/// 1, both ends accepted: one or more for the systematic scheme, `n` or more for the others.
///
/// Errors: `NETS_ERR_NULL`, `NETS_ERR_ALIGNMENT`, `NETS_ERR_LENGTH` (also for more than 2^32 - 1 walkers, and too few
/// uniform numbers), `NETS_ERR_RANGE`, `NETS_ERR_ALL_LOST`.
///
/// # Safety
///
/// `log_weights` points to `n` numbers, `uniforms` to `n_uniforms`, `copies` to room for `n`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nets_resample(
    scheme: i32,
    log_weights: *const f64,
    n: i64,
    uniforms: *const f64,
    n_uniforms: i64,
    copies: *mut u32,
    info: *mut ErrorInfo,
) -> i32 {
    let work = || {
        let (walkers, numbers) = (population(3, n)?, count(5, n_uniforms)?);
        // SAFETY: promised by the caller.
        let (log_weights, uniforms) = unsafe { (input(2, log_weights, walkers)?, input(4, uniforms, numbers)?) };
        // SAFETY: as above.
        let copies = unsafe { output(6, copies, walkers)? };
        let scheme = self::scheme(1, scheme)?;
        if scheme != Resampling::Systematic && numbers < walkers {
            return Err(Failure::new(NETS_ERR_LENGTH, 5).value(n_uniforms as f64));
        }
        within(4, uniforms, |uniform| (0.0..=1.0).contains(&uniform))?;
        let mut uniforms = uniforms.iter().copied();
        let draw = || uniforms.next().unwrap_or(1.0);
        scheme.resample(log_weights, draw, copies).ok_or(Failure::new(NETS_ERR_ALL_LOST, 2))?;
        Ok(())
    };
    // SAFETY: promised by the caller.
    unsafe { status(info, work) }
}

/// From numbers of copies to ancestors: walker `i` becomes a copy of walker `ancestors[i]`. Survivors stay where they are,
/// `ancestors[i] = i` where `copies[i] > 0`, so few walkers have to be copied, and in any order.
///
/// Errors: `NETS_ERR_NULL`, `NETS_ERR_ALIGNMENT`, `NETS_ERR_LENGTH`, `NETS_ERR_RANGE` (the copies do not sum to `n`).
///
/// # Safety
///
/// `copies` points to `n` numbers, `ancestors` to room for `n`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nets_ancestors(copies: *const u32, n: i64, ancestors: *mut i64, info: *mut ErrorInfo) -> i32 {
    let work = || {
        let n = population(2, n)?;
        // SAFETY: promised by the caller.
        let (copies, ancestors) = unsafe { (input(1, copies, n)?, output(3, ancestors, n)?) };
        let total: u64 = copies.iter().map(|&copies| u64::from(copies)).sum();
        if total != n as u64 {
            return Err(Failure::new(NETS_ERR_RANGE, 1).value(total as f64));
        }
        for (i, ancestor) in ancestors.iter_mut().enumerate() {
            *ancestor = i as i64;
        }
        replace(copies, |from, to| {
            if let Some(ancestor) = ancestors.get_mut(to) {
                *ancestor = from as i64;
            }
        });
        Ok(())
    };
    // SAFETY: promised by the caller.
    unsafe { status(info, work) }
}

/// Row `i` becomes a copy of row `ancestors[i]`, where that is another.
unsafe fn gather<T: Number>(ancestors: *const i64, n: i64, x: *mut T, d: i64, stride: i64) -> Outcome {
    let rows = Rows::new(5, count(2, n)?, dimension(4, d)?, stride)?;
    // SAFETY: promised by the caller.
    let (ancestors, x) = unsafe { (input(1, ancestors, rows.n)?, output(3, x, rows.len)?) };
    let ancestor = |of: i64| usize::try_from(of).ok().and_then(|of| ancestors.get(of).copied());
    for (i, &from) in ancestors.iter().enumerate() {
        if ancestor(from) != Some(from) {
            return Err(Failure::new(NETS_ERR_RANGE, 1).index(i).value(from as f64));
        }
    }
    for (to, &from) in ancestors.iter().enumerate() {
        if from as usize != to {
            copy_row(rows, x, from as usize, to);
        }
    }
    Ok(())
}

/// Copies row `from` to row `to`.
#[inline(always)]
pub(crate) fn copy_row<T: Copy>(rows: Rows, data: &mut [T], from: usize, to: usize) {
    for j in 0..rows.d {
        if let Some(&number) = data.get(from * rows.stride + j)
            && let Some(place) = data.get_mut(to * rows.stride + j)
        {
            *place = number;
        }
    }
}

macro_rules! functions {
    ($S:ident, $gather:ident) => {
        /// Carries out a resampling in place: row `i` of the `n` rows of `d` numbers, `stride` apart, becomes a copy of row
        /// `ancestors[i]`. A row that others are copies of has to stay where it is, `ancestors[ancestors[i]] =
        /// ancestors[i]`, as `nets_ancestors` arranges.
        ///
        /// Errors: `NETS_ERR_NULL`, `NETS_ERR_ALIGNMENT`, `NETS_ERR_LENGTH`, `NETS_ERR_RANGE`.
        ///
        /// # Safety
        ///
        /// `ancestors` points to `n` numbers, `x` to `n` rows.
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn $gather(
            ancestors: *const i64,
            n: i64,
            x: *mut $S,
            d: i64,
            stride: i64,
            info: *mut ErrorInfo,
        ) -> i32 {
            // SAFETY: promised by the caller.
            unsafe { status(info, || gather(ancestors, n, x, d, stride)) }
        }
    };
}
functions!(f64, nets_gather_f64);
functions!(f32, nets_gather_f32);
