//! Densities that are evaluated many points at a time: the same bits as those in lanes, nothing asked that no walker
//! needs, and failures that end a run and say where.

mod common;

use common::{Keep, run};
use nets_host::engine::{Discard, Error, Plan, sample};
use nets_host::lanes::{Precision, Width};
use nets_host::model::Model;
use nets_host::progress::Silent;
use nets_host::target::{BatchDensity, BatchTarget, Density, OwnDensity, Start, Target};
use nets_host::train::{TrainOptions, train};
use nets_kernel::real::Real;
use std::f64::consts::TAU;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{ThreadId, current};

/// `U = (|x| − 3)² / 2σ²` with `σ = ½`, in two dimensions.
struct Ring;

impl Density for Ring {
    fn dim(&self) -> usize {
        2
    }
    fn potential<R: Real>(&self, x: &[R], gradient: &mut [R]) -> R {
        let radius = (x[0] * x[0] + x[1] * x[1]).sqrt();
        let z = (radius - R::c(3.0)) * R::c(2.0);
        gradient[0] = R::c(2.0) * z * x[0] / radius;
        gradient[1] = R::c(2.0) * z * x[1] / radius;
        R::c(0.5) * z * z
    }
}

/// The ring, row by row, as a library has it; it keeps a record of who asks.
struct Rows {
    /// Fails at a point farther out than this.
    reach: f64,
    asked: AtomicUsize,
    largest: AtomicUsize,
    threads: Mutex<Vec<ThreadId>>,
}

impl Rows {
    fn new(reach: f64) -> Arc<Rows> {
        let (asked, largest) = (AtomicUsize::new(0), AtomicUsize::new(0));
        Arc::new(Rows { reach, asked, largest, threads: Mutex::new(vec![]) })
    }
}

impl BatchDensity for Rows {
    fn dim(&self) -> usize {
        2
    }
    fn evaluate(&self, x: &[f64], u: &mut [f64], gradient: &mut [f64]) -> Result<(), String> {
        self.asked.fetch_add(u.len(), Ordering::Relaxed);
        self.largest.fetch_max(u.len(), Ordering::Relaxed);
        self.threads.lock().unwrap().push(current().id());
        for ((x, u), gradient) in x.chunks_exact(2).zip(u).zip(gradient.chunks_exact_mut(2)) {
            assert!(x.iter().all(|x| x.is_finite()), "asked about {x:?}");
            *u = Ring.potential(x, gradient);
            if x[0].hypot(x[1]) > self.reach {
                return Err(format!("|x| = {}", x[0].hypot(x[1])));
            }
        }
        Ok(())
    }
}

fn start() -> Start {
    Start { sd: vec![3.0; 2], ..Start::new(2) }
}

fn batch(density: &Arc<Rows>) -> BatchTarget {
    BatchTarget::new("ring", density.clone(), start()).unwrap()
}

fn kept(target: &impl Target, plan: &Plan) -> Keep {
    run(target, &Model::zero(target), plan).1
}

#[test]
fn samples_have_the_bits_of_the_density_in_lanes() {
    let own = OwnDensity::new("ring", Ring).base(&[0.0; 2], &[3.0; 2]);
    let rows = Rows::new(f64::INFINITY);
    for (width, threads) in [(Width::detect(), 2), (Width::Portable, 1), (Width::Scalar, 1)] {
        let plan = Plan { walkers: 1001, steps: 10, width, threads, ..Plan::default() };
        assert_eq!(kept(&batch(&rows), &plan), kept(&own, &plan), "{width}, {threads} threads");
    }
}

#[test]
fn only_walkers_that_exist_are_asked_about() {
    let asked = |width, walkers| {
        let rows = Rows::new(f64::INFINITY);
        kept(&batch(&rows), &Plan { walkers, steps: 5, threads: 1, width, ..Plan::default() });
        let (asked, largest) = (rows.asked.load(Ordering::Relaxed), rows.largest.load(Ordering::Relaxed));
        assert!(largest as u64 <= walkers);
        asked
    };
    // At the start, and in every step where the map ends and where the move does.
    for walkers in [1, 7, 490] {
        assert_eq!(asked(Width::Scalar, walkers), walkers as usize * 11);
        assert_eq!(asked(Width::detect(), walkers), walkers as usize * 11);
    }
}

