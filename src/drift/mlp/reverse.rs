//! Gradients in the parameters, by hand: forward through value and tangents with a tape, then reverse.
//!
//! For one register of samples and two coordinates `a`, `b`, the forward pass carries `[h, ḣ_a, ḣ_b]`. Through an
//! activation `h = φ(z)`, `ḣ = φ′ ż`, so cotangents return as
//!
//! ```text
//! δz = φ′ δh + φ″ ż_a δḣ_a + φ″ ż_b δḣ_b,    δż_a = φ′ δḣ_a,    δż_b = φ′ δḣ_b
//! ```
//!
//! and a weight's gradient is the sum over samples and streams of input times cotangent. Sums run in the order of
//! the samples, so they do not depend on how many samples a register holds.

use super::dense::dense;
use super::layout::{packed_rows, rows};
use super::{Mlp, stream_bias, units};
use crate::math::silu;
use crate::real::{Real, Scalar, Tile};

/// A network under training: its packed parameters, and their transposes for the way back.
#[derive(Clone, Copy, Debug)]
pub struct Trainee<'a, S, const MR: usize> {
    /// The network.
    pub network: Mlp<'a, S, MR>,
    /// For each layer but the first, its transpose packed with zero biases, one after the other.
    pub transposed: &'a [[S; MR]],
}

/// What the forward pass leaves for the reverse pass, for one register of samples.
pub struct Tape<'a, P: Real> {
    /// Inputs of every layer: the network's inputs, then the activations of each hidden layer.
    pub activations: &'a mut [Tile<P, 3>],
    /// `[φ′, φ″ ż_a, φ″ ż_b]` of every hidden layer.
    pub slopes: &'a mut [Tile<P, 3>],
    /// The network's outputs.
    pub outputs: &'a mut [Tile<P, 3>],
    /// Two buffers of cotangents.
    pub cotangents: [&'a mut [Tile<P, 3>]; 2],
    /// A layer's cotangents, transposed to one row per sample and stream.
    pub samples: &'a mut [P::Scalar],
}

/// Lengths of a [`Tape`]'s slices.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TapeSize {
    /// Length of [`Tape::activations`].
    pub activations: usize,
    /// Length of [`Tape::slopes`].
    pub slopes: usize,
    /// Length of [`Tape::outputs`], and of either buffer of [`Tape::cotangents`].
    pub layer: usize,
    /// Length of [`Tape::samples`].
    pub samples: usize,
}

impl TapeSize {
    /// For a network with these `sizes` and registers of `lanes` samples.
    pub fn new(sizes: &[usize], lanes: usize) -> Self {
        let widest = rows(sizes.iter().copied().max().unwrap_or(0));
        let all: usize = sizes.iter().map(|&width| rows(width)).sum();
        TapeSize { activations: all, slopes: all, layer: widest, samples: lanes * 3 * widest }
    }
}

