//! The caller's functions as potentials, paths and drifts of the kernel.

use crate::precision::{GROUP, Lane, Precision};
use core::cell::Cell;
use core::ffi::c_void;
use core::ptr::null_mut;
use nets_kernel::drift::{Drift, JacobianForm, Scratch, ScratchSize};
use nets_kernel::path::Path;
use nets_kernel::potential::{Base, Gaussian, Potential};
use nets_kernel::real::{Real, Scalar};

/// A potential `U` and its gradient at `n` points, the rows of `x`, `d` numbers each, without gaps: writes `u[i] = U(x_i)`
/// and `grad[i * d + j] = dU/dx_j (x_i)`. Returns zero, or anything else to stop.
///
/// `n` is from 1 to 64 in libnets, any number in libnets_host. Points are finite. Where the density is zero, `u[i]` is plus infinity or NaN: the walker is lost
/// there, and counted. What the arrays hold before the call means nothing. See the top of this header for what a callback
/// may do.
pub type PotentialCallback<S> =
    Option<unsafe extern "C" fn(user: *mut c_void, n: i64, d: i64, x: *const S, u: *mut S, grad: *mut S) -> i32>;

/// A path of potentials `U_t`, its gradient and `d/dt U_t` at `n` points, point `i` at the time `t[i]`: writes `u`, `grad`
/// as above and `rate[i] = d/dt U_t(x_i)`. `rate` is null when it is not wanted.
pub type PathCallback<S> = Option<
    unsafe extern "C" fn(
        user: *mut c_void,
        n: i64,
        d: i64,
        t: *const S,
        x: *const S,
        u: *mut S,
        grad: *mut S,
        rate: *mut S,
    ) -> i32,
>;

/// A drift `b_t` at `n` points, the rows of `x`: writes `b[i * d + j]`; `divergence[i] = sum_j db_j/dx_j`; and
/// `jacobian[(i * d + j) * d + k] = db_j/dx_k`, or `jacobian[i * d + j] = db_j/dx_j` for a drift whose Jacobian is
/// diagonal. `divergence` and `jacobian` are null when they are not wanted.
pub type DriftCallback<S> = Option<
    unsafe extern "C" fn(
        user: *mut c_void,
        t: S,
        n: i64,
        d: i64,
        x: *const S,
        b: *mut S,
        divergence: *mut S,
        jacobian: *mut S,
    ) -> i32,
>;

pub(crate) type PotentialFn<S> = unsafe extern "C" fn(*mut c_void, i64, i64, *const S, *mut S, *mut S) -> i32;
pub(crate) type PathFn<S> =
    unsafe extern "C" fn(*mut c_void, i64, i64, *const S, *const S, *mut S, *mut S, *mut S) -> i32;
pub(crate) type DriftFn<S> = unsafe extern "C" fn(*mut c_void, S, i64, i64, *const S, *mut S, *mut S, *mut S) -> i32;

/// What the callbacks of one call of the library share.
pub(crate) struct Calls<'a, S> {
    /// Points in rows, and what callbacks write.
    rows: Cell<&'a [Cell<S>]>,
    /// How many walkers the lanes hold; the others are padding.
    count: Cell<usize>,
    /// What a callback returned, once it was not zero: none is called after it.
    code: Cell<i32>,
}

impl<'a, S: Scalar> Calls<'a, S> {
    /// No callback is called as long as there is no room for its points.
    pub fn new() -> Self {
        Calls { rows: Cell::new(&[]), count: Cell::new(0), code: Cell::new(0) }
    }

    /// Gives the points room, as much as [`path_rows`] or [`drift_rows`] say, whichever is more.
    pub fn furnish(&self, rows: &'a mut [S]) {
        self.rows.set(Cell::from_mut(rows).as_slice_of_cells());
    }

    /// The lanes hold `count` walkers from now on.
    pub fn group(&self, count: usize) {
        self.count.set(count);
    }

    /// What a callback returned, zero if none failed.
    pub fn code(&self) -> i32 {
        self.code.get()
    }

    /// The room of each use, one after the other.
    fn cut<const K: usize>(&self, lengths: [usize; K]) -> Option<[&'a [Cell<S>]; K]> {
        let mut rest = self.rows.get();
        let mut cut = [&[][..]; K];
        for (part, length) in cut.iter_mut().zip(lengths) {
            (*part, rest) = rest.split_at_checked(length)?;
        }
        Some(cut)
    }

    /// Calls `call` with the number of points once they are in `rows`, unless a callback failed before or there is none.
    fn call<R: Real<Scalar = S>>(
        &self,
        x: &[R],
        rows: &[Cell<S>],
        call: impl FnOnce(&Points) -> i32,
    ) -> Option<Points> {
        if self.code.get() != 0 {
            return None;
        }
        let points = Points::gather(x, self.count.get(), rows);
        if points.count > 0 {
            self.code.set(call(&points));
        }
        (self.code.get() == 0).then_some(points)
    }
}

