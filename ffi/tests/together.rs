//! In single precision: walkers alone end where they end together, for every kind of path and drift.

mod common;

use common::*;
use nets_ffi::*;
use std::ffi::c_void;
use std::ptr::{null, null_mut};

/// `U_t = sum x^2 (1 + t) / 2`, point by point.
unsafe extern "C" fn narrowing(
    _: *mut c_void,
    n: i64,
    d: i64,
    t: *const f32,
    x: *const f32,
    u: *mut f32,
    gradient: *mut f32,
    rate: *mut f32,
) -> i32 {
    for i in 0..n as usize {
        // SAFETY: the library hands out arrays of this size.
        unsafe {
            let square: f32 = (0..d as usize).map(|j| (*x.add(i * d as usize + j)).powi(2)).sum();
            *u.add(i) = 0.5 * square * (1.0 + *t.add(i));
            for j in i * d as usize..(i + 1) * d as usize {
                *gradient.add(j) = *x.add(j) * (1.0 + *t.add(i));
            }
            if !rate.is_null() {
                *rate.add(i) = 0.5 * square;
            }
        }
    }
    0
}

/// `b = -x / 4`, diagonal.
unsafe extern "C" fn inwards(
    _: *mut c_void,
    _: f32,
    n: i64,
    d: i64,
    x: *const f32,
    b: *mut f32,
    divergence: *mut f32,
    jacobian: *mut f32,
) -> i32 {
    for i in 0..(n * d) as usize {
        // SAFETY: the library hands out arrays of this size.
        unsafe {
            *b.add(i) = -0.25 * *x.add(i);
            if !jacobian.is_null() {
                *jacobian.add(i) = -0.25;
            }
        }
    }
    for i in 0..if divergence.is_null() { 0 } else { n as usize } {
        // SAFETY: as above.
        unsafe { *divergence.add(i) = -0.25 * d as f32 };
    }
    0
}

fn path(set: impl FnOnce(&mut PathOptions<f32>)) -> (Memory, *mut Path<f32>) {
    let mut options = PathOptions { dim: 4, ..PathOptions::default() };
    set(&mut options);
    let (mut bytes, mut align, mut path) = (0, 0, null_mut());
    // SAFETY: arrays of the options are as long as they say.
    unsafe {
        assert_eq!(nets_path_workspace_f32(&options, &mut bytes, &mut align, null_mut()), NETS_OK);
        let mut memory = Memory::new(bytes);
        assert_eq!(nets_path_init_f32(&options, memory.pointer(), bytes, &mut path, null_mut()), NETS_OK);
        (memory, path)
    }
}

fn paths() -> [(Memory, *mut Path<f32>); 4] {
    let (means, weights, sd) = ([1.0, 0.0, -1.0, 0.5, 0.0, 2.0, 0.0, -0.5], [1.0, 2.0], [0.5, 1.0, 1.5, 2.0]);
    let (times, values) = ([0.0, 0.3, 1.0], [0.0, 0.1, 1.0]);
    [
        path(|options| {
            options.potential = Some(well_f32);
            options.base_sd = sd.as_ptr();
            options.schedule = NETS_SCHEDULE_TABLE;
            (options.table_times, options.table_values) = (times.as_ptr(), values.as_ptr());
            options.table_length = 3;
        }),
        path(|options| {
            options.kind = NETS_PATH_CALLBACK;
            options.path = Some(narrowing);
        }),
        path(|options| {
            (options.kind, options.components, options.sd) = (NETS_PATH_MIXTURE, 2, 0.5);
            (options.means, options.weights) = (means.as_ptr(), weights.as_ptr());
        }),
        path(|options| {
            (options.kind, options.side) = (NETS_PATH_PHI4, 2);
            (options.mass_squared, options.coupling) = (-1.0, 0.9);
        }),
    ]
}

fn drift() -> (Memory, *mut Drift<f32>) {
    let (mut bytes, mut align, mut drift) = (0, 0, null_mut());
    // SAFETY: memory as large as the library says.
    unsafe {
        assert_eq!(nets_drift_callback_workspace_f32(&mut bytes, &mut align, null_mut()), NETS_OK);
        let mut memory = Memory::new(bytes);
        let (form, at) = (NETS_JACOBIAN_DIAGONAL, memory.pointer());
        let code = nets_drift_callback_init_f32(4, form, Some(inwards), null_mut(), at, bytes, &mut drift, null_mut());
        assert_eq!(code, NETS_OK);
        (memory, drift)
    }
}

/// Positions and log weights after four steps of walkers from `first_walker` on.
fn run(
    path: *const Path<f32>,
    drift: *const Drift<f32>,
    integrator: i32,
    n: usize,
    first_walker: u64,
) -> [Vec<u64>; 2] {
    let (mut bytes, mut align) = (0, 0);
    let mut population = Population::<f32>::new(n, 4, 4);
    let mut walkers = population.walkers();
    let step = StepOptions { integrator, epsilon: 0.7, ..StepOptions::default() };
    let run = RunOptions::<f32> { steps: 4, seed: 2, first_walker, ..RunOptions::default() };
    let mut summary = [0u64; 9];
    summary[0] = 72;
    // SAFETY: all is as long as it says.
    unsafe {
        assert_eq!(nets_step_workspace_f32(path, drift, n as i64, &mut bytes, &mut align, null_mut()), NETS_OK);
        let mut workspace = Memory::new(bytes);
        let (memory, out) = (workspace.pointer(), summary.as_mut_ptr().cast());
        let code = nets_sampler_run_f32(path, drift, &step, &run, &mut walkers, memory, bytes, out, null_mut());
        assert_eq!(code, NETS_OK);
    }
    [population.positions(), bits(&population.log_weights)]
}

#[test]
fn alone_and_together() {
    let (_memory, drift) = drift();
    for (number, (_memory, path)) in paths().iter().enumerate() {
        for integrator in [NETS_INTEGRATOR_SPLIT, NETS_INTEGRATOR_PAIR, NETS_INTEGRATOR_ITO] {
            for drift in [drift.cast_const(), null()] {
                let together = run(*path, drift, integrator, 70, 5);
                for walker in [0, 1, 63, 64, 69] {
                    let alone = run(*path, drift, integrator, 1, 5 + walker as u64);
                    assert_eq!(alone[0], together[0][4 * walker..4 * walker + 4], "path {number}, walker {walker}");
                    assert_eq!(alone[1][0], together[1][walker], "path {number}, walker {walker}");
                }
            }
        }
    }
}
