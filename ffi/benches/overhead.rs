//! What the C interface costs: a step of 64 walkers in 2 dimensions through `nets_step_f64`, against the same step of the
//! kernel called from Rust with the same lanes.
//!
//! Both call one potential that takes 64 points in rows, so both bring lanes to rows and back around it. The C side has
//! its walkers in the caller's arrays besides, and checks its arguments; the Rust side keeps them in lanes.
//!
//! ```text
//! cargo bench -p nets-ffi --bench overhead
//! ```

use nets_ffi::*;
use nets_kernel::drift::Zero;
use nets_kernel::path::{Geometric, Path as KernelPath, Schedule};
use nets_kernel::potential::{Gaussian, Potential};
use nets_kernel::real::{Lanes, Real};
use nets_kernel::step::{Integrator, Interval, Map, Motion, Move, Noise, State, Workspace, WorkspaceSize};
use std::cell::RefCell;
use std::ffi::c_void;
use std::hint::black_box;
use std::ptr::{null, null_mut};
use std::time::Instant;

const N: usize = 64;
const D: usize = 2;
const MODES: usize = 8;
type R = Lanes<f64, N>;

/// A mixture of eight Gaussians on a ring, one point at a time: a cheap target.
unsafe extern "C" fn ring(_: *mut c_void, n: i64, _: i64, x: *const f64, u: *mut f64, gradient: *mut f64) -> i32 {
    for i in 0..n as usize {
        // SAFETY: the arrays hold `n` points.
        let point = unsafe { [*x.add(2 * i), *x.add(2 * i + 1)] };
        let (mut sum, mut mean) = (0.0, [0.0; 2]);
        for mode in 0..MODES {
            let (sin, cos) = (mode as f64 * std::f64::consts::TAU / MODES as f64).sin_cos();
            let (dx, dy) = (point[0] - 4.0 * cos, point[1] - 4.0 * sin);
            let weight = (-0.5 * (dx * dx + dy * dy)).exp();
            sum += weight;
            mean = [mean[0] + weight * dx, mean[1] + weight * dy];
        }
        // SAFETY: as above.
        unsafe {
            *u.add(i) = -sum.ln();
            *gradient.add(2 * i) = mean[0] / sum;
            *gradient.add(2 * i + 1) = mean[1] / sum;
        }
    }
    0
}

/// The same potential for the kernel.
struct Rows(RefCell<[Vec<f64>; 3]>);

impl Potential<R> for Rows {
    fn dim(&self) -> usize {
        D
    }
    fn potential(&self, x: &[R], gradient: &mut [R], _: &mut [R]) -> R {
        let [rows, u, slopes] = &mut *self.0.borrow_mut();
        for (lane, row) in rows.chunks_exact_mut(D).enumerate() {
            for (to, x) in row.iter_mut().zip(x) {
                *to = x.0[lane];
            }
        }
        let (n, d) = (N as i64, D as i64);
        // SAFETY: the arrays hold as many points.
        unsafe { black_box(ring)(null_mut(), n, d, rows.as_ptr(), u.as_mut_ptr(), slopes.as_mut_ptr()) };
        for (lane, row) in slopes.chunks_exact(D).enumerate() {
            for (to, &slope) in gradient.iter_mut().zip(row) {
                to.0[lane] = slope;
            }
        }
        R::load(u)
    }
}

/// The medians of nanoseconds a step, and of their ratio pair by pair.
fn measure(mut direct: impl FnMut(), mut through_c: impl FnMut()) -> [f64; 3] {
    const PAIRS: usize = 201;
    const STEPS: usize = 200;
    let time = |step: &mut dyn FnMut()| {
        let begun = Instant::now();
        (0..STEPS).for_each(|_| step());
        begun.elapsed().as_nanos() as f64 / STEPS as f64
    };
    let mut pairs: Vec<[f64; 2]> = (0..PAIRS).map(|_| [time(&mut direct), time(&mut through_c)]).collect();
    let mut median = |key: fn(&[f64; 2]) -> f64| {
        pairs.sort_by(|a, b| key(a).total_cmp(&key(b)));
        key(&pairs[PAIRS / 2])
    };
    [median(|pair| pair[0]), median(|pair| pair[1]), median(|pair| pair[1] / pair[0])]
}

