//! Callbacks that fail or say nothing, wrong objects, damaged drifts.

mod common;

use common::*;
use nets_ffi::*;
use std::ffi::c_void;
use std::ptr::{null, null_mut};

/// Fails for the third group of walkers and counts its calls in `user`.
unsafe extern "C" fn third_fails(user: *mut c_void, n: i64, d: i64, x: *const f64, u: *mut f64, g: *mut f64) -> i32 {
    // SAFETY: the tests below give a number, the library arrays of this size.
    unsafe {
        let calls = user.cast::<i64>();
        *calls += 1;
        if *calls == 3 { -5 } else { well_f64(null_mut(), n, d, x, u, g) }
    }
}

fn options() -> StepOptions<f64> {
    StepOptions { integrator: NETS_INTEGRATOR_ITO, ..StepOptions::default() }
}

fn started(n: usize, path: *const Path<f64>, workspace: &mut Memory) -> Population<f64> {
    let mut population = Population::new(n, 2, 2);
    let mut walkers = population.walkers();
    let (memory, bytes) = (workspace.pointer(), workspace.bytes());
    // SAFETY: all is as long as it says.
    let code = unsafe { nets_sampler_start_f64(path, 1, 0, &mut walkers, memory, bytes, null_mut()) };
    assert_eq!(code, NETS_OK);
    population
}

#[test]
fn a_failing_potential_ends_the_step_and_changes_nothing() {
    let mut calls = 0i64;
    let user = &raw mut calls;
    let (_memory, path) = path_f64(|options| {
        options.dim = 2;
        options.potential = Some(third_fails);
        options.user = user.cast();
    });
    let n = 300;
    let mut workspace = workspace_f64(path, NO_DRIFT, n as i64);
    let mut population = started(n, path, &mut workspace);
    let (x, log_weights) = (bits(&population.x), bits(&population.log_weights));
    let (mut walkers, mut details) = (population.walkers(), info());
    let (memory, bytes) = (workspace.pointer(), workspace.bytes());
    // SAFETY: all is as long as it says.
    let code = unsafe {
        let step = nets_sampler_step_f64;
        step(path, null(), &options(), 1, 0, 0, 0.0, 0.5, &mut walkers, memory, bytes, &mut details)
    };
    assert_eq!((code, calls), (NETS_ERR_CALLBACK, 3), "none is called after the failure");
    assert_eq!((details.callback_code, details.index, walkers.known), (-5, 128, 0));
    assert_eq!((bits(&population.x), bits(&population.log_weights)), (x.clone(), log_weights));
    assert!(population.gradient.iter().chain(&population.potential).all(|&number| number == 7.0));

    // Evaluations leave their outputs alone as well.
    let (mut u, mut gradient) = (vec![7.0; n], vec![7.0; 2 * n]);
    let (to, grad) = (u.as_mut_ptr(), gradient.as_mut_ptr());
    // SAFETY: all is as long as it says.
    let code = unsafe {
        user.write(0);
        let at = population.x.as_ptr();
        nets_path_evaluate_f64(path, 0.5, at, n as i64, 2, to, grad, null_mut(), memory, bytes, null_mut())
    };
    assert_eq!(code, NETS_ERR_CALLBACK);
    assert!(u.iter().chain(&gradient).all(|&number| number == 7.0));
}

fn summary() -> RunSummary {
    RunSummary {
        struct_size: size_of::<RunSummary>() as u32,
        stopped: 9,
        steps: 9,
        log_z: 9.0,
        log_z_stderr: 9.0,
        ess: 9.0,
        max_weight: 9.0,
        lost: 9,
        resamplings: 9,
        acceptance: 9.0,
    }
}

/// Asks to stop, with 3, after step number `user`.
unsafe extern "C" fn stop_after(user: *mut c_void, step: i64, steps: i64, ess: f64) -> i32 {
    assert!(steps == 6 && ess > 0.0 && ess <= 1.0);
    // SAFETY: the test below gives a number.
    if step == unsafe { *user.cast::<i64>() } { 3 } else { 0 }
}

