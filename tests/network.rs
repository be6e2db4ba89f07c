//! The network drift against finite differences in double precision.

use nets_kernel::drift::mlp::layout::{OUTPUT_TILE, pack, packed_rows, parameters, rows};
use nets_kernel::drift::mlp::{Mlp, Record, Scaling, Tape, TapeSize, Trainee};
use nets_kernel::drift::{Drift, Scratch};
use nets_kernel::real::Tile;
use nets_kernel::rng::{Purpose, Stream, normals};

const TILE: usize = 4;

/// A network with everything it borrows.
struct Network {
    sizes: Vec<usize>,
    theta: Vec<f64>,
    scales: [Vec<f64>; 3],
}

/// Its packed parameters.
struct Packed {
    hidden: Vec<[f64; TILE]>,
    output: Vec<[f64; OUTPUT_TILE]>,
    transposed: Vec<[f64; TILE]>,
}

impl Network {
    fn new(sizes: &[usize]) -> Network {
        let mut theta = vec![0.0; parameters(sizes)];
        normals(&mut Stream::new(1, Purpose::Train, 0), &mut theta);
        theta.iter_mut().for_each(|theta| *theta *= 0.5);
        let d = sizes[sizes.len() - 1];
        let ramp = |start: f64| (0..d).map(|i| start + 0.3 * i as f64).collect();
        Network { sizes: sizes.to_vec(), theta, scales: [ramp(0.1), ramp(0.7), ramp(1.5)] }
    }

    fn dim(&self) -> usize {
        self.scales[0].len()
    }

    fn pack(&self) -> Packed {
        let mut packed = Packed { hidden: vec![], output: vec![], transposed: vec![] };
        let mut rest = &self.theta[..];
        for (layer, pair) in self.sizes.windows(2).enumerate() {
            let (inputs, outputs) = (pair[0], pair[1]);
            let (weights, after) = rest.split_at(inputs * outputs);
            let (biases, after) = after.split_at(outputs);
            rest = after;
            let (weight, bias) = (|i: usize, o: usize| weights[i * outputs + o], |o: usize| biases[o]);
            if layer + 2 == self.sizes.len() {
                packed.output = vec![[0.0; OUTPUT_TILE]; packed_rows(inputs, outputs, OUTPUT_TILE)];
                pack(inputs, outputs, weight, bias, &mut packed.output);
            } else {
                let mut rows = vec![[0.0; TILE]; packed_rows(inputs, outputs, TILE)];
                pack(inputs, outputs, weight, bias, &mut rows);
                packed.hidden.extend(rows);
            }
            if layer > 0 {
                let mut rows = vec![[0.0; TILE]; packed_rows(outputs, inputs, TILE)];
                pack(outputs, inputs, |o, i| weights[i * outputs + o], |_| 0.0, &mut rows);
                packed.transposed.extend(rows);
            }
        }
        packed
    }

    fn view<'a>(&'a self, packed: &'a Packed) -> Mlp<'a, f64, TILE> {
        let [center, input, output] = &self.scales;
        Mlp {
            sizes: &self.sizes,
            hidden: &packed.hidden,
            output: &packed.output,
            scaling: Scaling { center, input, output },
        }
    }

    fn value(&self, t: f64, x: &[f64]) -> Vec<f64> {
        let packed = self.pack();
        let mut b = vec![0.0; self.dim()];
        let mut values = vec![0.0; 2 * rows(self.sizes.iter().copied().max().unwrap())];
        self.view(&packed).value(t, x, &mut b, Scratch { values: &mut values, streams: &mut [] });
        b
    }

    /// `∂b_i/∂x_j` by central differences, accurate to about 1e-10.
    fn jacobian_by_differences(&self, t: f64, x: &[f64]) -> Vec<f64> {
        let (d, h) = (self.dim(), 1e-5);
        let mut jacobian = vec![0.0; d * d];
        for j in 0..d {
            let at = |shift: f64| {
                let mut x = x.to_vec();
                x[j] += shift;
                self.value(t, &x)
            };
            let (up, down) = (at(h), at(-h));
            for i in 0..d {
                jacobian[i * d + j] = (up[i] - down[i]) / (2.0 * h);
            }
        }
        jacobian
    }
}

fn close(found: f64, expected: f64, scale: f64, tolerance: f64, what: &str) {
    assert!((found - expected).abs() <= tolerance * scale, "{what}: {found:e} instead of {expected:e}");
}

const POINTS: [[f64; 3]; 3] = [[0.3, -0.8, 0.5], [-1.2, 0.4, 0.1], [0.9, 1.1, -0.6]];

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
