//! Log weights of a population. They are in double precision whatever the walkers are in.

use crate::error_info::{ErrorInfo, Failure, Outcome, status};
use crate::memory::{
    Rows, SizedStruct, count, dimension, input, output, output_struct, place, require, structure, write_default,
};
use crate::status::{NETS_ERR_ALL_LOST, NETS_ERR_RANGE};
use nets_kernel::weight::{self, WeightSum as Sum};

/// What the log weights `A` of a population say, with `w = e^A`. Sums run over walkers in their order, in double
/// precision, relative to the largest weight, so that nothing overflows.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WeightSummary {
    /// Set by the caller to the size of the structure in bytes, and on success by the function to the number of bytes
    /// that it filled.
    pub struct_size: u32,
    /// `log (1/n) sum w`: the estimate of `log Z_1 - log Z_0`. Minus infinity if every walker is lost.
    pub log_mean: f64,
    /// The standard error of `log_mean` (delta method). Plus infinity with fewer than two walkers, or if every walker
    /// is lost.
    pub log_mean_stderr: f64,
    /// The effective sample size as a fraction of the walkers, `(sum w)^2 / (n sum w^2)`. 0 if every walker is lost.
    pub ess: f64,
    /// The largest weight over the sum of all. 0 if every walker is lost.
    pub max_weight: f64,
    /// How many walkers are lost: those whose log weight is infinite or NaN, which count with weight zero.
    pub lost: i64,
    /// How many walkers there are, lost ones too.
    pub walkers: i64,
}

// SAFETY: `repr(C)`, with `struct_size` first; every field is a number.
unsafe impl SizedStruct for WeightSummary {}

/// Running sums over weights `w = e^A`, relative to the largest: for populations that come in parts.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WeightSum {
    /// The size of the structure in bytes, written by `nets_weight_sum_start`.
    pub struct_size: u32,
    /// Walkers seen, lost ones too.
    pub walkers: i64,
    /// Walkers whose log weight is infinite or NaN; they count with weight zero.
    pub lost: i64,
    /// The largest log weight, minus infinity before any.
    pub largest: f64,
    /// `sum e^(A - largest)`
    pub sum: f64,
    /// `sum e^(2 (A - largest))`
    pub sum_squares: f64,
}

// SAFETY: `repr(C)`, with `struct_size` first; every field is a number.
unsafe impl SizedStruct for WeightSum {}

impl From<&Sum> for WeightSummary {
    fn from(sums: &Sum) -> Self {
        WeightSummary {
            struct_size: size_of::<WeightSummary>() as u32,
            log_mean: sums.log_mean(),
            log_mean_stderr: sums.log_mean_stderr(),
            ess: sums.ess(),
            max_weight: sums.max_weight(),
            lost: sums.lost as i64,
            walkers: sums.walkers as i64,
        }
    }
}

impl WeightSum {
    fn of(sums: &Sum) -> Self {
        WeightSum {
            struct_size: size_of::<WeightSum>() as u32,
            walkers: sums.walkers as i64,
            lost: sums.lost as i64,
            largest: sums.largest,
            sum: sums.sum,
            sum_squares: sums.sum_squares,
        }
    }

    /// The kernel's sums, if these can be any; errors name `argument`.
    fn sums(&self, argument: i32) -> Outcome<Sum> {
        let &WeightSum { walkers, lost, largest, sum, sum_squares, .. } = self;
        require(walkers >= 0, argument, walkers as f64)?;
        require((0..=walkers).contains(&lost), argument, lost as f64)?;
        require(sum >= 0.0 && sum <= walkers as f64 + 0.5, argument, sum)?;
        require(sum_squares >= 0.0 && sum_squares <= sum, argument, sum_squares)?;
        require(if sum > 0.0 { largest.is_finite() } else { largest == f64::NEG_INFINITY }, argument, largest)?;
        Ok(Sum { walkers: walkers as u64, lost: lost as u64, largest, sum, sum_squares })
    }
}

