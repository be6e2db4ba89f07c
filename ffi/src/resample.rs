//! Resampling of a population.

use crate::memory::{input, output};
use crate::status::{NETS_ERR_ALL_LOST, NETS_ERR_LENGTH, NETS_ERR_RANGE, status};

/// Systematic resampling: how many copies of each of `n` walkers go on.
///
/// `copies[i]` is `n w_i / sum w` rounded up or down, its mean over `uniform` is that number, and all `n` of them sum
/// to `n`. After the copies are made, the caller adds `log_mean` of `nets_log_weights_summary_f64` to a running
/// `log Z` and sets every log weight to 0.
///
/// `uniform` is one number drawn uniformly from 0 to 1; both ends are accepted. A walker whose log weight is infinite
/// or NaN gets no copy.
///
/// Errors: `NETS_ERR_NULL`, `NETS_ERR_ALIGNMENT`, `NETS_ERR_LENGTH` (also for more than 2^32 - 1 walkers),
/// `NETS_ERR_RANGE`, `NETS_ERR_ALL_LOST`.
///
/// # Safety
///
/// `log_weights` points to `n` numbers, `copies` to room for `n`; they do not overlap.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nets_resample_systematic_f64(
    log_weights: *const f64,
    n: i64,
    uniform: f64,
    copies: *mut u32,
) -> i32 {
    status(|| {
        // SAFETY: promised by the caller.
        let (log_weights, copies) = unsafe { (input(log_weights, n)?, output(copies, n)?) };
        if u32::try_from(n).is_err() {
            return Err(NETS_ERR_LENGTH);
        }
        if !(0.0..=1.0).contains(&uniform) {
            return Err(NETS_ERR_RANGE);
        }
        nets_kernel::resample::systematic(log_weights, uniform, copies).ok_or(NETS_ERR_ALL_LOST)?;
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::status::{NETS_ERR_NULL, NETS_OK};
    use core::ptr::{null, null_mut};

    fn resample(log_weights: &[f64], uniform: f64) -> (i32, Vec<u32>) {
        let mut copies = vec![7; log_weights.len()];
        let n = log_weights.len() as i64;
        // SAFETY: two slices of one length.
        let code = unsafe { nets_resample_systematic_f64(log_weights.as_ptr(), n, uniform, copies.as_mut_ptr()) };
        (code, copies)
    }

    #[test]
    fn copies_are_the_expected_number_rounded() {
        let log_weights: Vec<f64> = (0..100).map(|i| f64::from(i * i % 37) / 10.0).collect();
        let mean = log_weights.iter().map(|a| a.exp()).sum::<f64>() / 100.0;
        for uniform in [0.0, 1e-300, 0.25, 0.5, 0.999, 1.0] {
            let (code, copies) = resample(&log_weights, uniform);
            assert_eq!(code, NETS_OK);
            assert_eq!(copies.iter().sum::<u32>(), 100);
            for (copies, a) in copies.into_iter().zip(&log_weights) {
                assert!((f64::from(copies) - a.exp() / mean).abs() < 1.0 + 1e-9);
            }
        }
    }

    #[test]
    fn lost_walkers_get_no_copy() {
        assert_eq!(resample(&[f64::NAN, -2000.0, f64::INFINITY], 0.3), (NETS_OK, vec![0, 3, 0]));
    }

    #[test]
    fn errors_leave_the_copies_as_they_were() {
        assert_eq!(resample(&[f64::NEG_INFINITY; 2], 0.5), (NETS_ERR_ALL_LOST, vec![7; 2]));
        for uniform in [-1e-9, 1.1, f64::NAN, f64::INFINITY] {
            assert_eq!(resample(&[0.0; 2], uniform), (NETS_ERR_RANGE, vec![7; 2]));
        }
        assert_eq!(resample(&[], 0.5).0, NETS_ERR_LENGTH);
        // SAFETY: null pointers are refused before anything is read.
        unsafe {
            assert_eq!(nets_resample_systematic_f64(null(), 1, 0.5, &mut 0), NETS_ERR_NULL);
            assert_eq!(nets_resample_systematic_f64(&0.0, 1, 0.5, null_mut()), NETS_ERR_NULL);
        }
    }
}
