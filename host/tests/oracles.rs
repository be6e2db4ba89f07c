//! Sampling against closed forms. Tests of estimates state their standard error and allow four of them (a false
//! alarm in 16 000 runs, and seeds are fixed); each names the mistake it is there to catch.

mod common;

use common::calibration::Case;
use common::{Keep, Moving, plan, random_drift, random_gradient, run};
use nets_host::engine::{Plan, kl_bound};
use nets_host::model::Model;
use nets_host::progress::{Progress, Silent, Status};
use nets_host::target::{Builtin, DriftBox, PathBox, Target};
use nets_kernel::drift::{Drift, Scratch};
use nets_kernel::path::Path;
use nets_kernel::resample::Resampling;
use nets_kernel::rng::{Purpose, Stream, normals};
use nets_kernel::step::{Integrator, Map, Move};

const SPLIT: Integrator = Integrator::Split(Map::Midpoint, Move::Mala);

const EXACT: [(&str, Integrator); 8] = [
    ("inertial", Integrator::Split(Map::Midpoint, Move::Inertial)),
    ("inertial, Euler", Integrator::Split(Map::Euler, Move::Inertial)),
    ("inertial, unadjusted", Integrator::Split(Map::Midpoint, Move::InertialUnadjusted)),
    ("pair", Integrator::Pair),
    ("split, Euler, MALA", Integrator::Split(Map::Euler, Move::Mala)),
    ("split, Euler, unadjusted", Integrator::Split(Map::Euler, Move::Unadjusted)),
    ("split, midpoint, MALA", SPLIT),
    ("split, midpoint, unadjusted", Integrator::Split(Map::Midpoint, Move::Unadjusted)),
];

/// Points spread over `scale`.
fn points(d: usize, scale: f64) -> Vec<Vec<f64>> {
    let mut stream = Stream::<f64>::new(11, Purpose::Evaluate, 0);
    let mut point = || {
        let mut x = vec![0.0; d];
        normals(&mut stream, &mut x);
        x.iter_mut().for_each(|x| *x *= scale);
        x
    };
    (0..20).map(|_| point()).collect()
}

fn potential(path: &dyn Path<f64>, t: f64, x: &[f64]) -> (f64, Vec<f64>, f64) {
    let (mut gradient, mut scratch) = (vec![0.0; x.len()], vec![0.0; path.scratch()]);
    let (u, rate) = path.potential_and_rate(t, x, &mut gradient, &mut scratch);
    (u, gradient, rate)
}

/// `∇·b − ∇U·b − ∂_tU`, which a perfect drift makes the same everywhere: `∂_t log Z_t`.
fn residual(path: &dyn Path<f64>, drift: &dyn Drift<f64>, t: f64, x: &[f64]) -> f64 {
    let (_, gradient, rate) = potential(path, t, x);
    let size = drift.scratch();
    let mut values = vec![0.0; size.values];
    let mut b = vec![0.0; x.len()];
    let divergence = drift.divergence(t, x, &mut b, Scratch { values: &mut values, streams: &mut [] });
    divergence - gradient.iter().zip(&b).map(|(g, b)| g * b).sum::<f64>() - rate
}

#[test]
fn perfect_drifts_leave_a_constant_residual() {
    let moving = Moving::example();
    let gmm = Builtin::parse("gmm40").unwrap();
    for t in [0.05, 0.5, 0.95] {
        let (path, drift): (PathBox<'_, f64>, DriftBox<'_, f64>) = (moving.path(), moving.perfect_drift().unwrap());
        let log_z_rate: f64 = moving.sd.iter().map(|sd| (sd - 1.0) / (1.0 + t * (sd - 1.0))).sum();
        for x in points(2, 2.0) {
            assert!((residual(&*path, &*drift, t, &x) - log_z_rate).abs() < 1e-12);
        }
        let (path, drift): (PathBox<'_, f64>, DriftBox<'_, f64>) = (gmm.path(), gmm.perfect_drift().unwrap());
        for x in points(2, 20.0 * t) {
            let scale = 1.0 + potential(&*path, t, &x).2.abs();
            assert!(residual(&*path, &*drift, t, &x).abs() < 1e-11 * scale);
        }
    }
}

/// The Jacobian that `split` needs against the divergence that `ito` needs, and both against differences.
#[test]
fn the_mixture_drift_has_the_jacobian_it_says() {
    let gmm = Builtin::parse("gmm40").unwrap();
    let drift: DriftBox<'_, f64> = gmm.perfect_drift().unwrap();
    let mut values = vec![0.0; drift.scratch().values];
    let (t, h) = (0.4, 1e-5);
    for x in points(2, 8.0) {
        let (mut b, mut jacobian) = ([0.0; 2], [0.0; 4]);
        drift.jacobian(t, &x, &mut b, &mut jacobian, Scratch { values: &mut values, streams: &mut [] });
        let divergence = drift.divergence(t, &x, &mut b, Scratch { values: &mut values, streams: &mut [] });
        assert!((divergence - jacobian[0] - jacobian[3]).abs() < 1e-11 * (1.0 + divergence.abs()));
        for j in 0..2 {
            let mut at = |shift: f64| {
                let (mut x, mut b) = (x.clone(), [0.0; 2]);
                x[j] += shift;
                drift.value(t, &x, &mut b, Scratch { values: &mut values, streams: &mut [] });
                b
            };
            let (up, down) = (at(h), at(-h));
            for i in 0..2 {
                let expected = (up[i] - down[i]) / (2.0 * h);
                let found = jacobian[2 * i + j];
                assert!((found - expected).abs() < 1e-6 * (1.0 + expected.abs()), "{found} and {expected}");
            }
        }
    }
}

