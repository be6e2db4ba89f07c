//! The least-squares drift of lattice fields, where log Z is known or can be had another way.

mod common;

use common::{plan, run};
use nets_host::engine::Outcome;
use nets_host::model::Model;
use nets_host::progress::Silent;
use nets_host::target::{Builtin, Target};
use nets_host::train::{LeastSquaresOptions, Method, TrainOptions, train};
use nets_kernel::step::{Integrator, Map, Move};

const SPLIT: Integrator = Integrator::Split(Map::Midpoint, Move::Mala);

fn fitted(name: &str, slices: usize) -> (Builtin, Model) {
    let target = Builtin::parse(name).unwrap();
    let method = Method::LeastSquares(LeastSquaresOptions { walkers: 960, slices, ..LeastSquaresOptions::lattice() });
    let options = TrainOptions { method, seed: 3, ..TrainOptions::least_squares(&target) };
    let model = train(&target, &options, &Silent).unwrap().model;
    (target, model)
}

/// With exact weights, from four thousand walkers.
fn sampled(target: &Builtin, model: &Model, steps: usize, epsilon: f64) -> Outcome {
    run(target, model, &plan(3840, steps, epsilon, SPLIT, 11)).0
}

/// The perfect drift between free fields is a convolution, which the family contains.
#[test]
fn the_drift_of_a_free_field_is_found() {
    for name in ["phi4:L=6,m2=2,lambda=0", "phi4:L=5,m2=1.3,lambda=0", "phi4:L=3,m2=1,lambda=0,dim=3"] {
        let (target, model) = fitted(name, 40);
        let outcome = sampled(&target, &model, 40, 1.0);
        let exact = target.log_z().unwrap();
        let score = (outcome.log_z - exact) / outcome.log_z_stderr;
        assert!(outcome.ess > 0.99 && score.abs() < 4.0, "{name}: ESS {}, {score} standard errors", outcome.ess);
        let annealed = sampled(&target, &Model::zero(&target), 40, 1.0);
        assert!(annealed.ess < 0.9, "{name}: without a drift the ESS is {}", annealed.ess);
    }
}

/// Weights are exact, so the drift changes the error of log Z and not its expectation.
#[test]
fn an_interacting_field_has_the_log_z_of_annealing() {
    let (target, model) = fitted("phi4:L=4,m2=-1,lambda=0.9", 50);
    let outcome = sampled(&target, &model, 50, 1.0);
    let annealed = sampled(&target, &Model::zero(&target), 400, 4.0);
    let score = (outcome.log_z - annealed.log_z) / outcome.log_z_stderr.hypot(annealed.log_z_stderr);
    assert!(score.abs() < 4.0, "{} and {}: {score} standard errors", outcome.log_z, annealed.log_z);
    assert!(outcome.ess > 0.9 && outcome.lost_walkers == 0, "ESS {}, lost {}", outcome.ess, outcome.lost_walkers);
}

#[test]
fn a_target_without_a_lattice_is_refused() {
    let target = Builtin::parse("gmm40").unwrap();
    let method = Method::LeastSquares(LeastSquaresOptions::lattice());
    let options = TrainOptions { method, ..TrainOptions::least_squares(&target) };
    let message = train(&target, &options, &Silent).unwrap_err().to_string();
    assert!(message.contains("lattice") && message.contains("--drift"), "{message}");
}
