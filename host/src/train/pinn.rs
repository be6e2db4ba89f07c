//! The PINN objective: the mean of `|r + ∂_tF|²`, `r = ∇·b − ∇U·b − ∂_tU` (Albergo and Vanden-Eijnden,
//! 2410.02711, §3), and its gradient in the parameters of a network.
//!
//! In many dimensions the divergence costs `d/2` passes. M. F. Hutchinson (Commun. Stat. Simul. Comput. 18, 1059, 1989)
//! estimates it by one, `∇·b = E[vᵀ(∂b/∂x)v]` for `v` of independent signs. The square of an estimate has its variance
//! beside the square of the mean, and minimising that would make a drift smooth rather than right; hence two independent
//! probes `v`, `w`, which the two tangents of one pass carry, and the product
//!
//! ```text
//! (r_v + ∂_tF)(r_w + ∂_tF),   r_v = vᵀ(∂b/∂x)v − ∇U·b − ∂_tU,   E_{v,w}[…] = |r + ∂_tF|²
//! ```
//!
//! whose gradient is unbiased too. A batch's loss may be negative.

use super::buffers::{Buffers, CHUNK, Pool};
use super::network::{NetworkOptions, NetworkState};
use super::objective::{Objective, any_round, below, total};
use nets_kernel::drift::mlp::Trainee;
use nets_kernel::path::Path;
use nets_kernel::real::{Real, Scalar, Tile};
use nets_kernel::rng::Stream;
use rayon::prelude::*;
use serde::Serialize;

/// Consecutive samples of a batch that share a time where the slice mean stands in for `∂_tF`.
pub(crate) const SLICE: usize = 64;

/// What takes the place of the unknown `∂_tF_t`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum RateForm {
    /// A function of time, learned along with the drift.
    Learned,
    /// Minus the mean of `r` over the samples of a time slice: the objective is then the variance of `r`.
    SliceMean,
}

/// How the divergence is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Divergence {
    /// All of the Jacobian's diagonal, by `d/2` passes through the network and as many for the gradient.
    Exact,
    /// Two random probes for each sample, by one pass.
    Hutchinson,
}

impl Divergence {
    /// Exact up to ten dimensions, where it costs at most ten times as much; probes above.
    pub fn usual(dim: usize) -> Self {
        if dim <= 10 { Divergence::Exact } else { Divergence::Hutchinson }
    }
}

/// A chunk of samples: positions row-major, one time each.
pub(crate) struct Samples<'a, S> {
    pub(crate) x: &'a [S],
    pub(crate) t: &'a [S],
    /// `∂_tF` at each sample's time, for [`RateForm::Learned`].
    pub(crate) rate: &'a [S],
    /// The two probes of each sample, row-major `[sample][probe][coordinate]`; empty if the divergence is exact.
    pub(crate) probes: &'a [S],
}

/// What a chunk adds to the loss and its gradient.
pub(crate) struct Sums<S> {
    /// `Σ |r + ∂_tF|²`, or the products of two estimates.
    pub(crate) loss: f64,
    /// Its derivative by the network's parameters.
    pub(crate) gradient: Vec<S>,
    /// `r + ∂_tF` of every sample: twice the same, or by either probe.
    pub(crate) residuals: [Vec<S>; 2],
}

/// The objective, with working memory that is kept from batch to batch.
pub(super) struct Pinn<R: Real> {
    buffers: Pool<Buffers<R>>,
    gradients: Pool<Vec<R::Scalar>>,
}

impl<R: Real> Default for Pinn<R> {
    fn default() -> Self {
        Pinn { buffers: Pool::default(), gradients: Pool::default() }
    }
}