/// z-scores of `Ẑ / Z` over 200 seeds, for weights that must be unbiased however few the steps: they are standard
/// normal. Catches a wrong sign or factor in a weight, a kernel or a determinant, and a wrong standard error. The long
/// form, with every combination, is `cargo bench -p nets-host --bench calibration`.
#[test]
fn few_steps_are_unbiased_and_their_errors_calibrated() {
    let target = Moving::example();
    let drifts =
        [Model::zero(&target), random_drift(&target), Model::exact(&target).unwrap(), random_gradient(&target)];
    for (name, integrator) in EXACT {
        for (steps, model, resample) in [
            (1, &drifts[0], false),
            (1, &drifts[1], false),
            (2, &drifts[1], true),
            (5, &drifts[2], true),
            (1, &drifts[3], false),
            (2, &drifts[3], true),
        ] {
            let case = Case { integrator, steps, model, resample };
            let verdict = case.verdict(200);
            assert!(verdict.passes(), "{name}, {steps} steps, {:?}: {verdict}", model.record.drift);
        }
    }
}

/// Estimates do not depend on the drift nor on ε. Catches weights that are right for a special drift only.
#[test]
fn estimates_depend_neither_on_the_drift_nor_on_epsilon() {
    let target = Moving::example();
    let exact = target.log_z().unwrap();
    for (name, integrator) in EXACT {
        for model in
            [Model::zero(&target), random_drift(&target), random_gradient(&target), Model::exact(&target).unwrap()]
        {
            for epsilon in [0.3, 2.0] {
                let (outcome, walkers) = run(&target, &model, &plan(20_000, 12, epsilon, integrator, 3));
                let score = (outcome.log_z - exact) / outcome.log_z_stderr.max(1e-9);
                assert!(score.abs() < 4.0, "{name}, {}, epsilon {epsilon}: log Z off {score:.1}", model.record.drift);
                moments_agree(&target, &walkers, name);
            }
        }
    }
}

/// Weighted mean and variance of each coordinate, within four standard errors (delta method for the ratio).
fn moments_agree(target: &Moving, walkers: &Keep, name: &str) {
    let weights: Vec<f64> = walkers.log_weights.iter().map(|a| a.exp()).collect();
    let total: f64 = weights.iter().sum();
    for (i, (mean, sd)) in target.mean.iter().zip(&target.sd).enumerate() {
        let values = walkers.x.iter().skip(i).step_by(2);
        for (what, expected, h) in [
            ("mean", 0.0, Box::new(|x: f64| x - mean) as Box<dyn Fn(f64) -> f64>),
            ("variance", sd * sd, Box::new(|x: f64| (x - mean) * (x - mean))),
        ] {
            let estimate = values.clone().zip(&weights).map(|(&x, w)| w * h(x)).sum::<f64>() / total;
            let error = values.clone().zip(&weights).map(|(&x, w)| (w * (h(x) - estimate)).powi(2)).sum::<f64>();
            let score = (estimate - expected) / (error.sqrt() / total);
            assert!(score.abs() < 4.0, "{name}: {what} of coordinate {i} off by {score:.1} standard errors");
        }
    }
}

/// Continuous-time weights are right in the limit of short steps. Catches a term that is missing from their rate or has
/// the wrong sign; that divergences are right, `tests/network.rs` and the Jacobian's test above see. Bias 0.5 Δ would be
/// 0.001 here; the standard error is near 0.004.
#[test]
fn ito_weights_converge() {
    let target = Moving::example();
    for model in [random_drift(&target), Model::exact(&target).unwrap()] {
        let (outcome, _) = run(&target, &model, &plan(20_000, 500, 1.0, Integrator::Ito, 1));
        let error = outcome.log_z - target.log_z().unwrap();
        assert!(error.abs() < 4.0 * outcome.log_z_stderr + 0.004, "{}: {error:.4}", model.record.drift);
    }
}

/// A perfect drift keeps the weights of 40 modes equal where the integrator allows it.
#[test]
fn the_perfect_drift_of_the_mixture_has_equal_weights() {
    let gmm = Builtin::parse("gmm40").unwrap();
    let model = Model::exact(&gmm).unwrap();
    let (outcome, _) = run(&gmm, &model, &plan(4000, 100, 5.0, SPLIT, 0));
    assert!(outcome.ess > 0.999, "ESS {}", outcome.ess);
    assert!(outcome.log_z.abs() < 4.0 * outcome.log_z_stderr + 1e-4);
}

