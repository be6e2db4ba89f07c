//! Walkers alone and together, and the kernel's own sampler: the same bits.

mod common;

use common::*;
use nets_ffi::*;
use nets_kernel::drift::Drift as KernelDrift;
use nets_kernel::drift::bytes::{DriftBytes, MlpMemory};
use nets_kernel::path::{Geometric, Schedule};
use nets_kernel::potential::{Gaussian, Potential};
use nets_kernel::real::Real;
use nets_kernel::resample::{Resampling, replace};
use nets_kernel::rng::{Purpose, Stream};
use nets_kernel::sampler::{Sampler, Walkers as KernelWalkers};
use nets_kernel::step::{Integrator, Map, Motion, Move, State, Workspace, WorkspaceSize};
use nets_kernel::weight::WeightSum;
use std::ptr::null_mut;

const D: usize = 2;
const STEPS: usize = 12;

const INTEGRATORS: [(i32, i32, i32, Integrator); 5] = [
    (NETS_INTEGRATOR_SPLIT, NETS_MAP_MIDPOINT, NETS_MOVE_MALA, Integrator::Split(Map::Midpoint, Move::Mala)),
    (NETS_INTEGRATOR_SPLIT, NETS_MAP_EULER, NETS_MOVE_INERTIAL, Integrator::Split(Map::Euler, Move::Inertial)),
    (NETS_INTEGRATOR_SPLIT, NETS_MAP_EULER, NETS_MOVE_UNADJUSTED, Integrator::Split(Map::Euler, Move::Unadjusted)),
    (NETS_INTEGRATOR_PAIR, 0, 0, Integrator::Pair),
    (NETS_INTEGRATOR_ITO, 0, 0, Integrator::Ito),
];

/// The potential of `well_f64`, operation by operation.
struct Well;

impl Potential<f64> for Well {
    fn dim(&self) -> usize {
        D
    }
    fn potential(&self, x: &[f64], gradient: &mut [f64], _: &mut [f64]) -> f64 {
        let mut sum = 0.0;
        for (x, g) in x.iter().zip(gradient) {
            let z = (x - 0.5) / 0.7;
            sum += 0.5 * z * z;
            *g = z / 0.7;
        }
        sum
    }
}

/// One walker of the kernel.
struct One {
    x: Vec<f64>,
    gradient: Vec<f64>,
    drift: Vec<f64>,
    momentum: Vec<f64>,
    potential: f64,
    known: bool,
    log_weight: [f64; 1],
    accepted: [u32; 1],
}

/// What a run comes to: positions, log weights, sums, accepted moves, resamplings.
type Result = (Vec<u64>, Vec<u64>, WeightSum, u64, i64);

