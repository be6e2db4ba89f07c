//! The gradient of a scalar network as a drift, `b = ∇φ`.
//!
//! `φ(t, x) = κ n(u)` with an [`Mlp`](super::Mlp) of one output `n`, its scale `κ` (length² per time) and its inputs
//! `u_i = (x_i − c_i) a_i` and time. One pass back through the layers finds the adjoint `n̄ = ∂n/∂h` of every neuron
//! `h = f(z)`, and at the inputs the drift; the Hessian is then a sum over neurons, of which only the activations curve:
//!
//! ```text
//! b_i = κ a_i ∂n/∂u_i,    ∂b_i/∂x_j = κ a_i a_j Σ_neurons f″(z) n̄ (∂z/∂u_i) (∂z/∂u_j)
//! ```
//!
//! Tangents `∂z/∂u_i` are carried forward three coordinates at a time, so that `b` takes two passes through the network,
//! and `b` with `∇·b = Δφ` takes `d + 2`: what the forward Laplacian takes (R. Li et al., 2307.08214, who carry `Δz` beside
//! the tangents and need all of them at once). The Jacobian adds `d²/2` multiply-adds a neuron to that.

use super::MlpGradient;
use super::dense::dense;
use super::layout::{packed_rows, rows};
use crate::drift::{Drift, Scratch, ScratchSize, Streams};
use crate::math::silu;
use crate::real::{Real, Scalar, Tile, coordinate};

/// Coordinates whose tangents share a tile.
const COLUMNS: usize = 3;

/// What the passes forward and back find.
struct Adjoints<'s, R> {
    /// `n`, not yet scaled.
    value: R,
    /// `∂n/∂u` of all inputs.
    inputs: &'s [R],
    /// `[f′(z), f″(z) n̄]` of every hidden neuron, layer by layer.
    neurons: &'s [[R; 2]],
}

impl<'s, R: Real> Adjoints<'s, R> {
    /// Those of a network whose memory is too short.
    #[inline(always)]
    fn none() -> Self {
        Adjoints { value: R::zero(), inputs: &[], neurons: &[] }
    }
}