#[test]
fn one_thread_is_the_callers() {
    let rows = Rows::new(f64::INFINITY);
    let target = batch(&rows);
    let options = TrainOptions { threads: 1, ..TrainOptions::least_squares(&target) };
    let model = train(&target, &options, &Silent).unwrap().model;
    let plan = Plan { walkers: 5000, steps: 20, threads: 1, ..Plan::default() };
    let outcome = sample(&target, &model, &plan, &mut Discard, &Silent).unwrap();
    assert!(rows.threads.lock().unwrap().iter().all(|&thread| thread == current().id()));

    let exact = (TAU * 3.0 * 0.5 * TAU.sqrt()).ln();
    let score = (outcome.log_z - exact) / outcome.log_z_stderr;
    assert!(score.abs() < 4.0, "log Z is {score} standard errors off");
    assert!(outcome.ess > 0.9, "ESS {}", outcome.ess);
}

#[test]
fn a_failure_ends_the_run_and_says_where() {
    for (threads, precision) in [(1, Precision::F64), (2, Precision::F32)] {
        let rows = Rows::new(8.0);
        let plan = Plan { walkers: 20_000, steps: 20, threads, precision, ..Plan::default() };
        let target = batch(&rows);
        let result = sample(&target, &Model::zero(&target), &plan, &mut Discard, &Silent);
        let Err(Error::Potential { target: name, place: Some(place), reason }) = result else {
            panic!("{result:?}");
        };
        assert_eq!(name, "ring base-sd=3");
        assert!(reason.starts_with("|x| = 8."), "{reason}");
        assert!(place.walkers.end <= 20_000 && !place.walkers.is_empty() && place.time > 0.0, "{place}");
        // With one thread nothing is asked after the failure.
        let most = if threads == 1 { place.walkers.end * 41 } else { 20_000 * 41 };
        assert!((rows.asked.load(Ordering::Relaxed) as u64) < most);

        let result = train(&target, &TrainOptions { threads, ..TrainOptions::least_squares(&target) }, &Silent);
        assert!(matches!(result, Err(Error::Potential { place: None, .. })), "{:?}", result.err());
    }
}

#[test]
fn a_failure_does_not_outlive_its_run() {
    let rows = Rows::new(8.0);
    let target = batch(&rows);
    let plan = |walkers| Plan { walkers, steps: 20, seed: 3, ..Plan::default() };
    let try_with = |walkers| sample(&target, &Model::zero(&target), &plan(walkers), &mut Discard, &Silent);
    assert!(matches!(try_with(20_000), Err(Error::Potential { .. })));
    assert!(try_with(20).is_ok());
}

#[test]
fn starts_are_checked() {
    let error = |start| BatchTarget::new("ring", Rows::new(1.0), start).err().unwrap();
    assert!(error(Start::new(3)).contains("3 means"), "{}", error(Start::new(3)));
    assert!(error(Start { sd: vec![1.0, 0.0], ..Start::new(2) }).contains("standard deviation"));
    assert!(error(Start { mean: vec![f64::NAN; 2], ..Start::new(2) }).contains("mean"));
}

/// The density `e^{−|x|²/2}` where `x_0 > 0`, zero elsewhere: half of a Gaussian.
struct Half;

impl BatchDensity for Half {
    fn dim(&self) -> usize {
        2
    }
    fn evaluate(&self, x: &[f64], u: &mut [f64], gradient: &mut [f64]) -> Result<(), String> {
        gradient.copy_from_slice(x);
        for (x, u) in x.chunks_exact(2).zip(u) {
            *u = if x[0] > 0.0 { 0.5 * (x[0] * x[0] + x[1] * x[1]) } else { f64::INFINITY };
        }
        Ok(())
    }
}

#[test]
fn walkers_outside_the_support_are_lost_and_counted() {
    let target = BatchTarget::new("half", Arc::new(Half), Start::new(2)).unwrap();
    let model = train(&target, &TrainOptions::least_squares(&target), &Silent).unwrap().model;
    let plan = Plan { walkers: 20_000, steps: 20, ..Plan::default() };
    let outcome = sample(&target, &model, &plan, &mut Discard, &Silent).unwrap();
    // Half of the base, to within five standard deviations of a binomial count: the others weigh what they weigh.
    assert!(outcome.lost_walkers.abs_diff(10_000) < 354, "{} lost", outcome.lost_walkers);
    let exact = TAU.ln() - 2f64.ln();
    let score = (outcome.log_z - exact) / outcome.log_z_stderr;
    assert!(score.abs() < 4.0, "log Z = {} is {score} standard errors off", outcome.log_z);
}
