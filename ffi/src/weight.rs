//! Log weights of a population.

use crate::memory::{SizedStruct, input, output_struct};
use crate::status::status;
use nets_kernel::weight::WeightSum;

/// What the log weights `A` of a population say, with `w = e^A`. Sums run over walkers in their order, in double
/// precision, relative to the largest weight, so that nothing overflows.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WeightSummaryF64 {
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
}

// SAFETY: `repr(C)`, with `struct_size` first.
unsafe impl SizedStruct for WeightSummaryF64 {}

/// Summarises the log weights of `n` walkers.
///
/// Errors: `NETS_ERR_NULL`, `NETS_ERR_ALIGNMENT`, `NETS_ERR_LENGTH`, `NETS_ERR_STRUCT_SIZE`.
///
/// # Safety
///
/// `log_weights` points to `n` numbers, `out` to `out->struct_size` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nets_log_weights_summary_f64(
    log_weights: *const f64,
    n: i64,
    out: *mut WeightSummaryF64,
) -> i32 {
    status(|| {
        // SAFETY: promised by the caller.
        let (log_weights, out) = unsafe { (input(log_weights, n)?, output_struct(out)?) };
        let sums = WeightSum::of(log_weights);
        out.write(WeightSummaryF64 {
            struct_size: size_of::<WeightSummaryF64>() as u32,
            log_mean: sums.log_mean(),
            log_mean_stderr: sums.log_mean_stderr(),
            ess: sums.ess(),
            max_weight: sums.max_weight(),
            lost: sums.lost as i64,
        });
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::status::{NETS_ERR_LENGTH, NETS_ERR_NULL, NETS_ERR_STRUCT_SIZE, NETS_OK};
    use core::mem::offset_of;
    use core::ptr::{null, null_mut};

    const UNTOUCHED: WeightSummaryF64 =
        WeightSummaryF64 { struct_size: 48, log_mean: 7.0, log_mean_stderr: 7.0, ess: 7.0, max_weight: 7.0, lost: 7 };

    fn summary(log_weights: &[f64]) -> WeightSummaryF64 {
        let mut out = UNTOUCHED;
        // SAFETY: a slice and a structure.
        let code = unsafe { nets_log_weights_summary_f64(log_weights.as_ptr(), log_weights.len() as i64, &mut out) };
        assert_eq!(code, NETS_OK);
        out
    }

    #[test]
    fn layout_of_abi_version_1() {
        assert_eq!(size_of::<WeightSummaryF64>(), 48);
        assert_eq!(offset_of!(WeightSummaryF64, log_mean), 8);
        assert_eq!(offset_of!(WeightSummaryF64, log_mean_stderr), 16);
        assert_eq!(offset_of!(WeightSummaryF64, ess), 24);
        assert_eq!(offset_of!(WeightSummaryF64, max_weight), 32);
        assert_eq!(offset_of!(WeightSummaryF64, lost), 40);
    }

    /// Weights 1 and 3 beside a lost walker, scaled far beyond what `exp` can hold.
    #[test]
    fn known_weights() {
        let out = summary(&[1000.0, f64::NEG_INFINITY, 1000.0 + 3f64.ln()]);
        assert!((out.log_mean - (1000.0 + (4.0f64 / 3.0).ln())).abs() < 1e-12);
        assert!((out.ess - 16.0 / 30.0).abs() < 1e-12);
        // Variance of the mean weight, in units of its square: (n sum w^2 / (sum w)^2 - 1) / (n - 1).
        assert!((out.log_mean_stderr - (7.0f64 / 16.0).sqrt()).abs() < 1e-12);
        assert!((out.max_weight - 0.75).abs() < 1e-12);
        assert_eq!((out.lost, out.struct_size), (1, 48));
    }

    #[test]
    fn nobody_left_is_a_result() {
        let out = summary(&[f64::NAN, f64::INFINITY, f64::NEG_INFINITY]);
        assert_eq!((out.log_mean, out.ess, out.max_weight, out.lost), (f64::NEG_INFINITY, 0.0, 0.0, 3));
        assert_eq!(out.log_mean_stderr, f64::INFINITY);
    }

    #[test]
    fn errors_leave_the_structure_as_it_was() {
        let call = |log_weights, n, out| {
            // SAFETY: one number, one structure, or null.
            unsafe { nets_log_weights_summary_f64(log_weights, n, out) }
        };
        let mut out = UNTOUCHED;
        assert_eq!(call(null(), 1, &mut out), NETS_ERR_NULL);
        assert_eq!(call(&0.0, 0, &mut out), NETS_ERR_LENGTH);
        assert_eq!(call(&0.0, -1, &mut out), NETS_ERR_LENGTH);
        assert_eq!(call(&0.0, i64::MAX, &mut out), NETS_ERR_LENGTH);
        assert_eq!(out, UNTOUCHED);
        out.struct_size = 47;
        assert_eq!(call(&0.0, 1, &mut out), NETS_ERR_STRUCT_SIZE);
        assert_eq!(out, WeightSummaryF64 { struct_size: 47, ..UNTOUCHED });
        assert_eq!(call(&0.0, 1, null_mut()), NETS_ERR_NULL);
    }
}
