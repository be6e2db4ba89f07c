//! Every function of the header is called with every kind of wrong argument: it returns the right code, says which
//! argument was wrong, and leaves its outputs as they were. A function without a row here fails the test.

mod abuse_arguments;
mod common;

use abuse_arguments::{Argument, Row, row};
use common::*;
use nets_ffi::*;
use std::ffi::c_void;
use std::ptr::null_mut;

type A = Argument;

fn numbers<S: Number>(n: usize, value: f64) -> Vec<S> {
    vec![S::of(value); n]
}

/// The functions of one precision.
macro_rules! rows {
    ($S:ident, $potential:expr;
     $uniforms:ident $normals:ident $step_position:ident $schedule:ident $schedule_table:ident $grid_uniform:ident
     $moments:ident $ito:ident $pair:ident $split:ident $gather:ident
     $path_default:ident $path_workspace:ident $path_init:ident $log_z_base:ident $path_base:ident $path_evaluate:ident
     $drift_workspace:ident $drift_init:ident $callback_workspace:ident $callback_init:ident $drift_evaluate:ident
     $step_default:ident $step_workspace:ident $step:ident $start:ident $sampler_step:ident
     $run_default:ident $run:ident) => {{
        let options = || PathOptions::<$S> { dim: 2, potential: Some($potential), ..PathOptions::default() };
        // SAFETY: all is as long as it says.
        let path = unsafe {
            let (mut bytes, mut align, mut path) = (0, 0, null_mut());
            assert_eq!($path_workspace(&options(), &mut bytes, &mut align, null_mut()), NETS_OK);
            let memory = Box::leak(Box::new(Memory::new(bytes)));
            assert_eq!($path_init(&options(), memory.pointer(), bytes, &mut path, null_mut()), NETS_OK);
            path
        };
        let bytes = Box::leak(Box::new(network(false)));
        // SAFETY: all is as long as it says.
        let drift = unsafe {
            let (mut size, mut align, mut drift) = (0, 0, null_mut());
            let (data, n) = (bytes.as_ptr().cast(), bytes.len() as i64);
            assert_eq!($drift_workspace(data, n, &mut size, &mut align, null_mut()), NETS_OK);
            let memory = Box::leak(Box::new(Memory::new(size)));
            assert_eq!($drift_init(data, n, memory.pointer(), size, &mut drift, null_mut()), NETS_OK);
            drift
        };
        let n = bytes.len() as i64;
        let (drift_bytes, path_object, drift_object) =
            (|| A::read(bytes.clone()), || A::object(path.cast()), || A::object(drift.cast()));
        let no_drift = || A::maybe_object(drift.cast());
        let step = || A::structure(StepOptions::<$S>::default());
        let run = || A::structure(RunOptions::<$S> { steps: 3, ..RunOptions::default() });
        let population = || A::walkers(size_of::<$S>());
        let two = |value| A::read(numbers::<$S>(2, value));
        let rows = |n: usize| A::read(numbers::<$S>(n, 0.25));
        let (workspace, space) = (A::workspace, A::bytes);
        vec![
            row!($uniforms; A::any(1), A::choice(0), A::any(1), A::any(0), A::write::<$S>(4), A::count(4)),
            row!($normals; A::any(1), A::choice(0), A::any(1), A::any(0), A::write::<$S>(4), A::count(4)),
            row!($step_position; A::count(4), A::step(3), A::write::<u64>(1)),
            row!($schedule; A::choice(1), A::float(2.0), two(0.5), A::count(2), A::write::<$S>(2), A::maybe_write::<$S>(2)),
            row!($schedule_table; A::read::<$S>(vec![0.0, 1.0]), A::read::<$S>(vec![0.0, 1.0]), A::count(2), two(0.5), A::count(2),
                A::write::<$S>(2), A::maybe_write::<$S>(2)),
            row!($grid_uniform; A::write::<$S>(4), A::count(4)),
            row!($moments; A::read::<f64>(vec![0.0; 3]), A::count(3), rows(6), A::count(2), A::stride(2), A::write::<f64>(2),
                A::write::<f64>(2)),
            row!($ito; A::float(0.1), A::count(3), A::count(2), A::stride(2), rows(6), rows(6), rows(3), rows(3), A::write::<f64>(3)),
            row!($pair; A::float(0.1), A::float(1.0), A::count(3), A::count(2), A::stride(2), rows(6), rows(6), rows(6), rows(3),
                rows(3), rows(6), rows(6), A::write::<f64>(3)),
            row!($split; A::count(3), A::count(2), rows(3), rows(3), rows(12), A::scratch::<$S>(4), A::write::<f64>(3)),
            row!($gather; A::read::<i64>(vec![0, 1, 1]), A::count(3), A::write::<$S>(6), A::count(2), A::stride(2)),
            row!($path_default; A::write::<PathOptions<$S>>(1), A::size(size_of::<PathOptions<$S>>())),
            row!($path_workspace; A::structure(options()), A::write::<i64>(1), A::write::<i64>(1)),
            row!($path_init; A::structure(options()), workspace(), space(), A::write::<usize>(1)),
            row!($log_z_base; path_object(), A::write::<f64>(1)),
            row!($path_base; path_object(), A::finite(numbers::<$S>(6, 0.25)), A::count(3), A::stride(2), A::write::<$S>(6)),
            row!($path_evaluate; path_object(), A::float(0.5), rows(6), A::count(3), A::stride(2), A::write::<$S>(3), A::write::<$S>(6),
                A::maybe_write::<$S>(3), workspace(), space()),
            row!($drift_workspace; drift_bytes(), A::count(n), A::write::<i64>(1), A::write::<i64>(1)),
            row!($drift_init; drift_bytes(), A::count(n), workspace(), space(), A::write::<usize>(1)),
            row!($callback_workspace; A::write::<i64>(1), A::write::<i64>(1)),
            row!($callback_init; A::count(2), A::choice(2), A::callback(still::<$S> as *const c_void), A::any(0), workspace(),
                space(), A::write::<usize>(1)),
            row!($drift_evaluate; drift_object(), A::float(0.5), rows(6), A::count(3), A::stride(2), A::write::<$S>(6),
                A::maybe_write::<$S>(3), A::maybe_write::<$S>(12), workspace(), space()),
            row!($step_default; A::write::<StepOptions<$S>>(1), A::size(size_of::<StepOptions<$S>>())),
            row!($step_workspace; A::maybe_object(path.cast()), no_drift(), A::count(3), A::write::<i64>(1), A::write::<i64>(1)),
            row!($step; path_object(), no_drift(), step(), A::float(0.0), A::float(0.25), A::finite(numbers::<$S>(6, 0.25)),
                A::finite(numbers::<$S>(3, 0.25)), population(), workspace(), space()),
            row!($start; path_object(), A::any(1), A::any(0), population(), workspace(), space()),
            row!($sampler_step; path_object(), no_drift(), step(), A::any(1), A::any(0), A::step(0), A::float(0.0), A::float(0.25),
                population(), workspace(), space()),
            row!($run_default; A::write::<RunOptions<$S>>(1), A::size(size_of::<RunOptions<$S>>())),
            row!($run; path_object(), no_drift(), step(), run(), population(), workspace(), space(),
                A::structure_out(size_of::<RunSummary>())),
        ]
    }};
}

