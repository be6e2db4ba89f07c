//! Paths and drifts behind virtual functions that are still compiled for the lanes they work on.

use nets_kernel::drift::{Drift, JacobianForm, Scratch, ScratchSize};
use nets_kernel::path::Path;
use nets_kernel::real::Real;

/// A path or a drift whose evaluations are functions of their own, compiled with the instructions of `R`.
///
/// The engine sees paths and drifts as trait objects, so that it is compiled once per width rather than once per
/// width, path and drift; a call costs nanoseconds and serves a whole tile of walkers.
pub struct Outlined<T>(pub T);

impl<R: Real, P: Path<R>> Path<R> for Outlined<P> {
    fn dim(&self) -> usize {
        self.0.dim()
    }
    fn scratch(&self) -> usize {
        self.0.scratch()
    }
    fn log_z_base(&self) -> f64 {
        self.0.log_z_base()
    }
    fn base(&self, xi: &[R], x: &mut [R]) {
        R::vectorize(
            #[inline(always)]
            || self.0.base(xi, x),
        );
    }
    fn potential(&self, t: R, x: &[R], gradient: &mut [R], scratch: &mut [R]) -> R {
        R::vectorize(
            #[inline(always)]
            || self.0.potential(t, x, gradient, scratch),
        )
    }
    fn potential_and_rate(&self, t: R, x: &[R], gradient: &mut [R], scratch: &mut [R]) -> (R, R) {
        R::vectorize(
            #[inline(always)]
            || self.0.potential_and_rate(t, x, gradient, scratch),
        )
    }
    fn has_metric(&self) -> bool {
        self.0.has_metric()
    }
    fn color(&self, z: &mut [R], scratch: &mut [R]) {
        R::vectorize(
            #[inline(always)]
            || self.0.color(z, scratch),
        );
    }
    fn color_transposed(&self, g: &mut [R], scratch: &mut [R]) {
        R::vectorize(
            #[inline(always)]
            || self.0.color_transposed(g, scratch),
        );
    }
}

impl<R: Real, D: Drift<R>> Drift<R> for Outlined<D> {
    fn dim(&self) -> usize {
        self.0.dim()
    }
    fn scratch(&self) -> ScratchSize {
        self.0.scratch()
    }
    fn value(&self, t: R::Scalar, x: &[R], b: &mut [R], scratch: Scratch<'_, R>) {
        R::vectorize(
            #[inline(always)]
            || self.0.value(t, x, b, scratch),
        );
    }
    fn divergence(&self, t: R::Scalar, x: &[R], b: &mut [R], scratch: Scratch<'_, R>) -> R {
        R::vectorize(
            #[inline(always)]
            || self.0.divergence(t, x, b, scratch),
        )
    }
    fn jacobian_form(&self) -> JacobianForm {
        self.0.jacobian_form()
    }
    fn jacobian(&self, t: R::Scalar, x: &[R], b: &mut [R], jacobian: &mut [R], scratch: Scratch<'_, R>) {
        R::vectorize(
            #[inline(always)]
            || self.0.jacobian(t, x, b, jacobian, scratch),
        );
    }
    fn flow(&self, t: R::Scalar, delta: R::Scalar, x: &[R], y: &mut [R], scratch: Scratch<'_, R>) -> R {
        R::vectorize(
            #[inline(always)]
            || self.0.flow(t, delta, x, y, scratch),
        )
    }
}