impl<S: Scalar, const MR: usize> Trainee<'_, S, MR> {
    /// The forward pass for samples at `x` (`d` coordinates) and times `t`, with tangents along two coordinates.
    /// Leaves `[b_i, ∂b_i/∂x_first, ∂b_i/∂x_second]`, scaled, in `tape.outputs`.
    #[inline(always)]
    pub fn forward<P: Real<Scalar = S, Part = P>>(&self, t: P, x: &[P], along: [usize; 2], tape: &mut Tape<'_, P>) {
        self.forward_along(
            t,
            x,
            #[inline(always)]
            |i| units(along, i),
            tape,
        );
    }

    /// As [`Self::forward`], with tangents along any two directions `v`, `w` with coordinates `along(i) = [v_i, w_i]`,
    /// each sample its own. Leaves `[b_i, Σ_j v_j ∂b_i/∂x_j, Σ_j w_j ∂b_i/∂x_j]`, scaled, in `tape.outputs`.
    #[inline(always)]
    pub fn forward_along<P: Real<Scalar = S, Part = P>>(
        &self,
        t: P,
        x: &[P],
        along: impl Fn(usize) -> [P; 2],
        tape: &mut Tape<'_, P>,
    ) {
        let scaling = self.network.scaling;
        scaling.input_streams(
            t,
            #[inline(always)]
            |i| x[i],
            along,
            tape.activations,
        );
        let (mut from, mut slopes) = (&mut *tape.activations, &mut *tape.slopes);
        let mut width = self.network.sizes[0];
        for (inputs, outputs, layer) in self.network.hidden_layers() {
            let (x, after) = from.split_at_mut(rows(inputs));
            let (here, rest) = slopes.split_at_mut(rows(outputs));
            let y = &mut after[..outputs.next_multiple_of(MR)];
            dense(layer, &x[..inputs], y, stream_bias);
            for (y, slope) in y.iter_mut().zip(here) {
                let Tile([z, first, second]) = *y;
                let phi = silu(z);
                *slope = Tile([phi.first, phi.second * first, phi.second * second]);
                *y = Tile([phi.value, phi.first * first, phi.first * second]);
            }
            (from, slopes, width) = (after, rest, outputs);
        }
        dense(self.network.output, &from[..width], tape.outputs, stream_bias);
        for (output, &scale) in tape.outputs.iter_mut().zip(scaling.output) {
            *output = *output * Tile::splat(scale);
        }
    }

    /// The reverse pass: given in `tape.cotangents[0]` the loss's derivatives by each of `tape.outputs`, adds the
    /// derivatives by the parameters, summed over the samples, to `gradient` (canonical order).
    #[inline(always)]
    pub fn reverse<P: Real<Scalar = S, Part = P>>(&self, tape: &mut Tape<'_, P>, gradient: &mut [S]) {
        let sizes = self.network.sizes;
        let [delta, other] = &mut tape.cotangents;
        let (mut delta, mut other): (&mut [Tile<P, 3>], &mut [Tile<P, 3>]) = (delta, other);
        for (delta, &scale) in delta.iter_mut().zip(self.network.scaling.output) {
            *delta = *delta * Tile::splat(scale);
        }
        let (mut gradient, mut transposed) = (gradient, self.transposed);
        let (mut activations, mut slopes) = (&*tape.activations, &*tape.slopes);
        activations = &activations[..sizes[..sizes.len() - 1].iter().map(|&width| rows(width)).sum()];
        slopes = &slopes[..sizes[1..sizes.len() - 1].iter().map(|&width| rows(width)).sum()];
        for (layer, pair) in sizes.windows(2).enumerate().rev() {
            let &[inputs, outputs] = pair else { return };
            let (before, own) = gradient.split_at_mut(gradient.len() - (inputs + 1) * outputs);
            let (weights, biases) = own.split_at_mut(inputs * outputs);
            let (earlier, h) = activations.split_at(activations.len() - rows(inputs));
            let stride = rows(outputs);
            let samples = &mut tape.samples[..P::LANES * 3 * stride];
            for row in (0..outputs).step_by(P::LANES) {
                for stream in 0..3 {
                    P::transpose(
                        #[inline(always)]
                        |i| delta[row + i].0[stream],
                        &mut samples[stream * stride + row..],
                        3 * stride,
                    );
                }
            }
            add_outer_products(&h[..inputs], samples, stride, weights);
            add_biases::<P>(samples, stride, biases);
            if layer > 0 {
                let (rest, own) = transposed.split_at(transposed.len() - packed_rows(outputs, inputs, MR));
                let y = &mut other[..inputs.next_multiple_of(MR)];
                dense(
                    own,
                    &delta[..outputs],
                    y,
                    #[inline(always)]
                    |_| Tile::zero(),
                );
                let (earlier_slopes, slope) = slopes.split_at(slopes.len() - rows(inputs));
                for (delta, &Tile([phi, first, second])) in y.iter_mut().zip(slope) {
                    let Tile([value, along_a, along_b]) = *delta;
                    let value = second.mul_add(along_b, first.mul_add(along_a, phi * value));
                    *delta = Tile([value, phi * along_a, phi * along_b]);
                }
                core::mem::swap(&mut delta, &mut other);
                (transposed, slopes) = (rest, earlier_slopes);
            }
            (gradient, activations) = (before, earlier);
        }
    }
}

