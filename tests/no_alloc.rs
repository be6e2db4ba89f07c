//! The kernel allocates nothing: an allocator that counts sees no call while a population is drawn, moved, weighed
//! and resampled.
//!
//! The other half of the proof is that programs without an allocator link: the C libraries and `examples/firmware`.

use nets_kernel::drift::mlp::layout::{OUTPUT_TILE, packed_rows};
use nets_kernel::drift::mlp::{Mlp, MlpGradient, Scaling};
use nets_kernel::drift::{Drift, LocalAffine, MixtureTransport, Modes, Streams, Zero};
use nets_kernel::path::{GaussianMixture, Path};
use nets_kernel::real::{Lanes, Real, Scalar};
use nets_kernel::resample::{replace, systematic};
use nets_kernel::rng::{Purpose, Stream, normals};
use nets_kernel::sampler::{Sampler, Walkers};
use nets_kernel::step::{Integrator, Map, Motion, Move, State, Workspace};
use nets_kernel::weight::WeightSum;
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

/// The system's allocator, with a count of this thread's calls.
struct Counting;

thread_local! {
    static CALLS: Cell<usize> = const { Cell::new(0) };
}

// SAFETY: every call is passed on; the counter itself does not allocate.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        CALLS.set(CALLS.get() + 1);
        // SAFETY: the caller keeps the promises.
        unsafe { System.alloc(layout) }
    }
    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        CALLS.set(CALLS.get() + 1);
        // SAFETY: the caller keeps the promises.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Calls of the allocator during `f`.
fn calls_in(f: impl FnOnce()) -> usize {
    let before = CALLS.get();
    f();
    CALLS.get() - before
}

const STEPS: u64 = 4;

/// Calls of the allocator while a register of walkers goes from the base density to the target and is resampled.
fn calls_in_a_run<R: Real>(path: &dyn Path<R>, drift: &dyn Drift<R>, integrator: Integrator) -> usize {
    let motion = Motion::new(R::Scalar::from_f64(0.5));
    let sampler = Sampler { path, drift, integrator, motion, epsilons: &[], seed: 1 };
    let size = sampler.workspace();
    let vector = || vec![R::zero(); path.dim()];
    let [mut x, mut gradient, mut drift_here, mut momentum, mut noise] = [(); 5].map(|()| vector());
    let (mut log_weights, mut accepted, mut copies) = ([0.0; 64], [0; 64], [0; 64]);
    let (log_weights, copies) = (&mut log_weights[..R::LANES], &mut copies[..R::LANES]);
    let mut values = vec![R::zero(); size.values];
    let mut streams = vec![Streams::<R>::zero(); size.streams];
    calls_in(|| {
        let state = State {
            x: &mut x,
            gradient: &mut gradient,
            drift: &mut drift_here,
            momentum: &mut momentum,
            potential: R::zero(),
            known: false,
        };
        let stream = Stream::new(0, Purpose::Steps, 0);
        let accepted = &mut accepted[..R::LANES];
        let mut walkers = Walkers { state, log_weights, accepted, noise: &mut noise, stream };
        let mut workspace = Workspace { values: &mut values, streams: &mut streams };
        sampler.start(0, &mut walkers);
        let time = |k: u64| R::Scalar::from_f64(k as f64 / STEPS as f64);
        for k in 0..STEPS {
            sampler.step(k, time(k), time(k + 1), &mut walkers, &mut workspace);
        }
        let mut sums = WeightSum::of(walkers.log_weights);
        sums.merge(&WeightSum::of(walkers.log_weights));
        assert_eq!((sums.walkers, sums.lost), (2 * R::LANES as u64, 0));
        assert!(systematic(walkers.log_weights, 0.5, copies).is_some_and(|sums| sums.log_mean().is_finite()));
        replace(copies, |from, to| {
            let from = walkers.state.x[0].lane(from);
            walkers.state.x[0].set_lane(to, from);
        });
    })
}

/// All drifts with all integrators.
fn assert_no_calls<R: Real>() {
    let number = R::Scalar::from_f64;
    let (means, log_weights) = ([-2.0, 0.0, 2.0, 1.0].map(number), [-std::f64::consts::LN_2; 2].map(number));
    let path =
        GaussianMixture { dim: 2, means: &means[..], log_weights: &log_weights, base_sd: number(1.0), sd: number(0.7) };

    const MR: usize = 4;
    let sizes = [3, 8, 6, 2];
    let mut weights = vec![R::Scalar::zero(); 200];
    normals(&mut Stream::new(3, Purpose::Train, 0), &mut weights);
    weights.iter_mut().for_each(|weight| *weight = *weight * number(0.3));
    let (hidden, rest) = weights.as_chunks::<MR>().0.split_at(packed_rows(3, 8, MR) + packed_rows(8, 6, MR));
    let (output, _) = rest.as_flattened().as_chunks::<OUTPUT_TILE>();
    let (center, scale) = ([number(0.0); 2], [number(0.5); 2]);
    let scaling = Scaling { center: &center, input: &scale, output: &scale };
    let network = Mlp { sizes: &sizes, hidden, output, scaling };
    // φ of as many inputs, its parameters where the other network has its own.
    let scalar = [3, 8, 6, 1];
    let transposed = weights.as_chunks::<MR>().0;
    let potential = Mlp { sizes: &scalar, scaling: Scaling { output: &scale[..1], ..scaling }, ..network };
    let rows = packed_rows(8, 3, MR) + packed_rows(6, 8, MR) + packed_rows(1, 6, MR);
    let gradient = MlpGradient { network: potential, transposed: &transposed[..rows] };
    let affine = LocalAffine { dim: 2, block: 2, gates: 3, times: &[number(0.0)][..], numbers: &weights[..34] };
    let start = [number(0.0)];
    let modes = |tail| {
        let (frame, numbers) = (&weights[..10], &weights[10..16]);
        Modes { dim: 2, rank: 1, modes: 2, tail: number(tail), times: &start[..], frame, numbers }
    };

    let split = |map, moves| Integrator::Split(map, moves);
    for integrator in
        [Integrator::Ito, Integrator::Pair, split(Map::Euler, Move::Unadjusted), split(Map::Midpoint, Move::Mala)]
    {
        assert_eq!(calls_in_a_run::<R>(&path, &network, integrator), 0, "network, {integrator:?}");
        assert_eq!(calls_in_a_run::<R>(&path, &gradient, integrator), 0, "gradient of a network, {integrator:?}");
        assert_eq!(calls_in_a_run::<R>(&path, &affine, integrator), 0, "local affine maps, {integrator:?}");
        assert_eq!(calls_in_a_run::<R>(&path, &MixtureTransport(path), integrator), 0, "perfect drift, {integrator:?}");
        assert_eq!(calls_in_a_run::<R>(&path, &modes(0.0), integrator), 0, "modes, {integrator:?}");
        assert_eq!(calls_in_a_run::<R>(&path, &modes(0.5), integrator), 0, "modes, heavy tails, {integrator:?}");
        assert_eq!(calls_in_a_run::<R>(&path, &Zero { dim: 2 }, integrator), 0, "no drift, {integrator:?}");
    }
}

#[test]
fn sampling_does_not_allocate() {
    assert_eq!(calls_in(|| drop(vec![1])), 2, "the counter counts");
    assert_no_calls::<f32>();
    assert_no_calls::<f64>();
    assert_no_calls::<Lanes<f64, 4>>();
}
