//! The memory of a tile of walkers.

use nets_kernel::drift::Drift;
use nets_kernel::path::Path;
use nets_kernel::real::Real;
use nets_kernel::resample::replace;
use nets_kernel::rng::{Purpose, Stream};
use nets_kernel::sampler::{Sampler, Walkers};
use nets_kernel::step::{State, Workspace, WorkspaceSize};
use rayon::prelude::*;

/// `R::LANES` walkers with their own memory.
#[derive(Clone)]
pub struct Batch<R: Real> {
    pub(crate) x: Vec<R>,
    gradient: Vec<R>,
    drift: Vec<R>,
    noise: Vec<R>,
    momentum: Vec<R>,
    potential: R,
    known: bool,
    pub(crate) log_weights: Vec<f64>,
    pub(crate) accepted: Vec<u32>,
    stream: Stream<R>,
}

impl<R: Real> Batch<R> {
    pub(crate) fn new(d: usize) -> Self {
        let vector = || vec![R::zero(); d];
        Batch {
            x: vector(),
            gradient: vector(),
            drift: vector(),
            noise: vector(),
            momentum: vector(),
            potential: R::zero(),
            known: false,
            log_weights: vec![0.0; R::LANES],
            accepted: vec![0; R::LANES],
            stream: Stream::new(0, Purpose::Steps, 0),
        }
    }

    /// Lends the walkers to the kernel and keeps what it learns of them.
    #[inline(always)]
    pub(crate) fn with_walkers<O>(&mut self, f: impl FnOnce(&mut Walkers<'_, R>) -> O) -> O {
        let mut walkers = Walkers {
            state: State {
                x: &mut self.x,
                gradient: &mut self.gradient,
                drift: &mut self.drift,
                momentum: &mut self.momentum,
                potential: self.potential,
                known: self.known,
            },
            log_weights: &mut self.log_weights,
            accepted: &mut self.accepted,
            noise: &mut self.noise,
            stream: self.stream,
        };
        let output = f(&mut walkers);
        (self.potential, self.known) = (walkers.state.potential, walkers.state.known);
        self.stream = walkers.stream;
        output
    }
}

/// Carries out a resampling: walkers without copies become copies of others, and all log weights are 0.
pub(crate) fn carry_on<R: Real>(copies: &mut [u32], tiles: &mut [Batch<R>]) {
    replace(copies, |from, to| copy_walker(tiles, from, to));
    for batch in tiles {
        batch.log_weights.fill(0.0);
        batch.known = false;
    }
}

/// Walker `to` is where walker `from` is.
fn copy_walker<R: Real>(tiles: &mut [Batch<R>], from: usize, to: usize) {
    for i in 0..tiles[0].x.len() {
        let source = &tiles[from / R::LANES];
        let (x, momentum) = (source.x[i].lane(from % R::LANES), source.momentum[i].lane(from % R::LANES));
        let copy = &mut tiles[to / R::LANES];
        copy.x[i].set_lane(to % R::LANES, x);
        copy.momentum[i].set_lane(to % R::LANES, momentum);
    }
}

/// A sampler along any path, with any drift.
pub(crate) type AnySampler<'a, R> = Sampler<'a, R, dyn Path<R> + Send + Sync + 'a, dyn Drift<R> + Send + Sync + 'a>;

/// Walkers `0, 1, …` at the start of the path.
pub(crate) fn start<R: Real>(sampler: &AnySampler<'_, R>, tiles: &mut [Batch<R>]) {
    R::vectorize(
        #[inline(always)]
        || {
            for (tile, batch) in tiles.iter_mut().enumerate() {
                batch.with_walkers(
                    #[inline(always)]
                    |walkers| sampler.start((tile * R::LANES) as u64, walkers),
                );
            }
        },
    );
}

/// Makes step `k` with all tiles, over the threads of the pool. Counts of accepted moves are those of this step.
pub(crate) fn step<R: Real>(
    sampler: &AnySampler<'_, R>,
    tiles: &mut [Batch<R>],
    k: u64,
    t: R::Scalar,
    next: R::Scalar,
) {
    tiles.par_chunks_mut(8).for_each(|tiles| {
        let mut room = Room::new(sampler.path, sampler.drift);
        R::vectorize(
            #[inline(always)]
            || {
                for batch in tiles {
                    batch.accepted.fill(0);
                    batch.with_walkers(
                        #[inline(always)]
                        |walkers| sampler.step(k, t, next, walkers, &mut room.workspace()),
                    );
                }
            },
        );
    });
}

/// The first `count` walkers' log weights.
pub(crate) fn log_weights<R: Real>(tiles: &[Batch<R>], count: usize) -> Vec<f64> {
    tiles.iter().flat_map(|batch| &batch.log_weights).copied().take(count).collect()
}

/// The fraction of the first `count` walkers whose move was accepted.
pub(crate) fn acceptance<R: Real>(tiles: &[Batch<R>], count: usize) -> f64 {
    let accepted: u32 = tiles.iter().flat_map(|batch| &batch.accepted).take(count).sum();
    f64::from(accepted) / count as f64
}

/// The working memory of one thread.
pub(crate) struct Room<R: Real> {
    values: Vec<R>,
    streams: Vec<nets_kernel::drift::Streams<R>>,
}

impl<R: Real> Room<R> {
    /// For steps forward.
    pub(crate) fn new(path: &(impl Path<R> + ?Sized), drift: &(impl Drift<R> + ?Sized)) -> Self {
        Room::of(WorkspaceSize::new(path, drift))
    }

    /// For steps back.
    pub(crate) fn back(path: &(impl Path<R> + ?Sized), drift: &(impl Drift<R> + ?Sized)) -> Self {
        Room::of(WorkspaceSize::back(path, drift))
    }

    fn of(size: WorkspaceSize) -> Self {
        Room {
            values: vec![R::zero(); size.values],
            streams: vec![nets_kernel::drift::Streams::<R>::zero(); size.streams],
        }
    }

    pub(crate) fn workspace(&mut self) -> Workspace<'_, R> {
        Workspace { values: &mut self.values, streams: &mut self.streams }
    }
}
