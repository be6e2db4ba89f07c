//! The caller's functions as potentials, paths and drifts of the kernel.

use crate::precision::{GROUP, Lane, Precision};
use crate::rows::{all_finite, from_lanes, to_lanes};
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
    /// Points in rows, and what callbacks write. Lent to one call at a time, empty meanwhile.
    rows: Cell<&'a mut [S]>,
    /// How many walkers the lanes hold; the others are padding.
    count: Cell<usize>,
    /// What a callback returned, once it was not zero: none is called after it.
    code: Cell<i32>,
}

impl<'a, S: Scalar> Calls<'a, S> {
    /// No callback is called as long as there is no room for its points.
    pub fn new() -> Self {
        Calls { rows: Cell::new(&mut []), count: Cell::new(0), code: Cell::new(0) }
    }

    /// Gives the points room, as much as [`path_rows`] or [`drift_rows`] say, whichever is more.
    pub fn furnish(&self, rows: &'a mut [S]) {
        self.rows.set(rows);
    }

    /// The lanes hold `count` walkers from now on.
    pub fn group(&self, count: usize) {
        self.count.set(count);
    }

    /// What a callback returned, zero if none failed.
    pub fn code(&self) -> i32 {
        self.code.get()
    }

    /// Lays the points of `x` out in rows and calls `call` with them and with room for its results, arrays of `lengths`
    /// one after the other; then `read` takes the results up. `None`, and neither was called to the end, if a callback
    /// failed, now or before.
    #[inline(always)]
    fn call<R: Real<Scalar = S>, const K: usize, T>(
        &self,
        x: &[R],
        lengths: [usize; K],
        call: impl FnOnce(&Points, *const S, [&mut [S]; K]) -> i32,
        read: impl FnOnce(&Points, [&mut [S]; K]) -> T,
    ) -> Option<T> {
        if self.code.get() != 0 {
            return None;
        }
        let all = self.rows.take();
        let result = self.call_in(all, x, lengths, call, read);
        self.rows.set(all);
        result
    }