/// The sums over `other` added to those of `sums`, as long as their walkers can be counted.
fn merged(argument: i32, mut sums: Sum, other: &Sum) -> Outcome<WeightSum> {
    let walkers = sums.walkers + other.walkers;
    require(i64::try_from(walkers).is_ok(), argument, walkers as f64)?;
    sums.merge(other);
    Ok(WeightSum::of(&sums))
}

/// Summarises the log weights of `n` walkers.
///
/// Errors: `NETS_ERR_NULL`, `NETS_ERR_ALIGNMENT`, `NETS_ERR_LENGTH`, `NETS_ERR_STRUCT_SIZE`.
///
/// # Safety
///
/// `log_weights` points to `n` numbers, `out` to `out->struct_size` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nets_weight_summary_of(
    log_weights: *const f64,
    n: i64,
    out: *mut WeightSummary,
    info: *mut ErrorInfo,
) -> i32 {
    let work = || {
        // SAFETY: promised by the caller.
        let (log_weights, out) = unsafe { (input(1, log_weights, count(2, n)?)?, output_struct(3, out)?) };
        out.write(WeightSummary::from(&Sum::of(log_weights)));
        Ok(())
    };
    // SAFETY: promised by the caller.
    unsafe { status(info, work) }
}

/// Writes empty sums; `size` is `sizeof *sum`.
///
/// Errors: `NETS_ERR_NULL`, `NETS_ERR_ALIGNMENT`, `NETS_ERR_STRUCT_SIZE`.
///
/// # Safety
///
/// `sum` points to room for `size` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nets_weight_sum_start(sum: *mut WeightSum, size: u32, info: *mut ErrorInfo) -> i32 {
    // SAFETY: promised by the caller.
    unsafe { status(info, || write_default(sum, size, WeightSum::of(&Sum::default()))) }
}

/// Adds the log weights of `n` walkers. The result depends, in its last bits, on how a population is cut into parts.
///
/// Errors: `NETS_ERR_NULL`, `NETS_ERR_ALIGNMENT`, `NETS_ERR_LENGTH`, `NETS_ERR_STRUCT_SIZE`, `NETS_ERR_RANGE` (`sum` holds
/// no sums).
///
/// # Safety
///
/// `sum` points to `sum->struct_size` bytes, `log_weights` to `n` numbers.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nets_weight_sum_add(
    sum: *mut WeightSum,
    log_weights: *const f64,
    n: i64,
    info: *mut ErrorInfo,
) -> i32 {
    let work = || {
        // SAFETY: promised by the caller.
        let (sums, log_weights) = unsafe { (structure(1, sum)?.sums(1)?, input(2, log_weights, count(3, n)?)?) };
        let total = merged(1, sums, &Sum::of(log_weights))?;
        // SAFETY: as above.
        unsafe { output_struct(1, sum)?.write(total) };
        Ok(())
    };
    // SAFETY: promised by the caller.
    unsafe { status(info, work) }
}

/// Adds the walkers of `other`.
///
/// Errors: `NETS_ERR_NULL`, `NETS_ERR_ALIGNMENT`, `NETS_ERR_STRUCT_SIZE`, `NETS_ERR_RANGE` (one of them holds no sums).
///
/// # Safety
///
/// `sum` and `other` point to as many bytes as their `struct_size` says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nets_weight_sum_merge(
    sum: *mut WeightSum,
    other: *const WeightSum,
    info: *mut ErrorInfo,
) -> i32 {
    let work = || {
        // SAFETY: promised by the caller.
        let (sums, other) = unsafe { (structure(1, sum)?.sums(1)?, structure(2, other)?.sums(2)?) };
        let total = merged(2, sums, &other)?;
        // SAFETY: as above.
        unsafe { output_struct(1, sum)?.write(total) };
        Ok(())
    };
    // SAFETY: promised by the caller.
    unsafe { status(info, work) }
}

