//! A path and its perfect drift with everything in closed form.

use nets_kernel::drift::{Drift, JacobianForm, Scratch, ScratchSize};
use nets_kernel::path::Path;
use nets_kernel::real::Real;
use std::f64::consts::TAU;

/// Gaussians with mean `t m` and standard deviation `1 + t (s − 1)`, without their constants.
#[derive(Clone, Debug)]
pub struct Moving {
    pub mean: Vec<f64>,
    pub sd: Vec<f64>,
}

impl Moving {
    /// Far enough from the base that wrong weights show, near enough that one step has weights of finite variance.
    pub fn example() -> Moving {
        Moving { mean: vec![0.6, -0.3], sd: vec![0.8, 1.1] }
    }

    /// `log Z_1`
    pub fn exact_log_z(&self) -> f64 {
        self.sd.iter().map(|sd| sd.ln() + 0.5 * TAU.ln()).sum()
    }

    /// `(t m, s_t, ds_t/dt)` of coordinate `i`.
    fn at<R: Real>(&self, i: usize, t: R) -> (R, R, R) {
        let rate = R::c(self.sd[i] - 1.0);
        (t * R::c(self.mean[i]), t.mul_add(rate, R::one()), rate)
    }
}

impl<R: Real> Path<R> for Moving {
    fn dim(&self) -> usize {
        self.mean.len()
    }
    fn log_z_base(&self) -> f64 {
        0.5 * self.mean.len() as f64 * TAU.ln()
    }
    fn base(&self, xi: &[R], x: &mut [R]) {
        x.copy_from_slice(xi);
    }
    fn potential_and_rate(&self, t: R, x: &[R], gradient: &mut [R], _scratch: &mut [R]) -> (R, R) {
        let (mut u, mut rate) = (R::zero(), R::zero());
        for (i, (&x, gradient)) in x.iter().zip(gradient).enumerate() {
            let (mean, sd, sd_rate) = self.at(i, t);
            let z = (x - mean) / sd;
            *gradient = z / sd;
            u = u + R::c(0.5) * z * z;
            rate = rate - z * (R::c(self.mean[i]) + z * sd_rate) / sd;
        }
        (u, rate)
    }
}

/// Its perfect drift, `b = m + (ṡ/s)(x − t m)`.
impl<R: Real> Drift<R> for Moving {
    fn dim(&self) -> usize {
        self.mean.len()
    }
    fn scratch(&self) -> ScratchSize {
        ScratchSize::default()
    }
    fn value(&self, t: R::Scalar, x: &[R], b: &mut [R], _scratch: Scratch<'_, R>) {
        for (i, (b, &x)) in b.iter_mut().zip(x).enumerate() {
            let (mean, sd, rate) = self.at(i, R::splat(t));
            *b = R::c(self.mean[i]) + rate / sd * (x - mean);
        }
    }
    fn divergence(&self, t: R::Scalar, x: &[R], b: &mut [R], scratch: Scratch<'_, R>) -> R {
        self.value(t, x, b, scratch);
        (0..x.len()).fold(R::zero(), |sum, i| {
            let (_, sd, rate) = self.at(i, R::splat(t));
            sum + rate / sd
        })
    }
    fn jacobian_form(&self) -> JacobianForm {
        JacobianForm::Diagonal
    }
    fn jacobian(&self, t: R::Scalar, x: &[R], b: &mut [R], jacobian: &mut [R], scratch: Scratch<'_, R>) {
        self.value(t, x, b, scratch);
        for (i, entry) in jacobian.iter_mut().enumerate() {
            let (_, sd, rate) = self.at(i, R::splat(t));
            *entry = rate / sd;
        }
    }
}
