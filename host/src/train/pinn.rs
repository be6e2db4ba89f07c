//! The PINN objective: the mean of `|r + ∂_tF|²`, `r = ∇·b − ∇U·b − ∂_tU` (Albergo and Vanden-Eijnden,
//! 2410.02711, §3), and its gradient in the parameters of a network.

use nets_kernel::drift::Streams;
use nets_kernel::drift::mlp::{Tape, TapeSize, Trainee};
use nets_kernel::path::Path;
use nets_kernel::real::{Real, Scalar, Tile};
use serde::Serialize;

/// Samples that share a pass over the batch. Sums over a batch are formed chunk by chunk, so that they do not depend
/// on the number of threads; a chunk is a multiple of every tile of registers.
pub(crate) const CHUNK: usize = 192;

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

/// The working memory of one chunk: samples in tiles for the path, in single registers for the network.
struct Buffers<R: Real> {
    activations: Vec<Streams<R>>,
    slopes: Vec<Streams<R>>,
    outputs: Vec<Streams<R>>,
    cotangents: [Vec<Streams<R>>; 2],
    samples: Vec<R::Scalar>,
    /// `x` and `∇U` of a tile.
    x: Vec<R>,
    gradient: Vec<R>,
    path: Vec<R>,
    /// Those of one of its parts.
    part_x: Vec<R::Part>,
    part_gradient: Vec<R::Part>,
}

impl<R: Real> Buffers<R> {
    fn new(sizes: &[usize], d: usize, path: usize) -> Self {
        let size = TapeSize::new(sizes, R::Part::LANES);
        let streams = |length| vec![Tile([R::Part::zero(); 3]); length];
        Buffers {
            activations: streams(size.activations),
            slopes: streams(size.slopes),
            outputs: streams(size.layer),
            cotangents: [streams(size.layer), streams(size.layer)],
            samples: vec![R::Scalar::zero(); size.samples],
            x: vec![R::zero(); d],
            gradient: vec![R::zero(); d],
            path: vec![R::zero(); path],
            part_x: vec![R::Part::zero(); d],
            part_gradient: vec![R::Part::zero(); d],
        }
    }
}

/// The loss of one chunk and its gradient.
///
/// A pass carries two columns of the Jacobian, so that one pass does for `d ≤ 2`; beyond, the residual is found
/// first and each further pass adds its columns' share of the gradient.
pub(crate) fn chunk<R: Real, const MR: usize>(
    trainee: &Trainee<'_, R::Scalar, MR>,
    path: &(dyn Path<R> + Send + Sync),
    form: RateForm,
    samples: &Samples<'_, R::Scalar>,
) -> Sums<R::Scalar> {
    R::vectorize(
        #[inline(always)]
        || Chunk::new(trainee, path, samples).sums(form),
    )
}

struct Chunk<'a, R: Real, const MR: usize> {
    trainee: &'a Trainee<'a, R::Scalar, MR>,
    path: &'a (dyn Path<R> + Send + Sync),
    samples: &'a Samples<'a, R::Scalar>,
    buffers: Buffers<R>,
    sums: Sums<R::Scalar>,
}

impl<'a, R: Real, const MR: usize> Chunk<'a, R, MR> {
    fn new(
        trainee: &'a Trainee<'a, R::Scalar, MR>,
        path: &'a (dyn Path<R> + Send + Sync),
        samples: &'a Samples<'a, R::Scalar>,
    ) -> Self {
        let sizes = trainee.network.sizes;
        let parameters = nets_kernel::drift::mlp::layout::parameters(sizes);
        let zero = R::Scalar::zero();
        Chunk {
            trainee,
            path,
            samples,
            buffers: Buffers::new(sizes, path.dim(), path.scratch()),
            sums: Sums { loss: 0.0, gradient: vec![zero; parameters], residuals: vec![zero; samples.t.len()] },
        }
    }

