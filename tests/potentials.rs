//! Potentials against finite differences, quadrature and closed forms.

mod common;

use common::{assert_close, check_potential, log_integral, log_integral_2, points, potential};
use nets_kernel::path::OpeningFunnel;
use nets_kernel::path::{AtTime, GaussianMixture, StudentMixture};
use nets_kernel::potential::{
    Banana, Base, CorrelatedGaussian, CoxProcess, DoubleWell, Funnel, Gaussian, Lattice, LogisticRegression, ManyWell,
    Phi4, Potential,
};
use std::cmp::Ordering;
use std::f64::consts::{LN_2, TAU};

/// The dimension of what is given by a triangular matrix: two full blocks of rows, and a row.
const D: usize = 9;

/// A Cholesky factor. What is above the diagonal is not to be read.
fn factor() -> Vec<f64> {
    let entry = |i: usize, j: usize| match j.cmp(&i) {
        Ordering::Less => 1.0 / (2.0 + i as f64) - 0.1 * j as f64,
        Ordering::Equal => 0.5 + 0.1 * i as f64,
        Ordering::Greater => f64::NAN,
    };
    (0..D * D).map(|k| entry(k / D, k % D)).collect()
}

fn correlated() -> CorrelatedGaussian<Vec<f64>> {
    CorrelatedGaussian { mean: (0..D).map(|i| i as f64 - 3.0).collect(), factor: factor() }
}

fn regression(labels: &[f64]) -> LogisticRegression<Vec<f64>> {
    let features = [1.0, 0.3, 1.0, -1.7, 1.0, 2.2];
    LogisticRegression { dim: 2, features: features[..2 * labels.len()].to_vec(), labels: labels.to_vec() }
}

fn cox(area: f64) -> CoxProcess<f64, Vec<f64>> {
    CoxProcess { mean: 0.4, factor: vec![0.9, 9.0, 0.5, 0.7], counts: vec![3.0, 1.0], area }
}

fn students() -> StudentMixture<f64, Vec<f64>> {
    StudentMixture {
        dim: 2,
        centres: vec![3.0, -2.0, -1.0, 4.0],
        log_weights: vec![0.3f64.ln(), 0.7f64.ln()],
        base_scale: 2.0,
        scale: 0.5,
    }
}

fn gaussians() -> GaussianMixture<f64, Vec<f64>> {
    let StudentMixture { dim, centres, log_weights, base_scale, scale } = students();
    GaussianMixture { dim, means: centres, log_weights, base_sd: base_scale, sd: scale }
}

#[test]
fn gradients_agree_with_differences() {
    check_potential("Gaussian", &Gaussian { mean: vec![0.5, -1.0], sd: vec![0.3, 2.0] }, 1.5);
    check_potential("correlated Gaussian", &correlated(), 1.5);
    check_potential("double well", &DoubleWell { dim: 3 }, 1.5);
    check_potential("many wells", &ManyWell { pairs: 2 }, 1.5);
    check_potential("funnel", &Funnel { dim: 4, sd: 3.0 }, 1.5);
    check_potential("banana", &Banana { dim: 4, sd: 2.0, bend: 0.3 }, 1.5);
    for lattice in [(5, 1), (4, 2), (3, 3), (2, 2), (1, 2)] {
        let lattice = Lattice { side: lattice.0, axes: lattice.1 };
        check_potential("phi4", &Phi4 { lattice, mass_squared: -1.0, coupling: 0.9 }, 1.0);
    }
    check_potential("logistic regression", &regression(&[1.0, -1.0, -1.0]), 3.0);
    check_potential("Cox process", &cox(0.2), 1.0);
    let counts = (0..D).map(|i| i as f64).collect();
    check_potential("Cox process", &CoxProcess { mean: 0.4, factor: factor(), counts, area: 0.2 }, 0.5);
    check_potential("Student mixture", &AtTime { path: students(), t: 1.0 }, 4.0);
    check_potential("Gaussian mixture", &AtTime { path: gaussians(), t: 1.0 }, 4.0);
}

