use super::*;
use crate::model::{MlpModel, PackedMlp};
use crate::target::{Builtin, PathBox, Target};
use nets_kernel::drift::mlp::layout::parameters;
use nets_kernel::rng::{Purpose, normals};
use statrs::distribution::{ContinuousCDF, Normal};

fn random(label: u64, length: usize) -> Vec<f64> {
    let mut numbers = vec![0.0; length];
    normals(&mut Stream::<f64>::new(1, Purpose::Train, label), &mut numbers);
    numbers
}

fn network(d: usize) -> MlpModel {
    let sizes = vec![d + 1, 7, 5, 1];
    let theta = random(0, parameters(&sizes)).iter().map(|theta| 0.5 * theta).collect();
    let scale = |start: f64| (0..d).map(|i| start + 0.3 * i as f64).collect();
    MlpModel { sizes, theta, center: scale(0.1), input_scale: scale(0.7), output_scale: vec![1.2] }
}

/// `φ`, from the network alone.
fn phi(model: &MlpModel, theta: &[f64], t: f64, x: &[f64]) -> f64 {
    let mut packed = PackedMlp::<f64, 4>::new(model);
    packed.set(theta);
    let (mut value, mut memory) = ([0.0], vec![0.0; Drift::<f64>::scratch(&packed).values]);
    packed.value(t, x, &mut value, Scratch { values: &mut memory, streams: &mut [] });
    value[0]
}

/// `f` along coordinate `i` of a point, shifted by multiples of `h`: first and second derivatives by fourth-order central
/// differences.
fn derivatives(h: f64, f: impl Fn(f64) -> f64) -> (f64, f64) {
    let [far_down, down, here, up, far_up] = [-2.0, -1.0, 0.0, 1.0, 2.0].map(|k| f(k * h));
    let first = (8.0 * (up - down) - (far_up - far_down)) / (12.0 * h);
    (first, (16.0 * (up + down) - (far_up + far_down) - 30.0 * here) / (12.0 * h * h))
}

fn derivative(h: f64, f: impl Fn(f64) -> f64) -> f64 {
    derivatives(h, f).0
}

fn covariance(a: &[f64], b: &[f64]) -> f64 {
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    let (centre_a, centre_b) = (mean(a), mean(b));
    a.iter().zip(b).map(|(a, b)| (a - centre_a) * (b - centre_b)).sum::<f64>() / (a.len() as f64 - 1.0)
}

/// With everything but the parameters' own differences from differences of `φ`: the loss, and `−Cov(φ_θ, r)` at the
/// residuals of the network as it stands, whose derivative the objective gives.
#[test]
fn loss_and_gradient_agree_with_differences() {
    const DIM: usize = 3;
    let model = network(DIM);
    let target = Builtin::parse("doublewell-3").unwrap();
    let path: PathBox<'_, f64> = target.path();
    let t: Vec<f64> = (0..CHUNK).map(|sample| 0.2 + 0.3 * (sample / SLICE) as f64).collect();
    let samples = Samples { x: random(1, CHUNK * DIM), t, slice: SLICE };
    let (loss, gradient) = action(&PackedMlp::<f64, 4>::new(&model).trainee(), &*path, &samples, 1.0);

    let places: Vec<(&[f64], f64)> = samples.x.chunks(DIM).zip(samples.t.iter().copied()).collect();
    let (mut residuals, mut energies) = (vec![], vec![]);
    for &(x, t) in &places {
        let (mut gradient, mut room) = (vec![0.0; DIM], vec![0.0; path.scratch()]);
        let (_, rate) = path.potential_and_rate(t, x, &mut gradient, &mut room);
        let (mut residual, mut energy) = (-rate, 0.0);
        for (i, &g) in gradient.iter().enumerate() {
            let (first, second) = derivatives(1e-2, |shift| {
                let mut x = x.to_vec();
                x[i] += shift;
                phi(&model, &model.theta, t, &x)
            });
            residual += second - g * first;
            energy += 0.5 * first * first;
        }
        residuals.push(residual);
        energies.push(energy);
    }
    let slices = (CHUNK / SLICE) as f64;
    let covariances = |theta: &[f64]| {
        let values: Vec<f64> = places.iter().map(|&(x, t)| phi(&model, theta, t, x)).collect();
        values.chunks(SLICE).zip(residuals.chunks(SLICE)).map(|(phi, r)| covariance(phi, r)).sum::<f64>() / slices
    };
    let expected = -energies.iter().sum::<f64>() / CHUNK as f64 - covariances(&model.theta);
    assert!((loss - expected).abs() < 1e-7 * (1.0 + expected.abs()), "{loss} instead of {expected}");

    let largest = gradient.iter().fold(0.0f64, |largest, g| largest.max(g.abs()));
    for (index, &found) in gradient.iter().enumerate() {
        let expected = -derivative(1e-3, |shift| {
            let mut theta = model.theta.clone();
            theta[index] += shift;
            covariances(&theta)
        });
        assert!((found - expected).abs() <= 1e-7 * largest, "parameter {index}: {found:e} instead of {expected:e}");
    }
    // The last parameter is added to φ everywhere, which changes nothing.
    assert!(gradient.last().unwrap().abs() < 1e-13 * largest);
}

/// A path that says of its rate that it is the opposite.
struct Backwards<'a>(PathBox<'a, f64>);