impl<R: Real, const MR: usize> Objective<R, MR> for Pinn<R> {
    fn batch(
        &self,
        options: &NetworkOptions,
        trainee: &Trainee<'_, R::Scalar, MR>,
        path: &(dyn Path<R> + Send + Sync),
        choices: &mut Stream<f64>,
        state: &mut NetworkState<R::Scalar>,
    ) -> (f64, Vec<R::Scalar>) {
        let (d, count) = (path.dim(), options.batch.next_multiple_of(CHUNK));
        let (mut x, mut t) = (Vec::with_capacity(count * d), Vec::with_capacity(count));
        let (mut round, mut slice) = (&state.rounds[0], 0);
        for sample in 0..count {
            if options.rate_form == RateForm::Learned || sample % SLICE == 0 {
                round = any_round(&state.rounds, choices);
                slice = below(choices, options.slices);
            }
            let row = (slice * options.walkers + below(choices, options.walkers)) * d;
            x.extend_from_slice(&round.x[row..row + d]);
            t.push(round.times[slice]);
        }
        let probes = match options.divergence {
            Divergence::Exact => vec![],
            Divergence::Hutchinson => signs(choices, 2 * d * count),
        };
        let share = probes.len() / count;
        let rate: Vec<_> = t.iter().map(|t| R::Scalar::from_f64(state.rate.at(t.to_f64()))).collect();

        let sums: Vec<_> = (0..count / CHUNK)
            .into_par_iter()
            .map(|number| {
                let range = number * CHUNK..(number + 1) * CHUNK;
                let samples = Samples {
                    x: &x[range.start * d..range.end * d],
                    t: &t[range.clone()],
                    rate: &rate[range.clone()],
                    probes: &probes[range.start * share..range.end * share],
                };
                self.chunk(trainee, path, options.rate_form, &samples)
            })
            .collect();

        if options.rate_form == RateForm::Learned {
            let residuals = sums.iter().flat_map(|Sums { residuals: [v, w], .. }| v.iter().zip(w));
            let residuals = residuals.map(|(v, w)| 0.5 * (v.to_f64() + w.to_f64()));
            state.rate.learn(t.iter().map(|t| t.to_f64()).zip(residuals));
        }
        let scale = 1.0 / count as f64;
        let loss = sums.iter().fold(0.0, |loss, sums| loss + sums.loss) / count as f64;
        let gradients: Vec<_> = sums.into_iter().map(|sums| sums.gradient).collect();
        let gradient = total::<R>(&gradients, scale);
        gradients.into_iter().for_each(|gradient| self.gradients.give(gradient));
        (loss, gradient)
    }
}

impl<R: Real> Pinn<R> {
    /// The loss of one chunk and its gradient.
    ///
    /// A pass carries two columns of the Jacobian or two probes, so that one pass does for `d ≤ 2` or probes; beyond, the
    /// residuals are found first and each further pass adds its columns' share of the gradient.
    fn chunk<const MR: usize>(
        &self,
        trainee: &Trainee<'_, R::Scalar, MR>,
        path: &(dyn Path<R> + Send + Sync),
        form: RateForm,
        samples: &Samples<'_, R::Scalar>,
    ) -> Sums<R::Scalar> {
        let sizes = trainee.network.sizes;
        let mut buffers = self.buffers.take(|| Buffers::new(sizes, path.dim(), path.scratch()));
        let gradient = self.gradients.zeros(nets_kernel::drift::mlp::layout::parameters(sizes));
        let sums = R::vectorize(
            #[inline(always)]
            || Chunk::new(trainee, path, samples, &mut buffers, gradient).sums(form),
        );
        self.buffers.give(buffers);
        sums
    }
}

struct Chunk<'a, R: Real, const MR: usize> {
    trainee: &'a Trainee<'a, R::Scalar, MR>,
    path: &'a (dyn Path<R> + Send + Sync),
    samples: &'a Samples<'a, R::Scalar>,
    /// The first columns of the passes that make a divergence: one pass if there are probes.
    columns: usize,
    /// `∇U` at the samples, tile by tile.
    gradients: Vec<R>,
    buffers: &'a mut Buffers<R>,
    sums: Sums<R::Scalar>,
}