/// `weights[k][o] += Σ_samples Σ_streams h_k δ_o`: `samples` has a row of `stride` cotangents for each sample and
/// stream, `weights` a row of outputs for each of the inputs `h`.
#[inline(always)]
fn add_outer_products<P: Real<Part = P>>(
    h: &[Tile<P, 3>],
    samples: &[P::Scalar],
    stride: usize,
    weights: &mut [P::Scalar],
) {
    const INPUTS: usize = 4;
    let outputs = weights.len() / h.len();
    let (blocks, rest) = h.as_chunks::<INPUTS>();
    let (block_rows, rest_rows) = weights.split_at_mut(blocks.len() * INPUTS * outputs);
    for (block, rows) in blocks.iter().zip(block_rows.chunks_exact_mut(INPUTS * outputs)) {
        add_rows(block, samples, stride, rows);
    }
    for (h, row) in rest.iter().zip(rest_rows.chunks_exact_mut(outputs)) {
        add_rows(core::array::from_ref(h), samples, stride, row);
    }
}

/// The rows of weights of a few inputs `h`, in tiles of three registers of outputs: with four inputs, three cotangents and
/// an input they fill sixteen registers. What is left over is two by two, rather than three and one: a lone column of
/// sums would wait for its own additions.
#[inline(always)]
fn add_rows<P: Real<Part = P>, const INPUTS: usize>(
    h: &[Tile<P, 3>; INPUTS],
    samples: &[P::Scalar],
    stride: usize,
    rows: &mut [P::Scalar],
) {
    let outputs = rows.len() / INPUTS;
    let mut output = 0;
    while output < outputs {
        let registers = (outputs - output) / P::LANES;
        if registers == 3 || registers > 4 {
            add_tile::<P, INPUTS, 3>(h, samples, stride, output, rows);
            output += 3 * P::LANES;
        } else if registers >= 2 {
            add_tile::<P, INPUTS, 2>(h, samples, stride, output, rows);
            output += 2 * P::LANES;
        } else {
            add_tile::<P, INPUTS, 1>(h, samples, stride, output, rows);
            output += P::LANES;
        }
    }
}

/// One register tile of [`add_outer_products`]: inputs `h`, and outputs from `output` on. Counted loops over the tile,
/// so that the sums stay in registers.
#[inline(always)]
fn add_tile<P: Real<Part = P>, const INPUTS: usize, const REGISTERS: usize>(
    h: &[Tile<P, 3>; INPUTS],
    samples: &[P::Scalar],
    stride: usize,
    output: usize,
    weights: &mut [P::Scalar],
) {
    let outputs = weights.len() / INPUTS;
    let mut sums = [[P::zero(); REGISTERS]; INPUTS];
    for i in 0..INPUTS {
        for r in 0..REGISTERS {
            sums[i][r] = P::load(&weights[i * outputs + output + r * P::LANES..(i + 1) * outputs]);
        }
    }
    for (lane, sample) in samples.chunks_exact(3 * stride).enumerate() {
        for stream in 0..3 {
            let delta = &sample[stream * stride + output..][..REGISTERS * P::LANES];
            let mut registers = [P::zero(); REGISTERS];
            for r in 0..REGISTERS {
                registers[r] = P::load(&delta[r * P::LANES..(r + 1) * P::LANES]);
            }
            for i in 0..INPUTS {
                let input = P::splat(h[i].0[stream].lane(lane));
                for r in 0..REGISTERS {
                    sums[i][r] = input.mul_add(registers[r], sums[i][r]);
                }
            }
        }
    }
    for i in 0..INPUTS {
        for r in 0..REGISTERS {
            sums[i][r].store(&mut weights[i * outputs + output + r * P::LANES..(i + 1) * outputs]);
        }
    }
}

/// `biases[o] += Σ_samples δ_o`: a bias enters the value alone.
#[inline(always)]
fn add_biases<P: Real<Part = P>>(samples: &[P::Scalar], stride: usize, biases: &mut [P::Scalar]) {
    for (register, biases) in biases.chunks_mut(P::LANES).enumerate() {
        let mut sum = P::load(biases);
        for sample in samples.chunks_exact(3 * stride) {
            sum = sum + P::load(&sample[register * P::LANES..]);
        }
        sum.store(biases);
    }
}