/// Normalisers as documented, by quadrature to 1e−7: catches a constant that is missing or counted twice.
#[test]
fn normalisers_agree_with_quadrature() {
    let planar = CorrelatedGaussian { mean: vec![0.5, -1.0], factor: vec![1.2, 9.0, -0.7, 0.5] };
    assert_close("correlated Gaussian", log_integral_2(&planar), Base::<f64>::log_z(&planar), 0.0);
    assert_close("double well", log_integral_2(&DoubleWell { dim: 2 }), 2.0 * DoubleWell::LOG_Z_PER_COORDINATE, 0.0);
    assert_close("many wells", log_integral_2(&ManyWell { pairs: 1 }), ManyWell::LOG_Z_PER_PAIR, 0.0);
    assert_close("many wells", 16.0 * ManyWell::LOG_Z_PER_PAIR, 164.695_682, 0.0);
    assert_close("funnel", log_integral_2(&Funnel { dim: 2, sd: 1.0 }), 0.0, 0.0);
    let banana = Banana { dim: 2, sd: 1.5, bend: 0.4 };
    assert_close("banana", log_integral_2(&banana), banana.log_z(), 0.0);
    for t in [0.0, 0.6, 1.0] {
        let one = StudentMixture { dim: 1, centres: vec![3.0, -1.0], ..students() };
        let one = AtTime { path: one, t };
        assert_close("Student mixture", log_integral(|x| potential(&one, &[x]).0), 0.0, 0.0);
        assert_close("Gaussian mixture", log_integral_2(&AtTime { path: gaussians(), t }), 0.0, 0.0);
    }
    // One label is as likely as the other under the prior.
    assert_close("logistic regression", log_integral_2(&regression(&[1.0])), -LN_2, 0.0);
    assert_close("logistic regression", log_integral_2(&regression(&[-1.0])), -LN_2, 0.0);
}

/// The evidence of a Cox process: without area that of a linear function of a Gaussian, `μ Σ c + ½ cᵀ L Lᵀ c`, and with
/// it the integral over the log intensity of one cell.
#[test]
fn the_evidence_of_a_cox_process() {
    let linear = 0.4 * 4.0 + 0.5 * (3.2f64.powi(2) + 0.7f64.powi(2));
    assert_close("Cox process", log_integral_2(&cox(0.0)), linear, 0.0);
    let [mean, sd, count, area] = [0.4f64, 0.9, 3.0, 0.2];
    let cell = CoxProcess { mean, factor: vec![sd], counts: vec![count], area };
    let direct = |f: f64| 0.5 * ((f - mean) / sd).powi(2) + (sd * TAU.sqrt()).ln() - f * count + area * f.exp();
    assert_close("Cox process", log_integral(|x| potential(&cell, &[x]).0), log_integral(direct), 0.0);
}

/// Samples carry the density of the normal numbers that they are made of: `U(x(ξ)) = ½ |ξ|² + log |det ∂x/∂ξ| + …`.
/// Catches a wrong scale or a missing mean in a sampler, to rounding.
#[test]
fn samplers_transport_the_normal_density() {
    for xi in points(D, 1.0) {
        let half_square = 0.5 * xi.iter().map(|x| x * x).sum::<f64>();
        let same = |name: &str, u: f64, expected: f64| {
            assert!((u - expected).abs() < 1e-12 * (1.0 + u.abs()), "{name}: {u} and {expected}");
        };
        let mut x = vec![0.0; D];
        correlated().sample(&xi, &mut x);
        same("correlated Gaussian", potential(&correlated(), &x).0, half_square);
        let banana = Banana { dim: D, sd: 2.0, bend: 0.3 };
        banana.sample(&xi, &mut x);
        same("banana", potential(&banana, &x).0, half_square);
        let funnel = Funnel { dim: D, sd: 3.0 };
        OpeningFunnel(funnel).sample(1.0, &xi, &mut x);
        same("funnel", potential(&funnel, &x).0, half_square + 4.0 * x[0] + 3f64.ln() + 4.5 * TAU.ln());
    }
}

/// A density that is wrong by a tenth of a percent in one gradient component is found.
#[test]
#[should_panic(expected = "planted")]
fn a_planted_fault_is_found() {
    struct Wrong;
    impl<R: nets_kernel::real::Real> Potential<R> for Wrong {
        fn dim(&self) -> usize {
            2
        }
        fn potential(&self, x: &[R], gradient: &mut [R], scratch: &mut [R]) -> R {
            let u = Banana { dim: 2, sd: R::c(1.5).lane(0), bend: R::c(0.4).lane(0) }.potential(x, gradient, scratch);
            gradient[1] = gradient[1] * R::c(1.001);
            u
        }
    }
    check_potential("planted", &Wrong, 1.5);
}
