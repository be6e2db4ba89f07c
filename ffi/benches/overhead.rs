//! What the C interface costs: a step of 64 walkers in 2 dimensions through `nets_step_f64`, against the same step of the
//! kernel called from Rust.
//!
//! All call one potential that takes 64 points in rows, so all bring lanes to rows and back around it. Two Rust programs
//! are compared with: one that has its walkers in arrays of rows, as a program that calls the C interface has, and brings
//! them to lanes for a step and back; and one that keeps them in lanes from step to step. The interface costs the same
//! whatever the density does, so its share is that of a density of 8 Gaussians and of 40.
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
type R = Lanes<f64, N>;

/// A mixture of `MODES` Gaussians on a ring, one point at a time. `user` points to the centres.
unsafe extern "C" fn ring<const MODES: usize>(
    user: *mut c_void,
    n: i64,
    _: i64,
    x: *const f64,
    u: *mut f64,
    gradient: *mut f64,
) -> i32 {
    // SAFETY: that is what it points to.
    let centres = unsafe { &*user.cast_const().cast::<[[f64; D]; MODES]>() };
    for i in 0..n as usize {
        // SAFETY: the arrays hold `n` points.
        let point = unsafe { [*x.add(2 * i), *x.add(2 * i + 1)] };
        let (mut sum, mut mean) = (0.0, [0.0; 2]);
        for centre in centres {
            let (dx, dy) = (point[0] - centre[0], point[1] - centre[1]);
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
struct Rows<const MODES: usize> {
    centres: [[f64; D]; MODES],
    arrays: RefCell<[Vec<f64>; 3]>,
}

impl<const MODES: usize> Potential<R> for Rows<MODES> {
    fn dim(&self) -> usize {
        D
    }
    fn potential(&self, x: &[R], gradient: &mut [R], _: &mut [R]) -> R {
        let [rows, u, slopes] = &mut *self.arrays.borrow_mut();
        for (lane, row) in rows.chunks_exact_mut(D).enumerate() {
            for (to, x) in row.iter_mut().zip(x) {
                *to = x.0[lane];
            }
        }
        let (n, d, user) = (N as i64, D as i64, (&raw const self.centres).cast_mut().cast());
        // SAFETY: the arrays hold as many points.
        unsafe { black_box(ring::<MODES>)(user, n, d, rows.as_ptr(), u.as_mut_ptr(), slopes.as_mut_ptr()) };
        for (lane, row) in slopes.chunks_exact(D).enumerate() {
            for (to, &slope) in gradient.iter_mut().zip(row) {
                to.0[lane] = slope;
            }
        }
        R::load(u)
    }
}

/// A Rust program's walkers: in lanes, with the kernel's working memory.
struct Direct<'a> {
    path: &'a dyn KernelPath<R>,
    x: Vec<R>,
    gradient: Vec<R>,
    potential: R,
    known: bool,
    log_weights: [f64; N],
    accepted: [u32; N],
    values: Vec<R>,
    streams: Vec<nets_kernel::drift::Streams<R>>,
}

impl<'a> Direct<'a> {
    fn new(path: &'a dyn KernelPath<R>, x: &[f64]) -> Self {
        let size = WorkspaceSize::new::<R>(path, &Zero { dim: D });
        Direct {
            path,
            x: columns(x).to_vec(),
            gradient: vec![R::zero(); D],
            potential: R::zero(),
            known: false,
            log_weights: [0.0; N],
            accepted: [0; N],
            values: vec![R::zero(); size.values],
            streams: vec![Real::zero(); size.streams],
        }
    }

    #[inline(always)]
    fn step(&mut self, xi: &[R], uniform: R) {
        let mut state = State {
            x: &mut self.x,
            gradient: &mut self.gradient,
            drift: &mut [],
            momentum: &mut [],
            potential: self.potential,
            known: self.known,
        };
        let interval = Interval { start: 0.5, end: 0.51, motion: Motion::new(black_box(0.5)) };
        let mut workspace = Workspace { values: &mut self.values, streams: &mut self.streams };
        let step = Integrator::Split(Map::Midpoint, Move::Mala);
        let noise = Noise { xi, uniform };
        let increment = step.step(self.path, &Zero { dim: D }, interval, noise, &mut state, &mut workspace);
        (self.potential, self.known) = (state.potential, state.known);
        increment.add_to(&mut self.log_weights, &mut self.accepted);
    }
}

/// Rows of two numbers to lanes.
fn columns(rows: &[f64]) -> [R; D] {
    std::array::from_fn(|j| R::from_lanes(|lane| rows[lane * D + j]))
}

/// Lanes to rows.
fn to_rows(lanes: &[R], rows: &mut [f64]) {
    for (lane, row) in rows.as_chunks_mut::<D>().0.iter_mut().enumerate() {
        *row = std::array::from_fn(|j| lanes[j].lane(lane));
    }
}

/// Walkers in arrays, brought to lanes for every step and back.
struct Staged<'a> {
    direct: Direct<'a>,
    x: Vec<f64>,
    gradient: Vec<f64>,
    potential: Vec<f64>,
    log_weights: Vec<f64>,
}

impl Staged<'_> {
    fn step(&mut self, xi: &[f64], uniforms: &[f64]) {
        self.direct.x.copy_from_slice(&columns(&self.x));
        if self.direct.known {
            self.direct.gradient.copy_from_slice(&columns(&self.gradient));
            self.direct.potential = R::load(&self.potential);
        }
        self.direct.log_weights.copy_from_slice(&self.log_weights);
        self.direct.step(&columns(xi), R::load(uniforms));
        to_rows(&self.direct.x, &mut self.x);
        to_rows(&self.direct.gradient, &mut self.gradient);
        self.direct.potential.store(&mut self.potential);
        self.log_weights.copy_from_slice(&self.direct.log_weights);
    }
}

