//! What functions return, against closed forms and the kernel's own words.

mod common;

use common::*;
use nets_ffi::*;
use nets_kernel::math::{ln, sin_cos_2pi};
use nets_kernel::real::Word;
use std::ffi::c_void;
use std::mem::offset_of;
use std::ptr::null_mut;

fn draw(seed: u64, walker: u64, position: u64, n: usize) -> Vec<f64> {
    let mut out = vec![f64::NAN; n];
    let (stream, data) = (NETS_STREAM_STEPS, out.as_mut_ptr());
    // SAFETY: a slice.
    let code = unsafe { nets_normals_f64(seed, stream, walker, position, data, n as i64, null_mut()) };
    assert_eq!(code, NETS_OK);
    out
}

/// The documented stream, put together from the cipher's blocks.
#[test]
fn streams_are_as_described() {
    let (seed, walker) = (0x0123_4567_89ab_cdef, 0xfedc_ba98_7654_3210);
    for purpose in [NETS_STREAM_BASE, NETS_STREAM_STEPS, NETS_STREAM_RESAMPLE] {
        let key = [0x89ab_cdef, 0x0123_4567, purpose as u32, 0, 0, 0, 0, 0];
        let words = u32::chacha8(&key, (5, 0), (0x7654_3210, 0xfedc_ba98));
        let uniform = |i: usize| {
            let bits = (u64::from(words[i]) << 32 | u64::from(words[i + 1])) >> 12;
            1.0 - bits as f64 / 2f64.powi(52)
        };
        let single = |i: usize| ((words[i] >> 1) as f32).mul_add(2f32.powi(-31), 2f32.powi(-32));
        let normals: Vec<f64> = [0, 4, 8, 12]
            .into_iter()
            .flat_map(|i| {
                let radius = (-2.0 * ln(uniform(i))).sqrt();
                let (sin, cos) = sin_cos_2pi(uniform(i + 2));
                [radius * cos, radius * sin]
            })
            .collect();
        let (mut out, mut uniforms, mut singles) = ([0.0; 8], [0.0; 8], [0.0f32; 16]);
        // SAFETY: slices.
        unsafe {
            assert_eq!(nets_normals_f64(seed, purpose, walker, 80, out.as_mut_ptr(), 8, null_mut()), NETS_OK);
            assert_eq!(nets_uniforms_f64(seed, purpose, walker, 80, uniforms.as_mut_ptr(), 8, null_mut()), NETS_OK);
            assert_eq!(nets_uniforms_f32(seed, purpose, walker, 80, singles.as_mut_ptr(), 16, null_mut()), NETS_OK);
        }
        assert_eq!(out[..], normals[..]);
        assert_eq!(uniforms, std::array::from_fn(|i| uniform(2 * i)));
        assert_eq!(singles, std::array::from_fn(single));
    }
}

#[test]
fn drawing_in_parts_gives_the_same_numbers() {
    let whole = draw(3, 8, 24, 9);
    assert_eq!(draw(3, 8, 24, 5), whole[..5]);
    assert_eq!(draw(3, 8, 24 + 4 * 3, 3), whole[6..]);
    for other in [draw(4, 8, 24, 4), draw(3, 9, 24, 4), draw(3 + (1 << 32), 8, 24, 4), draw(3, 8, u64::MAX - 3, 4)] {
        assert!(other.iter().zip(&whole).all(|(a, b)| a != b && a.is_finite()));
    }
}

fn empty_summary() -> WeightSummary {
    WeightSummary {
        struct_size: size_of::<WeightSummary>() as u32,
        log_mean: 7.0,
        log_mean_stderr: 7.0,
        ess: 7.0,
        max_weight: 7.0,
        lost: 7,
        walkers: 7,
    }
}

fn summary(log_weights: &[f64]) -> WeightSummary {
    let mut out = empty_summary();
    // SAFETY: a slice and a structure.
    let code = unsafe { nets_weight_summary_of(log_weights.as_ptr(), log_weights.len() as i64, &mut out, null_mut()) };
    assert_eq!(code, NETS_OK);
    out
}