    #[inline(always)]
    fn sums(mut self, form: RateForm) -> Sums<R::Scalar> {
        let (count, d) = (self.samples.t.len(), self.path.dim());
        let one_pass = d <= 2 && form == RateForm::Learned;
        for first in (0..count).step_by(R::LANES) {
            let rate = self.evaluate_path(first);
            for part in 0..R::PARTS {
                let first = first + part * R::Part::LANES;
                let residual = self.residual(first, part, rate.part(part), form);
                residual.store(&mut self.sums.residuals[first..]);
                if one_pass {
                    self.accumulate(0, residual);
                }
            }
        }
        if form == RateForm::SliceMean {
            for slice in self.sums.residuals.chunks_mut(SLICE) {
                let total = slice.iter().fold(0.0, |sum, r| sum + r.to_f64());
                let mean = R::Scalar::from_f64(total / slice.len() as f64);
                slice.iter_mut().for_each(|r| *r = *r - mean);
            }
        }
        if !one_pass {
            for first in (0..count).step_by(R::LANES) {
                self.evaluate_path(first);
                for part in 0..R::PARTS {
                    let first = first + part * R::Part::LANES;
                    let t = self.load_part(first, part);
                    let residual = R::Part::load(&self.sums.residuals[first..]);
                    for column in (0..d).step_by(2) {
                        self.forward(t, column);
                        self.accumulate(column, residual);
                    }
                }
            }
        }
        self.sums.loss = self.sums.residuals.iter().fold(0.0, |sum, r| sum + r.to_f64() * r.to_f64());
        self.sums
    }

    /// Loads the tile of samples from `first` on, evaluates the path there and returns `∂_tU`.
    #[inline(always)]
    fn evaluate_path(&mut self, first: usize) -> R {
        let d = self.path.dim();
        let Buffers { x, gradient, path, .. } = &mut self.buffers;
        for (i, x) in x.iter_mut().enumerate() {
            for lane in 0..R::LANES {
                x.set_lane(lane, self.samples.x[(first + lane) * d + i]);
            }
        }
        self.path.potential_and_rate(R::load(&self.samples.t[first..]), x, gradient, path).1
    }

    /// Takes a part of the tile, whose samples are those from `first` on, and returns their times.
    #[inline(always)]
    fn load_part(&mut self, first: usize, part: usize) -> R::Part {
        let Buffers { x, gradient, part_x, part_gradient, .. } = &mut self.buffers;
        for (to, from) in part_x.iter_mut().zip(&*x) {
            *to = from.part(part);
        }
        for (to, from) in part_gradient.iter_mut().zip(&*gradient) {
            *to = from.part(part);
        }
        R::Part::load(&self.samples.t[first..])
    }

    /// One forward pass with tangents along `column` and `column + 1`; leaves its tape and returns its share of
    /// the divergence, and `b · ∇U` of the gradient at hand.
    #[inline(always)]
    fn forward(&mut self, t: R::Part, column: usize) -> (R::Part, R::Part) {
        let Buffers {
            activations,
            slopes,
            outputs,
            cotangents: [first, second],
            samples,
            part_x: x,
            part_gradient,
            ..
        } = &mut self.buffers;
        let mut tape = Tape { activations, slopes, outputs, cotangents: [first, second], samples };
        self.trainee.forward(t, x, [column, column + 1], &mut tape);
        let mut divergence = tape.outputs[column].0[1];
        if column + 1 < x.len() {
            divergence = divergence + tape.outputs[column + 1].0[2];
        }
        let mut along = R::Part::zero();
        for (b, &g) in tape.outputs.iter().zip(&*part_gradient) {
            along = b.0[0].mul_add(g, along);
        }
        (divergence, along)
    }

    /// `r` (plus `∂_tF` if it is learned) of a part of the tile, the samples from `first` on; 0 where it is not finite.
    #[inline(always)]
    fn residual(&mut self, first: usize, part: usize, rate: R::Part, form: RateForm) -> R::Part {
        let t = self.load_part(first, part);
        let mut residual = R::Part::zero();
        for column in (0..self.path.dim()).step_by(2).rev() {
            let (divergence, along) = self.forward(t, column);
            residual = residual + divergence;
            if column == 0 {
                residual = residual - along;
            }
        }
        residual = residual - rate;
        if form == RateForm::Learned {
            residual = residual + R::Part::load(&self.samples.rate[first..]);
        }
        residual.select_finite(residual, R::Part::zero())
    }

    /// Adds the gradient of `Σ r²` that passes through the columns of the tape at hand.
    #[inline(always)]
    fn accumulate(&mut self, column: usize, residual: R::Part) {
        let Buffers { activations, slopes, outputs, cotangents: [first, second], samples, part_gradient, .. } =
            &mut self.buffers;
        let twice = residual + residual;
        for (i, (cotangent, &g)) in first.iter_mut().zip(&*part_gradient).enumerate() {
            let tangent = |along: usize| if i == along { twice } else { R::Part::zero() };
            let value = if column == 0 { -(twice * g) } else { R::Part::zero() };
            *cotangent = Tile([value.select_finite(value, R::Part::zero()), tangent(column), tangent(column + 1)]);
        }
        let mut tape = Tape { activations, slopes, outputs, cotangents: [first, second], samples };
        self.trainee.reverse(&mut tape, &mut self.sums.gradient);
    }
}
