//! The same run gives the same bytes whatever the width of the lanes and the number of threads.

mod common;

use common::{Keep, plan, run};
use nets_host::lanes::{Precision, Width};
use nets_host::model::Model;
use nets_host::progress::Silent;
use nets_host::target::Builtin;
use nets_host::train::{
    Features, GateOptions, LeastSquaresOptions, Method, NetworkOptions, RateForm, TrainOptions, train,
};
use nets_kernel::step::{Integrator, Map, Move};

/// What to train, and on what.
type Task<'a> = (&'a str, &'a Method);

/// Trains and samples; everything that comes out.
fn experiment(
    (target, method): Task<'_>,
    precision: Precision,
    width: Width,
    threads: usize,
) -> (Model, Keep, Vec<u64>) {
    let target = Builtin::parse(target).unwrap();
    let options = TrainOptions { method: method.clone(), seed: 1, precision, width, threads, checkpoint: None };
    let mut model = train(&target, &options, &Silent).unwrap().model;
    model.record.seconds = 0.0;
    let split = Integrator::Split(Map::Midpoint, Move::Mala);
    let mut plan = plan(1000, 20, 10.0, split, 7);
    (plan.precision, plan.width, plan.threads) = (precision, width, threads);
    plan.resample_below = Some(0.3);
    let (outcome, walkers) = run(&target, &model, &plan);
    let mut bits = vec![outcome.log_z.to_bits(), outcome.log_z_stderr.to_bits(), outcome.ess.to_bits()];
    bits.extend(outcome.ess_path.iter().map(|ess| ess.to_bits()));
    (model, walkers, bits)
}

fn network(rate_form: RateForm) -> Method {
    Method::Pinn(NetworkOptions {
        hidden: vec![24, 16],
        rounds: 10,
        updates: 5,
        walkers: 96,
        slices: 20,
        batch: 512,
        rate_form,
        ..NetworkOptions::default()
    })
}

fn identical(task: Task<'_>, precision: Precision) {
    let reference = experiment(task, precision, Width::Scalar, 1);
    let widths = Width::ALL.into_iter().filter(|width| width.is_available());
    for (width, threads) in widths.flat_map(|width| [(width, 1), (width, 2)]) {
        let found = experiment(task, precision, width, threads);
        assert!(found == reference, "width {width} with {threads} threads differs from scalar with one");
    }
}

#[test]
fn fifty_optimiser_steps_and_a_thousand_walkers_in_single_precision() {
    identical(("gmm40", &network(RateForm::Learned)), Precision::F32);
}

#[test]
fn fifty_optimiser_steps_and_a_thousand_walkers_in_double_precision() {
    identical(("gmm40", &network(RateForm::SliceMean)), Precision::F64);
}

#[test]
fn action_matching_and_a_thousand_walkers() {
    let Method::Pinn(settings) = network(RateForm::Learned) else { unreachable!() };
    for precision in [Precision::F32, Precision::F64] {
        identical(("doublewell-4", &Method::ActionMatching(settings.clone())), precision);
    }
}

#[test]
fn a_pilot_and_the_walkers_after_it() {
    use nets_host::engine::{PilotOptions, pilot};
    let target = Builtin::parse("doublewell-2").unwrap();
    let model = Model::zero(&target);
    let options = PilotOptions { walkers: 480, conditional_ess: 0.98, ..PilotOptions::default() };
    let inertial = Integrator::Split(Map::Euler, Move::Inertial);
    let experiment = |precision, width, threads| {
        let mut plan = plan(1000, 1, 1.0, inertial, 5);
        (plan.precision, plan.width, plan.threads, plan.friction) = (precision, width, threads, 20.0);
        let found = pilot(&target, &model, &plan, &options, &Silent).unwrap();
        let protocol = found.protocol(None, 1.0);
        plan.steps = protocol.epsilons.len();
        (plan.protocol, plan.scales, plan.resample_below) = (Some(protocol), found.scales.clone(), Some(0.5));
        let (outcome, walkers) = run(&target, &model, &plan);
        assert!(outcome.resamplings > 0);
        (found, walkers, outcome.log_z)
    };
    for precision in [Precision::F32, Precision::F64] {
        let reference = experiment(precision, Width::Scalar, 1);
        for width in Width::ALL.into_iter().filter(|width| width.is_available()) {
            assert!(experiment(precision, width, 2) == reference, "width {width} differs from scalar, {precision}");
        }
    }
}

#[test]
fn a_least_squares_fit_and_a_thousand_walkers() {
    let features = Features::Gates(GateOptions { gates: 10, block: 2, width: 1.5 });
    let settings = LeastSquaresOptions { walkers: 960, slices: 20, features, ..LeastSquaresOptions::gates(2) };
    for precision in [Precision::F32, Precision::F64] {
        identical(("gmm40", &Method::LeastSquares(settings.clone())), precision);
    }
}

#[test]
fn a_fit_of_modes_and_a_thousand_walkers() {
    let method = Method::LeastSquares(LeastSquaresOptions { walkers: 480, slices: 10, ..LeastSquaresOptions::modes() });
    for precision in [Precision::F32, Precision::F64] {
        identical(("gmm8-3", &method), precision);
        identical(("mos:d=2", &method), precision);
    }
}

#[test]
fn a_fit_of_kernels_on_a_lattice_and_a_thousand_walkers() {
    let method =
        Method::LeastSquares(LeastSquaresOptions { walkers: 480, slices: 10, ..LeastSquaresOptions::lattice() });
    for precision in [Precision::F32, Precision::F64] {
        identical(("phi4:L=3,m2=-1,lambda=0.9", &method), precision);
    }
}
