//! The network drift against finite differences in double precision.

#[path = "common/network.rs"]
mod network;

use nets_kernel::drift::mlp::{Record, Tape, TapeSize, Trainee};
use nets_kernel::drift::{Drift, Scratch};
use nets_kernel::real::Tile;
use network::{Network, POINTS, close};

#[test]
fn divergence_and_jacobian_agree_with_differences() {
    for sizes in [&[3, 20, 17, 2][..], &[4, 9, 3], &[2, 5, 1]] {
        let network = Network::new(sizes);
        let packed = network.pack();
        let drift = network.view(&packed);
        let d = network.dim();
        let size = Drift::<f64>::scratch(&drift);
        let (mut values, mut streams) = (vec![0.0; size.values], vec![Tile([0.0; 3]); size.streams]);
        for x in POINTS {
            let (t, x) = (0.37, &x[..d]);
            let (mut b, mut jacobian) = (vec![0.0; d], vec![0.0; d * d]);
            let expected = network.jacobian_by_differences(t, x);
            let value = network.value(t, x);
            drift.jacobian(t, x, &mut b, &mut jacobian, Scratch { values: &mut values, streams: &mut streams });
            assert_eq!(b, value);
            for (found, expected) in jacobian.iter().zip(&expected) {
                close(*found, *expected, 1.0 + expected.abs(), 1e-7, "jacobian");
            }
            let scratch = Scratch { values: &mut values, streams: &mut streams };
            let divergence = drift.divergence(t, x, &mut b, scratch);
            let trace: f64 = jacobian.iter().step_by(d + 1).sum();
            close(divergence, trace, 1.0 + trace.abs(), 1e-13, "divergence");
        }
    }
}

/// Tangents along any direction are the Jacobian times it.
#[test]
fn tangents_along_directions_are_those_of_the_jacobian() {
    let sizes = [4, 33, 5, 3];
    let network = Network::new(&sizes);
    let packed = network.pack();
    let trainee = Trainee { network: network.view(&packed), transposed: &packed.transposed };
    let size = TapeSize::new(&sizes, 1);
    let mut buffers: Vec<_> = [size.activations, size.slopes, size.layer, size.layer, size.layer]
        .map(|length| vec![Tile([0.0; 3]); length])
        .into();
    let [activations, slopes, outputs, first, second] = &mut buffers[..] else { unreachable!() };
    let mut samples = vec![0.0; size.samples];
    let mut tape = Tape { activations, slopes, outputs, cotangents: [first, second], samples: &mut samples };
    let along = [[1.0, -0.3], [-1.0, 0.9], [1.0, 2.0]];
    for x in POINTS {
        trainee.forward_along(0.37, &x, |i| along[i], &mut tape);
        let jacobian = network.jacobian_by_differences(0.37, &x);
        for i in 0..3 {
            for stream in [0, 1] {
                let expected: f64 = along.iter().zip(&jacobian[3 * i..]).map(|(v, j)| j * v[stream]).sum();
                close(tape.outputs[i].0[1 + stream], expected, 1.0 + expected.abs(), 1e-7, "tangent");
            }
        }
    }
}

/// A loss that weighs every output and every tangent of every sample differently.
fn cotangent(sample: usize, output: usize, stream: usize) -> f64 {
    ((1 + sample) as f64 * 0.7 + output as f64 * 1.3 + stream as f64 * 2.1).sin()
}

#[test]
fn parameter_gradients_agree_with_differences() {
    for (sizes, along) in [(&[3, 20, 17, 2][..], [0, 1]), (&[4, 9, 3], [2, 3]), (&[4, 33, 5, 3], [1, 2])] {
        let network = Network::new(sizes);
        let d = network.dim();
        let t = 0.37;

        let packed = network.pack();
        let trainee = Trainee { network: network.view(&packed), transposed: &packed.transposed };
        let size = TapeSize::new(sizes, 1);
        let buffer = |length: usize| vec![Tile([0.0; 3]); length];
        // All points but the last in one record, the last in another.
        let mut activations = buffer(POINTS.len() * size.activations);
        let mut samples = vec![0.0; POINTS.len() * size.samples];
        let (mut slopes, mut outputs) = (buffer(size.slopes), buffer(size.layer));
        let (mut first, mut second) = (buffer(size.layer), buffer(size.layer));
        for (sample, x) in POINTS.iter().enumerate() {
            let mut tape = Tape {
                activations: &mut activations[sample * size.activations..][..size.activations],
                samples: &mut samples[sample * size.samples..][..size.samples],
                slopes: &mut slopes,
                outputs: &mut outputs,
                cotangents: [&mut first, &mut second],
            };
            trainee.forward(t, &x[..d], along, &mut tape);
            for output in 0..d {
                tape.cotangents[0][output] = Tile([0, 1, 2].map(|stream| cotangent(sample, output, stream)));
            }
            trainee.reverse(&mut tape);
        }
        let mut gradient = vec![0.0; network.theta.len()];
        let last = POINTS.len() - 1;
        for (tapes, from) in [(last, 0), (1, last)] {
            let activations = &activations[from * size.activations..];
            let samples = &samples[from * size.samples..];
            trainee.add_gradient(&Record { tapes, activations, samples }, &mut gradient);
        }

        let loss = |theta: &[f64]| {
            let network = Network { theta: theta.to_vec(), sizes: sizes.to_vec(), scales: network.scales.clone() };
            let packed = network.pack();
            let drift = network.view(&packed);
            let size = Drift::<f64>::scratch(&drift);
            let (mut values, mut streams) = (vec![0.0; size.values], vec![Tile([0.0; 3]); size.streams]);
            let mut loss = 0.0;
            for (sample, x) in POINTS.iter().enumerate() {
                let (mut b, mut jacobian) = (vec![0.0; d], vec![0.0; d * d]);
                let scratch = Scratch { values: &mut values, streams: &mut streams };
                drift.jacobian(t, &x[..d], &mut b, &mut jacobian, scratch);
                for i in 0..d {
                    loss += cotangent(sample, i, 0) * b[i];
                    for (stream, j) in [(1, along[0]), (2, along[1])] {
                        if j < d {
                            loss += cotangent(sample, i, stream) * jacobian[i * d + j];
                        }
                    }
                }
            }
            loss
        };
        let largest = gradient.iter().fold(0.0f64, |largest, g| largest.max(g.abs()));
        for (index, &found) in gradient.iter().enumerate() {
            // Fourth-order central differences: their own error is near 1e-11.
            let at = |shift: f64| {
                let mut theta = network.theta.clone();
                theta[index] += shift;
                loss(&theta)
            };
            let h = 1e-3;
            let expected = (8.0 * (at(h) - at(-h)) - (at(2.0 * h) - at(-2.0 * h))) / (12.0 * h);
            close(found, expected, largest, 1e-7, &format!("{sizes:?} parameter {index}"));
        }
    }
}
