//! The inverse of a transport map.

use super::super::determinant::solve;
use super::super::split::{flow, transport};
use super::super::{Interval, Map};
use crate::drift::{Drift, JacobianForm, Scratch};
use crate::real::{Real, Scalar, coordinate, norm_squared};

/// Places that are tried for one inverse.
const TRIALS: usize = 200;
/// The distance of the image from the point at which iterations end, in roundings of the two.
const NEAR: f64 = 8.0;
/// The distance at which they have converged if they end before that: evaluations of a drift have roundings of their own.
const FAR: f64 = 512.0;
/// Steps shorter than this fraction are not tried.
const SHORTEST: f64 = 1.0 / 4096.0;
/// The fractions with which steps that know no Jacobian begin.
const LEAST: f64 = 1.0 / 64.0;
const MOST: f64 = 8.0;

/// Working memory of [`invert`].
pub(super) struct Room<'a, R> {
    pub trial: &'a mut [R],
    pub image: &'a mut [R],
    pub step: &'a mut [R],
    pub middle: [&'a mut [R]; 2],
    pub matrices: [&'a mut [R]; 3],
    pub augmented: &'a mut [R],
}

/// Writes `x = Φ⁻¹(y)`; returns 0 where `Φ(x) = y` to rounding, else NaN.
///
/// ```text
/// x ← x + h M⁻¹ (y − Φ(x)),   from x = y
/// ```
///
/// by Newton's method, `M = ∂Φ/∂x`, where that matrix can be solved with ([`JacobianForm::Diagonal`] and
/// [`JacobianForm::Full`]). Else `M = I`, and `h = r·q / q·q` with the distance `r` that the step before had to go and the rate
/// `q` at which it did (J. Barzilai and J. M. Borwein, 1988): a few directions in which `Φ` is steep are taken in turn with the
/// others. `h` is halved as long as a step does not bring the image nearer. A walker that has arrived stays, however long
/// the others in its lanes take.
#[inline(always)]
pub(super) fn invert<R: Real>(
    map: Map,
    drift: &(impl Drift<R> + ?Sized),
    interval: Interval<'_, R::Scalar>,
    y: &[R],
    x: &mut [R],
    room: Room<'_, R>,
    mut scratch: Scratch<'_, R>,
) -> R {
    let (d, form) = (y.len(), drift.jacobian_form());
    let Room { trial, image, step, middle: [b, middle], matrices: [matrix, inner, outer], augmented } = room;
    let by_newton = matches!(form, JacobianForm::Diagonal | JacobianForm::Full);
    let epsilon = R::splat(R::Scalar::EPSILON);
    let (near, far) = (R::c(NEAR) * epsilon, R::c(FAR) * epsilon);
    for (((x, trial), step), &y) in x.iter_mut().zip(&mut *trial).zip(&mut *step).zip(y) {
        (*x, *trial, *step) = (y, y, R::zero());
    }
    // Squares of the distance of the image from y, and of the size of x and y.
    let (mut miss, mut size, mut fraction) = (R::splat(R::Scalar::INFINITY), R::zero(), R::one());
    for _ in 0..TRIALS {
        let jacobian = if form == JacobianForm::Flow {
            flow(drift, interval, trial, image, scratch.reborrow());
            &mut []
        } else {
            let matrices = [&mut *matrix, &mut *inner, &mut *outer];
            transport(map, drift, interval, trial, image, [&mut *b, &mut *middle], matrices, scratch.reborrow())
        };
        let mut found = R::zero();
        for (image, &y) in image.iter_mut().zip(y) {
            *image = y - *image;
            found = image.mul_add(*image, found);
        }
        let next = if by_newton {
            newton(form, d, jacobian, image, augmented);
            R::one().min(fraction + fraction)
        } else {
            let (mut product, mut square) = (R::zero(), R::zero());
            for (&step, &image) in step.iter().zip(&*image) {
                let change = step - image;
                product = step.mul_add(change, product);
                square = change.mul_add(change, square);
            }
            let best = (fraction * product / square).max(R::c(LEAST)).min(R::c(MOST));
            R::select_lt(miss, R::splat(R::Scalar::INFINITY), best, R::one())
        };

        // No distance is below that of a walker that has arrived.
        let limit = R::select_lt(near * near * size, miss, miss, R::zero());
        let reached = norm_squared(y) + norm_squared(trial);
        let places = trial.iter().zip(&*image);
        for ((x, step), (&trial, &direction)) in x.iter_mut().zip(&mut *step).zip(places) {
            *x = R::select_lt(found, limit, trial, *x);
            *step = R::select_lt(found, limit, direction, *step);
        }
        let shorter = R::c(0.5) * fraction;
        let shorter = R::select_lt(shorter, R::c(SHORTEST), R::zero(), shorter);
        fraction = R::select_lt(found, limit, next, shorter);
        size = R::select_lt(found, limit, reached, size);
        miss = R::select_lt(found, limit, found, miss);

        let open = R::select_lt(near * near * size, miss, fraction, R::zero());
        if !any_positive(miss.select_finite(open, R::zero())) {
            break;
        }
        for ((trial, &x), &step) in trial.iter_mut().zip(&*x).zip(&*step) {
            *trial = fraction.mul_add(step, x);
        }
    }
    R::select_lt(far * far * size, miss, R::splat(R::Scalar::NAN), R::zero())
}

/// Whether any lane is above zero.
#[inline(always)]
fn any_positive<R: Real>(value: R) -> bool {
    let mut any = false;
    for lane in 0..R::LANES {
        any |= value.lane(lane) > R::Scalar::zero();
    }
    any
}

/// Turns the distance `r` that is left into a step: `M⁻¹ r`.
#[inline(always)]
fn newton<R: Real>(form: JacobianForm, d: usize, jacobian: &[R], r: &mut [R], augmented: &mut [R]) {
    if form == JacobianForm::Diagonal {
        for (r, &slope) in r.iter_mut().zip(jacobian) {
            *r = *r / slope;
        }
        return;
    }
    for (i, (row, &r)) in augmented.chunks_exact_mut(d.saturating_add(1)).zip(&*r).enumerate() {
        for (j, entry) in row.iter_mut().enumerate() {
            *entry = if j < d { coordinate(jacobian, i * d + j) } else { r };
        }
    }
    solve(d, augmented, r);
}
