//! Evaluations of paths and drifts at many points.

use crate::arena::Arena;
use crate::callback::Calls;
use crate::drift::{AnyDrift, Drift};
use crate::method::{Method, succeeded};
use crate::path::Path;
use crate::precision::{Lane, Precision};
use crate::room::{Group, Lengths, Room, groups};
use core::ffi::c_void;
use core::ptr::null;
use nets_abi::codes::NETS_ERR_NULL;
use nets_abi::error_info::{ErrorInfo, Failure, Outcome, status};
use nets_abi::memory::{Rows, count, input, optional_output, output, product, require};
use nets_kernel::drift::{JacobianForm, Scratch};
use nets_kernel::real::{Real, Scalar};

/// Points of the caller and a workspace.
struct Points<'a, S> {
    t: S,
    rows: Rows,
    x: &'a [S],
    workspace: *mut c_void,
    bytes: i64,
}

/// That `t` is a time, argument 2.
fn time<S: Scalar>(argument: i32, t: S) -> Outcome {
    require(t >= S::zero() && t <= S::one(), argument, t.to_f64())
}

/// What is written about a path.
struct PathOutputs<'a, S> {
    potential: &'a mut [S],
    gradient: &'a mut [S],
    rate: Option<&'a mut [S]>,
}

unsafe fn along_path<'a, R: Lane>(
    method: &Method<'a, R::Scalar>,
    points: &Points<'_, R::Scalar>,
    outputs: PathOutputs<'_, R::Scalar>,
) -> Outcome {
    let lengths = Lengths::steps::<R>(&method.path, &method.drift, points.rows.n);
    // SAFETY: promised by the caller.
    let mut arena = unsafe { Arena::new(9, points.workspace, points.bytes, lengths.bytes::<R>()?)? };
    let Room { x, gradient, potential, rate, values, rows, .. } = lengths.cut::<R>(&mut arena)?;
    method.calls.furnish(rows);
    let (path, d, t) = (method.path.of::<R>(), lengths.d, R::splat(points.t));
    for group in groups::<R>(lengths.n) {
        let (x, gradient) = (group.of(x, d), group.of(gradient, d));
        group.load(points.rows, points.x, x);
        method.calls.group(group.count);
        let (u, change) = match outputs.rate {
            Some(_) => path.potential_and_rate(t, x, gradient, values),
            None => (path.potential(t, x, gradient, values), R::zero()),
        };
        succeeded(method.calls, group)?;
        group.of(potential, 1).fill(u);
        group.of(rate, 1).fill(change);
    }
    let numbers = Rows { n: lengths.n, d: 1, stride: 1, len: lengths.n };
    let PathOutputs { potential: to_potential, gradient: to_gradient, rate: to_rate } = outputs;
    let to_rate = to_rate.unwrap_or_default();
    for group in groups::<R>(lengths.n) {
        group.store(numbers, group.of(potential, 1), to_potential);
        group.store(points.rows, group.of(gradient, d), to_gradient);
        group.store(numbers, group.of(rate, 1), to_rate);
    }
    Ok(())
}

/// What is written about a drift.
struct DriftOutputs<'a, S> {
    b: &'a mut [S],
    divergence: Option<&'a mut [S]>,
    jacobian: Option<&'a mut [S]>,
}

unsafe fn with_drift<'a, R: Lane>(
    drift: &AnyDrift<'a, R::Scalar>,
    calls: &'a Calls<'a, R::Scalar>,
    points: &Points<'_, R::Scalar>,
    outputs: DriftOutputs<'_, R::Scalar>,
) -> Outcome {
    let DriftOutputs { b: to_b, divergence: to_divergence, jacobian: mut to_jacobian } = outputs;
    let lengths = Lengths::evaluations::<R>(drift, points.rows.n, to_jacobian.is_some())?;
    // SAFETY: promised by the caller.
    let mut arena = unsafe { Arena::new(9, points.workspace, points.bytes, lengths.bytes::<R>()?)? };
    let Room { x, drift: b, potential: divergence, values, streams, rows, matrices, .. } =
        lengths.cut::<R>(&mut arena)?;
    calls.furnish(rows);
    let (d, form, t) = (lengths.d, drift.form(), points.t);
    let entries = form.len(d);
    let (matrix, values) = values.split_at_mut_checked(entries).unwrap_or_default();
    let own = drift.of::<R>();
    for group in groups::<R>(lengths.n) {
        let (x, b) = (group.of(x, d), group.of(b, d));
        group.load(points.rows, points.x, x);
        calls.group(group.count);
        if to_divergence.is_some() {
            let trace = own.divergence(t, x, b, Scratch { values, streams });
            group.of(divergence, 1).fill(trace);
        } else if to_jacobian.is_none() {
            own.value(t, x, b, Scratch { values, streams });
        }
        if let Some(to) = &mut to_jacobian {
            // What cannot fail is written at once: matrices of many walkers are large.
            let kept = if drift.is_callback() { group.of(matrices, entries) } else { &mut *matrix };
            own.jacobian(t, x, b, kept, Scratch { values, streams });
            if !drift.is_callback() {
                store_jacobian(group, form, d, kept, to);
            }
        }
        succeeded(calls, group)?;
    }
    let numbers = Rows { n: lengths.n, d: 1, stride: 1, len: lengths.n };
    let to_divergence = to_divergence.unwrap_or_default();
    for group in groups::<R>(lengths.n) {
        group.store(points.rows, group.of(b, d), to_b);
        group.store(numbers, group.of(divergence, 1), to_divergence);
        if let (Some(to), true) = (&mut to_jacobian, drift.is_callback()) {
            store_jacobian(group, form, d, group.of(matrices, entries), to);
        }
    }
    Ok(())
}

