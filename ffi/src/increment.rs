//! What one step adds to log weights, for programs that move walkers with an integrator of their own.

use crate::error_info::{ErrorInfo, Outcome, status};
use crate::memory::{Rows, count, dimension, input, output, product, require};
use crate::precision::Precision;
use nets_kernel::drift::JacobianForm;
use nets_kernel::real::{Real, Scalar};
use nets_kernel::step::{Interval, Motion, Place, ito_increment, pair_increment, split_increment};

/// `increments[i] = increment(i)`
fn fill<S: Scalar>(increments: &mut [f64], mut increment: impl FnMut(usize) -> S) -> Outcome {
    for (i, to) in increments.iter_mut().enumerate() {
        *to = increment(i).to_f64();
    }
    Ok(())
}

/// Number `i`, which is there.
fn at<S: Scalar>(numbers: &[S], i: usize) -> S {
    numbers.get(i).copied().unwrap_or(S::NAN)
}

/// That `delta` is the length of a step.
fn length<S: Precision>(argument: i32, delta: S) -> Outcome {
    require(delta > S::zero() && delta.is_finite(), argument, delta.to_f64())
}

macro_rules! functions {
    ($S:ident, $ito:ident, $pair:ident, $split:ident) => {
        /// What an Euler-Maruyama step of length `delta` from `(t, x)` adds to the log weights in continuous time (Itô):
        /// `(div b - grad U . b - d_t U) delta`, all of it evaluated at `(t, x)`.
        ///
        /// The weights are biased by the discretisation, O(delta), and their ESS does not show it.
        ///
        /// `gradient` and `drift` are `n` rows of `d` numbers, `stride` apart; `divergence` and `rate` (`d_t U`) `n` numbers.
        /// An increment that is not finite means that the walker is lost.
        ///
        /// Errors: `NETS_ERR_NULL`, `NETS_ERR_ALIGNMENT`, `NETS_ERR_LENGTH`, `NETS_ERR_RANGE` (`delta` is not positive).
        ///
        /// # Safety
        ///
        /// The arrays are as long as said, and `increments` has room for `n` numbers.
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn $ito(
            delta: $S,
            n: i64,
            d: i64,
            stride: i64,
            gradient: *const $S,
            drift: *const $S,
            divergence: *const $S,
            rate: *const $S,
            increments: *mut f64,
            info: *mut ErrorInfo,
        ) -> i32 {
            let work = || {
                let rows = Rows::new(4, count(2, n)?, dimension(3, d)?, stride)?;
                // SAFETY: promised by the caller.
                let (gradient, drift) = unsafe { (input(5, gradient, rows.len)?, input(6, drift, rows.len)?) };
                // SAFETY: as above.
                let (divergence, rate) = unsafe { (input(7, divergence, rows.n)?, input(8, rate, rows.n)?) };
                // SAFETY: as above.
                let increments = unsafe { output(9, increments, rows.n)? };
                length(1, delta)?;
                fill(increments, |i| {
                    let (gradient, drift) = (rows.row(gradient, i), rows.row(drift, i));
                    ito_increment(delta, gradient, drift, at(divergence, i), at(rate, i))
                })
            };
            // SAFETY: promised by the caller.
            unsafe { status(info, work) }
        }

        /// What the step
        /// `x' = x + (b - epsilon grad U)(t, x) delta + sqrt(2 epsilon delta) xi` from `t` to `t' = t + delta` adds to the
        /// log weights, exactly:
        /// `U_t(x) - U_t'(x') + |xi|^2 / 2 - |x - x' + (b + epsilon grad U)(t', x') delta|^2 / (4 epsilon delta)`.
        ///
        /// `xi`, `x`, `next_x`, `next_gradient` and `next_drift` are `n` rows of `d` numbers, `stride` apart; `potential`
        /// (`U_t(x)`) and `next_potential` (`U_t'(x')`) `n` numbers. An increment that is not finite means that the walker
        /// is lost.
        ///
        /// Errors: `NETS_ERR_NULL`, `NETS_ERR_ALIGNMENT`, `NETS_ERR_LENGTH`, `NETS_ERR_RANGE` (`delta` or `epsilon` is not
        /// positive).
        ///
        /// # Safety
        ///
        /// The arrays are as long as said, and `increments` has room for `n` numbers.
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn $pair(
            delta: $S,
            epsilon: $S,
            n: i64,
            d: i64,
            stride: i64,
            xi: *const $S,
            x: *const $S,
            next_x: *const $S,
            potential: *const $S,
            next_potential: *const $S,
            next_gradient: *const $S,
            next_drift: *const $S,
            increments: *mut f64,
            info: *mut ErrorInfo,
        ) -> i32 {
            let work = || {
                let rows = Rows::new(5, count(3, n)?, dimension(4, d)?, stride)?;
                // SAFETY: promised by the caller.
                let array = |argument, data| unsafe { input(argument, data, rows.len) };
                let (xi, x, next_x) = (array(6, xi)?, array(7, x)?, array(8, next_x)?);
                // SAFETY: as above.
                let numbers = |argument, data| unsafe { input(argument, data, rows.n) };
                let (potential, next_potential) = (numbers(9, potential)?, numbers(10, next_potential)?);
                let (gradient, drift) = (array(11, next_gradient)?, array(12, next_drift)?);
                // SAFETY: as above.
                let increments = unsafe { output(13, increments, rows.n)? };
                length(1, delta)?;
                require(epsilon > 0.0 && epsilon.is_finite(), 2, epsilon.to_f64())?;
                // The increment depends on the interval's length alone.
                let interval = Interval { start: <$S>::zero(), end: delta, motion: Motion::new(epsilon) };
                fill(increments, |i| {
                    let from = Place { x: rows.row(x, i), potential: at(potential, i) };
                    let to = Place { x: rows.row(next_x, i), potential: at(next_potential, i) };
                    pair_increment(interval, rows.row(xi, i), from, to, rows.row(gradient, i), rows.row(drift, i))
                })
            };
            // SAFETY: promised by the caller.
            unsafe { status(info, work) }
        }

        /// What transport by a one-to-one map `y = Phi(x)` from `t` to `t'` adds to the log weights, exactly:
        /// `U_t(x) - U_t'(y) + log det dPhi/dx`.
        ///
        /// `potential` (`U_t(x)`) and `next_potential` (`U_t'(y)`) are `n` numbers, `jacobian` `n` matrices of `d * d`
        /// numbers one after the other, row-major, `dPhi_i / dx_j` in row `i` and column `j`. Where the determinant is not
        /// positive the increment is NaN: the map is not one-to-one, and the walker is lost.
        ///
        /// Errors: `NETS_ERR_NULL`, `NETS_ERR_ALIGNMENT`, `NETS_ERR_LENGTH`.
        ///
        /// # Safety
        ///
        /// The arrays are as long as said; `workspace` has room for `d * d` numbers and `increments` for `n`.
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn $split(
            n: i64,
            d: i64,
            potential: *const $S,
            next_potential: *const $S,
            jacobian: *const $S,
            workspace: *mut $S,
            increments: *mut f64,
            info: *mut ErrorInfo,
        ) -> i32 {
            let work = || {
                let (n, d) = (count(1, n)?, dimension(2, d)?);
                let entries = d * d;
                // SAFETY: promised by the caller.
                let (potential, next) = unsafe { (input(3, potential, n)?, input(4, next_potential, n)?) };
                // SAFETY: as above.
                let jacobian = unsafe { input(5, jacobian, product(5, n, entries)?)? };
                // SAFETY: as above.
                let (matrix, increments) = unsafe { (output(6, workspace, entries)?, output(7, increments, n)?) };
                fill(increments, |i| {
                    let own = jacobian.get(i * entries..).unwrap_or(&[]);
                    matrix.iter_mut().zip(own).for_each(|(to, &from)| *to = from);
                    split_increment(JacobianForm::Full, d, at(potential, i), at(next, i), matrix)
                })
            };
            // SAFETY: promised by the caller.
            unsafe { status(info, work) }
        }
    };
}
functions!(f64, nets_increment_ito_f64, nets_increment_pair_f64, nets_increment_split_f64);
functions!(f32, nets_increment_ito_f32, nets_increment_pair_f32, nets_increment_split_f32);
