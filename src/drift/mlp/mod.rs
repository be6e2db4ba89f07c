//! A fully connected network as a drift.
//!
//! `b(t, x) = s ∘ W_L φ(… φ(W_1 u + β_1) …) + β_L` with the activation `φ(z) = z σ(z)`, the inputs
//! `u = ((x − c) ∘ a, 2(2t − 1))`, and scales `a`, `s` per coordinate. Derivatives in `x` are carried forward as
//! tangents, two at a time beside the value.

mod activation;
pub mod dense;
mod gradient;
pub mod layout;
mod reverse;

pub use reverse::{Record, Tape, TapeSize, Trainee};

use super::{Drift, Scratch, ScratchSize, Streams};
use crate::real::{Real, Scalar, Tile, coordinate};
use activation::{activate_streams, activate_values};
use dense::dense;
use layout::{OUTPUT_TILE, packed_rows, rows};

/// A network over borrowed, packed parameters; `MR` outputs of a hidden layer are computed together.
#[derive(Clone, Copy, Debug)]
pub struct Mlp<'a, S, const MR: usize> {
    /// Widths: `d + 1` inputs, hidden layers, `d` outputs; one output for [`MlpGradient`].
    pub sizes: &'a [usize],
    /// The hidden layers, packed, one after the other.
    pub hidden: &'a [[S; MR]],
    /// The output layer, packed.
    pub output: &'a [[S; OUTPUT_TILE]],
    /// What inputs and outputs are measured in.
    pub scaling: Scaling<'a, S>,
}

/// The gradient `b = ∇φ` of a network with one output, `φ`; [`Mlp::value`](Drift::value) of the network itself is `φ`.
#[derive(Clone, Copy, Debug)]
pub struct MlpGradient<'a, S, const MR: usize> {
    /// The network `φ`; its output scale, one number, is in units of length² per time.
    pub network: Mlp<'a, S, MR>,
    /// For each layer, its transpose packed with zero biases, one after the other.
    pub transposed: &'a [[S; MR]],
}

/// Units of the network's inputs and outputs, one number per coordinate or output.
#[derive(Clone, Copy, Debug)]
pub struct Scaling<'a, S> {
    /// `c`: the origin of the inputs.
    pub center: &'a [S],
    /// `a`: multiplies the inputs.
    pub input: &'a [S],
    /// `s`: multiplies the outputs.
    pub output: &'a [S],
}

impl<S: Scalar> Scaling<'_, S> {
    /// Writes the network's inputs at time `t` and the point with coordinates `x(i)`: `d + 1` values.
    #[inline(always)]
    fn inputs<R: Real<Scalar = S>>(&self, t: R, x: impl Fn(usize) -> R, u: &mut [R]) {
        let (time, points) = match u.get_mut(..=self.center.len()).and_then(<[R]>::split_last_mut) {
            Some(split) => split,
            None => return,
        };
        for (i, ((u, &c), &a)) in points.iter_mut().zip(self.center).zip(self.input).enumerate() {
            *u = (x(i) - R::splat(c)) * R::splat(a);
        }
        *time = t.mul_add(R::c(4.0), R::c(-2.0));
    }

    /// As [`Self::inputs`], with tangents along the two directions with coordinates `along(i)` beside the values.
    #[inline(always)]
    fn input_streams<P: Real<Scalar = S, Part = P>>(
        &self,
        t: P,
        x: impl Fn(usize) -> P,
        along: impl Fn(usize) -> [P; 2],
        u: &mut [Tile<P, 3>],
    ) {
        let (time, points) = match u.get_mut(..=self.center.len()).and_then(<[Tile<P, 3>]>::split_last_mut) {
            Some(split) => split,
            None => return,
        };
        for (i, ((u, &c), &a)) in points.iter_mut().zip(self.center).zip(self.input).enumerate() {
            let [first, second] = along(i);
            let a = P::splat(a);
            *u = Tile([(x(i) - P::splat(c)) * a, first * a, second * a]);
        }
        *time = Tile([t.mul_add(P::c(4.0), P::c(-2.0)), P::zero(), P::zero()]);
    }
}

/// Coordinate `i` of the unit vectors along two coordinates.
#[inline(always)]
fn units<P: Real>(along: [usize; 2], i: usize) -> [P; 2] {
    let [first, second] = along;
    let unit = |along: usize| if i == along { P::one() } else { P::zero() };
    [unit(first), unit(second)]
}

/// The bias of a layer enters the value, not its tangents.
#[inline(always)]
fn stream_bias<P: Real<Part = P>>(bias: P::Scalar) -> Tile<P, 3> {
    Tile([P::splat(bias), P::zero(), P::zero()])
}

impl<'a, S: Scalar, const MR: usize> Mlp<'a, S, MR> {
    /// The widest layer.
    pub fn width(&self) -> usize {
        self.sizes.iter().copied().max().unwrap_or(0)
    }

