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

use super::activation::activate_streams;
use super::dense::dense;
use super::layout::{packed_rows, row, rows};
use super::{Mlp, stream_bias, units};
use crate::real::{Real, Scalar, Tile};

/// A network under training: its packed parameters, and their transposes for the way back.
#[derive(Clone, Copy, Debug)]
pub struct Trainee<'a, S, const MR: usize> {
    /// The network.
    pub network: Mlp<'a, S, MR>,
    /// For each layer, its transpose packed with zero biases, one after the other. That of the first may be left out.
    pub transposed: &'a [[S; MR]],
}

/// What the forward pass leaves for the reverse pass, for one register of samples.
pub struct Tape<'a, P: Real> {
    /// Inputs of every layer: the network's inputs, then the activations of each hidden layer.
    pub activations: &'a mut [Tile<P, 3>],
    /// Cotangents of every layer's outputs, each layer transposed to one row per sample and stream.
    pub samples: &'a mut [P::Scalar],
    /// `[φ′, φ″ ż_a, φ″ ż_b]` of every hidden layer.
    pub slopes: &'a mut [Tile<P, 3>],
    /// The network's outputs.
    pub outputs: &'a mut [Tile<P, 3>],
    /// Two buffers of cotangents.
    pub cotangents: [&'a mut [Tile<P, 3>]; 2],
}

/// What is kept of some tapes for [`Trainee::add_gradient`]: their activations, and their cotangents by sample, one tape's
/// after the other's.
pub struct Record<'a, P: Real> {
    /// How many tapes.
    pub tapes: usize,
    /// [`Tape::activations`] of the tapes.
    pub activations: &'a [Tile<P, 3>],
    /// [`Tape::samples`] of the tapes.
    pub samples: &'a [P::Scalar],
}

/// Lengths of a [`Tape`]'s slices.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TapeSize {
    /// Length of [`Tape::activations`].
    pub activations: usize,
    /// Length of [`Tape::samples`].
    pub samples: usize,
    /// Length of [`Tape::slopes`].
    pub slopes: usize,
    /// Length of [`Tape::outputs`], and of either buffer of [`Tape::cotangents`].
    pub layer: usize,
}

impl TapeSize {
    /// For a network with these `sizes` and registers of `lanes` samples.
    pub fn new(sizes: &[usize], lanes: usize) -> Self {
        let widest = rows(sizes.iter().copied().max().unwrap_or(0));
        let all: usize = sizes.iter().map(|&width| rows(width)).sum();
        let outputs: usize = sizes.iter().skip(1).map(|&width| row(width)).sum();
        TapeSize { activations: all, samples: 3 * lanes * outputs, slopes: all, layer: widest }
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
            dense(layer, &x[..inputs], &mut after[..outputs.next_multiple_of(MR)], stream_bias);
            activate_streams::<P, MR>(
                &mut after[..rows(outputs)],
                outputs,
                #[inline(always)]
                |unit, slope| here[unit] = slope,
            );
            (from, slopes, width) = (after, rest, outputs);
        }
        dense(self.network.output, &from[..width], tape.outputs, stream_bias);
        for (output, &scale) in tape.outputs.iter_mut().zip(scaling.output) {
            *output = *output * Tile::splat(scale);
        }
    }

    /// The reverse pass: given in `tape.cotangents[0]` the loss's derivatives by each of `tape.outputs`, leaves those by
    /// the outputs of every layer in `tape.samples`.
    #[inline(always)]
    pub fn reverse<P: Real<Scalar = S, Part = P>>(&self, tape: &mut Tape<'_, P>) {
        let sizes = self.network.sizes;
        let [delta, other] = &mut tape.cotangents;
        let (mut delta, mut other): (&mut [Tile<P, 3>], &mut [Tile<P, 3>]) = (delta, other);
        for (delta, &scale) in delta.iter_mut().zip(self.network.scaling.output) {
            *delta = *delta * Tile::splat(scale);
        }
        let (mut samples, mut slopes, mut transposed) = (&mut *tape.samples, &*tape.slopes, self.transposed);
        slopes = &slopes[..sizes[1..sizes.len() - 1].iter().map(|&width| rows(width)).sum()];
        for (layer, pair) in sizes.windows(2).enumerate().rev() {
            let &[inputs, outputs] = pair else { return };
            let stride = row(outputs);
            let (earlier_samples, own) = samples.split_at_mut(samples.len() - 3 * P::LANES * stride);
            for first in (0..outputs).step_by(P::LANES) {
                let square = &delta[first..first + P::LANES];
                for stream in 0..3 {
                    P::transpose(
                        #[inline(always)]
                        |i| square[i].0[stream],
                        &mut own[stream * stride + first..],
                        3 * stride,
                    );
                }
            }
            samples = earlier_samples;
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
        }
    }

    /// Adds the loss's derivatives by the parameters, summed over the samples of the `record`, to `gradient` (canonical
    /// order). A register of weights is read and written once for all the samples.
    #[inline(always)]
    pub fn add_gradient<P: Real<Scalar = S, Part = P>>(&self, record: &Record<'_, P>, gradient: &mut [S]) {
        let size = TapeSize::new(self.network.sizes, P::LANES);
        let (mut gradient, mut input, mut sample) = (gradient, 0, 0);
        for pair in self.network.sizes.windows(2) {
            let &[inputs, outputs] = pair else { return };
            let (own, rest) = gradient.split_at_mut((inputs + 1) * outputs);
            let (weights, biases) = own.split_at_mut(inputs * outputs);
            let layer = Layer { record, size, input, inputs, sample, outputs };
            layer.add_outer_products::<MR>(weights);
            layer.add_biases(biases);
            gradient = rest;
            input += rows(inputs);
            sample += 3 * P::LANES * row(outputs);
        }
    }
}