impl<'a, R: Real, const MR: usize> Chunk<'a, R, MR> {
    fn new(
        trainee: &'a Trainee<'a, R::Scalar, MR>,
        path: &'a (dyn Path<R> + Send + Sync),
        samples: &'a Samples<'a, R::Scalar>,
        buffers: &'a mut Buffers<R>,
        gradient: Vec<R::Scalar>,
    ) -> Self {
        let residuals = vec![R::Scalar::zero(); samples.t.len()];
        Chunk {
            trainee,
            path,
            samples,
            columns: if samples.probes.is_empty() { path.dim() } else { 1 },
            gradients: Vec::with_capacity(samples.t.len().div_ceil(R::LANES) * path.dim()),
            buffers,
            sums: Sums { loss: 0.0, gradient, residuals: [residuals.clone(), residuals] },
        }
    }

    #[inline(always)]
    fn sums(mut self, form: RateForm) -> Sums<R::Scalar> {
        let count = self.samples.t.len();
        let one_pass = self.columns <= 2 && form == RateForm::Learned;
        for first in (0..count).step_by(R::LANES) {
            let rate = self.evaluate_path(first);
            for part in 0..R::PARTS {
                let first = first + part * R::Part::LANES;
                let residuals = self.residuals(first, part, rate.part(part), form);
                for (residual, to) in residuals.iter().zip(&mut self.sums.residuals) {
                    residual.store(&mut to[first..]);
                }
                if one_pass {
                    self.pull_back(part, 0, residuals);
                }
            }
            if one_pass {
                self.buffers.add_gradient(self.trainee, &mut self.sums.gradient);
            }
        }
        if form == RateForm::SliceMean {
            for slice in self.sums.residuals.iter_mut().flat_map(|residuals| residuals.chunks_mut(SLICE)) {
                let total = slice.iter().fold(0.0, |sum, r| sum + r.to_f64());
                let mean = R::Scalar::from_f64(total / slice.len() as f64);
                slice.iter_mut().for_each(|r| *r = *r - mean);
            }
        }
        // The order of the sums must not know how many samples a register holds: all samples by the first columns, then all
        // by the next.
        let columns = if one_pass { 0 } else { self.columns };
        for column in (0..columns).step_by(2) {
            for first in (0..count).step_by(R::LANES) {
                self.recall_tile(first);
                for part in 0..R::PARTS {
                    let first = first + part * R::Part::LANES;
                    let t = self.load_part(first, part);
                    let [v, w] = &self.sums.residuals;
                    let residuals = [R::Part::load(&v[first..]), R::Part::load(&w[first..])];
                    self.forward(part, t, column);
                    self.pull_back(part, column, residuals);
                }
                self.buffers.add_gradient(self.trainee, &mut self.sums.gradient);
            }
        }
        let [v, w] = &self.sums.residuals;
        self.sums.loss = v.iter().zip(w).fold(0.0, |sum, (v, w)| sum + v.to_f64() * w.to_f64());
        self.sums
    }

    /// Loads the tile of samples from `first` on, evaluates the path there and returns `∂_tU`. Tiles come in their order.
    #[inline(always)]
    fn evaluate_path(&mut self, first: usize) -> R {
        self.buffers.load_tile(self.samples.x, first);
        let Buffers { x, gradient, path, .. } = &mut *self.buffers;
        let rate = self.path.potential_and_rate(R::load(&self.samples.t[first..]), x, gradient, path).1;
        self.gradients.extend_from_slice(gradient);
        rate
    }

    /// Loads the tile of samples from `first` on and the gradients that were found there.
    #[inline(always)]
    fn recall_tile(&mut self, first: usize) {
        self.buffers.load_tile(self.samples.x, first);
        let d = self.buffers.gradient.len();
        self.buffers.gradient.copy_from_slice(&self.gradients[first / R::LANES * d..][..d]);
    }

    /// Takes a part of the tile, whose samples are those from `first` on, and returns their times.
    #[inline(always)]
    fn load_part(&mut self, first: usize, part: usize) -> R::Part {
        self.buffers.load_part(part);
        let part_probes = &mut self.buffers.part_probes;
        if !self.samples.probes.is_empty() {
            let d = part_probes.len();
            for (i, probes) in part_probes.iter_mut().enumerate() {
                for lane in 0..R::Part::LANES {
                    for (which, probe) in probes.iter_mut().enumerate() {
                        probe.set_lane(lane, self.samples.probes[(2 * (first + lane) + which) * d + i]);
                    }
                }
            }
        }
        R::Part::load(&self.samples.t[first..])
    }