/// Weights 1 and 3 beside a lost walker, scaled far beyond what `exp` can hold.
#[test]
fn known_weights() {
    let out = summary(&[1000.0, f64::NEG_INFINITY, 1000.0 + 3f64.ln()]);
    assert!((out.log_mean - (1000.0 + (4.0f64 / 3.0).ln())).abs() < 1e-12);
    assert!((out.ess - 16.0 / 30.0).abs() < 1e-12);
    // Variance of the mean weight, in units of its square: (n sum w^2 / (sum w)^2 - 1) / (n - 1).
    assert!((out.log_mean_stderr - (7.0f64 / 16.0).sqrt()).abs() < 1e-12);
    assert!((out.max_weight - 0.75).abs() < 1e-12);
    assert_eq!((out.lost, out.walkers), (1, 3));

    let lost = summary(&[f64::NAN, f64::INFINITY, f64::NEG_INFINITY]);
    assert_eq!((lost.log_mean, lost.ess, lost.max_weight, lost.lost), (f64::NEG_INFINITY, 0.0, 0.0, 3));
    assert_eq!(lost.log_mean_stderr, f64::INFINITY);
}

#[test]
fn sums_in_parts_are_the_sum() {
    let log_weights: Vec<f64> = (0..100).map(|i| f64::from(i * i % 37) * 20.0).collect();
    let (mut left, mut right) = ([0u64; 6], [0u64; 6]);
    let (left, right): (*mut WeightSum, *mut WeightSum) = (left.as_mut_ptr().cast(), right.as_mut_ptr().cast());
    let mut out = empty_summary();
    // SAFETY: room for structures, and slices.
    unsafe {
        for (sum, part) in [(left, &log_weights[..30]), (right, &log_weights[30..])] {
            assert_eq!(nets_weight_sum_start(sum, size_of::<WeightSum>() as u32, null_mut()), NETS_OK);
            assert_eq!(nets_weight_sum_summary(sum, &mut out, null_mut()), NETS_ERR_RANGE, "no walkers yet");
            assert_eq!(nets_weight_sum_add(sum, part.as_ptr(), part.len() as i64, null_mut()), NETS_OK);
        }
        assert_eq!(nets_weight_sum_merge(left, right, null_mut()), NETS_OK);
        assert_eq!(nets_weight_sum_summary(left, &mut out, null_mut()), NETS_OK);
    }
    let whole = summary(&log_weights);
    assert!((out.log_mean - whole.log_mean).abs() < 1e-10 && (out.ess - whole.ess).abs() < 1e-12);
    assert_eq!((out.walkers, out.lost), (100, 0));
}

#[test]
fn moments_are_weighted() {
    // Weights 1, 3 and a lost walker that is nowhere; two coordinates, rows three apart.
    let (log_weights, x) = ([0.0, 3f64.ln(), f64::NAN], [1.0f32, 4.0, 9.0, 5.0, 8.0, 9.0, f32::NAN, f32::NAN]);
    let (mut mean, mut variance) = ([0.0; 2], [0.0; 2]);
    let (means, variances) = (mean.as_mut_ptr(), variance.as_mut_ptr());
    // SAFETY: arrays as long as said.
    let code =
        unsafe { nets_weighted_moments_f32(log_weights.as_ptr(), 3, x.as_ptr(), 2, 3, means, variances, null_mut()) };
    assert_eq!(code, NETS_OK);
    for (found, exact) in mean.iter().chain(&variance).zip([4.0, 7.0, 3.0, 3.0]) {
        assert!((found - exact).abs() < 1e-12, "{found}, not {exact}");
    }
}