/// Which lanes are handed to a callback: those of walkers that are somewhere.
struct Points {
    lanes: [u8; GROUP],
    count: usize,
}

impl Points {
    /// Writes the points to `rows`.
    #[inline(always)]
    fn gather<R: Real>(x: &[R], walkers: usize, rows: &[Cell<R::Scalar>]) -> Points {
        let mut test = R::zero();
        for &x in x {
            // Zero, unless a coordinate is not finite.
            test = test + x * R::zero();
        }
        let mut points = Points { lanes: [0; GROUP], count: 0 };
        let mut rows = rows.chunks_exact(x.len().max(1));
        for lane in 0..walkers.min(R::LANES) {
            if test.lane(lane).is_finite()
                && let (Some(row), Some(place)) = (rows.next(), points.lanes.get_mut(points.count))
            {
                for (to, x) in row.iter().zip(x) {
                    to.set(x.lane(lane));
                }
                *place = lane as u8;
                points.count += 1;
            }
        }
        points
    }

    fn lanes(&self) -> impl Iterator<Item = usize> {
        self.lanes.iter().take(self.count).map(|&lane| lane as usize)
    }

    /// One number for each point to its lane. Those that are not finite become NaN, so that no walker gains from one.
    #[inline(always)]
    fn scatter<R: Real>(&self, numbers: &[Cell<R::Scalar>]) -> R {
        let mut value = nan::<R>();
        for (lane, number) in self.lanes().zip(numbers) {
            if number.get().is_finite() {
                value.set_lane(lane, number.get());
            }
        }
        value
    }

    /// As [`Points::scatter`], NaN also where the potential is not finite.
    #[inline(always)]
    fn scatter_where_finite<R: Real>(&self, potentials: &[Cell<R::Scalar>], numbers: &[Cell<R::Scalar>]) -> R {
        let mut value = nan::<R>();
        for (lane, (potential, number)) in self.lanes().zip(potentials.iter().zip(numbers)) {
            if potential.get().is_finite() && number.get().is_finite() {
                value.set_lane(lane, number.get());
            }
        }
        value
    }

    /// The gradient of each point to its lane, NaN where the potential is not finite: a callback need not write one there.
    #[inline(always)]
    fn scatter_gradients<R: Real>(&self, potentials: &[Cell<R::Scalar>], rows: &[Cell<R::Scalar>], to: &mut [R]) {
        for (potential, row) in potentials.iter().take(self.count).zip(rows.chunks_exact(to.len().max(1))) {
            if !potential.get().is_finite() {
                row.iter().for_each(|number| number.set(R::Scalar::NAN));
            }
        }
        self.scatter_rows(rows, to);
    }

    /// A row for each point to its lane.
    #[inline(always)]
    fn scatter_rows<R: Real>(&self, rows: &[Cell<R::Scalar>], to: &mut [R]) {
        if self.count < R::LANES {
            to.fill(nan());
        }
        for (lane, row) in self.lanes().zip(rows.chunks_exact(to.len().max(1))) {
            for (to, number) in to.iter_mut().zip(row) {
                to.set_lane(lane, number.get());
            }
        }
    }
}

fn nan<R: Real>() -> R {
    R::splat(R::Scalar::NAN)
}

/// The pointer that C gets: what is behind it may change during the call.
fn pointer<S>(cells: &[Cell<S>]) -> *mut S {
    cells.as_ptr().cast_mut().cast()
}

/// Numbers that a path's or a potential's callback works on.
pub(crate) const fn path_rows(d: usize) -> usize {
    GROUP * (2 * d + 3)
}

/// Numbers that a drift's callback works on.
pub(crate) const fn drift_rows(d: usize, form: JacobianForm) -> usize {
    GROUP * (2 * d + 1 + form.len(d))
}

/// `U_1` from the caller.
#[derive(Clone, Copy)]
pub(crate) struct CallbackPotential<'a, S> {
    pub dim: usize,
    pub function: PotentialFn<S>,
    pub user: *mut c_void,
    pub calls: &'a Calls<'a, S>,
}

impl<R: Lane> Potential<R> for CallbackPotential<'_, R::Scalar> {
    fn dim(&self) -> usize {
        self.dim
    }

    fn potential(&self, x: &[R], gradient: &mut [R], _scratch: &mut [R]) -> R {
        let all = GROUP * self.dim;
        let Some([rows, u, grad]) = self.calls.cut([all, GROUP, all]) else { return nan() };
        let points = self.calls.call(x, rows, |points| {
            let (n, d) = (points.count as i64, self.dim as i64);
            // SAFETY: the caller of the library allows the call; the arrays have room for a group of points.
            unsafe { (self.function)(self.user, n, d, pointer(rows), pointer(u), pointer(grad)) }
        });
        match points {
            Some(points) => {
                points.scatter_gradients(u, grad, gradient);
                points.scatter(u)
            }
            None => {
                gradient.fill(nan());
                nan()
            }
        }
    }
}