/// Whole matrices, whatever form the drift has them in.
fn store_jacobian<R: Real>(group: Group, form: JacobianForm, d: usize, from: &[R], to: &mut [R::Scalar]) {
    for lane in 0..group.count {
        let matrix = to.chunks_exact_mut((d * d).max(1)).nth(group.first + lane).unwrap_or_default();
        for (index, entry) in matrix.iter_mut().enumerate() {
            let (row, column) = (index / d.max(1), index % d.max(1));
            let stored = match form {
                // No drift of this library has a flow, or a subspace.
                JacobianForm::Zero | JacobianForm::Flow | JacobianForm::Subspace { .. } => None,
                JacobianForm::Diagonal => from.get(row).filter(|_| row == column),
                JacobianForm::Full => from.get(index),
            };
            *entry = stored.map_or(R::Scalar::zero(), |stored| stored.lane(lane));
        }
    }
}

macro_rules! functions {
    ($S:ident, $path_evaluate:ident, $drift_evaluate:ident) => {
        /// Writes `U_t` to `potential` and its gradient to the rows of `gradient` for `n` points, the rows of `x`; and
        /// `d/dt U_t` to `rate` unless that is null. `x` and `gradient` have their rows `stride` apart. Where a point is not
        /// finite, or the density zero, the numbers are NaN.
        ///
        /// `workspace` is as large as `nets_step_workspace_f64` says for `n` walkers.
        ///
        /// Errors: `NETS_ERR_NULL`, `NETS_ERR_ALIGNMENT`, `NETS_ERR_OBJECT`, `NETS_ERR_LENGTH`, `NETS_ERR_RANGE` (`t` is not
        /// between 0 and 1), `NETS_ERR_MEMORY`, `NETS_ERR_CALLBACK`.
        ///
        /// # Safety
        ///
        /// `path` points to a path; the arrays are as long as said; `workspace` points to `bytes` bytes.
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn $path_evaluate(
            path: *const Path<$S>,
            t: $S,
            x: *const $S,
            n: i64,
            stride: i64,
            potential: *mut $S,
            gradient: *mut $S,
            rate: *mut $S,
            workspace: *mut c_void,
            bytes: i64,
            info: *mut ErrorInfo,
        ) -> i32 {
            let work = || {
                let calls = Calls::new();
                // SAFETY: promised by the caller.
                let method = unsafe { Method::new(path, null(), &calls)? };
                let rows = Rows::new(5, count(4, n)?, method.path.dim(), stride)?;
                time(2, t)?;
                // SAFETY: as above.
                unsafe {
                    let points = Points { t, rows, x: input(3, x, rows.len)?, workspace, bytes };
                    let outputs = PathOutputs {
                        potential: output(6, potential, rows.n)?,
                        gradient: output(7, gradient, rows.len)?,
                        rate: optional_output(8, rate, rows.n)?,
                    };
                    if rows.n == 1 {
                        along_path::<$S>(&method, &points, outputs)
                    } else {
                        along_path::<<$S as Precision>::Group>(&method, &points, outputs)
                    }
                }
            };
            // SAFETY: promised by the caller.
            unsafe { status(info, work) }
        }

        /// Writes `b_t` to the rows of `b` for `n` points, the rows of `x`, both `stride` apart; unless they are null,
        /// `div b_t` to `divergence` (`n` numbers) and the Jacobians to `jacobian`, `n` matrices of `d * d` numbers one
        /// after the other, row-major, `db_i / dx_j` in row `i` and column `j`.
        ///
        /// `workspace` is as large as `nets_step_workspace_f64` says for `n` walkers; for the Jacobian of a drift by
        /// callback, as it says for a null `path`.
        ///
        /// Errors: `NETS_ERR_NULL`, `NETS_ERR_ALIGNMENT`, `NETS_ERR_OBJECT`, `NETS_ERR_LENGTH`, `NETS_ERR_RANGE` (`t` is not
        /// between 0 and 1), `NETS_ERR_MEMORY`, `NETS_ERR_CALLBACK`.
        ///
        /// # Safety
        ///
        /// `drift` points to a drift; the arrays are as long as said; `workspace` points to `bytes` bytes.
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn $drift_evaluate(
            drift: *const Drift<$S>,
            t: $S,
            x: *const $S,
            n: i64,
            stride: i64,
            b: *mut $S,
            divergence: *mut $S,
            jacobian: *mut $S,
            workspace: *mut c_void,
            bytes: i64,
            info: *mut ErrorInfo,
        ) -> i32 {
            let work = || {
                let calls = Calls::new();
                if drift.is_null() {
                    return Err(Failure::new(NETS_ERR_NULL, 1));
                }
                // SAFETY: promised by the caller.
                let drift = unsafe { AnyDrift::new(1, drift, 0, &calls)? };
                let rows = Rows::new(5, count(4, n)?, drift.dim(), stride)?;
                time(2, t)?;
                let entries = product(8, rows.n, rows.d * rows.d)?;
                // SAFETY: as above.
                unsafe {
                    let points = Points { t, rows, x: input(3, x, rows.len)?, workspace, bytes };
                    let outputs = DriftOutputs {
                        b: output(6, b, rows.len)?,
                        divergence: optional_output(7, divergence, rows.n)?,
                        jacobian: optional_output(8, jacobian, entries)?,
                    };
                    if rows.n == 1 {
                        with_drift::<$S>(&drift, &calls, &points, outputs)
                    } else {
                        with_drift::<<$S as Precision>::Group>(&drift, &calls, &points, outputs)
                    }
                }
            };
            // SAFETY: promised by the caller.
            unsafe { status(info, work) }
        }
    };
}
functions!(f64, nets_path_evaluate_f64, nets_drift_evaluate_f64);
functions!(f32, nets_path_evaluate_f32, nets_drift_evaluate_f32);
