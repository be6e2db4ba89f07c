//! Exact samples carried back. Tests of estimates state their standard error and allow four of them; each names the mistake
//! it is there to catch. What is broken on purpose is in the kernel's `tests/backward.rs`.

mod common;

use common::calibration::kolmogorov_smirnov;
use common::{Moving, plan, random_drift, run};
use nets_host::engine::{Backward, Error, Plan, Protocol, backward};
use nets_host::lanes::{Precision, Width};
use nets_host::model::Model;
use nets_host::progress::{Progress, Silent, Status};
use nets_host::target::{Builtin, Density, OwnDensity, Target};
use nets_kernel::math;
use nets_kernel::real::Real;
use nets_kernel::rng::{Purpose, Stream, normals};
use nets_kernel::step::{Integrator, Map, Move};
use statrs::distribution::{ContinuousCDF, Normal};

const SPLIT: Integrator = Integrator::Split(Map::Midpoint, Move::Mala);

const EXACT: [(&str, Integrator); 7] = [
    ("pair", Integrator::Pair),
    ("split, Euler, MALA", Integrator::Split(Map::Euler, Move::Mala)),
    ("split, Euler, unadjusted", Integrator::Split(Map::Euler, Move::Unadjusted)),
    ("split, midpoint, MALA", SPLIT),
    ("split, midpoint, unadjusted", Integrator::Split(Map::Midpoint, Move::Unadjusted)),
    ("inertial", Integrator::Split(Map::Midpoint, Move::Inertial)),
    ("inertial, unadjusted", Integrator::Split(Map::Midpoint, Move::InertialUnadjusted)),
];

/// Wider than the base density where it can be, so that weights of paths back have moments.
fn moving() -> Moving {
    Moving { mean: vec![0.5, -0.3], sd: vec![1.25, 0.95] }
}

/// Rows of `mean + sd ξ`.
fn gaussians(mean: &[f64], sd: &[f64], n: usize, seed: u64) -> Vec<f64> {
    let mut rows = vec![0.0; n * mean.len()];
    normals(&mut Stream::<f64>::new(seed, Purpose::Evaluate, 1), &mut rows);
    for row in rows.chunks_exact_mut(mean.len()) {
        row.iter_mut().zip(mean.iter().zip(sd)).for_each(|(x, (mean, sd))| *x = mean + sd * *x);
    }
    rows
}

fn carried(target: &impl Target, model: &Model, plan: &Plan, samples: &[f64]) -> Backward {
    backward(target, model, plan, samples, &Silent).expect("the samples are carried back")
}

/// z-scores of `(Z_0/Z_1)^ / (Z_0/Z_1)` over 100 seeds: standard normal, for every integrator and drift however few the steps.
/// Catches a kernel that is not the one in the weight, a wrong determinant or inverse, and a wrong standard error.
#[test]
fn few_steps_back_are_unbiased_and_their_errors_calibrated() {
    let target = moving();
    let exact = target.log_z().unwrap();
    let drifts = [Model::zero(&target), random_drift(&target), Model::exact(&target).unwrap()];
    for (name, integrator) in EXACT {
        for (steps, model) in [(1, &drifts[0]), (1, &drifts[1]), (2, &drifts[1]), (3, &drifts[2])] {
            // A perfect drift whose maps are exact leaves equal weights.
            let equal = steps == 3 && matches!(integrator, Integrator::Split(_, Move::Mala | Move::Inertial));
            let epsilon = if steps == 1 { 0.25 } else { 0.8 };
            let score = |seed| {
                let plan = Plan { friction: 1.5, ..plan(1, steps, epsilon, integrator, seed) };
                let found = carried(&target, model, &plan, &gaussians(&target.mean, &target.sd, 4800, seed));
                assert_eq!(found.lost, 0, "{name}, {}", model.record.drift);
                assert!(found.ess <= 1.0 + 1e-12 && found.eubo >= found.log_z - 1e-12, "{found:?}");
                if equal { found.log_z - exact } else { ((exact - found.log_z).exp() - 1.0) / found.log_z_stderr }
            };
            if equal {
                assert!(score(0).abs() < 1e-12, "{name}: log Z off by {}", score(0));
                continue;
            }
            let mut scores: Vec<f64> = (0..100).map(score).collect();
            let mean = scores.iter().sum::<f64>() / 100.0;
            let p = kolmogorov_smirnov(&mut scores, |z| Normal::standard().cdf(z));
            assert!(p > 0.001, "{name}, {steps} steps, {}: p = {p:.5}, mean score {mean:+.3}", model.record.drift);
        }
    }
}

/// Steps of a protocol, each with its length and ε, and scales of the coordinates, in both precisions. Catches steps that are
/// taken in the wrong order, or with the ε of another.
#[test]
fn the_protocol_is_followed_back() {
    let target = moving();
    let samples = gaussians(&target.mean, &target.sd, 20_000, 1);
    for (name, integrator) in EXACT {
        for precision in Precision::ALL {
            let protocol = Protocol { times: vec![0.0, 0.1, 0.4, 1.0], epsilons: vec![3.0, 0.2, 0.7] };
            let scales = vec![0.8, 1.3];
            let usual = Plan { precision, scales, friction: 1.5, leaps: 2, ..plan(1, 3, 0.0, integrator, 2) };
            let plan = Plan { protocol: Some(protocol), epsilon: 1.0, ..usual };
            let found = carried(&target, &random_drift(&target), &plan, &samples);
            let score = (found.log_z - target.log_z().unwrap()) / found.log_z_stderr;
            assert!(score.abs() < 4.0, "{name}, {precision}: log Z is {score:.1} standard errors off");
            assert_eq!(found.lost, 0, "{name}, {precision}");
        }
    }
}

