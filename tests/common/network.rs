//! A network with random parameters, packed, and what finite differences say of it.
#![allow(dead_code, reason = "each test uses its part")]

use nets_kernel::drift::mlp::layout::{OUTPUT_TILE, pack, packed_rows, parameters, rows};
use nets_kernel::drift::mlp::{Mlp, Scaling};
use nets_kernel::drift::{Drift, Scratch};
use nets_kernel::rng::{Purpose, Stream, normals};

pub const TILE: usize = 4;

/// A network with everything it borrows.
pub struct Network {
    pub sizes: Vec<usize>,
    pub theta: Vec<f64>,
    pub scales: [Vec<f64>; 3],
}

/// Its packed parameters.
pub struct Packed {
    pub hidden: Vec<[f64; TILE]>,
    pub output: Vec<[f64; OUTPUT_TILE]>,
    pub transposed: Vec<[f64; TILE]>,
}

impl Network {
    pub fn new(sizes: &[usize]) -> Network {
        let mut theta = vec![0.0; parameters(sizes)];
        normals(&mut Stream::new(1, Purpose::Train, 0), &mut theta);
        theta.iter_mut().for_each(|theta| *theta *= 0.5);
        let (d, outputs) = (sizes[0] - 1, sizes[sizes.len() - 1]);
        let ramp = |length: usize, start: f64| (0..length).map(|i| start + 0.3 * i as f64).collect();
        Network { sizes: sizes.to_vec(), theta, scales: [ramp(d, 0.1), ramp(d, 0.7), ramp(outputs, 1.5)] }
    }

    pub fn dim(&self) -> usize {
        self.scales[0].len()
    }

    pub fn pack(&self) -> Packed {
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
            let mut rows = vec![[0.0; TILE]; packed_rows(outputs, inputs, TILE)];
            pack(outputs, inputs, |o, i| weights[i * outputs + o], |_| 0.0, &mut rows);
            packed.transposed.extend(rows);
        }
        packed
    }

    pub fn view<'a>(&'a self, packed: &'a Packed) -> Mlp<'a, f64, TILE> {
        let [center, input, output] = &self.scales;
        Mlp {
            sizes: &self.sizes,
            hidden: &packed.hidden,
            output: &packed.output,
            scaling: Scaling { center, input, output },
        }
    }

    pub fn value(&self, t: f64, x: &[f64]) -> Vec<f64> {
        let packed = self.pack();
        let mut b = vec![0.0; self.dim()];
        let mut values = vec![0.0; 2 * rows(self.sizes.iter().copied().max().unwrap())];
        self.view(&packed).value(t, x, &mut b, Scratch { values: &mut values, streams: &mut [] });
        b
    }

    /// `∂b_i/∂x_j` by central differences, accurate to about 1e-10.
    pub fn jacobian_by_differences(&self, t: f64, x: &[f64]) -> Vec<f64> {
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

pub fn close(found: f64, expected: f64, scale: f64, tolerance: f64, what: &str) {
    assert!((found - expected).abs() <= tolerance * scale, "{what}: {found:e} instead of {expected:e}");
}

pub const POINTS: [[f64; 3]; 3] = [[0.3, -0.8, 0.5], [-1.2, 0.4, 0.1], [0.9, 1.1, -0.6]];