impl Path<f64> for Backwards<'_> {
    fn dim(&self) -> usize {
        self.0.dim()
    }
    fn scratch(&self) -> usize {
        self.0.scratch()
    }
    fn log_z_base(&self) -> f64 {
        self.0.log_z_base()
    }
    fn base(&self, xi: &[f64], x: &mut [f64]) {
        self.0.base(xi, x);
    }
    fn potential_and_rate(&self, t: f64, x: &[f64], gradient: &mut [f64], scratch: &mut [f64]) -> (f64, f64) {
        let (potential, rate) = self.0.potential_and_rate(t, x, gradient, scratch);
        (potential, -rate)
    }
}

/// The loss as action matching has it, `∫ E[½|∇φ|² + ∂_tφ] dt + E[φ_0] − E[φ_1]`, and its derivatives by differences, are
/// what the objective gives, for a network that is not near the minimum: on Gaussians on the way from N(0, 1) to
/// N(1, ½²), with their quantiles for walkers. Those leave errors of a few thousandths; with one sign wrong in the residual
/// the derivatives are off by as much as they are long.
#[test]
fn it_is_the_loss_of_action_matching() {
    const WALKERS: usize = 768;
    const SLICES: usize = 16;
    let model = network(1);
    let target = Builtin::parse("gaussian-1").unwrap();
    let normal = Normal::standard();
    let quantiles: Vec<f64> = (0..WALKERS).map(|k| normal.inverse_cdf((k as f64 + 0.5) / WALKERS as f64)).collect();
    // e^{−U_t} is the product of powers 1 − t and t of the two densities.
    let walkers = |t: f64| {
        let precision = 1.0 + 3.0 * t;
        quantiles.iter().map(move |z| 4.0 * t / precision + z / precision.sqrt())
    };
    let times: Vec<f64> = (0..SLICES).map(|k| (k as f64 + 0.5) / SLICES as f64).collect();
    let samples = Samples {
        x: times.iter().flat_map(|&t| walkers(t)).collect(),
        t: times.iter().flat_map(|&t| [t; WALKERS]).collect(),
        slice: WALKERS,
    };
    let packed = PackedMlp::<f64, 4>::new(&model);
    let path: PathBox<'_, f64> = target.path();
    let (loss, gradient) = action(&packed.trainee(), &*path, &samples, 1.0);

    let expected = |theta: &[f64]| {
        let mut packed = PackedMlp::<f64, 4>::new(&model);
        packed.set(theta);
        let mut memory = vec![0.0; Drift::<f64>::scratch(&packed).values];
        let mut phi = |t: f64, x: f64| {
            let mut value = [0.0];
            packed.value(t, &[x], &mut value, Scratch { values: &mut memory, streams: &mut [] });
            value[0]
        };
        let (mut within, h) = (0.0, 1e-4);
        for &t in &times {
            for x in walkers(t) {
                let slope = (phi(t, x + h) - phi(t, x - h)) / (2.0 * h);
                within += 0.5 * slope * slope + (phi(t + h, x) - phi(t - h, x)) / (2.0 * h);
            }
        }
        let ends: f64 = walkers(0.0).map(|x| phi(0.0, x)).sum::<f64>() - walkers(1.0).map(|x| phi(1.0, x)).sum::<f64>();
        (within / SLICES as f64 + ends) / WALKERS as f64
    };
    let difference = (loss - expected(&model.theta)).abs();
    assert!(difference < 0.01 * loss.abs(), "{loss} and {}", expected(&model.theta));
    let derivatives: Vec<f64> = (0..gradient.len())
        .map(|index| {
            let at = |shift: f64| {
                let mut theta = model.theta.clone();
                theta[index] += shift;
                expected(&theta)
            };
            (at(1e-3) - at(-1e-3)) / 2e-3
        })
        .collect();
    let length = |values: &[f64]| values.iter().map(|g| g * g).sum::<f64>().sqrt();
    let off = |gradient: &[f64]| {
        let differences: Vec<f64> = gradient.iter().zip(&derivatives).map(|(a, b)| a - b).collect();
        length(&differences) / length(&derivatives)
    };
    println!("loss off by {difference:.1e} of {loss:.3}, derivatives by {:.1e}", off(&gradient));
    assert!(off(&gradient) < 0.01);
    let (_, wrong) = action(&packed.trainee(), &Backwards(target.path()), &samples, 1.0);
    assert!(off(&wrong) > 0.5, "the rate's sign does not matter: {}", off(&wrong));
}

#[test]
fn walkers_are_drawn_in_proportion_to_their_weights() {
    let log_weights = [2f64.ln(), f64::NEG_INFINITY, 0.0, f64::NAN, 4f64.ln(), f64::NEG_INFINITY];
    for uniform in [1e-9, 0.3, 0.7, 1.0] {
        let mut counts = [0; 6];
        draw(&log_weights, uniform, 64).for_each(|walker| counts[walker] += 1);
        for (&count, weight) in counts.iter().zip([2.0, 0.0, 1.0, 0.0, 4.0, 0.0]) {
            assert!((f64::from(count) - 64.0 * weight / 7.0).abs() < 1.0, "{counts:?}");
            assert!(weight > 0.0 || count == 0, "{counts:?}");
        }
    }
    assert!(draw(&[f64::NEG_INFINITY; 3], 0.5, 8).all(|walker| walker == 0));
}