    /// Hidden layers from the first: (inputs, outputs, packed parameters).
    #[inline(always)]
    fn hidden_layers(&self) -> impl Iterator<Item = (usize, usize, &'a [[S; MR]])> + use<'a, S, MR> {
        let inner = self.sizes.get(..self.sizes.len().saturating_sub(1)).unwrap_or(&[]);
        let mut rest = self.hidden;
        inner.windows(2).map_while(move |pair| {
            let &[inputs, outputs] = pair else { return None };
            let (layer, after) = rest.split_at_checked(packed_rows(inputs, outputs, MR))?;
            rest = after;
            Some((inputs, outputs, layer))
        })
    }

    /// Carries the inputs in `from` through all layers; the last layer's outputs are returned, in `from` or `to`.
    #[inline(always)]
    fn propagate<'s, V: Real<Scalar = S>>(
        &self,
        mut from: &'s mut [V],
        mut to: &'s mut [V],
        bias: impl Fn(S) -> V,
        activate: impl Fn(&mut [V], usize),
    ) -> &'s [V] {
        let mut width = self.sizes.first().copied().unwrap_or(0);
        for (inputs, outputs, layer) in self.hidden_layers() {
            let (Some(x), Some(y)) = (from.get(..inputs), to.get_mut(..outputs.next_multiple_of(MR))) else {
                return &[];
            };
            dense(layer, x, y, &bias);
            activate(to, outputs);
            width = outputs;
            core::mem::swap(&mut from, &mut to);
        }
        if let Some(x) = from.get(..width) {
            dense(self.output, x, to, bias);
        }
        to
    }

    /// The network's outputs for walkers at `x(i)`, with tangents along two coordinates: output `i` is
    /// `[b_i, ∂b_i/∂x_first, ∂b_i/∂x_second]`, not yet scaled.
    #[inline(always)]
    fn streams<'s, P: Real<Scalar = S, Part = P>>(
        &self,
        t: P,
        x: impl Fn(usize) -> P,
        along: [usize; 2],
        scratch: &'s mut [Tile<P, 3>],
    ) -> &'s [Tile<P, 3>] {
        let (from, to) = scratch.split_at_mut(scratch.len() / 2);
        self.scaling.input_streams(
            t,
            x,
            #[inline(always)]
            |i| units(along, i),
            from,
        );
        self.propagate(
            from,
            to,
            stream_bias,
            #[inline(always)]
            |y, units| activate_streams::<P, MR>(y, units, |_, _| {}),
        )
    }

    /// Calls `take(part, column, outputs)` for every part of the walkers and every second coordinate `column`:
    /// the outputs carry tangents along `column` and `column + 1`.
    #[inline(always)]
    fn for_each_column_pair<R: Real<Scalar = S>>(
        &self,
        t: S,
        x: &[R],
        streams: &mut [Streams<R>],
        mut take: impl FnMut(usize, usize, &[Streams<R>]),
    ) {
        for part in 0..R::PARTS {
            for column in (0..x.len()).step_by(2) {
                let along = [column, column + 1];
                let outputs = self.streams(
                    R::Part::splat(t),
                    #[inline(always)]
                    |i| coordinate(x, i).part(part),
                    along,
                    streams,
                );
                take(part, column, outputs);
            }
        }
    }

    /// Multiplies each output by its scale and hands it on with its index.
    #[inline(always)]
    fn scaled<V: Real<Scalar = S>>(&self, outputs: &[V], mut write: impl FnMut(usize, V)) {
        for (i, (&output, &scale)) in outputs.iter().zip(self.scaling.output).enumerate() {
            write(i, output * V::splat(scale));
        }
    }
}

impl<S: Scalar, R: Real<Scalar = S>, const MR: usize> Drift<R> for Mlp<'_, S, MR> {
    fn dim(&self) -> usize {
        self.scaling.output.len()
    }

    fn scratch(&self) -> ScratchSize {
        let both = 2 * rows(self.width());
        ScratchSize { values: both, streams: both }
    }

    #[inline(always)]
    fn value(&self, t: S, x: &[R], b: &mut [R], scratch: Scratch<'_, R>) {
        let (from, to) = scratch.values.split_at_mut(scratch.values.len() / 2);
        self.scaling.inputs(
            R::splat(t),
            #[inline(always)]
            |i| coordinate(x, i),
            from,
        );
        let outputs = self.propagate(
            from,
            to,
            R::splat,
            // A closure, for a function handed on would be called through one that is compiled apart.
            #[inline(always)]
            |y, units| activate_values::<R, MR>(y, units),
        );
        self.scaled(
            outputs,
            #[inline(always)]
            |i, output| {
                if let Some(b) = b.get_mut(i) {
                    *b = output;
                }
            },
        );
    }

    #[inline(always)]
    fn divergence(&self, t: S, x: &[R], b: &mut [R], scratch: Scratch<'_, R>) -> R {
        let mut divergence = R::zero();
        self.for_each_column_pair(
            t,
            x,
            scratch.streams,
            #[inline(always)]
            |part, column, outputs| {
                let mut sum = divergence.part(part);
                self.scaled(
                    outputs,
                    #[inline(always)]
                    |i, Tile([value, first, second])| {
                        if let Some(b) = b.get_mut(i) {
                            b.set_part(part, value);
                        }
                        if i == column {
                            sum = sum + first;
                        } else if i == column + 1 {
                            sum = sum + second;
                        }
                    },
                );
                divergence.set_part(part, sum);
            },
        );
        divergence
    }

    #[inline(always)]
    fn jacobian(&self, t: S, x: &[R], b: &mut [R], jacobian: &mut [R], scratch: Scratch<'_, R>) {
        let d = x.len();
        self.for_each_column_pair(
            t,
            x,
            scratch.streams,
            #[inline(always)]
            |part, column, outputs| {
                self.scaled(
                    outputs,
                    #[inline(always)]
                    |i, Tile([value, first, second])| {
                        if let Some(b) = b.get_mut(i) {
                            b.set_part(part, value);
                        }
                        for (j, tangent) in [(column, first), (column + 1, second)] {
                            if let (true, Some(entry)) = (j < d, jacobian.get_mut(i * d + j)) {
                                entry.set_part(part, tangent);
                            }
                        }
                    },
                );
            },
        );
    }
}
