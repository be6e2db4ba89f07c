//! What the tests of sampling share: a target with everything in closed form, and runs on it.
#![allow(missing_docs, reason = "a test's module")]
#![allow(dead_code, reason = "each test uses its part")]

use nets_host::engine::{Outcome, Outlined, Plan, Sink, sample};
use nets_host::lanes::{Compiled, Precision, Width};
use nets_host::model::{DriftModel, MlpModel, Model, TrainRecord};
use nets_host::progress::Silent;
use nets_host::target::{DriftBox, PathBox, Target};
use nets_kernel::drift::{Drift, JacobianForm, Scratch, ScratchSize};
use nets_kernel::path::Path;
use nets_kernel::real::Real;
use nets_kernel::rng::{Purpose, Stream, normals};
use nets_kernel::step::Integrator;
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
        Moving { mean: vec![0.6, -0.3], sd: vec![0.8, 1.2] }
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
    fn potential(&self, t: R, x: &[R], gradient: &mut [R], scratch: &mut [R]) -> R {
        self.potential_and_rate(t, x, gradient, scratch).0
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

impl Target for Moving {
    fn name(&self) -> String {
        "moving".to_string()
    }
    fn dim(&self) -> usize {
        self.mean.len()
    }
    fn path<R: Compiled>(&self) -> PathBox<'_, R> {
        Box::new(Outlined(self.clone()))
    }
    fn perfect_drift<R: Compiled>(&self) -> Option<DriftBox<'_, R>> {
        Some(Box::new(Outlined(self.clone())))
    }
    fn log_z(&self) -> Option<f64> {
        Some(self.sd.iter().map(|sd| sd.ln() + 0.5 * TAU.ln()).sum())
    }
}

/// A network with random weights: a drift that is wrong.
pub fn random_drift(target: &impl Target) -> Model {
    let d = target.dim();
    let sizes = vec![d + 1, 16, 16, d];
    let mut theta = vec![0.0; nets_kernel::drift::mlp::layout::parameters(&sizes)];
    normals(&mut Stream::new(5, Purpose::Train, 0), &mut theta);
    theta.iter_mut().for_each(|theta| *theta *= 0.3);
    let network =
        MlpModel { sizes, theta, center: vec![0.0; d], input_scale: vec![1.0; d], output_scale: vec![0.7; d] };
    Model {
        target: target.name(),
        dim: d,
        drift: DriftModel::Mlp(network),
        record: TrainRecord::default(),
        choice: None,
    }
}

pub fn plan(walkers: u64, steps: usize, epsilon: f64, integrator: Integrator, seed: u64) -> Plan {
    Plan { walkers, steps, epsilon, integrator, seed, threads: 2, ..Plan::default() }
}

/// Keeps the walkers.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Keep {
    pub x: Vec<f64>,
    pub log_weights: Vec<f64>,
}

impl Sink for Keep {
    fn block(&mut self, first_walker: u64, x: &[f64], log_weights: &[f64]) -> std::io::Result<()> {
        assert_eq!(first_walker, self.log_weights.len() as u64, "blocks come in order");
        self.x.extend_from_slice(x);
        self.log_weights.extend_from_slice(log_weights);
        Ok(())
    }
}

pub fn run(target: &impl Target, model: &Model, plan: &Plan) -> (Outcome, Keep) {
    let mut keep = Keep::default();
    let outcome = sample(target, model, plan, &mut keep, &Silent).expect("the run succeeds");
    (outcome, keep)
}