    #[inline(always)]
    fn call_in<R: Real<Scalar = S>, const K: usize, T>(
        &self,
        rows: &mut [S],
        x: &[R],
        lengths: [usize; K],
        call: impl FnOnce(&Points, *const S, [&mut [S]; K]) -> i32,
        read: impl FnOnce(&Points, [&mut [S]; K]) -> T,
    ) -> Option<T> {
        let (at, mut rest) = rows.split_at_mut_checked(GROUP * x.len())?;
        let mut results = [(); K].map(|()| <&mut [S]>::default());
        for (result, length) in results.iter_mut().zip(lengths) {
            (*result, rest) = rest.split_at_mut_checked(length)?;
        }
        let points = Points::gather(x, self.count.get(), at);
        if points.count > 0 {
            self.code.set(call(&points, at.as_ptr(), results.each_mut().map(|result| &mut **result)));
        }
        (self.code.get() == 0).then(|| read(&points, results))
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
    fn gather<R: Real>(x: &[R], walkers: usize, rows: &mut [R::Scalar]) -> Points {
        let mut points = Points { lanes: [0; GROUP], count: 0 };
        from_lanes(x, rows, x.len());
        let own = rows.get(..R::LANES * x.len()).unwrap_or_default();
        if walkers >= R::LANES && all_finite(own) {
            points.count = R::LANES;
            return points;
        }
        let mut rows = rows.chunks_exact_mut(x.len().max(1));
        for lane in 0..walkers.min(R::LANES) {
            if x.iter().all(|x| x.lane(lane).is_finite())
                && let (Some(row), Some(place)) = (rows.next(), points.lanes.get_mut(points.count))
            {
                for (to, x) in row.iter_mut().zip(x) {
                    *to = x.lane(lane);
                }
                *place = lane as u8;
                points.count += 1;
            }
        }
        points
    }

    /// Whether each lane is a point, in this order; `lanes` is not written then.
    fn are_all<R: Real>(&self) -> bool {
        self.count == R::LANES
    }

    fn lanes<R: Real>(&self) -> impl Iterator<Item = usize> {
        let all = self.are_all::<R>();
        self.lanes.iter().take(self.count).enumerate().map(move |(i, &lane)| if all { i } else { lane as usize })
    }

    /// One number for each point to its lane; NaN in the others, and for what is not finite, so that no walker gains from
    /// it.
    #[inline(always)]
    fn scatter<R: Real>(&self, numbers: &[R::Scalar]) -> R {
        if self.are_all::<R>() && all_finite(numbers) {
            return R::load(numbers);
        }
        let mut value = nan::<R>();
        for (lane, &number) in self.lanes::<R>().zip(numbers) {
            value.set_lane(lane, where_finite(number, number));
        }
        value
    }

    /// As [`Points::scatter`], NaN also where the potential is not finite: a callback need not write a number there.
    #[inline(always)]
    fn scatter_where_finite<R: Real>(&self, potentials: &[R::Scalar], numbers: &[R::Scalar]) -> R {
        let mut value = nan::<R>();
        for (lane, (&potential, &number)) in self.lanes::<R>().zip(potentials.iter().zip(numbers)) {
            let number = where_finite(potential, number);
            value.set_lane(lane, where_finite(number, number));
        }
        value
    }

    /// A row for each point to its lane; NaN in the others.
    #[inline(always)]
    fn scatter_rows<R: Real>(&self, rows: &[R::Scalar], to: &mut [R]) {
        if self.are_all::<R>() {
            return to_lanes(rows, to.len(), to);
        }
        to.fill(nan());
        for (lane, row) in self.lanes::<R>().zip(rows.chunks_exact(to.len().max(1))) {
            for (to, &number) in to.iter_mut().zip(row) {
                to.set_lane(lane, number);
            }
        }
    }

    /// The gradient of each point to its lane, NaN where the potential is not finite: a callback need not write one there.
    #[inline(always)]
    fn scatter_gradients<R: Real>(&self, potentials: &[R::Scalar], rows: &mut [R::Scalar], to: &mut [R]) {
        let potentials = potentials.get(..self.count).unwrap_or_default();
        if !all_finite(potentials) {
            for (potential, row) in potentials.iter().zip(rows.chunks_exact_mut(to.len().max(1))) {
                if !potential.is_finite() {
                    row.fill(R::Scalar::NAN);
                }
            }
        }
        self.scatter_rows(rows, to);
    }
}

fn nan<R: Real>() -> R {
    R::splat(R::Scalar::NAN)
}

/// `number` where `test` is finite, NaN elsewhere.
#[inline(always)]
fn where_finite<S: Scalar>(test: S, number: S) -> S {
    if test.is_finite() { number } else { S::NAN }
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
        let (n, d) = (GROUP, self.dim);
        let call = |points: &Points, x, [u, grad]: [&mut [R::Scalar]; 2]| {
            let n = points.count as i64;
            // SAFETY: the caller of the library allows the call; the arrays have room for a group of points.
            unsafe { (self.function)(self.user, n, d as i64, x, u.as_mut_ptr(), grad.as_mut_ptr()) }
        };
        let potential = self.calls.call(x, [n, n * d], call, |points, [u, grad]| {
            points.scatter_gradients(u, grad, gradient);
            points.scatter(u)
        });
        potential.unwrap_or_else(|| {
            gradient.fill(nan());
            nan()
        })
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
        let (n, d) = (GROUP, self.base.mean.len());
        let call = |points: &Points, x, [u, grad, times, rates]: [&mut [S]; 4]| {
            for (lane, time) in points.lanes::<R>().zip(times.iter_mut()) {
                *time = t.lane(lane);
            }
            let rate = if with_rate { rates.as_mut_ptr() } else { null_mut() };
            let (n, d, t) = (points.count as i64, d as i64, times.as_ptr());
            // SAFETY: the caller of the library allows the call; the arrays have room for a group of points.
            unsafe { (self.function)(self.user, n, d, t, x, u.as_mut_ptr(), grad.as_mut_ptr(), rate) }
        };
        let found = self.calls.call(x, [n, n * d, n, n], call, |points, [u, grad, _, rates]| {
            points.scatter_gradients(u, grad, gradient);
            let rate = if with_rate { points.scatter_where_finite(u, rates) } else { nan() };
            (points.scatter(u), rate)
        });
        found.unwrap_or_else(|| {
            gradient.fill(nan());
            (nan(), nan())
        })
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
        let (n, d, entries) = (GROUP, self.dim, jacobian.len());
        let call = |points: &Points, x, [values, traces, matrices]: [&mut [S]; 3]| {
            let trace = if divergence { traces.as_mut_ptr() } else { null_mut() };
            let matrix = if entries > 0 { matrices.as_mut_ptr() } else { null_mut() };
            let n = points.count as i64;
            // SAFETY: the caller of the library allows the call; the arrays have room for a group of points.
            unsafe { (self.function)(self.user, t, n, d as i64, x, values.as_mut_ptr(), trace, matrix) }
        };
        let lengths = [n * d, n, n * entries];
        let trace = self.calls.call(x, lengths, call, |points, [values, traces, matrices]| {
            points.scatter_rows(values, b);
            points.scatter_rows(matrices, jacobian);
            if divergence { points.scatter(traces) } else { nan() }
        });
        trace.unwrap_or_else(|| {
            b.fill(nan());
            jacobian.fill(nan());
            nan()
        })
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
