//! The PINN objective: the mean of `|r + ∂_tF|²`, `r = ∇·b − ∇U·b − ∂_tU` (Albergo and Vanden-Eijnden,
//! 2410.02711, §3), and its gradient in the parameters of a network.

use nets_kernel::drift::mlp::{Tape, TapeSize, Trainee};
use nets_kernel::path::Path;
use nets_kernel::real::{Real, Scalar, Tile};
use serde::Serialize;

/// Samples that share a pass over the batch. Sums over a batch are formed chunk by chunk, so that they do not depend
/// on the number of threads; a chunk is a multiple of every register width.
pub(crate) const CHUNK: usize = 256;

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

/// A chunk of samples: positions row-major, one time each.
pub(crate) struct Samples<'a, S> {
    pub(crate) x: &'a [S],
    pub(crate) t: &'a [S],
    /// `∂_tF` at each sample's time, for [`RateForm::Learned`].
    pub(crate) rate: &'a [S],
}

/// What a chunk adds to the loss and its gradient.
pub(crate) struct Sums<S> {
    /// `Σ |r + ∂_tF|²`
    pub(crate) loss: f64,
    /// Its derivative by the network's parameters.
    pub(crate) gradient: Vec<S>,
    /// `r + ∂_tF` of every sample.
    pub(crate) residuals: Vec<S>,
}

/// The working memory of one chunk.
struct Buffers<P: Real> {
    activations: Vec<Tile<P, 3>>,
    slopes: Vec<Tile<P, 3>>,
    outputs: Vec<Tile<P, 3>>,
    cotangents: [Vec<Tile<P, 3>>; 2],
    samples: Vec<P::Scalar>,
    /// `x`, then `∇U`.
    x: Vec<P>,
    gradient: Vec<P>,
    path: Vec<P>,
}

impl<P: Real> Buffers<P> {
    fn new(sizes: &[usize], d: usize, path: usize) -> Self {
        let size = TapeSize::new(sizes, P::LANES);
        let streams = |length| vec![Tile([P::zero(); 3]); length];
        Buffers {
            activations: streams(size.activations),
            slopes: streams(size.slopes),
            outputs: streams(size.layer),
            cotangents: [streams(size.layer), streams(size.layer)],
            samples: vec![P::Scalar::zero(); size.samples],
            x: vec![P::zero(); d],
            gradient: vec![P::zero(); d],
            path: vec![P::zero(); path],
        }
    }
}

/// The loss of one chunk and its gradient.
///
/// A pass carries two columns of the Jacobian, so that one pass does for `d ≤ 2`; beyond, the residual is found
/// first and each further pass adds its columns' share of the gradient.
pub(crate) fn chunk<P: Real<Part = P>, const MR: usize>(
    trainee: &Trainee<'_, P::Scalar, MR>,
    path: &(dyn Path<P> + Send + Sync),
    form: RateForm,
    samples: &Samples<'_, P::Scalar>,
) -> Sums<P::Scalar> {
    P::vectorize(
        #[inline(always)]
        || Chunk::new(trainee, path, samples).sums(form),
    )
}

struct Chunk<'a, P: Real, const MR: usize> {
    trainee: &'a Trainee<'a, P::Scalar, MR>,
    path: &'a (dyn Path<P> + Send + Sync),
    samples: &'a Samples<'a, P::Scalar>,
    buffers: Buffers<P>,
    sums: Sums<P::Scalar>,
}

impl<'a, P: Real<Part = P>, const MR: usize> Chunk<'a, P, MR> {
    fn new(
        trainee: &'a Trainee<'a, P::Scalar, MR>,
        path: &'a (dyn Path<P> + Send + Sync),
        samples: &'a Samples<'a, P::Scalar>,
    ) -> Self {
        let sizes = trainee.network.sizes;
        let parameters = nets_kernel::drift::mlp::layout::parameters(sizes);
        let zero = P::Scalar::zero();
        Chunk {
            trainee,
            path,
            samples,
            buffers: Buffers::new(sizes, path.dim(), path.scratch()),
            sums: Sums { loss: 0.0, gradient: vec![zero; parameters], residuals: vec![zero; samples.t.len()] },
        }
    }

