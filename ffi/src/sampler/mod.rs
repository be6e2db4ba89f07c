//! Steps with random numbers of the library's own.

mod run;

pub use run::*;

use crate::callback::Calls;
use crate::drift::Drift;
use crate::error_info::{ErrorInfo, Failure, Outcome, status};
use crate::method::Method;
use crate::path::Path;
use crate::precision::{Lane, Precision};
use crate::room::{Room, groups};
use crate::status::NETS_ERR_RANGE;
use crate::step::{Leg, Memory, Settings, StepOptions, advance, check_times};
use crate::walkers::{View, Walkers};
use core::ffi::c_void;
use core::ptr::null;
use nets_kernel::drift::Zero;
use nets_kernel::real::Real;
use nets_kernel::rng::{Purpose, Stream};
use nets_kernel::sampler::{self, Sampler};
use nets_kernel::step::{Integrator, Motion, State};

/// The random numbers of a population.
#[derive(Clone, Copy)]
struct Numbers {
    seed: u64,
    first_walker: u64,
}

/// Walkers at the start of the path.
fn start<R: Lane>(
    method: &Method<'_, R::Scalar>,
    numbers: Numbers,
    view: &mut View<'_, R::Scalar>,
    room: &mut Room<'_, R>,
) {
    let (rows, d) = (view.rows, view.rows.d);
    let sampler = Sampler::<R, _, _> {
        path: method.path.of::<R>(),
        drift: &Zero { dim: d },
        integrator: Integrator::Ito,
        motion: Motion::new(R::Scalar::zero()),
        epsilons: &[],
        seed: numbers.seed,
    };
    for group in groups::<R>(rows.n) {
        let momentum = if view.momentum.is_some() { group.of(room.momentum, d) } else { &mut [] };
        let state = State {
            x: group.of(room.x, d),
            gradient: &mut [],
            drift: &mut [],
            momentum,
            potential: R::zero(),
            known: false,
        };
        let first = numbers.first_walker.wrapping_add(group.first as u64);
        let mut walkers = sampler::Walkers {
            state,
            log_weights: &mut [],
            accepted: &mut [],
            noise: room.noise,
            stream: Stream::new(numbers.seed, Purpose::Steps, first),
        };
        sampler.start(first, &mut walkers);
        group.store(rows, group.of(room.x, d), view.x);
        if let Some(momentum) = &mut view.momentum {
            group.store(rows, group.of(room.momentum, d), momentum);
        }
    }
    view.log_weights.fill(0.0);
    view.accepted.as_deref_mut().unwrap_or_default().fill(0);
    view.known = false;
}

/// Step number `k`; returns how many moves were accepted.
fn step<R: Lane>(
    method: &Method<'_, R::Scalar>,
    leg: &Leg<'_, R::Scalar>,
    numbers: Numbers,
    k: u64,
    view: &mut View<'_, R::Scalar>,
    room: &mut Room<'_, R>,
) -> Outcome<u64> {
    advance(method, leg, view, room, |group, noise: &mut [R]| {
        let first = numbers.first_walker.wrapping_add(group.first as u64);
        sampler::draw(&mut Stream::new(numbers.seed, Purpose::Steps, first), k, noise)
    })
}

unsafe fn start_in<R: Lane>(
    method: &Method<'_, R::Scalar>,
    numbers: Numbers,
    view: &mut View<'_, R::Scalar>,
    memory: Memory,
) -> Outcome {
    // SAFETY: promised by the caller.
    let mut room = unsafe { memory.room::<R>(method, view.rows.n)? };
    start(method, numbers, view, &mut room);
    Ok(())
}

unsafe fn step_in<R: Lane>(
    method: &Method<'_, R::Scalar>,
    leg: &Leg<'_, R::Scalar>,
    (numbers, k): (Numbers, u64),
    view: &mut View<'_, R::Scalar>,
    memory: Memory,
) -> Outcome {
    // SAFETY: promised by the caller.
    let mut room = unsafe { memory.room::<R>(method, view.rows.n)? };
    step(method, leg, numbers, k, view, &mut room)?;
    Ok(())
}