#[test]
fn a_run_that_is_stopped_is_as_after_its_last_step() {
    let (_memory, path) = well_path(2);
    let n = 70;
    let mut workspace = workspace_f64(path, NO_DRIFT, n as i64);
    let times = [0.0, 0.1, 0.3, 0.5, 0.6, 0.8, 1.0];
    let mut runs = [4, 100].map(|stop: i64| {
        let mut stop = stop;
        let (mut population, mut out) = (Population::<f64>::new(n, 2, 2), summary());
        let (mut ess, mut log_z, mut details) = ([7.0; 7], [7.0; 7], info());
        let run = RunOptions {
            steps: if stop == 100 { 4 } else { 6 },
            times: times.as_ptr(),
            progress: if stop == 100 { None } else { Some(stop_after) },
            user: (&raw mut stop).cast(),
            ess_path: ess.as_mut_ptr(),
            log_z_path: log_z.as_mut_ptr(),
            ..RunOptions::default()
        };
        let mut walkers = population.walkers();
        let (memory, bytes) = (workspace.pointer(), workspace.bytes());
        let step = StepOptions::default();
        // SAFETY: all is as long as it says.
        let code = unsafe {
            let summary = &mut out;
            nets_sampler_run_f64(path, null(), &step, &run, &mut walkers, memory, bytes, summary, &mut details)
        };
        (code, details.callback_code, population.positions(), bits(&population.log_weights), ess, log_z, out)
    });
    let whole = runs[1].clone();
    let stopped = &mut runs[0];
    assert_eq!((stopped.0, stopped.1, whole.0), (NETS_ERR_STOPPED, 3, NETS_OK));
    assert_eq!((stopped.6.stopped, stopped.6.steps, whole.6.stopped), (1, 4, 0));
    assert_eq!((&stopped.2, &stopped.3), (&whole.2, &whole.3), "four steps are four steps");
    assert_eq!((stopped.4[..5].to_vec(), stopped.5[..5].to_vec()), (whole.4[..5].to_vec(), whole.5[..5].to_vec()));
    assert_eq!((&stopped.4[5..], &stopped.5[5..]), (&[7.0; 2][..], &[7.0; 2][..]), "not beyond");
    assert_eq!(stopped.6.log_z, whole.6.log_z);
}

#[test]
fn a_potential_that_is_nowhere_loses_everyone() {
    let (_memory, path) = path_f64(|options| {
        options.dim = 2;
        options.potential = Some(nowhere_f64);
    });
    for n in [1, 65] {
        let mut workspace = workspace_f64(path, NO_DRIFT, n as i64);
        let (mut population, mut out) = (Population::<f64>::new(n, 2, 2), summary());
        let (run, step) = (RunOptions::<f64> { steps: 5, ..RunOptions::default() }, StepOptions::default());
        let mut walkers = population.walkers();
        let (memory, bytes) = (workspace.pointer(), workspace.bytes());
        // SAFETY: all is as long as it says.
        let code = unsafe {
            let summary = &mut out;
            nets_sampler_run_f64(path, null(), &step, &run, &mut walkers, memory, bytes, summary, null_mut())
        };
        assert_eq!((code, out.lost, out.ess, out.steps), (NETS_ERR_ALL_LOST, n as i64, 0.0, 1));
        assert!(population.log_weights.iter().all(|&log_weight| log_weight == f64::NEG_INFINITY));
        assert!(population.x.iter().all(|x| x.is_finite()), "they stay where they are");
    }
}