unsafe extern "C" fn still<S: Number>(
    _: *mut c_void,
    _: S,
    n: i64,
    d: i64,
    _: *const S,
    b: *mut S,
    divergence: *mut S,
    jacobian: *mut S,
) -> i32 {
    for (data, len) in [(b, n * d), (divergence, n), (jacobian, n * d * d)] {
        for i in 0..if data.is_null() { 0 } else { len as usize } {
            // SAFETY: the library hands out arrays of this size.
            unsafe { *data.add(i) = S::of(0.0) };
        }
    }
    0
}

unsafe extern "C" fn half(_: *mut c_void, _: f64, ess: *mut f64) -> i32 {
    // SAFETY: there is room for a number.
    unsafe { *ess = 0.5 };
    0
}

fn table() -> Vec<Row> {
    let mut table = rows!(f64, well_f64;
        nets_uniforms_f64 nets_normals_f64 nets_step_position_f64 nets_schedule_f64 nets_schedule_table_f64
        nets_grid_uniform_f64 nets_weighted_moments_f64 nets_increment_ito_f64 nets_increment_pair_f64
        nets_increment_split_f64 nets_gather_f64 nets_path_options_default_f64 nets_path_workspace_f64
        nets_path_init_f64 nets_path_log_z_base_f64 nets_path_base_f64 nets_path_evaluate_f64 nets_drift_workspace_f64
        nets_drift_init_f64 nets_drift_callback_workspace_f64 nets_drift_callback_init_f64 nets_drift_evaluate_f64
        nets_step_options_default_f64 nets_step_workspace_f64 nets_step_f64 nets_sampler_start_f64
        nets_sampler_step_f64 nets_run_options_default_f64 nets_sampler_run_f64);
    table.extend(rows!(f32, well_f32;
        nets_uniforms_f32 nets_normals_f32 nets_step_position_f32 nets_schedule_f32 nets_schedule_table_f32
        nets_grid_uniform_f32 nets_weighted_moments_f32 nets_increment_ito_f32 nets_increment_pair_f32
        nets_increment_split_f32 nets_gather_f32 nets_path_options_default_f32 nets_path_workspace_f32
        nets_path_init_f32 nets_path_log_z_base_f32 nets_path_base_f32 nets_path_evaluate_f32 nets_drift_workspace_f32
        nets_drift_init_f32 nets_drift_callback_workspace_f32 nets_drift_callback_init_f32 nets_drift_evaluate_f32
        nets_step_options_default_f32 nets_step_workspace_f32 nets_step_f32 nets_sampler_start_f32
        nets_sampler_step_f32 nets_run_options_default_f32 nets_sampler_run_f32));
    let sum = || {
        let size = size_of::<WeightSum>() as u32;
        A::structure(WeightSum { struct_size: size, walkers: 1, lost: 0, largest: 0.5, sum: 1.0, sum_squares: 1.0 })
    };
    let log_weights = || A::read(vec![0.0, -1.0, 0.5]);
    let bytes = Box::leak(Box::new(features(true)));
    table.extend([
        row!(nets_weight_summary_of; log_weights(), A::count(3), A::structure_out(size_of::<WeightSummary>())),
        row!(nets_weight_sum_start; A::write::<WeightSum>(1), A::size(size_of::<WeightSum>())),
        row!(nets_weight_sum_add; sum(), log_weights(), A::count(3)),
        row!(nets_weight_sum_merge; sum(), sum()),
        row!(nets_weight_sum_summary; sum(), A::structure_out(size_of::<WeightSummary>())),
        row!(nets_conditional_ess; log_weights(), log_weights(), A::count(3), A::write::<f64>(1)),
        row!(nets_grid_next; A::float(0.1), A::float(0.2), A::float(0.9), A::callback(half as *const c_void), A::any(0),
            A::write::<f64>(1)),
        row!(nets_resample; A::choice(1), log_weights(), A::count(3), A::read(vec![0.5; 3]), A::count(3), A::write::<u32>(3)),
        row!(nets_ancestors; A::read::<u32>(vec![0, 2, 1]), A::count(3), A::write::<i64>(3)),
        row!(nets_drift_check; A::read(bytes.clone()), A::count(bytes.len() as i64),
            A::structure_out(size_of::<DriftDescription>())),
    ]);
    table
}

/// The functions of the header, but for those that take no info: they return a version or a text.
fn functions() -> Vec<String> {
    let header = include_str!("../../include/nets.h");
    let words = header.lines().filter_map(|line| {
        let (head, _) = line.strip_prefix("int32_t ")?.split_once('(')?;
        Some(head.to_string())
    });
    words.filter(|name| name != "nets_abi_version").collect()
}

#[test]
fn every_function_has_a_row() {
    let mut rows: Vec<String> = table().iter().map(|row| row.name.to_string()).collect();
    let mut functions = functions();
    rows.sort();
    functions.sort();
    assert_eq!(rows, functions);
    assert!(functions.len() > 60, "the header was read");
}

#[test]
fn wrong_arguments_are_refused() {
    let mut trials = 0;
    for row in table() {
        trials += row.abuse();
    }
    assert!(trials > 1000, "{trials} trials");
}