/// Over all uniform numbers, each walker has its expected number of copies: systematic by quadrature, the others within
/// 4.5 standard errors. A scheme that rounds wrongly or forgets a walker is off by a hundred of them.
#[test]
fn resampling_is_unbiased_and_gathers() {
    const RUNS: usize = 4000;
    let weights = [0.1, 2.0, 0.0, 0.7, 1.2, 4.0];
    let log_weights = weights.map(f64::ln);
    let total: f64 = weights.iter().sum();
    for scheme in
        [NETS_RESAMPLING_SYSTEMATIC, NETS_RESAMPLING_STRATIFIED, NETS_RESAMPLING_RESIDUAL, NETS_RESAMPLING_MULTINOMIAL]
    {
        let (mut sums, mut squares) = ([0.0; 6], [0.0; 6]);
        for run in 0..RUNS {
            let (mut uniforms, mut copies, mut ancestors) = ([0.0; 6], [0; 6], [0; 6]);
            let mut x: [f64; 6] = std::array::from_fn(|i| i as f64);
            // SAFETY: arrays as long as said.
            unsafe {
                let (u, w) = (uniforms.as_mut_ptr(), log_weights.as_ptr());
                assert_eq!(nets_uniforms_f64(1, NETS_STREAM_RESAMPLE, run as u64, 0, u, 6, null_mut()), NETS_OK);
                if scheme == NETS_RESAMPLING_SYSTEMATIC {
                    u.write((run as f64 + 0.5) / RUNS as f64);
                }
                assert_eq!(nets_resample(scheme, w, 6, u, 6, copies.as_mut_ptr(), null_mut()), NETS_OK);
                assert_eq!(nets_ancestors(copies.as_ptr(), 6, ancestors.as_mut_ptr(), null_mut()), NETS_OK);
                assert_eq!(nets_gather_f64(ancestors.as_ptr(), 6, x.as_mut_ptr(), 1, 1, null_mut()), NETS_OK);
            }
            for i in 0..6 {
                assert_eq!(x.iter().filter(|&&x| x == i as f64).count() as u32, copies[i]);
                assert!(copies[i] == 0 || x[i] == i as f64, "survivors stay");
                sums[i] += f64::from(copies[i]);
                squares[i] += f64::from(copies[i] * copies[i]);
            }
        }
        for i in 0..6 {
            let (mean, runs) = (sums[i] / RUNS as f64, RUNS as f64);
            let stderr = ((squares[i] / runs - mean * mean) / runs).sqrt().max(1.0 / runs);
            let expected = 6.0 * weights[i] / total;
            assert!((mean - expected).abs() <= 4.5 * stderr, "{scheme}, {i}: {mean} ± {stderr}, not {expected}");
        }
    }
}

