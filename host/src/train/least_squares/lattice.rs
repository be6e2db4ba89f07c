//! Kernels on a periodic lattice: the orbits of momenta, and their regressors.

use super::Family;
use crate::engine::Outlined;
use crate::model::{LatticeModel, orbits};
use crate::target::DriftBox;
use nets_kernel::drift::lattice::{FUNCTIONS, MEAN_TERMS};
use nets_kernel::drift::{Drift, JacobianForm, LatticeConvolution, Scratch, ScratchSize};
use nets_kernel::potential::Lattice;
use nets_kernel::real::{Real, Scalar};
use nets_kernel::step::Map;

/// The family of [`LatticeConvolution`] that commutes with all symmetries of the lattice.
pub(super) struct LatticeFamily<R: Real> {
    lattice: Lattice,
    /// The orbit of each momentum, and how many momenta each orbit has.
    orbits: Vec<u32>,
    sizes: Vec<u32>,
    /// The current slice: coefficients, and the drift that they make.
    coefficients: Vec<f64>,
    drift: LatticeConvolution<Vec<R::Scalar>>,
}

impl<R: Real> LatticeFamily<R> {
    pub(super) fn new(lattice: Lattice) -> Self {
        let (orbits, sizes) = orbits(lattice);
        let coefficients = vec![0.0; FUNCTIONS * sizes.len() + MEAN_TERMS];
        let drift = Self::drift_of(lattice, &coefficients);
        LatticeFamily { lattice, orbits, sizes, coefficients, drift }
    }

    fn drift_of(lattice: Lattice, coefficients: &[f64]) -> LatticeConvolution<Vec<R::Scalar>> {
        LatticeModel { lattice, times: vec![0.0], coefficients: coefficients.to_vec() }.drift()
    }
}

impl<R: Real> Family<R> for LatticeFamily<R> {
    fn coefficients(&self) -> usize {
        self.coefficients.len()
    }

    fn regressors(&self, x: &[R], gradient: &[R], regressors: &mut [R]) {
        let scratch = LatticeConvolution::<Vec<R::Scalar>>::features_scratch(self.lattice.side, x.len());
        let mut scratch = vec![R::zero(); scratch];
        R::vectorize(
            #[inline(always)]
            || self.drift.features(x, gradient, (&self.orbits, &self.sizes), regressors, &mut scratch),
        );
    }

    fn set(&mut self, coefficients: &[f64]) {
        self.coefficients.copy_from_slice(coefficients);
        self.drift = Self::drift_of(self.lattice, coefficients);
    }

    fn numbers(&self) -> &[f64] {
        &self.coefficients
    }

    fn len(&self) -> usize {
        self.coefficients.len()
    }

    fn drift(&self) -> DriftBox<'_, R> {
        Box::new(Outlined(Isotropic(&self.drift)))
    }

    /// Half the evaluations of the midpoint map; the moves after it mend what it misses.
    fn map(&self) -> Map {
        Map::Euler
    }
}

/// A drift as if it spread evenly in all directions: its Jacobian is `∇·b / d` times the unit matrix.
///
/// The determinant of a step by the drift itself costs `d³` operations a walker. The fit's walkers need weights only to
/// weigh the regression, and for a short step `log det (1 + Δ ∂b/∂x) = Δ ∇·b` to first order.
struct Isotropic<'a, D>(&'a D);

impl<R: Real, D: Drift<R>> Drift<R> for Isotropic<'_, D> {
    fn dim(&self) -> usize {
        self.0.dim()
    }

    fn scratch(&self) -> ScratchSize {
        self.0.scratch()
    }

    fn jacobian_form(&self) -> JacobianForm {
        JacobianForm::Diagonal
    }

    #[inline(always)]
    fn value(&self, t: R::Scalar, x: &[R], b: &mut [R], scratch: Scratch<'_, R>) {
        self.0.value(t, x, b, scratch);
    }

    #[inline(always)]
    fn divergence(&self, t: R::Scalar, x: &[R], b: &mut [R], scratch: Scratch<'_, R>) -> R {
        self.0.divergence(t, x, b, scratch)
    }

    #[inline(always)]
    fn jacobian(&self, t: R::Scalar, x: &[R], b: &mut [R], jacobian: &mut [R], scratch: Scratch<'_, R>) {
        let divergence = self.0.divergence(t, x, b, scratch);
        jacobian.fill(divergence * R::splat(R::Scalar::from_f64(1.0 / x.len() as f64)));
    }
}