/// One walker is nowhere: it is not handed out, it is lost, and the others are as without it.
#[test]
fn a_walker_that_is_nowhere_is_lost_alone() {
    let mut count = 0i64;
    let (_memory, path) = path_f64(|options| {
        options.dim = 2;
        options.potential = Some(well_f64);
        options.user = (&raw mut count).cast();
    });
    let mut workspace = workspace_f64(path, NO_DRIFT, 10);
    let mut with = |bad: Option<f64>| {
        let mut population = started(10, path, &mut workspace);
        if let Some(bad) = bad {
            population.x[2 * 4 + 1] = bad;
        }
        let mut walkers = population.walkers();
        let (memory, bytes) = (workspace.pointer(), workspace.bytes());
        let step = StepOptions { epsilon: 0.0, ..StepOptions::default() };
        // SAFETY: all is as long as it says.
        let code = unsafe {
            nets_sampler_step_f64(path, null(), &step, 1, 0, 0, 0.0, 0.5, &mut walkers, memory, bytes, null_mut())
        };
        assert_eq!(code, NETS_OK);
        population
    };
    let good = with(None);
    let points = count;
    for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        count = 0;
        let other = with(Some(bad));
        assert_eq!(10 * count, 9 * points);
        for walker in 0..10 {
            if walker == 4 {
                assert_eq!(other.log_weights[walker], f64::NEG_INFINITY);
            } else {
                assert_eq!(other.log_weights[walker], good.log_weights[walker]);
            }
        }
    }
}

/// A well in half of the plane and nothing in the other, where it leaves the gradient as it is. Adds the coordinates that it
/// is given to `user`.
unsafe extern "C" fn half(user: *mut c_void, n: i64, d: i64, x: *const f64, u: *mut f64, g: *mut f64) -> i32 {
    for point in 0..n as usize {
        // SAFETY: the test gives a number, the library arrays of `n` points in two dimensions.
        unsafe {
            let (x, u, g) = (x.add(2 * point), u.add(point), g.add(2 * point));
            *user.cast::<f64>() += *x + *x.add(1);
            if *x > 0.3 {
                *u = f64::INFINITY;
            } else {
                well_f64(null_mut(), 1, d, x, u, g);
            }
        }
    }
    0
}

/// What a workspace holds before a call means nothing.
#[test]
fn a_gradient_that_is_not_written_is_not_read() {
    let mut sum = 0.0f64;
    let user = &raw mut sum;
    let (_memory, path) = path_f64(|options| {
        options.dim = 2;
        options.potential = Some(half);
        options.user = user.cast();
    });
    let after = |leftover: f64| {
        let mut workspace = workspace_f64(path, NO_DRIFT, 100);
        let mut population = started(100, path, &mut workspace);
        let mut walkers = population.walkers();
        let (memory, bytes) = (workspace.pointer(), workspace.bytes());
        let step = StepOptions { epsilon: 1.0, ..StepOptions::default() };
        // SAFETY: all is as long as it says.
        unsafe {
            user.write(0.0);
            for k in 0..3 {
                for number in 0..bytes as usize / 8 {
                    memory.cast::<f64>().add(number).write(leftover);
                }
                // Evaluated anew where the walkers stand.
                walkers.known = 0;
                let (t, next) = (k as f64 / 3.0, (k + 1) as f64 / 3.0);
                let (path, none) = (path, null());
                let step = &step;
                let code =
                    nets_sampler_step_f64(path, none, step, 1, 0, k, t, next, &mut walkers, memory, bytes, null_mut());
                assert_eq!(code, NETS_OK);
            }
            (user.read().to_bits(), bits(&population.x), bits(&population.log_weights))
        }
    };
    assert!(after(0.25) == after(-0.5));
}

