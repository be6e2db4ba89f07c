//! The memory of a tile of walkers.

use nets_kernel::drift::Drift;
use nets_kernel::path::Path;
use nets_kernel::real::Real;
use nets_kernel::rng::{Purpose, Stream};
use nets_kernel::sampler::Walkers;
use nets_kernel::step::{State, Workspace, WorkspaceSize};

/// `R::LANES` walkers with their own memory.
pub(crate) struct Batch<R: Real> {
    pub(crate) x: Vec<R>,
    gradient: Vec<R>,
    drift: Vec<R>,
    noise: Vec<R>,
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

    /// Forgets what was known of the walkers' places: they were moved.
    pub(crate) fn moved(&mut self) {
        self.known = false;
    }
}

/// The working memory of one thread.
pub(crate) struct Room<R: Real> {
    values: Vec<R>,
    streams: Vec<nets_kernel::drift::Streams<R>>,
}

impl<R: Real> Room<R> {
    pub(crate) fn new(path: &(impl Path<R> + ?Sized), drift: &(impl Drift<R> + ?Sized)) -> Self {
        let size = WorkspaceSize::new(path, drift);
        Room {
            values: vec![R::zero(); size.values],
            streams: vec![nets_kernel::drift::Streams::<R>::zero(); size.streams],
        }
    }

    pub(crate) fn workspace(&mut self) -> Workspace<'_, R> {
        Workspace { values: &mut self.values, streams: &mut self.streams }
    }
}
