//! A drift that is wrong in ways of its own, and a path with a metric, for tests of weights.
#![allow(dead_code, reason = "each test uses its part")]

use super::moving::Moving;
use nets_kernel::drift::{Drift, JacobianForm, Scratch, ScratchSize};
use nets_kernel::path::Path;

/// A drift that is wrong: it transports, shears and stretches, but not to the target.
#[derive(Clone, Copy)]
pub struct Shear;

impl Drift<f64> for Shear {
    fn dim(&self) -> usize {
        2
    }
    fn scratch(&self) -> ScratchSize {
        ScratchSize::default()
    }
    fn value(&self, t: f64, x: &[f64], b: &mut [f64], _scratch: Scratch<'_, f64>) {
        b[0] = 0.4 + 0.3 * x[1].sin() + 0.3 * t * x[0];
        b[1] = -0.2 + 0.3 * x[0].cos() + 0.2 * x[1];
    }
    fn divergence(&self, t: f64, x: &[f64], b: &mut [f64], scratch: Scratch<'_, f64>) -> f64 {
        self.value(t, x, b, scratch);
        0.3 * t + 0.2
    }
    fn jacobian(&self, t: f64, x: &[f64], b: &mut [f64], jacobian: &mut [f64], scratch: Scratch<'_, f64>) {
        self.value(t, x, b, scratch);
        jacobian.copy_from_slice(&[0.3 * t, 0.3 * x[1].cos(), -0.3 * x[0].sin(), 0.2]);
    }
}

/// The same drift, with derivatives that are `factor` times the right ones.
#[derive(Clone, Copy)]
pub struct WrongDerivatives(pub f64);

impl Drift<f64> for WrongDerivatives {
    fn dim(&self) -> usize {
        2
    }
    fn scratch(&self) -> ScratchSize {
        ScratchSize::default()
    }
    fn value(&self, t: f64, x: &[f64], b: &mut [f64], scratch: Scratch<'_, f64>) {
        Shear.value(t, x, b, scratch);
    }
    fn divergence(&self, t: f64, x: &[f64], b: &mut [f64], scratch: Scratch<'_, f64>) -> f64 {
        self.0 * Shear.divergence(t, x, b, scratch)
    }
    fn jacobian_form(&self) -> JacobianForm {
        JacobianForm::Full
    }
    fn jacobian(&self, t: f64, x: &[f64], b: &mut [f64], jacobian: &mut [f64], scratch: Scratch<'_, f64>) {
        Shear.jacobian(t, x, b, jacobian, scratch);
        jacobian.iter_mut().for_each(|entry| *entry *= self.0);
    }
}

/// A drift like it with a flow: one coordinate after the other, whose log determinant is `factor` times the right one.
#[derive(Clone, Copy)]
pub struct InTurn(pub f64);

impl Drift<f64> for InTurn {
    fn dim(&self) -> usize {
        2
    }
    fn scratch(&self) -> ScratchSize {
        ScratchSize::default()
    }
    fn value(&self, t: f64, x: &[f64], b: &mut [f64], scratch: Scratch<'_, f64>) {
        Shear.value(t, x, b, scratch);
    }
    fn divergence(&self, t: f64, x: &[f64], b: &mut [f64], scratch: Scratch<'_, f64>) -> f64 {
        Shear.divergence(t, x, b, scratch)
    }
    fn jacobian_form(&self) -> JacobianForm {
        JacobianForm::Flow
    }
    fn jacobian(&self, t: f64, x: &[f64], b: &mut [f64], _jacobian: &mut [f64], scratch: Scratch<'_, f64>) {
        self.value(t, x, b, scratch);
    }
    fn flow(&self, t: f64, delta: f64, x: &[f64], y: &mut [f64], _scratch: Scratch<'_, f64>) -> f64 {
        y[1] = x[1] + delta * (-0.2 + 0.3 * x[0].cos() + 0.2 * x[1]);
        y[0] = x[0] + delta * (0.4 + 0.3 * y[1].sin() + 0.3 * t * x[0]);
        self.0 * ((1.0 + 0.2 * delta).ln() + (1.0 + 0.3 * t * delta).ln())
    }
}

/// A path whose moves have a metric that mixes the coordinates.
pub struct Slanted<'a>(pub &'a Moving);

impl Path<f64> for Slanted<'_> {
    fn dim(&self) -> usize {
        2
    }
    fn log_z_base(&self) -> f64 {
        Path::<f64>::log_z_base(self.0)
    }
    fn base(&self, xi: &[f64], x: &mut [f64]) {
        self.0.base(xi, x);
    }
    fn potential_and_rate(&self, t: f64, x: &[f64], gradient: &mut [f64], scratch: &mut [f64]) -> (f64, f64) {
        self.0.potential_and_rate(t, x, gradient, scratch)
    }
    fn has_metric(&self) -> bool {
        true
    }
    fn color(&self, z: &mut [f64], _scratch: &mut [f64]) {
        z[1] = 0.5 * z[0] + 0.7 * z[1];
        z[0] *= 0.9;
    }
    fn color_transposed(&self, g: &mut [f64], _scratch: &mut [f64]) {
        g[0] = 0.9 * g[0] + 0.5 * g[1];
        g[1] *= 0.7;
    }
}