#[test]
fn objects_of_another_kind_are_refused() {
    let (_path_memory, path) = well_path(2);
    let (_drift_memory, drift) = drift_f64(&features(false));
    let (mut bytes, mut align, mut log_z) = (0, 0, 0.0);
    // SAFETY: objects, if wrong ones.
    unsafe {
        assert_eq!(nets_path_log_z_base_f64(drift.cast(), &mut log_z, null_mut()), NETS_ERR_OBJECT);
        assert_eq!(nets_path_log_z_base_f32(path.cast(), &mut log_z, null_mut()), NETS_ERR_OBJECT);
        let workspace = nets_step_workspace_f64;
        assert_eq!(workspace(path, path.cast(), 3, &mut bytes, &mut align, null_mut()), NETS_ERR_OBJECT);
        assert_eq!(workspace(null(), null(), 3, &mut bytes, &mut align, null_mut()), NETS_ERR_NULL);
        let (_memory, other) = well_path(3);
        assert_eq!(workspace(other, drift, 3, &mut bytes, &mut align, null_mut()), NETS_ERR_DIMENSION);
    }
    assert_eq!((bytes, align, log_z), (0, 0, 0.0));
}

/// The memory of a path and a drift may be moved.
#[test]
fn objects_can_be_moved() {
    let means = [0.5, -1.0, 2.0, 0.0];
    let (mut memory, path) = path_f64(|options| {
        (options.kind, options.dim, options.components) = (NETS_PATH_MIXTURE, 2, 2);
        options.means = means.as_ptr();
    });
    let evaluate = |path| {
        let mut workspace = workspace_f64(path, NO_DRIFT, 1);
        let (mut u, mut gradient, x) = (0.0, [0.0; 2], [0.3, 0.4]);
        let (grad, memory, bytes) = (gradient.as_mut_ptr(), workspace.pointer(), workspace.bytes());
        // SAFETY: all is as long as it says.
        let code = unsafe {
            let at = x.as_ptr();
            nets_path_evaluate_f64(path, 0.7, at, 1, 2, &mut u, grad, null_mut(), memory, bytes, null_mut())
        };
        assert_eq!(code, NETS_OK);
        (u, gradient)
    };
    let before = evaluate(path);
    // U = -log sum_i N(x; t m_i, 1) / 2
    let density = |t: f64| -> f64 {
        let square = |i: usize| (0.3 - t * means[2 * i]).powi(2) + (0.4 - t * means[2 * i + 1]).powi(2);
        (0..2).map(|i| 0.5 * (-0.5 * square(i)).exp() / std::f64::consts::TAU).sum()
    };
    assert!((before.0 + density(0.7).ln()).abs() < 1e-14);
    let mut moved = Memory::new(memory.bytes());
    // SAFETY: two pieces of memory of one length.
    unsafe { moved.pointer().copy_from(memory.pointer(), memory.bytes() as usize) };
    drop(memory);
    assert_eq!(evaluate(moved.pointer().cast()), before);
}

#[test]
fn damaged_drifts_are_refused() {
    for bytes in [network(true), features(false)] {
        let mut out = [0x5au8; 32];
        out[..4].copy_from_slice(&32u32.to_ne_bytes());
        let mut out: [u64; 4] = words(out);
        let mut check = |bytes: &[u8]| {
            let (data, n, to) = (bytes.as_ptr().cast(), bytes.len() as i64, out.as_mut_ptr().cast());
            let before = out;
            // SAFETY: a slice, and room for a structure.
            let code = unsafe { nets_drift_check(data, n, to, null_mut()) };
            assert!(code == NETS_OK || out == before, "nothing is written");
            code
        };
        let mut damaged = bytes.clone();
        for bit in 0..8 * bytes.len() {
            damaged[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(check(&damaged), NETS_ERR_MODEL, "bit {bit}");
            damaged[bit / 8] ^= 1 << (bit % 8);
        }
        for length in 1..bytes.len() {
            assert_eq!(check(&bytes[..length]), NETS_ERR_MODEL, "{length} bytes");
        }
        assert_eq!(check(&[&bytes[..], &[0]].concat()), NETS_ERR_MODEL);
        assert_eq!(check(&bytes), NETS_OK);
    }
}

fn words(bytes: [u8; 32]) -> [u64; 4] {
    std::array::from_fn(|i| u64::from_ne_bytes(std::array::from_fn(|j| bytes[8 * i + j])))
}
