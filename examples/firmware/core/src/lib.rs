//! A small run of the sampler whose every bit goes into a checksum: the same on a microcontroller, in a browser and
//! with any SIMD lanes of a host.
//!
//! It shows what a program without a heap does: the memory of walkers and of steps is made of arrays whose lengths
//! are known when it is compiled.
#![no_std]
#![forbid(unsafe_code)]

mod fnv;
mod memory;
mod ring;

pub use ring::{DIM, Ring};

use fnv::Fnv;
use memory::Memory;
use nets_kernel::drift::Drift;
use nets_kernel::grid::uniform;
use nets_kernel::path::Path;
use nets_kernel::real::{Real, Scalar};
use nets_kernel::resample::systematic;
use nets_kernel::rng::{Purpose, Stream};
use nets_kernel::sampler::{Sampler, Walkers};
use nets_kernel::step::{Integrator, Map, Motion, Move, State, Workspace};

/// How many walkers: a multiple of the lanes of every width.
pub const WALKERS: usize = 48;
/// Steps of a run.
pub const STEPS: usize = 6;
/// The diffusivity.
pub const EPSILON: f64 = 0.5;
/// The seed.
pub const SEED: u64 = 2024;
/// The integrators that are run, with their names.
pub const INTEGRATORS: [(&str, Integrator); 3] = [
    ("split", Integrator::Split(Map::Midpoint, Move::Mala)),
    ("inertial", Integrator::Split(Map::Euler, Move::Inertial)),
    ("pair", Integrator::Pair),
];

/// Stands around every step, to measure it; `()` does not.
pub trait Meter {
    /// Calls `step`.
    fn measure(&mut self, step: impl FnOnce());
}

impl Meter for () {
    #[inline(always)]
    fn measure(&mut self, step: impl FnOnce()) {
        step();
    }
}

/// Where walkers end, and their log weights.
#[derive(Clone, Debug, PartialEq)]
pub struct Population {
    /// Coordinates, a row for each walker.
    pub x: [f64; DIM * WALKERS],
    /// Log weights `A`.
    pub log_weights: [f64; WALKERS],
}

impl Population {
    /// Carries walkers along the path; `None` if the drift wants more working memory than there is.
    #[inline(never)]
    pub fn sample<R: Real>(
        path: &dyn Path<R>,
        drift: &dyn Drift<R>,
        integrator: Integrator,
        meter: &mut impl Meter,
    ) -> Option<Population> {
        let motion = Motion::new(R::Scalar::from_f64(EPSILON));
        let sampler = Sampler { path, drift, integrator, motion, epsilons: &[], seed: SEED };
        let mut memory = Memory::new();
        let wanted = sampler.workspace();
        if wanted.values > memory.values.len() || wanted.streams > memory.streams.len() {
            return None;
        }
        let mut population = Population { x: [0.0; DIM * WALKERS], log_weights: [0.0; WALKERS] };
        let rows = population.x.chunks_exact_mut(DIM * R::LANES);
        for (batch, (x, log_weights)) in rows.zip(population.log_weights.chunks_exact_mut(R::LANES)).enumerate() {
            let first_walker = (batch * R::LANES) as u64;
            R::vectorize(
                #[inline(always)]
                || carry(&sampler, first_walker, &mut memory, x, log_weights, meter),
            );
        }
        Some(population)
    }

    /// A hash of all bits, of what the weights say and of what resampling makes of them.
    pub fn checksum(&self) -> u64 {
        let mut hash = Fnv::new();
        self.x.iter().chain(&self.log_weights).for_each(|&number| hash.add(number));
        let number = Stream::new(SEED, Purpose::Resample, 0).uniform();
        let mut copies = [0; WALKERS];
        if let Some(sums) = systematic(&self.log_weights, number, &mut copies) {
            hash.add(sums.log_mean());
            hash.add(sums.ess());
        }
        copies.iter().for_each(|&count| hash.add(count.into()));
        hash.0
    }
}

/// One batch of walkers, from the base density to the target.
#[inline(always)]
fn carry<R: Real>(
    sampler: &Sampler<'_, R, dyn Path<R> + '_, dyn Drift<R> + '_>,
    first_walker: u64,
    memory: &mut Memory<R>,
    x: &mut [f64],
    log_weights: &mut [f64],
    meter: &mut impl Meter,
) {
    let mut accepted = [0; WALKERS];
    let accepted = accepted.get_mut(..R::LANES).unwrap_or_default();
    let state = State {
        x: &mut memory.x,
        gradient: &mut memory.gradient,
        drift: &mut memory.drift,
        momentum: &mut memory.momentum,
        potential: R::zero(),
        known: false,
    };
    let mut walkers = Walkers { state, log_weights, accepted, noise: &mut memory.noise, stream: memory.stream };
    let mut workspace = Workspace { values: &mut memory.values, streams: &mut memory.streams };

    sampler.start(first_walker, &mut walkers);
    let time = |k: usize| R::Scalar::from_f64(uniform(k, STEPS));
    for k in 0..STEPS {
        meter.measure(
            #[inline(always)]
            || sampler.step(k as u64, time(k), time(k + 1), &mut walkers, &mut workspace),
        );
    }
    for (lane, row) in x.chunks_exact_mut(DIM).enumerate() {
        for (x, coordinate) in row.iter_mut().zip(&*walkers.state.x) {
            *x = coordinate.lane(lane).to_f64();
        }
    }
}
