//! What each objective teaches a network, in ESS: a short training has to double it.

mod common;

use common::{plan, run};
use nets_host::lanes::{Precision, Width};
use nets_host::model::Model;
use nets_host::progress::Silent;
use nets_host::target::Builtin;
use nets_host::train::{Divergence, Method, NetworkOptions, TrainOptions, train};
use nets_kernel::step::{Integrator, Map, Move};

#[test]
fn every_objective_doubles_the_ess() {
    let target = Builtin::parse("doublewell-2").unwrap();
    let plan = plan(4800, 25, 1.0, Integrator::Split(Map::Midpoint, Move::Mala), 7);
    let without = run(&target, &Model::zero(&target), &plan).0.ess;
    let settings = NetworkOptions {
        hidden: vec![32, 32],
        rounds: 240,
        walkers: 96,
        slices: 40,
        batch: 1920,
        averaging: 100.0,
        ..NetworkOptions::default()
    };
    let probes = NetworkOptions { divergence: Divergence::Hutchinson, replay: 3, ..settings.clone() };
    for method in [
        Method::Pinn(settings.clone()),
        Method::Pinn(probes),
        Method::LogVariance(settings.clone()),
        Method::ActionMatching(settings),
    ] {
        let (width, threads) = (Width::detect(), 2);
        let options = TrainOptions { method, seed: 1, precision: Precision::F32, width, threads, checkpoint: None };
        let model = train(&target, &options, &Silent).unwrap().model;
        let ess = run(&target, &model, &plan).0.ess;
        println!("{}: ESS {without:.3} without drift, {ess:.3} with it", model.record.objective);
        assert!(ess > 2.0 * without, "{:?}: {without} and {ess}", options.method);
    }
}