impl<S: Scalar, const MR: usize> MlpGradient<'_, S, MR> {
    /// The number of hidden neurons.
    fn neurons(&self) -> usize {
        let sizes = self.network.sizes;
        sizes.iter().take(sizes.len().saturating_sub(1)).skip(1).sum()
    }

    /// `κ`
    fn scale(&self) -> S {
        self.network.scaling.output.first().copied().unwrap_or(S::zero())
    }

    /// Of the working memory, what the tangents of three coordinates take.
    fn tangent_streams(&self) -> usize {
        2 * rows(self.network.width())
    }

    /// Forward and back through the network.
    #[inline(always)]
    fn adjoints<'s, R: Real<Scalar = S>>(&self, t: R, x: &[R], memory: &'s mut [R]) -> Adjoints<'s, R> {
        let Some((neurons, layers)) = memory.split_at_mut_checked(2 * self.neurons()) else { return Adjoints::none() };
        let (neurons, _) = neurons.as_chunks_mut::<2>();
        let (mut from, mut to) = layers.split_at_mut(layers.len() / 2);
        self.network.scaling.inputs(
            t,
            #[inline(always)]
            |i| coordinate(x, i),
            from,
        );
        let mut rest = &mut *neurons;
        let mut width = self.network.sizes.first().copied().unwrap_or(0);
        for (inputs, outputs, layer) in self.network.hidden_layers() {
            let room = core::mem::take(&mut rest).split_at_mut_checked(outputs);
            let (Some(x), Some(y), Some((own, after))) =
                (from.get(..inputs), to.get_mut(..outputs.next_multiple_of(MR)), room)
            else {
                return Adjoints::none();
            };
            dense(layer, x, y, R::splat);
            for (y, neuron) in y.iter_mut().zip(own) {
                let f = silu(*y);
                *neuron = [f.first, f.second];
                *y = f.value;
            }
            (rest, width) = (after, outputs);
            core::mem::swap(&mut from, &mut to);
        }
        let Some(x) = from.get(..width) else { return Adjoints::none() };
        dense(self.network.output, x, to, R::splat);
        let value = coordinate(to, 0);

        if let Some(output) = from.first_mut() {
            *output = R::one();
        }
        let (mut rest, mut transposed) = (&mut *neurons, self.transposed);
        for (layer, pair) in self.network.sizes.windows(2).enumerate().rev() {
            let &[inputs, outputs] = pair else { return Adjoints::none() };
            let split = transposed.len().checked_sub(packed_rows(outputs, inputs, MR));
            let (Some((earlier, own)), Some(x), Some(y)) = (
                split.and_then(|at| transposed.split_at_checked(at)),
                from.get(..outputs),
                to.get_mut(..inputs.next_multiple_of(MR)),
            ) else {
                return Adjoints::none();
            };
            dense(
                own,
                x,
                y,
                #[inline(always)]
                |_| R::zero(),
            );
            if layer > 0 {
                let (before, own) = {
                    let all = core::mem::take(&mut rest);
                    all.split_at_mut(all.len().saturating_sub(inputs))
                };
                for (y, [slope, curvature]) in y.iter_mut().zip(own) {
                    *curvature = *curvature * *y;
                    *y = *slope * *y;
                }
                rest = before;
            }
            transposed = earlier;
            core::mem::swap(&mut from, &mut to);
        }
        Adjoints { value, inputs: from, neurons }
    }

    /// Writes `b` from the adjoints of the inputs.
    #[inline(always)]
    fn write_drift<R: Real<Scalar = S>>(&self, inputs: &[R], b: &mut [R]) {
        for ((b, &adjoint), &a) in b.iter_mut().zip(inputs).zip(self.network.scaling.input) {
            *b = R::splat(self.scale() * a) * adjoint;
        }
    }

    /// Carries tangents along the coordinates of `u` from `first` on, as many as `streams` have room for, through the hidden
    /// layers. `take` gets the neurons of each layer and their `∂z/∂u`, three coordinates after the other, each
    /// [`rows`] of the widest layer long.
    #[inline(always)]
    fn carry_tangents<R: Real<Scalar = S>>(
        &self,
        part: usize,
        first: usize,
        neurons: &[[R; 2]],
        streams: &mut [Streams<R>],
        mut take: impl FnMut(&[[R; 2]], &[Streams<R>]),
    ) {
        let (d, stride) = (self.network.scaling.center.len(), rows(self.network.width()));
        let (mut from, mut to) = streams.split_at_mut(streams.len() / 2);
        for (tile, u) in from.chunks_exact_mut(stride).enumerate() {
            let column = first + COLUMNS * tile;
            for (i, u) in u.iter_mut().enumerate().take(d + 1) {
                // The last tile may have room beyond the coordinates, where the next input is time.
                for (u, column) in u.0.iter_mut().zip(column..) {
                    *u = if i == column && i < d { R::Part::one() } else { R::Part::zero() };
                }
            }
        }
        let mut rest = neurons;
        for (inputs, outputs, layer) in self.network.hidden_layers() {
            let Some((own, after)) = rest.split_at_checked(outputs) else { return };
            for (x, y) in from.chunks_exact(stride).zip(to.chunks_exact_mut(stride)) {
                let (Some(x), Some(y)) = (x.get(..inputs), y.get_mut(..outputs.next_multiple_of(MR))) else { return };
                dense(
                    layer,
                    x,
                    y,
                    #[inline(always)]
                    |_| Tile::zero(),
                );
            }
            take(own, &*to);
            for y in to.chunks_exact_mut(stride) {
                for (y, [slope, _]) in y.iter_mut().zip(own) {
                    *y = *y * Tile([slope.part(part); COLUMNS]);
                }
            }
            rest = after;
            core::mem::swap(&mut from, &mut to);
        }
    }

    /// Writes `b = ∇φ` of walkers that each have a time of their own; returns `φ` and `Δφ`.
    #[inline(always)]
    pub fn laplacian<R: Real<Scalar = S>>(&self, t: R, x: &[R], b: &mut [R], scratch: Scratch<'_, R>) -> [R; 2] {
        let Adjoints { value, inputs, neurons } = self.adjoints(t, x, scratch.values);
        self.write_drift(inputs, b);
        let Some(streams) = scratch.streams.get_mut(..self.tangent_streams()) else { return [R::zero(); 2] };
        let mut laplacian = R::zero();
        for part in 0..R::PARTS {
            let mut total = R::Part::zero();
            for first in (0..x.len()).step_by(COLUMNS) {
                let mut sums = Streams::<R>::zero();
                self.carry_tangents(
                    part,
                    first,
                    neurons,
                    streams,
                    #[inline(always)]
                    |neurons, tangents| {
                        for (&[_, curvature], &tangent) in neurons.iter().zip(tangents) {
                            sums = (tangent * Tile([curvature.part(part); COLUMNS])).mul_add(tangent, sums);
                        }
                    },
                );
                for (sum, &a) in sums.0.into_iter().zip(self.network.scaling.input.iter().skip(first)) {
                    total = sum.mul_add(R::Part::splat(a * a), total);
                }
            }
            laplacian.set_part(part, total);
        }
        let kappa = R::splat(self.scale());
        [kappa * value, kappa * laplacian]
    }
}

