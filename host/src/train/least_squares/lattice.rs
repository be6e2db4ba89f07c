//! Kernels on a periodic lattice: the orbits of momenta, and their regressors.

use super::Family;
use crate::engine::Outlined;
use crate::model::{LatticeModel, orbits};
use crate::target::DriftBox;
use nets_kernel::drift::LatticeDrift;
use nets_kernel::drift::lattice::{MEAN_TERMS, SITE_TERMS};
use nets_kernel::potential::Lattice;
use nets_kernel::real::Real;

/// The family of [`LatticeDrift`] that commutes with all symmetries of the lattice.
pub(super) struct LatticeFamily<R: Real> {
    lattice: Lattice,
    /// The orbit of each momentum, and how many momenta each orbit has.
    orbits: Vec<u32>,
    sizes: Vec<u32>,
    /// The current slice: coefficients, and the drift that they make.
    coefficients: Vec<f64>,
    drift: LatticeDrift<Vec<R::Scalar>>,
}

impl<R: Real> LatticeFamily<R> {
    pub(super) fn new(lattice: Lattice) -> Self {
        let (orbits, sizes) = orbits(lattice);
        let coefficients = vec![0.0; sizes.len() + SITE_TERMS + MEAN_TERMS];
        let drift = Self::drift_of(lattice, &coefficients);
        LatticeFamily { lattice, orbits, sizes, coefficients, drift }
    }

    fn drift_of(lattice: Lattice, coefficients: &[f64]) -> LatticeDrift<Vec<R::Scalar>> {
        LatticeModel { lattice, times: vec![0.0], coefficients: coefficients.to_vec() }.drift()
    }
}

impl<R: Real> Family<R> for LatticeFamily<R> {
    fn coefficients(&self) -> usize {
        self.coefficients.len()
    }

    fn regressors(&self, x: &[R], gradient: &[R], regressors: &mut [R]) {
        let scratch = LatticeDrift::<Vec<R::Scalar>>::features_scratch(x.len());
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
        Box::new(Outlined(self.drift.clone()))
    }
}
