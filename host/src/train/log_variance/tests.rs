use super::*;
use crate::model::{MlpModel, PackedMlp};
use crate::target::{Builtin, PathBox, Target};
use nets_kernel::drift::mlp::layout::parameters;
use nets_kernel::rng::{Purpose, normals};

/// Of the variance over five trajectories of seven places.
#[test]
fn gradients_agree_with_differences() {
    const DIM: usize = 3;
    let random = |label: u64, length: usize| {
        let mut numbers = vec![0.0; length];
        normals(&mut Stream::<f64>::new(1, Purpose::Train, label), &mut numbers);
        numbers
    };
    let sizes = vec![DIM + 1, 7, 5, DIM];
    let theta: Vec<f64> = random(0, parameters(&sizes)).iter().map(|theta| 0.5 * theta).collect();
    let model = MlpModel {
        sizes,
        theta: theta.clone(),
        center: vec![0.1; DIM],
        input_scale: vec![0.7; DIM],
        output_scale: vec![1.2; DIM],
    };
    let t = (0..35).map(|place| f64::from(place % 7) / 6.0).collect();
    let trajectories = Trajectories { x: random(1, 35 * DIM), t, slices: 7 };
    let target = Builtin::parse("doublewell-3").unwrap();
    let path: PathBox<'_, f64> = target.path();
    let at = |theta: &[f64]| {
        let mut packed = PackedMlp::<f64, 4>::new(&model);
        packed.set(theta);
        log_variance(&packed.trainee(), &*path, 0.8, &trajectories)
    };
    let gradient = at(&theta).1;
    let largest = gradient.iter().fold(0.0f64, |largest, g| largest.max(g.abs()));
    for (index, &found) in gradient.iter().enumerate() {
        // Fourth-order central differences: their own error is near 1e-10.
        let shifted = |shift: f64| {
            let mut theta = theta.clone();
            theta[index] += shift;
            at(&theta).0
        };
        let h = 1e-3;
        let expected = (8.0 * (shifted(h) - shifted(-h)) - (shifted(2.0 * h) - shifted(-2.0 * h))) / (12.0 * h);
        assert!((found - expected).abs() <= 1e-7 * largest, "parameter {index}: {found:e} instead of {expected:e}");
    }
}

/// The weights are those that the kernel gives: its own step, redone.
#[test]
fn increments_are_those_of_the_kernel() {
    use nets_kernel::step::{Interval, Motion, Place as End, pair_increment};
    let (from, to) = ([0.3, -0.4], [0.5, 0.1]);
    let here = Place { potential: 1.3, gradient: vec![0.2, -0.7], drift: vec![0.4, 0.9] };
    let there = Place { potential: 0.8, gradient: vec![-0.1, 0.6], drift: vec![0.3, 1.1] };
    let (epsilon, length) = (0.7, 0.05);
    let mut cotangents = [[0.0; 2]; 2];
    let [first, second] = &mut cotangents;
    let found = increment(epsilon, length, [&from, &to], [&here, &there], [first, second]);
    let amplitude = f64::sqrt(2.0 * epsilon * length);
    let xi: Vec<f64> =
        (0..2).map(|i| (to[i] - from[i] - (here.drift[i] - epsilon * here.gradient[i]) * length) / amplitude).collect();
    let interval = Interval { start: 0.2, end: 0.2 + length, motion: Motion::new(epsilon) };
    let ends = (End { x: &from, potential: here.potential }, End { x: &to, potential: there.potential });
    let expected = pair_increment(interval, &xi, ends.0, ends.1, &there.gradient, &there.drift);
    assert!((found - expected).abs() < 1e-12, "{found} instead of {expected}");
}