macro_rules! functions {
    ($S:ident, $start:ident, $step:ident) => {
        /// Draws the walkers from the base density: walker `i` is number `first_walker + i` of those of `seed`. Log weights
        /// and counts of accepted moves become 0, `known` becomes 0, and momenta are drawn if there is an array for them.
        /// Calls no callback.
        ///
        /// Errors: `NETS_ERR_NULL`, `NETS_ERR_ALIGNMENT`, `NETS_ERR_STRUCT_SIZE`, `NETS_ERR_OBJECT`, `NETS_ERR_LENGTH`,
        /// `NETS_ERR_DIMENSION`, `NETS_ERR_RANGE`, `NETS_ERR_MEMORY`.
        ///
        /// # Safety
        ///
        /// `path` points to a path, `walkers` to `walkers->struct_size` bytes, its arrays are as long as it says;
        /// `workspace` points to `bytes` bytes.
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn $start(
            path: *const Path<$S>,
            seed: u64,
            first_walker: u64,
            walkers: *mut Walkers<$S>,
            workspace: *mut c_void,
            bytes: i64,
            info: *mut ErrorInfo,
        ) -> i32 {
            // SAFETY: promised by the caller.
            let work = || unsafe {
                let calls = Calls::new();
                let method = Method::new(path, null(), &calls)?;
                let mut view = View::new(4, walkers, method.path.dim())?;
                let memory = Memory { argument: 5, memory: workspace, bytes };
                let numbers = Numbers { seed, first_walker };
                if view.rows.n == 1 {
                    start_in::<$S>(&method, numbers, &mut view, memory)?;
                } else {
                    start_in::<<$S as Precision>::Group>(&method, numbers, &mut view, memory)?;
                }
                (*walkers).known = 0;
                Ok(())
            };
            // SAFETY: promised by the caller.
            unsafe { status(info, work) }
        }

        /// Makes step number `step`, counted from 0, from time `t` to `next`, with the random numbers of walkers
        /// `first_walker`, `first_walker + 1`, … of `seed`. All else is as with `nets_step_f64`.
        ///
        /// Errors: those of `nets_step_f64`; `NETS_ERR_RANGE` for a negative `step`.
        ///
        /// # Safety
        ///
        /// As with `nets_step_f64`.
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn $step(
            path: *const Path<$S>,
            drift: *const Drift<$S>,
            options: *const StepOptions<$S>,
            seed: u64,
            first_walker: u64,
            step: i64,
            t: $S,
            next: $S,
            walkers: *mut Walkers<$S>,
            workspace: *mut c_void,
            bytes: i64,
            info: *mut ErrorInfo,
        ) -> i32 {
            // SAFETY: promised by the caller.
            let work = || unsafe {
                let calls = Calls::new();
                let method = Method::new(path, drift, &calls)?;
                let settings = Settings::new(3, options, method.path.dim())?;
                let k = u64::try_from(step).map_err(|_| Failure::new(NETS_ERR_RANGE, 6).value(step as f64))?;
                check_times([7, 8], t, next)?;
                let mut view = View::new(9, walkers, method.path.dim())?;
                view.require(9, settings.keeps_drift(), settings.is_inertial())?;
                let leg = Leg { settings, start: t, end: next };
                let memory = Memory { argument: 10, memory: workspace, bytes };
                let numbers = (Numbers { seed, first_walker }, k);
                if view.rows.n == 1 {
                    step_in::<$S>(&method, &leg, numbers, &mut view, memory)?;
                } else {
                    step_in::<<$S as Precision>::Group>(&method, &leg, numbers, &mut view, memory)?;
                }
                (*walkers).known = i32::from(view.known);
                Ok(())
            };
            // SAFETY: promised by the caller.
            unsafe { status(info, work) }
        }
    };
}
functions!(f64, nets_sampler_start_f64, nets_sampler_step_f64);
functions!(f32, nets_sampler_start_f32, nets_sampler_step_f32);