/// What a step of SPLIT, PAIR or ITO adds to a log weight, put together with the increments.
#[test]
fn increments_are_those_of_the_steps() {
    let (_path_memory, path) = well_path(2);
    let (_drift_memory, drift) = drift_f64(&network(false));
    let mut workspace = workspace_f64(path, drift, 1);
    let mut own = workspace_f64(std::ptr::null(), drift, 1);
    let (memory, bytes) = (workspace.pointer(), workspace.bytes());
    let (t, next, epsilon, xi) = (0.25, 0.375, 0.6, [0.3, -1.2]);
    for integrator in [NETS_INTEGRATOR_SPLIT, NETS_INTEGRATOR_PAIR, NETS_INTEGRATOR_ITO] {
        let options = StepOptions {
            integrator,
            map: NETS_MAP_EULER,
            epsilon: if integrator == NETS_INTEGRATOR_SPLIT { 0.0 } else { epsilon },
            ..StepOptions::default()
        };
        let mut one = Population::<f64>::new(1, 2, 2);
        one.x = vec![0.4, -0.9];
        one.log_weights = vec![0.0];
        let x = one.x.clone();
        let mut walkers = one.walkers();
        let evaluate = |time, x: &[f64]| {
            let (mut u, mut rate, mut divergence) = (0.0, 0.0, 0.0);
            let (mut gradient, mut b, mut jacobian) = ([0.0; 2], [0.0; 2], [0.0; 4]);
            let (mut workspace, mut own) = (workspace_f64(path, drift, 1), workspace_f64(std::ptr::null(), drift, 1));
            let (grad, values, matrix) = (gradient.as_mut_ptr(), b.as_mut_ptr(), jacobian.as_mut_ptr());
            let (at, memory, bytes) = (x.as_ptr(), workspace.pointer(), workspace.bytes());
            let (own_memory, own_bytes) = (own.pointer(), own.bytes());
            // SAFETY: arrays as long as said.
            unsafe {
                let code =
                    nets_path_evaluate_f64(path, time, at, 1, 2, &mut u, grad, &mut rate, memory, bytes, null_mut());
                assert_eq!(code, NETS_OK);
                let trace = &mut divergence;
                let code = nets_drift_evaluate_f64(
                    drift,
                    time,
                    at,
                    1,
                    2,
                    values,
                    trace,
                    matrix,
                    own_memory,
                    own_bytes,
                    null_mut(),
                );
                assert_eq!(code, NETS_OK);
            }
            assert!((jacobian[0] + jacobian[3] - divergence).abs() < 1e-12);
            (u, gradient, rate, b, divergence, jacobian)
        };
        let (u, gradient, rate, b, divergence, jacobian) = evaluate(t, &x);
        // SAFETY: arrays as long as said.
        unsafe {
            let uniform = 0.5;
            let code = nets_step_f64(
                path,
                drift,
                &options,
                t,
                next,
                xi.as_ptr(),
                &uniform,
                &mut walkers,
                memory,
                bytes,
                null_mut(),
            );
            assert_eq!(code, NETS_OK);
        }
        let (next_u, next_gradient, _, next_b, ..) = evaluate(next, &one.x);
        let (delta, mut increment, mut square) = (next - t, [0.0], [0.0; 4]);
        let (xi, x, to, out) = (xi.as_ptr(), x.as_ptr(), one.x.as_ptr(), increment.as_mut_ptr());
        // SAFETY: arrays as long as said.
        let code = unsafe {
            match integrator {
                NETS_INTEGRATOR_ITO => {
                    let (gradient, b) = (gradient.as_ptr(), b.as_ptr());
                    nets_increment_ito_f64(delta, 1, 2, 2, gradient, b, &divergence, &rate, out, null_mut())
                }
                NETS_INTEGRATOR_PAIR => {
                    let (g, b) = (next_gradient.as_ptr(), next_b.as_ptr());
                    nets_increment_pair_f64(delta, epsilon, 1, 2, 2, xi, x, to, &u, &next_u, g, b, out, null_mut())
                }
                _ => {
                    let map: Vec<f64> =
                        (0..4).map(|i| delta.mul_add(jacobian[i], f64::from(u8::from(i % 3 == 0)))).collect();
                    nets_increment_split_f64(1, 2, &u, &next_u, map.as_ptr(), square.as_mut_ptr(), out, null_mut())
                }
            }
        };
        assert_eq!(code, NETS_OK);
        assert!(increment[0].abs() > 1e-3, "something to compare");
        assert_eq!(increment[0], one.log_weights[0], "integrator {integrator}");
    }
    own.pointer();
}