/// The median of nanoseconds a step through C, and of how much more that is than each of `direct`, round by round.
fn measure(direct: [&mut dyn FnMut(); 2], through_c: &mut dyn FnMut()) -> [f64; 3] {
    const ROUNDS: usize = 201;
    const STEPS: usize = 200;
    let time = |step: &mut dyn FnMut()| {
        let begun = Instant::now();
        (0..STEPS).for_each(|_| step());
        begun.elapsed().as_nanos() as f64 / STEPS as f64
    };
    let [first, second] = direct;
    let mut rounds: Vec<[f64; 3]> = (0..ROUNDS)
        .map(|_| {
            let (first, second, c) = (time(first), time(second), time(through_c));
            [c, c / first - 1.0, c / second - 1.0]
        })
        .collect();
    std::array::from_fn(|i| {
        rounds.sort_by(|a, b| a[i].total_cmp(&b[i]));
        rounds[ROUNDS / 2][i]
    })
}

fn main() {
    // A density that costs next to nothing, and one that costs what that of the main job does.
    compare::<8>();
    compare::<40>();
}

fn compare<const MODES: usize>() {
    let centres: [[f64; D]; MODES] = std::array::from_fn(|mode| {
        let (sin, cos) = (mode as f64 * std::f64::consts::TAU / MODES as f64).sin_cos();
        [4.0 * cos, 4.0 * sin]
    });
    let (mut xi, mut uniforms, mut x) = (vec![0.0; N * D], vec![0.0; N], vec![0.0; N * D]);
    // SAFETY: arrays as long as said.
    unsafe {
        nets_normals_f64(1, NETS_STREAM_STEPS, 0, 0, xi.as_mut_ptr(), xi.len() as i64, null_mut());
        nets_normals_f64(1, NETS_STREAM_STEPS, 1, 0, x.as_mut_ptr(), x.len() as i64, null_mut());
        nets_uniforms_f64(1, NETS_STREAM_STEPS, 2, 0, uniforms.as_mut_ptr(), N as i64, null_mut());
    }

    // The kernel.
    let arrays = RefCell::new([vec![0.0; N * D], vec![0.0; N], vec![0.0; N * D]]);
    let target = Rows { centres, arrays };
    let base = Gaussian { mean: [0.0; D], sd: [1.0; D] };
    let geometric = Geometric { base, target, schedule: Schedule::Linear };
    let (noise, uniform) = (columns(&xi), R::load(&uniforms));
    let mut lanes = Direct::new(&geometric, &x);
    let mut staged = Staged {
        direct: Direct::new(&geometric, &x),
        x: x.clone(),
        gradient: vec![0.0; N * D],
        potential: vec![0.0; N],
        log_weights: vec![0.0; N],
    };

    // The same through C.
    let user = (&raw const centres).cast_mut().cast();
    let potential = Some(ring::<MODES> as _);
    let options = PathOptions::<f64> { dim: D as i64, potential, user, ..PathOptions::default() };
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
    let mut through_c = || {
        let (memory, bytes) = (workspace.as_mut_ptr().cast(), 8 * workspace.len() as i64);
        let (xi, uniforms) = (xi.as_ptr(), uniforms.as_ptr());
        // SAFETY: arrays as long as said.
        let code = unsafe {
            nets_step_f64(path, null(), &step, 0.5, 0.51, xi, uniforms, &mut walkers, memory, bytes, null_mut())
        };
        assert_eq!(code, NETS_OK);
    };
    let rust: [&mut dyn FnMut(); 2] =
        [&mut || staged.step(black_box(&xi), black_box(&uniforms)), &mut || lanes.step(&noise, uniform)];
    let [nanoseconds, over_rows, over_lanes] = measure(rust, &mut through_c).map(|figure| 100.0 * figure);
    assert_eq!(lanes.log_weights[..], weights[..], "the same steps");
    assert_eq!(staged.log_weights[..], weights[..], "the same steps");
    println!(
        "{MODES} modes: {:.0} ns a step through C: {over_rows:+.2} % over Rust with walkers in rows, {over_lanes:+.2} % over Rust with \
         walkers in lanes",
        nanoseconds / 100.0
    );
}