/// A run as `nets_sampler_run_f64` documents it, in the kernel's own words.
fn reference(integrator: Integrator, n: usize, first_walker: u64, below: f64) -> Result {
    let bytes = network(false);
    let parsed = DriftBytes::new(&bytes).unwrap();
    let lengths = parsed.mlp_lengths::<8>();
    let (mut sizes, mut hidden) = (vec![0; lengths.sizes], vec![[0.0; 8]; lengths.hidden]);
    let (mut output, mut scaling) = (vec![[0.0; 2]; lengths.output], vec![0.0; lengths.scaling]);
    let memory = MlpMemory { sizes: &mut sizes, hidden: &mut hidden, output: &mut output, scaling: &mut scaling };
    let drift = parsed.mlp::<f64, 8>(memory).unwrap();
    let base = Gaussian { mean: [0.0; D], sd: [1.0; D] };
    let path = Geometric { base, target: Well, schedule: Schedule::Cosine };
    let motion = Motion { epsilon: 0.8, scales: &[0.9, 1.1], friction: 15.0, leaps: 2 };
    let sampler = Sampler::<f64, _, _> { path: &path, drift: &drift, integrator, motion, epsilons: &[], seed: 5 };
    let size = WorkspaceSize::new::<f64>(&path, &drift as &dyn KernelDrift<f64>);
    let (mut values, mut streams) = (vec![0.0; size.values], vec![Real::zero(); size.streams]);
    let mut noise = vec![0.0; D];
    let mut population: Vec<One> = (0..n)
        .map(|_| One {
            x: vec![0.0; D],
            gradient: vec![0.0; D],
            drift: vec![0.0; D],
            momentum: vec![0.0; D],
            potential: 0.0,
            known: false,
            log_weight: [0.0],
            accepted: [0],
        })
        .collect();
    let mut with = |one: &mut One, number: usize, step: Option<usize>| {
        let mut walkers = KernelWalkers {
            state: State {
                x: &mut one.x,
                gradient: &mut one.gradient,
                drift: &mut one.drift,
                momentum: &mut one.momentum,
                potential: one.potential,
                known: one.known,
            },
            log_weights: &mut one.log_weight,
            accepted: &mut one.accepted,
            noise: &mut noise,
            stream: Stream::new(5, Purpose::Steps, first_walker + number as u64),
        };
        match step {
            None => sampler.start(first_walker + number as u64, &mut walkers),
            Some(k) => {
                let workspace = &mut Workspace { values: &mut values, streams: &mut streams };
                let time = |k| k as f64 / STEPS as f64;
                sampler.step(k as u64, time(k), time(k + 1), &mut walkers, workspace);
            }
        }
        (one.potential, one.known) = (walkers.state.potential, walkers.state.known);
    };
    population.iter_mut().enumerate().for_each(|(number, one)| with(one, number, None));
    let mut uniforms = Stream::<f64>::new(5, Purpose::Resample, 3);
    let (mut log_z, mut log_weights, mut resamplings) = (0.0, vec![0.0; n], 0);
    let mut sums = WeightSum::default();
    for k in 0..STEPS {
        for (number, one) in population.iter_mut().enumerate() {
            with(one, number, Some(k));
            log_weights[number] = log_z + one.log_weight[0];
        }
        sums = WeightSum::of(&log_weights);
        if sums.ess() < below && k + 1 < STEPS {
            let mut copies = vec![0; n];
            let sums = Resampling::Systematic.resample(&log_weights, || uniforms.uniform(), &mut copies).unwrap();
            log_z = sums.log_mean();
            replace(&copies, |from, to| {
                population[to].x = population[from].x.clone();
                population[to].momentum = population[from].momentum.clone();
            });
            for one in &mut population {
                (one.log_weight[0], one.known) = (0.0, false);
            }
            resamplings += 1;
        }
    }
    let accepted = population.iter().map(|one| u64::from(one.accepted[0])).sum();
    let positions = population.iter().flat_map(|one| bits(&one.x)).collect();
    (positions, bits(&log_weights), sums, accepted, resamplings)
}

fn cosine_path() -> (Memory, *mut Path<f64>) {
    path_f64(|options| {
        options.dim = D as i64;
        options.potential = Some(well_f64);
        options.schedule = NETS_SCHEDULE_COSINE;
    })
}

/// The same run through the C interface.
fn run((integrator, map, moves): (i32, i32, i32), n: usize, first_walker: u64, below: f64) -> Result {
    let (_path_memory, path) = cosine_path();
    let (_drift_memory, drift) = drift_f64(&network(false));
    let mut workspace = workspace_f64(path, drift, n as i64);
    let scales = [0.9, 1.1];
    let step = StepOptions {
        integrator,
        map,
        r#move: moves,
        epsilon: 0.8,
        friction: 15.0,
        leaps: 2,
        scales: scales.as_ptr(),
        ..StepOptions::default()
    };
    let options = RunOptions::<f64> {
        seed: 5,
        first_walker,
        resample_stream: 3,
        steps: STEPS as i64,
        resample_below: below,
        ..RunOptions::default()
    };
    let mut population = Population::<f64>::new(n, D, 5);
    let mut walkers = population.walkers();
    let mut summary = RunSummary {
        struct_size: size_of::<RunSummary>() as u32,
        stopped: 9,
        steps: 0,
        log_z: 0.0,
        log_z_stderr: 0.0,
        ess: 0.0,
        max_weight: 0.0,
        lost: 0,
        resamplings: 0,
        acceptance: 0.0,
    };
    let (memory, bytes) = (workspace.pointer(), workspace.bytes());
    // SAFETY: all is as long as it says.
    let code = unsafe {
        nets_sampler_run_f64(path, drift, &step, &options, &mut walkers, memory, bytes, &mut summary, null_mut())
    };
    assert_eq!((code, summary.stopped, summary.steps), (NETS_OK, 0, STEPS as i64));
    let sums = WeightSum::of(&population.log_weights);
    let mut log_z_base = 0.0;
    // SAFETY: a path, and room for a number.
    assert_eq!(unsafe { nets_path_log_z_base_f64(path, &mut log_z_base, null_mut()) }, NETS_OK);
    assert!((log_z_base - std::f64::consts::TAU.ln()).abs() < 1e-15);
    assert_eq!(summary.log_z, log_z_base + sums.log_mean());
    assert_eq!((summary.ess, summary.lost), (sums.ess(), sums.lost as i64));
    // Between the rows nothing is written.
    assert!(population.x.chunks(5).all(|row| row[D..].iter().all(|&gap| gap == 7.0)));
    let accepted = population.accepted.iter().map(|&count| u64::from(count)).sum();
    (population.positions(), bits(&population.log_weights), sums, accepted, summary.resamplings)
}