/// A layer's part of a record.
struct Layer<'a, P: Real> {
    record: &'a Record<'a, P>,
    /// Of one tape.
    size: TapeSize,
    /// Where in a tape's activations the layer's inputs begin, and their number.
    input: usize,
    inputs: usize,
    /// Where in a tape's samples the layer's cotangents begin, and the number of outputs.
    sample: usize,
    outputs: usize,
}

impl<P: Real<Part = P>> Layer<'_, P> {
    /// The layer's inputs in one of the tapes.
    #[inline(always)]
    fn inputs(&self, tape: usize) -> &[Tile<P, 3>] {
        &self.record.activations[tape * self.size.activations + self.input..][..self.inputs]
    }

    /// The layer's cotangents in one of the tapes, from `output` on: `LANES` samples, three rows of [`Self::stride`] each.
    #[inline(always)]
    fn cotangents(&self, tape: usize, output: usize) -> &[P::Scalar] {
        let length = 3 * P::LANES * self.stride();
        &self.record.samples[tape * self.size.samples + self.sample..][output..length]
    }

    /// From one row of cotangents to the next.
    #[inline(always)]
    fn stride(&self) -> usize {
        row(self.outputs)
    }

    /// `weights[k][o] += Σ_samples Σ_streams h_k δ_o`, a few registers of outputs after the other, so that their
    /// cotangents stay in the first cache while the inputs pass by.
    ///
    /// A tile of sums leaves room among sixteen registers for its cotangents, an input and the compiler's reordering, and is
    /// eight or more sums, which need not wait for their own additions. `MR` tells where there are thirty-two.
    #[inline(always)]
    fn add_outer_products<const MR: usize>(&self, weights: &mut [P::Scalar]) {
        let mut output = 0;
        while output < self.outputs {
            let registers = (self.outputs - output) / P::LANES;
            output += P::LANES
                * if MR >= 8 && registers >= 2 {
                    self.add_column::<8, 2>(output, weights)
                } else if registers == 3 || registers > 4 {
                    self.add_column::<3, 3>(output, weights)
                } else if registers >= 2 {
                    self.add_column::<5, 2>(output, weights)
                } else {
                    self.add_column::<8, 1>(output, weights)
                };
        }
    }

    /// The weights of all inputs into the outputs of some registers, from `output` on; returns how many registers.
    #[inline(always)]
    fn add_column<const INPUTS: usize, const REGISTERS: usize>(
        &self,
        output: usize,
        weights: &mut [P::Scalar],
    ) -> usize {
        let mut input = 0;
        while input < self.inputs {
            input += match self.inputs - input {
                rest if rest >= INPUTS => self.add_tile::<INPUTS, REGISTERS>(input, output, weights),
                2.. => self.add_tile::<2, REGISTERS>(input, output, weights),
                _ => self.add_tile::<1, REGISTERS>(input, output, weights),
            };
        }
        REGISTERS
    }

    /// One register tile: inputs from `input` and outputs from `output` on; returns how many inputs. Counted loops over the
    /// tile, so that the sums stay in registers.
    #[inline(always)]
    fn add_tile<const INPUTS: usize, const REGISTERS: usize>(
        &self,
        input: usize,
        output: usize,
        weights: &mut [P::Scalar],
    ) -> usize {
        let (outputs, stride) = (self.outputs, self.stride());
        let weights = &mut weights[input * outputs..][..INPUTS * outputs];
        let mut sums = [[P::zero(); REGISTERS]; INPUTS];
        for i in 0..INPUTS {
            for r in 0..REGISTERS {
                sums[i][r] = P::load(&weights[i * outputs + output + r * P::LANES..(i + 1) * outputs]);
            }
        }
        for tape in 0..self.record.tapes {
            let Some(h) = self.inputs(tape)[input..].first_chunk::<INPUTS>() else { break };
            let cotangents = self.cotangents(tape, output);
            for lane in 0..P::LANES {
                for stream in 0..3 {
                    let delta = &cotangents[(3 * lane + stream) * stride..][..REGISTERS * P::LANES];
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
        }
        for i in 0..INPUTS {
            for r in 0..REGISTERS {
                sums[i][r].store(&mut weights[i * outputs + output + r * P::LANES..(i + 1) * outputs]);
            }
        }
        INPUTS
    }

    /// `biases[o] += Σ_samples δ_o`: a bias enters the value alone.
    #[inline(always)]
    fn add_biases(&self, biases: &mut [P::Scalar]) {
        for (register, biases) in biases.chunks_mut(P::LANES).enumerate() {
            let mut sum = P::load(biases);
            for tape in 0..self.record.tapes {
                let cotangents = self.cotangents(tape, register * P::LANES);
                for lane in 0..P::LANES {
                    sum = sum + P::load(&cotangents[3 * lane * self.stride()..]);
                }
            }
            sum.store(biases);
        }
    }
}