/// A perfect drift of 40 modes: both bounds meet at log Z = 0, and every exact sample comes from where walkers start. Catches
/// an inverse that leads to other modes, and an upper bound of the wrong sign.
#[test]
fn the_bounds_of_a_perfect_drift_meet() {
    let target = Builtin::parse("gmm40").unwrap();
    let model = Model::exact(&target).unwrap();
    let samples = target.exact_samples(1, 2000).unwrap();
    let plan = plan(2000, 100, 5.0, SPLIT, 0);
    let found = carried(&target, &model, &plan, &samples);
    let (_, walkers) = run(&target, &model, &plan);
    let elbo = walkers.log_weights.iter().sum::<f64>() / 2000.0;
    assert_eq!(found.lost, 0);
    assert!(found.ess > 0.999, "forward ESS {}", found.ess);
    assert!(found.eubo.abs() < 1e-3 + 4.0 * found.eubo_stderr && elbo.abs() < 1e-3, "{} and {elbo}", found.eubo);
    assert!(found.log_z.abs() < 1e-4 + 4.0 * found.log_z_stderr, "{}", found.log_z);
}

/// Half of the mass at 0, half at 8.
struct TwoModes;

impl Density for TwoModes {
    fn dim(&self) -> usize {
        1
    }
    fn potential<R: Real>(&self, x: &[R], gradient: &mut [R]) -> R {
        // −log(½ e^{−x²/2} + ½ e^{−(x−8)²/2}) = x²/2 + log 2 − log(1 + e^{8x − 32}), without overflow.
        let bend = R::c(8.0) * x[0] - R::c(32.0);
        let share = R::one() / (R::one() + math::exp(-bend));
        gradient[0] = x[0] - R::c(8.0) * share;
        let above = bend.max(R::zero());
        let soft = above + math::ln(R::one() + math::exp(-bend.abs()));
        R::c(0.5) * x[0] * x[0] + R::c(2f64.ln()) - soft
    }
}

/// What the measure is for: annealing from a base over one mode of two never sees the other. Its walkers agree on half of the
/// normaliser with equal weights; exact samples tell.
#[test]
fn a_lost_mode_is_seen_going_back_alone() {
    let target = OwnDensity::new("two modes", TwoModes);
    let model = Model::zero(&target);
    let plan = plan(4800, 10, 1.0, SPLIT, 0);
    let exact = 0.5 * std::f64::consts::TAU.ln();
    let (outcome, _) = run(&target, &model, &plan);
    assert!(outcome.ess > 0.99, "the walkers' ESS is {}", outcome.ess);
    assert!((outcome.log_z - (exact - 2f64.ln())).abs() < 0.01, "log Z {} is not half", outcome.log_z);

    let mut samples = gaussians(&[0.0], &[1.0], 4800, 0);
    samples.iter_mut().step_by(2).for_each(|x| *x += 8.0);
    let found = carried(&target, &model, &plan, &samples);
    assert_eq!(found.lost, 0);
    assert!(found.ess < 1e-3, "the forward ESS is {}", found.ess);
    assert!(found.eubo > exact + 3.0, "EUBO {}", found.eubo);
    // Half of the samples come from where walkers are.
    assert!(found.log_weights.iter().skip(1).step_by(2).all(|a| (a + 2f64.ln()).abs() < 0.1));
}

/// Bits do not depend on threads or lanes, nor on how the last block and the last lanes are filled.
#[test]
fn bits_are_those_of_one_walker_at_a_time() {
    let (gmm, gauss) = (Builtin::parse("gmm40").unwrap(), Builtin::parse("gaussian-3").unwrap());
    let inertial = Integrator::Split(Map::Euler, Move::Inertial);
    let drifts = [(&gmm, Model::exact(&gmm).unwrap(), SPLIT), (&gauss, random_drift(&gauss), inertial)];
    for (target, model, integrator) in &drifts {
        for integrator in [*integrator, Integrator::Pair] {
            let samples = target.exact_samples(3, 1000).unwrap();
            for precision in [Precision::F32, Precision::F64] {
                let bits = |width, threads, n| {
                    let plan = Plan { precision, width, threads, ..plan(1, 12, 2.0, integrator, 5) };
                    let found = carried(*target, model, &plan, &samples[..n * target.dim()]);
                    found.log_weights.iter().map(|a| a.to_bits()).collect::<Vec<_>>()
                };
                let widths: Vec<Width> = Width::ALL.into_iter().filter(|width| width.is_available()).collect();
                let reference = bits(widths[0], 1, 1000);
                for &width in &widths {
                    assert!(bits(width, 2, 1000) == reference, "{width}, {precision}, two threads");
                    assert!(bits(width, 1, 501) == reference[..501], "{width}, {precision}, 501 samples");
                }
            }
        }
    }
}

/// What cannot be carried back is refused with the reason, and a stop is no result.
#[test]
fn what_has_no_way_back_is_refused() {
    let target = moving();
    let (model, samples) = (Model::zero(&target), gaussians(&target.mean, &target.sd, 2000, 0));
    let refused = |plan: &Plan, samples: &[f64]| {
        backward(&target, &model, plan, samples, &Silent).expect_err("there is no way back").to_string()
    };
    let usual = plan(1, 4, 0.5, SPLIT, 0);
    assert!(refused(&Plan { integrator: Integrator::Ito, ..usual.clone() }, &samples).contains("backward kernel"));
    assert!(refused(&Plan { until: 0.5, ..usual.clone() }, &samples).contains("t = 1"));
    assert!(refused(&usual, &samples[..3]).contains("rows"));

    struct Stop;
    impl Progress for Stop {
        fn report(&self, status: &Status) -> bool {
            status.done < 2
        }
    }
    assert!(matches!(backward(&target, &model, &usual, &samples, &Stop), Err(Error::Stopped)));
}