    #[inline(always)]
    fn sums(mut self, form: RateForm) -> Sums<P::Scalar> {
        let count = self.samples.t.len();
        let one_pass = self.path.dim() <= 2 && form == RateForm::Learned;
        for first in (0..count).step_by(P::LANES) {
            let residual = self.residual(first, form);
            residual.store(&mut self.sums.residuals[first..]);
            if one_pass {
                self.accumulate(0, residual);
            }
        }
        if form == RateForm::SliceMean {
            for slice in self.sums.residuals.chunks_mut(SLICE) {
                let total = slice.iter().fold(0.0, |sum, r| sum + r.to_f64());
                let mean = P::Scalar::from_f64(total / slice.len() as f64);
                slice.iter_mut().for_each(|r| *r = *r - mean);
            }
        }
        if !one_pass {
            for column in (0..self.path.dim()).step_by(2) {
                for first in (0..count).step_by(P::LANES) {
                    self.residual_columns(first, column);
                    let residual = P::load(&self.sums.residuals[first..]);
                    self.accumulate(column, residual);
                }
            }
        }
        self.sums.loss = self.sums.residuals.iter().fold(0.0, |sum, r| sum + r.to_f64() * r.to_f64());
        self.sums
    }

    /// Loads the samples from `first` on and returns their times.
    #[inline(always)]
    fn load(&mut self, first: usize) -> P {
        let d = self.path.dim();
        for (i, x) in self.buffers.x.iter_mut().enumerate() {
            *x = P::from_lanes(|lane| self.samples.x[(first + lane) * d + i]);
        }
        P::load(&self.samples.t[first..])
    }

    /// One forward pass with tangents along `column` and `column + 1`; leaves its tape and returns its share of
    /// the divergence, and `b · ∇U` of the gradient at hand.
    #[inline(always)]
    fn forward(&mut self, t: P, column: usize) -> (P, P) {
        let Buffers { activations, slopes, outputs, cotangents: [first, second], samples, x, gradient, .. } =
            &mut self.buffers;
        let mut tape = Tape { activations, slopes, outputs, cotangents: [first, second], samples };
        self.trainee.forward(t, x, [column, column + 1], &mut tape);
        let mut divergence = tape.outputs[column].0[1];
        if column + 1 < x.len() {
            divergence = divergence + tape.outputs[column + 1].0[2];
        }
        let along = tape.outputs.iter().zip(&*gradient).fold(P::zero(), |sum, (b, &g)| b.0[0].mul_add(g, sum));
        (divergence, along)
    }

    /// `r` (plus `∂_tF` if it is learned) of the samples from `first` on; 0 where it is not finite.
    #[inline(always)]
    fn residual(&mut self, first: usize, form: RateForm) -> P {
        let t = self.load(first);
        let Buffers { x, gradient, path, .. } = &mut self.buffers;
        let (_, rate) = self.path.potential_and_rate(t, x, gradient, path);
        let mut residual = P::zero();
        for column in (0..self.path.dim()).step_by(2).rev() {
            let (divergence, along) = self.forward(t, column);
            residual = residual + divergence;
            if column == 0 {
                residual = residual - along;
            }
        }
        residual = residual - rate;
        if form == RateForm::Learned {
            residual = residual + P::load(&self.samples.rate[first..]);
        }
        residual.select_finite(residual, P::zero())
    }

    /// Prepares the tape of one pass for samples whose residual is known.
    #[inline(always)]
    fn residual_columns(&mut self, first: usize, column: usize) {
        let t = self.load(first);
        if column == 0 {
            let Buffers { x, gradient, path, .. } = &mut self.buffers;
            self.path.potential(t, x, gradient, path);
        }
        self.forward(t, column);
    }

    /// Adds the gradient of `Σ r²` that passes through the columns of the tape at hand.
    #[inline(always)]
    fn accumulate(&mut self, column: usize, residual: P) {
        let Buffers { activations, slopes, outputs, cotangents: [first, second], samples, gradient, .. } =
            &mut self.buffers;
        let twice = residual + residual;
        for (i, (cotangent, &g)) in first.iter_mut().zip(&*gradient).enumerate() {
            let tangent = |along: usize| if i == along { twice } else { P::zero() };
            let value = if column == 0 { -(twice * g) } else { P::zero() };
            *cotangent = Tile([value.select_finite(value, P::zero()), tangent(column), tangent(column + 1)]);
        }
        let mut tape = Tape { activations, slopes, outputs, cotangents: [first, second], samples };
        self.trainee.reverse(&mut tape, &mut self.sums.gradient);
    }
}