/// Summarises the walkers that were added. Without any, `log_mean` and its error are not finite.
///
/// Errors: `NETS_ERR_NULL`, `NETS_ERR_ALIGNMENT`, `NETS_ERR_STRUCT_SIZE`, `NETS_ERR_RANGE` (`sum` holds no sums, or no
/// walkers).
///
/// # Safety
///
/// `sum` and `out` point to as many bytes as their `struct_size` says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nets_weight_sum_summary(
    sum: *const WeightSum,
    out: *mut WeightSummary,
    info: *mut ErrorInfo,
) -> i32 {
    let work = || {
        // SAFETY: promised by the caller.
        let (sums, out) = unsafe { (structure(1, sum)?.sums(1)?, output_struct(2, out)?) };
        if sums.walkers == 0 {
            return Err(Failure::new(NETS_ERR_RANGE, 1).value(0.0));
        }
        out.write(WeightSummary::from(&sums));
        Ok(())
    };
    // SAFETY: promised by the caller.
    unsafe { status(info, work) }
}

/// Writes the effective sample size, as a fraction, that weights `e^A` would have kept of theirs after the increments
/// `e^a`: `(sum W e^a)^2 / sum W e^(2a)` with `W = e^A / sum e^A` (Y. Zhou, A. M. Johansen and J. A. D. Aston, 2016). 1 if
/// all increments are equal, 0 if every walker is lost; a walker whose `A` or `a` is not finite is.
///
/// Errors: `NETS_ERR_NULL`, `NETS_ERR_ALIGNMENT`, `NETS_ERR_LENGTH`.
///
/// # Safety
///
/// `log_weights` and `increments` point to `n` numbers each, `out` to room for one.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nets_conditional_ess(
    log_weights: *const f64,
    increments: *const f64,
    n: i64,
    out: *mut f64,
    info: *mut ErrorInfo,
) -> i32 {
    let work = || {
        let n = count(3, n)?;
        // SAFETY: promised by the caller.
        let (log_weights, increments, out) =
            unsafe { (input(1, log_weights, n)?, input(2, increments, n)?, place(4, out)?) };
        out.write(weight::conditional_ess(log_weights, increments));
        Ok(())
    };
    // SAFETY: promised by the caller.
    unsafe { status(info, work) }
}

macro_rules! functions {
    ($S:ident, $moments:ident) => {
        /// Writes the weighted mean `m_j = sum_i w_i x_ij / sum_i w_i` and variance
        /// `sum_i w_i (x_ij - m_j)^2 / sum_i w_i` of each of the `d` coordinates of `n` walkers, in double precision. A
        /// walker whose log weight is not finite counts with weight zero, wherever it is.
        ///
        /// Errors: `NETS_ERR_NULL`, `NETS_ERR_ALIGNMENT`, `NETS_ERR_LENGTH`, `NETS_ERR_ALL_LOST`.
        ///
        /// # Safety
        ///
        /// `log_weights` points to `n` numbers, `x` to `n` rows of `d` that are `stride` apart, `mean` and `variance` to
        /// room for `d` numbers each.
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn $moments(
            log_weights: *const f64,
            n: i64,
            x: *const $S,
            d: i64,
            stride: i64,
            mean: *mut f64,
            variance: *mut f64,
            info: *mut ErrorInfo,
        ) -> i32 {
            let work = || {
                let rows = Rows::new(5, count(2, n)?, dimension(4, d)?, stride)?;
                // SAFETY: promised by the caller.
                let (log_weights, x) = unsafe { (input(1, log_weights, rows.n)?, input(3, x, rows.len)?) };
                // SAFETY: as above.
                let (mean, variance) = unsafe { (output(6, mean, rows.d)?, output(7, variance, rows.d)?) };
                weight::moments(log_weights, x, rows.stride, mean, variance).ok_or(Failure::new(NETS_ERR_ALL_LOST, 1))
            };
            // SAFETY: promised by the caller.
            unsafe { status(info, work) }
        }
    };
}
functions!(f64, nets_weighted_moments_f64);
functions!(f32, nets_weighted_moments_f32);