#[test]
fn a_run_is_the_kernels_own() {
    for (integrator, map, moves, kernel) in INTEGRATORS {
        for n in [1, 2, 64, 100] {
            assert_eq!(run((integrator, map, moves), n, 40, 0.0), reference(kernel, n, 40, 0.0), "{kernel:?}, n = {n}");
        }
    }
}

#[test]
fn resampling_is_that_of_the_engine() {
    for (integrator, map, moves, kernel) in INTEGRATORS {
        let expected = reference(kernel, 150, 480, 0.9);
        assert!(expected.4 > 0, "{kernel:?} has to resample, or nothing is tested");
        assert_eq!(run((integrator, map, moves), 150, 480, 0.9), expected, "{kernel:?}");
    }
}

/// `nets_step_f64` with the noise that `nets_normals_f64` draws at `nets_step_position_f64` is `nets_sampler_step_f64`.
#[test]
fn steps_with_the_callers_noise_are_those_of_the_sampler() {
    let n = 70;
    let (_path_memory, path) = cosine_path();
    let (_drift_memory, drift) = drift_f64(&network(false));
    let mut workspace = workspace_f64(path, drift, n as i64);
    let (memory, bytes) = (workspace.pointer(), workspace.bytes());
    for (integrator, map, moves, kernel) in INTEGRATORS {
        let options = StepOptions { integrator, map, r#move: moves, epsilon: 0.5, ..StepOptions::default() };
        let [mut own, mut given] = [(); 2].map(|()| Population::<f64>::new(n, D, 3));
        // SAFETY: all is as long as it says.
        unsafe {
            for population in [&mut own, &mut given] {
                let mut walkers = population.walkers();
                assert_eq!(nets_sampler_start_f64(path, 9, 11, &mut walkers, memory, bytes, null_mut()), NETS_OK);
                population.known = walkers.known;
            }
            for k in 0..5 {
                let (t, next) = (k as f64 / 5.0, (k + 1) as f64 / 5.0);
                let mut walkers = own.walkers();
                let step = nets_sampler_step_f64;
                let code = step(path, drift, &options, 9, 11, k, t, next, &mut walkers, memory, bytes, null_mut());
                assert_eq!(code, NETS_OK);
                own.known = walkers.known;

                let (mut xi, mut uniforms, mut position) = (vec![0.0; 3 * n], vec![0.0; n], 0);
                assert_eq!(nets_step_position_f64(D as i64, k, &mut position, null_mut()), NETS_OK);
                for i in 0..n {
                    let (walker, row) = (11 + i as u64, xi[3 * i..].as_mut_ptr());
                    let stream = NETS_STREAM_STEPS;
                    assert_eq!(nets_normals_f64(9, stream, walker, position, row, D as i64, null_mut()), NETS_OK);
                    let after = position + 4;
                    let code = nets_uniforms_f64(9, stream, walker, after, &mut uniforms[i], 1, null_mut());
                    assert_eq!(code, NETS_OK);
                }
                let mut walkers = given.walkers();
                let (xi, uniforms) = (xi.as_ptr(), uniforms.as_ptr());
                let code = nets_step_f64(
                    path,
                    drift,
                    &options,
                    t,
                    next,
                    xi,
                    uniforms,
                    &mut walkers,
                    memory,
                    bytes,
                    null_mut(),
                );
                assert_eq!(code, NETS_OK);
                given.known = walkers.known;
            }
        }
        assert_eq!(own.positions(), given.positions(), "{kernel:?}");
        assert_eq!(bits(&own.log_weights), bits(&given.log_weights), "{kernel:?}");
        assert_eq!((own.accepted, own.known), (given.accepted, given.known), "{kernel:?}");
    }
}