fn main() {
    let (mut xi, mut uniforms, mut x) = (vec![0.0; N * D], vec![0.0; N], vec![0.0; N * D]);
    // SAFETY: arrays as long as said.
    unsafe {
        nets_normals_f64(1, NETS_STREAM_STEPS, 0, 0, xi.as_mut_ptr(), xi.len() as i64, null_mut());
        nets_normals_f64(1, NETS_STREAM_STEPS, 1, 0, x.as_mut_ptr(), x.len() as i64, null_mut());
        nets_uniforms_f64(1, NETS_STREAM_STEPS, 2, 0, uniforms.as_mut_ptr(), N as i64, null_mut());
    }
    let columns = |rows: &[f64]| -> Vec<R> { (0..D).map(|j| R::from_lanes(|lane| rows[lane * D + j])).collect() };

    // The kernel.
    let rows = Rows(RefCell::new([vec![0.0; N * D], vec![0.0; N], vec![0.0; N * D]]));
    let base = Gaussian { mean: [0.0; D], sd: [1.0; D] };
    let geometric = Geometric { base, target: rows, schedule: Schedule::Linear };
    let (path, drift): (&dyn KernelPath<R>, _) = (&geometric, Zero { dim: D });
    let size = WorkspaceSize::new::<R>(path, &drift);
    let (mut values, mut streams) = (vec![R::zero(); size.values], vec![Real::zero(); size.streams]);
    let (mut at, noise, uniform) = (columns(&x), columns(&xi), R::load(&uniforms));
    let (mut gradient, mut unused, mut log_weights, mut accepted) =
        (vec![R::zero(); D], vec![R::zero(); D], [0.0; N], [0; N]);
    let (mut potential, mut known) = (R::zero(), false);
    let direct = || {
        let mut state =
            State { x: &mut at, gradient: &mut gradient, drift: &mut unused, momentum: &mut [], potential, known };
        let interval = Interval { start: 0.5, end: 0.51, motion: Motion::new(black_box(0.5)) };
        let mut workspace = Workspace { values: &mut values, streams: &mut streams };
        let step = Integrator::Split(Map::Midpoint, Move::Mala);
        let increment = step.step(path, &drift, interval, Noise { xi: &noise, uniform }, &mut state, &mut workspace);
        (potential, known) = (state.potential, state.known);
        increment.add_to(&mut log_weights, &mut accepted);
    };

    // The same through C.
    let options = PathOptions::<f64> { dim: D as i64, potential: Some(ring), ..PathOptions::default() };
    let (mut memory, mut workspace) = (vec![0u64; 1 << 12], vec![0u64; 1 << 16]);
    let (mut path, bytes) = (null_mut(), 8 * memory.len() as i64);
    // SAFETY: arrays as long as said.
    let code = unsafe { nets_path_init_f64(&options, memory.as_mut_ptr().cast(), bytes, &mut path, null_mut()) };
    assert_eq!(code, NETS_OK);
    let (mut gradients, mut potentials, mut weights, mut counts) =
        (vec![0.0; N * D], vec![0.0; N], vec![0.0; N], vec![0; N]);
    let mut walkers = Walkers {
        struct_size: size_of::<Walkers<f64>>() as u32,
        known: 0,
        n: N as i64,
        d: D as i64,
        stride: D as i64,
        x: x.as_mut_ptr(),
        gradient: gradients.as_mut_ptr(),
        drift: null_mut(),
        momentum: null_mut(),
        potential: potentials.as_mut_ptr(),
        log_weights: weights.as_mut_ptr(),
        accepted: counts.as_mut_ptr(),
    };
    let step = StepOptions { epsilon: 0.5, ..StepOptions::<f64>::default() };
    let through_c = || {
        let (memory, bytes) = (workspace.as_mut_ptr().cast(), 8 * workspace.len() as i64);
        let (xi, uniforms) = (xi.as_ptr(), uniforms.as_ptr());
        // SAFETY: arrays as long as said.
        let code = unsafe {
            nets_step_f64(path, null(), &step, 0.5, 0.51, xi, uniforms, &mut walkers, memory, bytes, null_mut())
        };
        assert_eq!(code, NETS_OK);
    };
    let [own, c, ratio] = measure(direct, through_c);
    assert_eq!(log_weights[..], weights[..], "both made the same steps");
    println!("{own:.0} ns a step from Rust, {c:.0} ns through C: {:+.2} %", 100.0 * (ratio - 1.0));
}
