//! The working memory of one chunk of samples: in tiles for the path, in single registers for the network.

use nets_kernel::drift::Streams;
use nets_kernel::drift::mlp::{Record, Tape, TapeSize, Trainee};
use nets_kernel::real::{Real, Scalar, Tile};
use std::sync::Mutex;

/// Samples that share a pass over the batch. Sums over a batch are formed chunk by chunk, so that they do not depend
/// on the number of threads; a chunk is a multiple of every tile of registers.
pub(crate) const CHUNK: usize = 192;

/// Numbers that reach the next line of the cache, at most.
const LINE: usize = 16;

/// From where on numbers lie in whole lines of the cache, so that a register is loaded from one of them.
fn whole_lines<S>(numbers: &[S]) -> usize {
    numbers.as_ptr().align_offset(64).min(LINE)
}

/// Room for a tile of samples, one of its parts, and the tapes of a pass.
pub(super) struct Buffers<R: Real> {
    /// Of one tape. Those of all parts of a tile make a record: 24 or 48 samples, for which a weight's derivative is read
    /// and written once while their cotangents stay in the first cache.
    size: TapeSize,
    activations: Vec<Streams<R>>,
    samples: Vec<R::Scalar>,
    slopes: Vec<Streams<R>>,
    outputs: Vec<Streams<R>>,
    cotangents: [Vec<Streams<R>>; 2],
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
            size,
            activations: streams(R::PARTS * size.activations),
            samples: vec![R::Scalar::zero(); R::PARTS * size.samples + LINE],
            slopes: streams(size.slopes),
            outputs: streams(size.layer),
            cotangents: [streams(size.layer), streams(size.layer)],
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
        load_tile(x, first, &mut self.x);
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

    /// The tape of a part, the part's place, and its gradient and probes.
    #[inline(always)]
    #[allow(clippy::type_complexity, reason = "borrows of the fields side by side")]
    pub(super) fn tape(&mut self, part: usize) -> (Tape<'_, R::Part>, &[R::Part], &[R::Part], &[[R::Part; 2]]) {
        let (size, start) = (self.size, whole_lines(&self.samples));
        let [first, second] = &mut self.cotangents;
        let tape = Tape {
            activations: &mut self.activations[part * size.activations..][..size.activations],
            samples: &mut self.samples[start + part * size.samples..][..size.samples],
            slopes: &mut self.slopes,
            outputs: &mut self.outputs,
            cotangents: [first, second],
        };
        (tape, &self.part_x, &self.part_gradient, &self.part_probes)
    }

    /// After the reverse passes of all parts of a tile: adds the derivatives by the parameters to `gradient`.
    #[inline(always)]
    pub(super) fn add_gradient<const MR: usize>(
        &self,
        trainee: &Trainee<'_, R::Scalar, MR>,
        gradient: &mut [R::Scalar],
    ) {
        let samples = &self.samples[whole_lines(&self.samples)..];
        let record = Record { tapes: R::PARTS, activations: &self.activations, samples };
        trainee.add_gradient(&record, gradient);
    }
}

/// Loads the tile of samples from `first` on, row-major in `x`, into `to`, which is as long as a sample.
#[inline(always)]
pub(super) fn load_tile<R: Real>(x: &[R::Scalar], first: usize, to: &mut [R]) {
    let d = to.len();
    for (i, to) in to.iter_mut().enumerate() {
        for lane in 0..R::LANES {
            to.set_lane(lane, x[(first + lane) * d + i]);
        }
    }
}

/// What is dear to allocate again for every chunk: lent to whoever comes next, the one used last first, for it is in the
/// caches.
pub(super) struct Pool<T>(Mutex<Vec<T>>);

impl<T> Default for Pool<T> {
    fn default() -> Self {
        Pool(Mutex::default())
    }
}

impl<T> Pool<T> {
    /// Lends one, made by `make` if all are out.
    pub(super) fn take(&self, make: impl FnOnce() -> T) -> T {
        // A lock is poisoned only by a panic while it is held, and nothing here panics.
        self.0.lock().ok().and_then(|mut idle| idle.pop()).unwrap_or_else(make)
    }

    /// Takes back.
    pub(super) fn give(&self, value: T) {
        if let Ok(mut idle) = self.0.lock() {
            idle.push(value);
        }
    }
}

impl<S: Scalar> Pool<Vec<S>> {
    /// Lends `length` zeros.
    pub(super) fn zeros(&self, length: usize) -> Vec<S> {
        let mut values = self.take(Vec::new);
        values.clear();
        values.resize(length, S::zero());
        values
    }
}