    /// Sets the probes to the unit vectors along `column` and the next one, unless they are given.
    #[inline(always)]
    fn point_probes(&mut self, column: usize) {
        if self.samples.probes.is_empty() {
            let unit = |i: usize, along: usize| if i == along { R::Part::one() } else { R::Part::zero() };
            for (i, probes) in self.buffers.part_probes.iter_mut().enumerate() {
                *probes = [unit(i, column), unit(i, column + 1)];
            }
        }
    }

    /// One forward pass with tangents along two columns or probes; leaves its tape and returns `vᵀ(∂b/∂x)v` of either,
    /// and `b · ∇U` of the gradient at hand.
    #[inline(always)]
    fn forward(&mut self, part: usize, t: R::Part, column: usize) -> ([R::Part; 2], R::Part) {
        self.point_probes(column);
        let (mut tape, x, part_gradient, part_probes) = self.buffers.tape(part);
        self.trainee.forward_along(
            t,
            x,
            #[inline(always)]
            |i| part_probes[i],
            &mut tape,
        );
        let (mut along, mut trace) = (R::Part::zero(), [R::Part::zero(); 2]);
        for ((b, &g), probes) in tape.outputs.iter().zip(part_gradient).zip(part_probes) {
            let Tile([value, first, second]) = *b;
            along = value.mul_add(g, along);
            trace = [first.mul_add(probes[0], trace[0]), second.mul_add(probes[1], trace[1])];
        }
        (trace, along)
    }

    /// `r` (plus `∂_tF` if it is learned) of a part of the tile, the samples from `first` on, by either probe; 0 where it is
    /// not finite.
    #[inline(always)]
    fn residuals(&mut self, first: usize, part: usize, rate: R::Part, form: RateForm) -> [R::Part; 2] {
        let t = self.load_part(first, part);
        let exact = self.samples.probes.is_empty();
        let mut residuals = [R::Part::zero(); 2];
        for column in (0..self.columns).step_by(2).rev() {
            let (trace, along) = self.forward(part, t, column);
            let both = trace[0] + trace[1];
            for (residual, trace) in residuals.iter_mut().zip(trace) {
                *residual = *residual + if exact { both } else { trace };
                if column == 0 {
                    *residual = *residual - along;
                }
            }
        }
        for residual in &mut residuals {
            *residual = *residual - rate;
            if form == RateForm::Learned {
                *residual = *residual + R::Part::load(&self.samples.rate[first..]);
            }
            *residual = residual.select_finite(*residual, R::Part::zero());
        }
        residuals
    }

    /// The reverse pass of `Σ r_v r_w` through the columns or probes of the part's tape.
    #[inline(always)]
    fn pull_back(&mut self, part: usize, column: usize, [v, w]: [R::Part; 2]) {
        let exact = self.samples.probes.is_empty();
        let (mut tape, _, part_gradient, part_probes) = self.buffers.tape(part);
        let sum = v + w;
        // Either estimate is multiplied by the other one; an exact divergence has its columns in both.
        let weights = if exact { [sum, sum] } else { [w, v] };
        for ((cotangent, &g), probes) in tape.cotangents[0].iter_mut().zip(part_gradient).zip(part_probes) {
            let value = if column == 0 { -(sum * g) } else { R::Part::zero() };
            let value = value.select_finite(value, R::Part::zero());
            *cotangent = Tile([value, weights[0] * probes[0], weights[1] * probes[1]]);
        }
        self.trainee.reverse(&mut tape);
    }
}

/// Independent signs, 32 to a word of the stream.
fn signs<S: Scalar>(choices: &mut Stream<f64>, count: usize) -> Vec<S> {
    let mut signs = Vec::with_capacity(count.next_multiple_of(32));
    while signs.len() < count {
        let word = u64::from(choices.word());
        signs.extend((0..32).map(|bit| if word >> bit & 1 == 1 { S::one() } else { -S::one() }));
    }
    signs.truncate(count);
    signs
}

#[cfg(test)]
mod tests;
