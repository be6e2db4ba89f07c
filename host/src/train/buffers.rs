//! The working memory of one chunk of samples: in tiles for the path, in single registers for the network.

use nets_kernel::drift::Streams;
use nets_kernel::drift::mlp::{Tape, TapeSize};
use nets_kernel::real::{Real, Tile};

/// Samples that share a pass over the batch. Sums over a batch are formed chunk by chunk, so that they do not depend
/// on the number of threads; a chunk is a multiple of every tile of registers.
pub(crate) const CHUNK: usize = 192;

/// Room for a tile of samples, one of its parts, and the tape of a pass.
pub(super) struct Buffers<R: Real> {
    activations: Vec<Streams<R>>,
    slopes: Vec<Streams<R>>,
    outputs: Vec<Streams<R>>,
    cotangents: [Vec<Streams<R>>; 2],
    samples: Vec<R::Scalar>,
    /// `x` and `∇U` of a tile.
    pub(super) x: Vec<R>,
    pub(super) gradient: Vec<R>,
    pub(super) path: Vec<R>,
    /// Those of one of its parts.
    pub(super) part_x: Vec<R::Part>,
    pub(super) part_gradient: Vec<R::Part>,
    pub(super) part_probes: Vec<[R::Part; 2]>,
}

impl<R: Real> Buffers<R> {
    pub(super) fn new(sizes: &[usize], d: usize, path: usize) -> Self {
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
            part_probes: vec![[R::Part::zero(); 2]; d],
        }
    }

    /// Loads the tile of samples from `first` on, row-major in `x`.
    #[inline(always)]
    pub(super) fn load_tile(&mut self, x: &[R::Scalar], first: usize) {
        let d = self.x.len();
        for (i, to) in self.x.iter_mut().enumerate() {
            for lane in 0..R::LANES {
                to.set_lane(lane, x[(first + lane) * d + i]);
            }
        }
    }

    /// Takes a part of the tile.
    #[inline(always)]
    pub(super) fn load_part(&mut self, part: usize) {
        for (to, from) in self.part_x.iter_mut().zip(&self.x) {
            *to = from.part(part);
        }
        for (to, from) in self.part_gradient.iter_mut().zip(&self.gradient) {
            *to = from.part(part);
        }
    }

    /// The tape, the part's place, and its gradient and probes.
    #[inline(always)]
    #[allow(clippy::type_complexity, reason = "borrows of the fields side by side")]
    pub(super) fn tape(&mut self) -> (Tape<'_, R::Part>, &[R::Part], &[R::Part], &[[R::Part; 2]]) {
        let Buffers { activations, slopes, outputs, cotangents: [first, second], samples, .. } = self;
        let tape = Tape { activations, slopes, outputs, cotangents: [first, second], samples };
        (tape, &self.part_x, &self.part_gradient, &self.part_probes)
    }
}