impl<S: Scalar, R: Real<Scalar = S>, const MR: usize> Drift<R> for MlpGradient<'_, S, MR> {
    fn dim(&self) -> usize {
        self.network.scaling.center.len()
    }

    fn scratch(&self) -> ScratchSize {
        let tiles = Drift::<R>::dim(self).div_ceil(COLUMNS);
        ScratchSize {
            values: 2 * self.neurons() + 2 * rows(self.network.width()),
            streams: tiles * self.tangent_streams(),
        }
    }

    #[inline(always)]
    fn value(&self, t: S, x: &[R], b: &mut [R], scratch: Scratch<'_, R>) {
        let adjoints = self.adjoints(R::splat(t), x, scratch.values);
        self.write_drift(adjoints.inputs, b);
    }

    #[inline(always)]
    fn divergence(&self, t: S, x: &[R], b: &mut [R], scratch: Scratch<'_, R>) -> R {
        let [_, laplacian] = self.laplacian(R::splat(t), x, b, scratch);
        laplacian
    }

    #[inline(always)]
    fn jacobian(&self, t: S, x: &[R], b: &mut [R], jacobian: &mut [R], scratch: Scratch<'_, R>) {
        let (d, stride) = (x.len(), rows(self.network.width()));
        let Adjoints { inputs, neurons, .. } = self.adjoints(R::splat(t), x, scratch.values);
        self.write_drift(inputs, b);
        jacobian.fill(R::zero());
        for part in 0..R::PARTS {
            self.carry_tangents(
                part,
                0,
                neurons,
                scratch.streams,
                #[inline(always)]
                |neurons, tangents| {
                    for (i, left) in (0..d).step_by(COLUMNS).zip(tangents.chunks_exact(stride)) {
                        for (j, right) in (0..d).step_by(COLUMNS).zip(tangents.chunks_exact(stride)) {
                            if i <= j {
                                let sums = products(part, neurons, left, right);
                                add_above(part, d, [i, j], &sums, jacobian);
                            }
                        }
                    }
                },
            );
        }
        let a = self.network.scaling.input;
        for (i, &a_i) in a.iter().enumerate() {
            for (j, &a_j) in a.iter().enumerate().skip(i) {
                let entry = R::splat(self.scale() * a_i * a_j) * coordinate(jacobian, i * d + j);
                for place in [i * d + j, j * d + i] {
                    if let Some(to) = jacobian.get_mut(place) {
                        *to = entry;
                    }
                }
            }
        }
    }
}

/// `Σ_neurons f″ n̄ (∂z/∂u_i) (∂z/∂u_j)` for three coordinates `i` and three `j`.
#[inline(always)]
fn products<R: Real>(
    part: usize,
    neurons: &[[R; 2]],
    left: &[Streams<R>],
    right: &[Streams<R>],
) -> [[R::Part; COLUMNS]; COLUMNS] {
    let mut sums = [[R::Part::zero(); COLUMNS]; COLUMNS];
    for ((&[_, curvature], left), right) in neurons.iter().zip(left).zip(right) {
        let curvature = curvature.part(part);
        for (sums, &left) in sums.iter_mut().zip(&left.0) {
            let weighted = curvature * left;
            for (sum, &right) in sums.iter_mut().zip(&right.0) {
                *sum = weighted.mul_add(right, *sum);
            }
        }
    }
    sums
}

/// Adds `sums` to the entries of `matrix` from `[row, column]` on that are not below its diagonal.
#[inline(always)]
fn add_above<R: Real>(
    part: usize,
    d: usize,
    [row, column]: [usize; 2],
    sums: &[[R::Part; COLUMNS]; COLUMNS],
    matrix: &mut [R],
) {
    for (i, sums) in (row..d).zip(sums) {
        for (j, &sum) in (column..d).zip(sums) {
            if let (true, Some(entry)) = (i <= j, matrix.get_mut(i * d + j)) {
                entry.set_part(part, entry.part(part) + sum);
            }
        }
    }
}