/// Resampling leaves `Ẑ` unbiased, by any scheme. Catches a log Z that is lost or counted twice at a resampling.
#[test]
fn resampling_keeps_the_estimate() {
    let target = Moving::example();
    let exact = target.log_z().unwrap();
    for resampling in [Resampling::Systematic, Resampling::Stratified, Resampling::Residual, Resampling::Multinomial] {
        let errors: Vec<f64> = (0..100)
            .map(|seed| {
                let plan = Plan { resample_below: Some(0.97), resampling, ..plan(1920, 6, 0.8, SPLIT, seed) };
                let (outcome, _) = run(&target, &random_drift(&target), &plan);
                assert!(outcome.resamplings > 0);
                (outcome.log_z - exact).exp() - 1.0
            })
            .collect();
        let mean = errors.iter().sum::<f64>() / 100.0;
        let stderr = (errors.iter().map(|e| (e - mean).powi(2)).sum::<f64>() / 9900.0).sqrt();
        assert!(mean.abs() < 4.0 * stderr, "{resampling:?}: Z is off by {mean:.4} ± {stderr:.4}");
    }
}

/// Walkers that leave the support are lost, counted, and harm no sum.
#[test]
fn walkers_outside_the_support_are_counted() {
    use nets_host::target::{Density, OwnDensity};
    use nets_kernel::real::{Real, Scalar};

    struct HalfLine;
    impl Density for HalfLine {
        fn dim(&self) -> usize {
            1
        }
        fn potential<R: Real>(&self, x: &[R], gradient: &mut [R]) -> R {
            gradient[0] = x[0];
            R::select_lt(R::zero(), x[0], R::c(0.5) * x[0] * x[0], R::splat(R::Scalar::INFINITY))
        }
    }
    let target = OwnDensity::new("half-line", HalfLine);
    let (outcome, walkers) = run(&target, &Model::zero(&target), &plan(20_000, 4, 0.5, SPLIT, 0));
    // Half of N(0, 1) starts outside, and its walkers stay lost; the move rejects proposals that would leave.
    let expected = 0.5 * std::f64::consts::TAU.ln() - 2f64.ln();
    let score = (outcome.log_z - expected) / outcome.log_z_stderr;
    assert!(score.abs() < 4.0, "log Z off by {score:.1} standard errors");
    let lost = walkers.log_weights.iter().filter(|a| **a == f64::NEG_INFINITY).count() as u64;
    assert_eq!(lost, outcome.lost_walkers);
    assert!((lost as f64 - 10_000.0).abs() < 4.0 * 70.7, "{lost} lost");
}

/// The bound of the perfect drift is rounding. Without drift and diffusion walkers keep the base density, so residual and
/// divergence are known: with `z = (x − tm)/s_t`, `r + ∂_tF` is the sum over coordinates of `z(m + zṡ)/s − ṡ/s`, a
/// polynomial of Gaussians. Catches a residual or `∂_tF` of the wrong sign, a missing root, weights in the wrong mean.
#[test]
fn the_bound_bounds_the_divergence() {
    let target = Moving::example();
    let settings = Plan { walkers: 19_200, steps: 200, epsilon: 0.0, seed: 4, threads: 2, ..Plan::default() };
    let bound = |model: &Model, settings: &Plan| kl_bound(&target, model, settings, &Silent).unwrap().unwrap();
    assert!(bound(&Model::exact(&target).unwrap(), &settings) < 1e-10);

    let mut integral = 0.0;
    for k in 0..200 {
        let t = (f64::from(k) + 0.5) / 200.0;
        let (mut mean, mut variance) = (0.0, 0.0);
        for (m, sd) in target.mean.iter().zip(&target.sd) {
            let (s, rate) = (1.0 + t * (sd - 1.0), sd - 1.0);
            let (mu, v) = (-t * m / s, 1.0 / (s * s));
            mean += (m * mu + rate * (mu * mu + v) - rate) / s;
            variance +=
                (m * m * v + rate * rate * (2.0 * v * v + 4.0 * mu * mu * v) + 4.0 * m * rate * mu * v) / (s * s);
        }
        integral += (variance + mean * mean) / 200.0;
    }
    let divergence: f64 =
        target.mean.iter().zip(&target.sd).map(|(m, s)| s.ln() + (1.0 + m * m) / (2.0 * s * s) - 0.5).sum();
    let still = bound(&Model::zero(&target), &settings);
    // The standard error of the mean square is near 1.5 percent.
    assert!((still / integral.sqrt() - 1.0).abs() < 0.03, "{still} instead of {}", integral.sqrt());
    assert!(still > divergence, "{still} bounds {divergence}");
    // Diffusion holds walkers to the path, so it brings the bound down.
    assert!(bound(&Model::zero(&target), &Plan { epsilon: 2.0, ..settings.clone() }) < still);

    // Half a bound is none.
    struct Half;
    impl Progress for Half {
        fn report(&self, status: &Status) -> bool {
            status.done < 100
        }
    }
    assert_eq!(kl_bound(&target, &Model::zero(&target), &settings, &Half).unwrap(), None);
}
