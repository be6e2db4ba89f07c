//! What a user runs: steps of sampling, fits, whole runs.

use crate::measure::{Figure, median};
use crate::network::model;
use nets_host::engine::{Discard, Plan, sample};
use nets_host::lanes::{Precision, Width};
use nets_host::model::Model;
use nets_host::progress::Silent;
use nets_host::target::Builtin;
use nets_host::train::{LeastSquaresOptions, Method, TrainOptions, train};
use nets_kernel::step::{Integrator, Map, Move};

/// Nanoseconds of a walker's step in the engine.
fn step(target: &Builtin, model: &Model, plan: &Plan) -> f64 {
    let outcome = sample(target, model, plan, &mut Discard, &Silent).expect("samples");
    1e9 * outcome.seconds / (plan.walkers * plan.steps as u64) as f64
}

/// The median of [`step`].
fn steps(target: &Builtin, model: &Model, plan: &Plan) -> f64 {
    median((0..RUNS).map(|_| step(target, model, plan)).collect())
}

/// How many times as fast two threads are: the median of runs by turns.
fn two_over_one(target: &Builtin, model: &Model, plan: &Plan) -> f64 {
    let threads = |threads| step(target, model, &Plan { threads, ..plan.clone() });
    median((0..RUNS).map(|_| threads(1) / threads(2)).collect())
}

const RUNS: usize = 5;

pub fn figures(width: Width, precision: Precision, wanted: &impl Fn(&str) -> bool, print: &impl Fn(Figure)) {
    let fast = matches!(width, Width::W512 | Width::W256);
    let walkers = if fast { 9600 } else { 480 };
    let gmm40 = Builtin::parse("gmm40").expect("a built-in target");
    let plain = Plan { walkers, steps: 50, epsilon: 1.0, width, precision, threads: 1, ..Plan::default() };
    let integrators = [
        ("step of pair with the network", "two threads over one, pair with the network", Integrator::Pair),
        ("step of split with the network", "", Integrator::Split(Map::Midpoint, Move::Mala)),
        ("step of inertial with the network", "", Integrator::Split(Map::Midpoint, Move::Inertial)),
        ("step of ito with the network", "", Integrator::Ito),
    ];
    let network = model(&gmm40);
    for (name, threads, integrator) in integrators.into_iter().filter(|row| wanted(row.0)) {
        let plan = Plan { integrator, ..plain.clone() };
        print(Figure::plain(name, steps(&gmm40, &network, &plan), "ns"));
        if !threads.is_empty() {
            print(Figure::plain(threads, two_over_one(&gmm40, &network, &plan), "x"));
        }
    }
    let none = Model::zero(&gmm40);
    let annealing = [
        ("step of AIS (split), 40 modes", Integrator::Split(Map::Midpoint, Move::Mala)),
        ("step of AIS (pair), 40 modes", Integrator::Pair),
    ];
    for (name, integrator) in annealing.into_iter().filter(|row| wanted(row.0)) {
        let plan = Plan { integrator, walkers: 4 * walkers, ..plain.clone() };
        print(Figure::plain(name, steps(&gmm40, &none, &plan), "ns"));
    }
    if !fast {
        return;
    }
    let phi4 = Builtin::parse("phi4:L=20,m2=-1,lambda=0.9").expect("a built-in target");
    if wanted("step of AIS, phi4 L = 20") {
        let ns = steps(&phi4, &Model::zero(&phi4), &Plan { walkers: 960, ..plain });
        print(Figure::plain("step of AIS, phi4 L = 20", ns, "ns"));
    }
    let fits = [
        ("least squares, gmm40, two threads", &gmm40, LeastSquaresOptions::gates(2)),
        ("least squares, phi4 L = 20, two threads", &phi4, LeastSquaresOptions::lattice()),
    ];
    for (name, target, options) in fits.into_iter().filter(|row| wanted(row.0)) {
        let method = Method::LeastSquares(options);
        let options = TrainOptions { method, width, precision, ..TrainOptions::least_squares(target) };
        let seconds = train(target, &options, &Silent).expect("trains").model.record.seconds;
        print(Figure::plain(name, seconds, "s"));
    }
}
