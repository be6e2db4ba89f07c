//! What each objective teaches a network, in ESS: a short training has to double it.

mod common;

use common::{Moving, plan, random_gradient, run};
use nets_host::lanes::{Precision, Width};
use nets_host::model::{DriftModel, Model};
use nets_host::progress::Silent;
use nets_host::target::Builtin;
use nets_host::train::{Divergence, Method, NetworkOptions, TrainOptions, train};
use nets_kernel::step::{Integrator, Map, Move};

#[test]
fn every_objective_doubles_the_ess() {
    let plan = plan(4800, 25, 1.0, Integrator::Split(Map::Midpoint, Move::Mala), 7);
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
    let matching = NetworkOptions { epsilon: NetworkOptions::action_matching().epsilon, ..settings.clone() };
    for (target, method) in [
        ("doublewell-2", Method::Pinn(settings.clone())),
        ("doublewell-2", Method::Pinn(probes)),
        ("doublewell-2", Method::LogVariance(settings)),
        // Wells that trade walkers across a barrier ask of a gradient what no network gives.
        ("gmm8-2", Method::ActionMatching(matching)),
    ] {
        let target = Builtin::parse(target).unwrap();
        let without = run(&target, &Model::zero(&target), &plan).0.ess;
        let (width, threads) = (Width::detect(), 2);
        let options = TrainOptions { method, seed: 1, precision: Precision::F32, width, threads, checkpoint: None };
        let model = train(&target, &options, &Silent).unwrap().model;
        let ess = run(&target, &model, &plan).0.ess;
        println!("{}: ESS {without:.3} without drift, {ess:.3} with it", model.record.objective);
        assert!(ess > 2.0 * without, "{:?}: {without} and {ess}", options.method);
    }
}

/// From N(0, I) to a Gaussian elsewhere, where all is known: the loss of action matching ends at its minimum
/// `−½ ∫ E|b*|² dt`, `b* = m + (ṡ/s)(x − t m)`, the drift evens the weights out, and they are as unbiased as ever.
#[test]
fn action_matching_ends_at_the_known_minimum() {
    let target = Moving { mean: vec![1.5, -1.0], sd: vec![0.6, 1.4] };
    let minimum: f64 = target.mean.iter().zip(&target.sd).map(|(m, s)| -0.5 * (m * m + (s - 1.0) * (s - 1.0))).sum();
    let settings = NetworkOptions {
        hidden: vec![32, 32],
        rounds: 300,
        walkers: 96,
        slices: 40,
        batch: 1920,
        averaging: 100.0,
        ..NetworkOptions::action_matching()
    };
    let options = TrainOptions {
        method: Method::ActionMatching(settings),
        seed: 1,
        precision: Precision::F64,
        width: Width::detect(),
        threads: 2,
        checkpoint: None,
    };
    let model = train(&target, &options, &Silent).unwrap().model;
    let last: Vec<f64> = model.record.curve.iter().rev().take(60).map(|&(_, loss)| loss).collect();
    let count = last.len() as f64;
    let loss = last.iter().sum::<f64>() / count;
    let variance = last.iter().map(|l| (l - loss) * (l - loss)).sum::<f64>() / (count - 1.0);
    let stderr = (variance / count).sqrt();
    println!("loss {loss:.4} +- {stderr:.4}, at least {minimum:.4}");
    // How far it is above is half the mean square of what the drift is off by.
    assert!((loss - minimum).abs() < 4.0 * stderr + 0.01 * minimum.abs(), "{loss} +- {stderr}, not {minimum}");

    let split = Integrator::Split(Map::Midpoint, Move::Mala);
    for (integrator, least) in [(split, 0.98), (Integrator::Pair, 0.5)] {
        let outcome = run(&target, &model, &plan(9600, 25, 1.0, integrator, 7)).0;
        let score = (outcome.log_z - target.exact_log_z()) / outcome.log_z_stderr;
        println!("{integrator:?}: ESS {:.4}, log Z off by {score:.1} standard errors", outcome.ess);
        assert!(outcome.ess > least, "{integrator:?}: {}", outcome.ess);
        assert!(score.abs() < 4.0, "{integrator:?}: {} +- {}", outcome.log_z, outcome.log_z_stderr);
    }
}

/// Tells a gradient in one dimension from a drift, which has the same shape, and one that is damaged.
#[test]
fn gradients_are_read_back() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.nets");
    for target in [Moving::example(), Moving { mean: vec![1.0], sd: vec![0.5] }] {
        let mut model = random_gradient(&target);
        model.save(&path).unwrap();
        assert!(Model::load(&path).unwrap() == model);
        let DriftModel::MlpGradient(network) = &mut model.drift else { unreachable!("a gradient") };
        network.output_scale.push(1.0);
        model.save(&path).unwrap();
        let error = Model::load(&path).unwrap_err().to_string();
        assert!(error.contains("layers and scales"), "{error}");
    }
}