#[test]
fn schedules_and_grids() {
    let t = [0.0, 0.25, 1.0];
    let (mut beta, mut rate) = ([0.0; 3], [0.0; 3]);
    let (b, r) = (beta.as_mut_ptr(), rate.as_mut_ptr());
    // SAFETY: arrays as long as said.
    unsafe {
        assert_eq!(nets_schedule_f64(NETS_SCHEDULE_COSINE, 0.0, t.as_ptr(), 3, b, r, null_mut()), NETS_OK);
        assert!((beta[1] - 0.5 * (1.0 - (std::f64::consts::PI * 0.25).cos())).abs() < 1e-15);
        assert_eq!((beta[0], beta[2]), (0.0, 1.0));
        assert_eq!(nets_schedule_f64(NETS_SCHEDULE_POWER, 0.5, t.as_ptr(), 3, b, r, null_mut()), NETS_ERR_RANGE);
        let (times, values) = ([0.0, 0.5, 1.0], [0.0, 0.2, 1.0]);
        let (times, values) = (times.as_ptr(), values.as_ptr());
        assert_eq!(nets_schedule_table_f64(times, values, 3, t.as_ptr(), 3, b, r, null_mut()), NETS_OK);
        let mut grid = [0.0f32; 5];
        assert_eq!(nets_grid_uniform_f32(grid.as_mut_ptr(), 5, null_mut()), NETS_OK);
        assert_eq!(grid, [0.0, 0.25, 0.5, 0.75, 1.0]);
        assert_eq!(nets_grid_uniform_f32(grid.as_mut_ptr(), 1, null_mut()), NETS_ERR_LENGTH);
    }
    assert_eq!((beta, rate), ([0.0, 0.1, 1.0], [0.4, 0.4, 1.6]));
}

/// A loss that grows as the square of a step's length: `1 - ess = 9 (t' - t)^2`, from `t = 0.1` in `user`.
unsafe extern "C" fn square_law(user: *mut c_void, next: f64, ess: *mut f64) -> i32 {
    // SAFETY: the caller below gives a number, the library room for one.
    unsafe { *ess = (1.0 - 9.0 * (next - *user.cast::<f64>()).powi(2)).max(0.0) };
    0
}

#[test]
fn the_next_time_keeps_the_ess() {
    let (mut from, mut next) = (0.1f64, 0.0);
    // SAFETY: the callback gets the number it wants.
    let code =
        unsafe { nets_grid_next(from, 0.0, 0.99, Some(square_law), (&raw mut from).cast(), &mut next, null_mut()) };
    assert_eq!(code, NETS_OK);
    let loss = 9.0 * (next - 0.1f64).powi(2);
    assert!((0.009..=0.01).contains(&loss), "the step to {next} loses {loss}");
}

#[test]
fn layout_of_abi_version_1() {
    assert_eq!(size_of::<WeightSummary>(), 56);
    assert_eq!((offset_of!(WeightSummary, log_mean), offset_of!(WeightSummary, lost)), (8, 40));
    assert_eq!((size_of::<WeightSum>(), offset_of!(WeightSum, largest)), (48, 24));
    assert_eq!((size_of::<ErrorInfo>(), offset_of!(ErrorInfo, index), offset_of!(ErrorInfo, message)), (288, 16, 32));
    assert_eq!((size_of::<DriftDescription>(), offset_of!(DriftDescription, dim)), (32, 16));
    assert_eq!((size_of::<RunSummary>(), offset_of!(RunSummary, acceptance)), (72, 64));
    #[cfg(target_pointer_width = "64")]
    {
        assert_eq!((size_of::<Walkers<f64>>(), offset_of!(Walkers<f64>, accepted)), (88, 80));
        assert_eq!((size_of::<Walkers<f32>>(), offset_of!(Walkers<f32>, x)), (88, 32));
        assert_eq!((size_of::<StepOptions<f64>>(), offset_of!(StepOptions<f64>, scales)), (48, 40));
        assert_eq!((size_of::<StepOptions<f32>>(), offset_of!(StepOptions<f32>, leaps)), (40, 24));
        assert_eq!((size_of::<RunOptions<f64>>(), offset_of!(RunOptions<f64>, log_z_path)), (96, 88));
        assert_eq!((size_of::<RunOptions<f32>>(), offset_of!(RunOptions<f32>, times)), (96, 40));
        assert_eq!((size_of::<PathOptions<f64>>(), offset_of!(PathOptions<f64>, base_mass_squared)), (168, 160));
        assert_eq!((offset_of!(PathOptions<f64>, schedule), offset_of!(PathOptions<f64>, means)), (56, 104));
    }
}
