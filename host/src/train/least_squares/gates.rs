//! Gates with local affine maps: where the gates stand, and their regressors.

use super::centres::Cloud;
use super::{Family, GateOptions};
use crate::engine::Outlined;
use crate::target::{DriftBox, in_precision};
use nets_kernel::drift::LocalAffine;
use nets_kernel::drift::local_affine::{Experts, Features};
use nets_kernel::real::Real;
use nets_kernel::rng::{Purpose, Stream};

/// The family of [`LocalAffine`].
pub(super) struct GatesFamily {
    dim: usize,
    options: GateOptions,
    seed: u64,
    /// Centres of the gates, block by block.
    centres: Vec<Vec<f64>>,
    /// The numbers of the current slice.
    slice: Vec<f64>,
}

impl GatesFamily {
    pub(super) fn new(dim: usize, options: GateOptions, seed: u64) -> Self {
        GatesFamily { dim, options, seed, centres: vec![], slice: vec![] }
    }

    fn blocks(&self) -> usize {
        self.dim / self.options.block
    }

    /// Numbers of one block.
    fn block_len(&self) -> usize {
        Experts::<f64>::len(self.options.block, self.options.gates)
    }

    fn features(&self) -> usize {
        Experts::<f64>::features(self.options.block, self.options.gates)
    }
}

impl<R: Real> Family<R> for GatesFamily {
    fn coefficients(&self) -> usize {
        self.dim * self.features()
    }

    /// Sets the gates' centres and widths, and the origin and scale of the overall affine map.
    fn place(&mut self, _t: f64, positions: &dyn Fn(usize, usize) -> f64, weights: &[f64]) {
        let (q, gates) = (self.options.block, self.options.gates);
        let first = self.centres.is_empty();
        self.slice.clear();
        for block in 0..self.blocks() {
            let coordinates = |walker| (block * q..(block + 1) * q).map(move |i| positions(walker, i));
            let points: Vec<f64> = (0..weights.len()).flat_map(coordinates).collect();
            let cloud = Cloud { q, points: &points, weights };
            if first {
                let mut stream = Stream::<f64>::new(self.seed, Purpose::Train, block as u64);
                self.centres.push(cloud.seed(gates, || stream.uniform()));
            }
            let centres = &mut self.centres[block];
            cloud.lloyd(centres);
            let (origin, scale) = cloud.moments();
            // A cloud of one point has no width; any will do.
            let positive = |width: f64| if width > 0.0 { width } else { 1.0 };
            let (width, scale) = (positive(self.options.width * cloud.spacing(centres)), positive(scale));
            self.slice.extend([1.0 / width, 1.0 / scale]);
            self.slice.extend(origin.iter().map(|m| m / scale));
            self.slice.extend(std::iter::repeat_n(0.0, q + q * q));
            for centre in centres.chunks_exact(q) {
                self.slice.extend(centre.iter().map(|c| c / width));
                self.slice.extend(std::iter::repeat_n(0.0, q + q * q));
            }
        }
    }

    /// `g_{a,i} = ∂φ_a/∂x_i − φ_a ∂U/∂x_i`
    fn regressors(&self, x: &[R], gradient: &[R], regressors: &mut [R]) {
        let (q, gates, features) = (self.options.block, self.options.gates, self.features());
        let numbers: Vec<R::Scalar> = in_precision(&self.slice);
        let mut scratch = vec![R::zero(); Experts::<f64>::features_scratch(q, gates)];
        R::vectorize(
            #[inline(always)]
            || {
                let blocks = numbers.chunks_exact(self.block_len());
                let points = x.chunks_exact(q).zip(gradient.chunks_exact(q));
                for (block, (numbers, (x, gradient))) in blocks.zip(points).enumerate() {
                    let first = block * features * q;
                    let mut writer = Writer { regressors: &mut regressors[first..first + features * q], gradient };
                    Experts { dim: q, numbers }.for_each_feature(x, &mut scratch, &mut writer);
                }
            },
        );
    }

    /// Puts the coefficients, `[feature][component]` block by block, in their places in the slice.
    fn set(&mut self, coefficients: &[f64]) {
        let (q, len) = (self.options.block, self.block_len());
        let per_block = self.features() * q;
        for (numbers, theta) in self.slice.chunks_exact_mut(len).zip(coefficients.chunks_exact(per_block)) {
            for (map, theta) in theta.chunks_exact((1 + q) * q).enumerate() {
                // The overall map follows the scales and the origin, a gate's map its centre.
                let start = 2 + q + map * Experts::<f64>::gate_len(q);
                let (constant, matrix) = numbers[start..start + q + q * q].split_at_mut(q);
                constant.copy_from_slice(&theta[..q]);
                for (i, row) in matrix.chunks_exact_mut(q).enumerate() {
                    for (k, entry) in row.iter_mut().enumerate() {
                        *entry = theta[(1 + k) * q + i];
                    }
                }
            }
        }
    }

    fn numbers(&self) -> &[f64] {
        &self.slice
    }

    fn len(&self) -> usize {
        self.blocks() * self.block_len()
    }

    fn drift(&self) -> DriftBox<'_, R> {
        Box::new(Outlined(LocalAffine {
            dim: self.dim,
            block: self.options.block,
            gates: self.options.gates,
            times: vec![R::Scalar::zero()],
            numbers: in_precision(&self.slice),
        }))
    }

    /// The centres move as walkers there do.
    fn follow(&mut self, time: f64) {
        let (q, len) = (self.options.block, self.block_len());
        let (mut b, mut scratch) = (vec![0.0; q], vec![0.0; Experts::<f64>::scratch(q, self.options.gates)]);
        for (centres, numbers) in self.centres.iter_mut().zip(self.slice.chunks_exact(len)) {
            let experts = Experts { dim: q, numbers };
            for centre in centres.chunks_exact_mut(q) {
                experts.evaluate(q, centre, &mut b, &mut [], &mut scratch);
                for (c, b) in centre.iter_mut().zip(&b) {
                    *c += time * b;
                }
            }
        }
    }

    fn memory(&self) -> Vec<f64> {
        self.centres.concat()
    }

    fn remember(&mut self, memory: &[f64]) {
        self.centres = memory.chunks_exact(self.options.gates * self.options.block).map(<[f64]>::to_vec).collect();
    }
}

/// Makes regressors of features.
struct Writer<'a, R> {
    regressors: &'a mut [R],
    gradient: &'a [R],
}

impl<R: Real> Features<R> for Writer<'_, R> {
    #[inline(always)]
    fn take(&mut self, index: usize, value: R, slopes: &[R]) {
        let q = self.gradient.len();
        for (i, (&slope, &g)) in slopes.iter().zip(self.gradient).enumerate() {
            self.regressors[index * q + i] = (-value).mul_add(g, slope);
        }
    }
}
