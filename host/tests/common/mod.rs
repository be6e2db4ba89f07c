//! What the tests of sampling share: a target with everything in closed form, and runs on it.
#![allow(missing_docs, reason = "a test's module")]
#![allow(dead_code, reason = "each test uses its part")]

use nets_host::engine::{Outcome, Outlined, Plan, Sink, sample};
use nets_host::lanes::Lane;
use nets_host::model::{DriftModel, MlpModel, Model, TrainRecord};
use nets_host::progress::Silent;
use nets_host::target::{DriftBox, PathBox, Target};
use nets_kernel::rng::{Purpose, Stream, normals};
use nets_kernel::step::Integrator;

pub mod calibration;
#[path = "../../../tests/common/moving.rs"]
mod moving;
pub use moving::Moving;

impl Target for Moving {
    fn name(&self) -> String {
        "moving".to_string()
    }
    fn dim(&self) -> usize {
        self.mean.len()
    }
    fn path<R: Lane>(&self) -> PathBox<'_, R> {
        Box::new(Outlined(self.clone()))
    }
    fn perfect_drift<R: Lane>(&self) -> Option<DriftBox<'_, R>> {
        Some(Box::new(Outlined(self.clone())))
    }
    fn log_z(&self) -> Option<f64> {
        Some(self.exact_log_z())
    }
}

/// A network with random weights: a drift that is wrong.
pub fn random_drift(target: &impl Target) -> Model {
    untrained(target, DriftModel::Mlp(random_network(target.dim(), vec![0.7; target.dim()])))
}

/// The gradient of a network with random weights.
pub fn random_gradient(target: &impl Target) -> Model {
    untrained(target, DriftModel::MlpGradient(random_network(target.dim(), vec![0.9])))
}

fn random_network(d: usize, output_scale: Vec<f64>) -> MlpModel {
    let sizes = vec![d + 1, 16, 16, output_scale.len()];
    let mut theta = vec![0.0; nets_kernel::drift::mlp::layout::parameters(&sizes)];
    normals(&mut Stream::new(5, Purpose::Train, 0), &mut theta);
    theta.iter_mut().for_each(|theta| *theta *= 0.3);
    MlpModel { sizes, theta, center: vec![0.0; d], input_scale: vec![1.0; d], output_scale }
}

fn untrained(target: &impl Target, drift: DriftModel) -> Model {
    let record = TrainRecord::default();
    Model { target: target.name(), dim: target.dim(), frame: None, drift, record, choice: None }
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