/// `U_t` from the caller, from a Gaussian on.
#[derive(Clone, Copy)]
pub(crate) struct CallbackPath<'a, S> {
    pub base: Gaussian<&'a [S]>,
    pub function: PathFn<S>,
    pub user: *mut c_void,
    pub calls: &'a Calls<'a, S>,
}

impl<S: Precision> CallbackPath<'_, S> {
    fn evaluate<R: Lane<Scalar = S>>(&self, t: R, x: &[R], gradient: &mut [R], with_rate: bool) -> (R, R) {
        let dim = self.base.mean.len();
        let all = GROUP * dim;
        let Some([rows, u, grad, times, rates]) = self.calls.cut([all, GROUP, all, GROUP, GROUP]) else {
            return (nan(), nan());
        };
        let points = self.calls.call(x, rows, |points| {
            for (lane, time) in points.lanes().zip(times) {
                time.set(t.lane(lane));
            }
            let (n, d) = (points.count as i64, dim as i64);
            let rate = if with_rate { pointer(rates) } else { null_mut() };
            // SAFETY: the caller of the library allows the call; the arrays have room for a group of points.
            unsafe { (self.function)(self.user, n, d, pointer(times), pointer(rows), pointer(u), pointer(grad), rate) }
        });
        match points {
            Some(points) => {
                points.scatter_gradients(u, grad, gradient);
                let rate = if with_rate { points.scatter_where_finite(u, rates) } else { nan() };
                (points.scatter(u), rate)
            }
            None => {
                gradient.fill(nan());
                (nan(), nan())
            }
        }
    }
}

impl<R: Lane> Path<R> for CallbackPath<'_, R::Scalar> {
    fn dim(&self) -> usize {
        self.base.mean.len()
    }
    fn log_z_base(&self) -> f64 {
        Base::<R>::log_z(&self.base)
    }
    fn base(&self, xi: &[R], x: &mut [R]) {
        self.base.sample(xi, x);
    }
    fn potential(&self, t: R, x: &[R], gradient: &mut [R], _scratch: &mut [R]) -> R {
        self.evaluate(t, x, gradient, false).0
    }
    fn potential_and_rate(&self, t: R, x: &[R], gradient: &mut [R], _scratch: &mut [R]) -> (R, R) {
        self.evaluate(t, x, gradient, true)
    }
}

/// A drift from the caller.
#[derive(Clone, Copy)]
pub(crate) struct CallbackDrift<'a, S> {
    pub dim: usize,
    pub form: JacobianForm,
    pub function: DriftFn<S>,
    pub user: *mut c_void,
    pub calls: &'a Calls<'a, S>,
}

impl<S: Precision> CallbackDrift<'_, S> {
    /// Writes `b`, and the Jacobian unless it is empty; returns the divergence if it is wanted.
    fn evaluate<R: Lane<Scalar = S>>(&self, t: S, x: &[R], b: &mut [R], divergence: bool, jacobian: &mut [R]) -> R {
        let (all, entries) = (GROUP * self.dim, jacobian.len());
        let Some([rows, values, traces, matrices]) = self.calls.cut([all, all, GROUP, GROUP * entries]) else {
            return nan();
        };
        let points = self.calls.call(x, rows, |points| {
            let (n, d) = (points.count as i64, self.dim as i64);
            let trace = if divergence { pointer(traces) } else { null_mut() };
            let matrix = if entries > 0 { pointer(matrices) } else { null_mut() };
            // SAFETY: the caller of the library allows the call; the arrays have room for a group of points.
            unsafe { (self.function)(self.user, t, n, d, pointer(rows), pointer(values), trace, matrix) }
        });
        match points {
            Some(points) => {
                points.scatter_rows(values, b);
                points.scatter_rows(matrices, jacobian);
                if divergence { points.scatter(traces) } else { nan() }
            }
            None => {
                b.fill(nan());
                jacobian.fill(nan());
                nan()
            }
        }
    }
}

impl<R: Lane> Drift<R> for CallbackDrift<'_, R::Scalar> {
    fn dim(&self) -> usize {
        self.dim
    }
    fn scratch(&self) -> ScratchSize {
        ScratchSize::default()
    }
    fn value(&self, t: R::Scalar, x: &[R], b: &mut [R], _scratch: Scratch<'_, R>) {
        self.evaluate(t, x, b, false, &mut []);
    }
    fn divergence(&self, t: R::Scalar, x: &[R], b: &mut [R], _scratch: Scratch<'_, R>) -> R {
        let divergence = self.evaluate(t, x, b, self.form != JacobianForm::Zero, &mut []);
        if self.form == JacobianForm::Zero { R::zero() } else { divergence }
    }
    fn jacobian_form(&self) -> JacobianForm {
        self.form
    }
    fn jacobian(&self, t: R::Scalar, x: &[R], b: &mut [R], jacobian: &mut [R], _scratch: Scratch<'_, R>) {
        self.evaluate(t, x, b, false, jacobian);
    }
}
