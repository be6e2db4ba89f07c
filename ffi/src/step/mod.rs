//! Steps with walkers in the caller's arrays.

mod advance;
mod options;

pub(crate) use advance::{Leg, advance, check_times};
pub(crate) use options::Settings;
pub use options::{
    NETS_INTEGRATOR_ITO, NETS_INTEGRATOR_PAIR, NETS_INTEGRATOR_SPLIT, NETS_MAP_EULER, NETS_MAP_MIDPOINT,
    NETS_MOVE_INERTIAL, NETS_MOVE_INERTIAL_UNADJUSTED, NETS_MOVE_MALA, NETS_MOVE_UNADJUSTED, StepOptions,
};

use crate::arena::Arena;
use crate::callback::Calls;
use crate::drift::Drift;
use crate::error_info::{ErrorInfo, Outcome, status};
use crate::memory::{input, within, write_default};
use crate::method::Method;
use crate::path::Path;
use crate::precision::{Lane, Precision};
use crate::room::{Lengths, Room};
use crate::walkers::{View, Walkers};
use advance::load_uniforms;
use core::ffi::c_void;

/// A workspace of the caller, and the number of its argument.
#[derive(Clone, Copy)]
pub(crate) struct Memory {
    pub argument: i32,
    pub memory: *mut c_void,
    pub bytes: i64,
}

impl Memory {
    /// Room for steps with `n` walkers; callbacks have theirs in it.
    ///
    /// # Safety
    /// As [`Arena::new`].
    pub unsafe fn room<'a, R: Lane>(&self, method: &Method<'a, R::Scalar>, n: usize) -> Outcome<Room<'a, R>> {
        let lengths = Lengths::steps::<R>(&method.path, &method.drift, n);
        // SAFETY: promised by the caller.
        let mut arena = unsafe { Arena::new(self.argument, self.memory, self.bytes, lengths.bytes::<R>()?)? };
        let mut room = lengths.cut::<R>(&mut arena)?;
        method.calls.furnish(core::mem::take(&mut room.rows));
        Ok(room)
    }
}

/// A step with noise of the caller.
unsafe fn step<R: Lane>(
    method: &Method<'_, R::Scalar>,
    leg: &Leg<'_, R::Scalar>,
    [xi, uniforms]: [&[R::Scalar]; 2],
    view: &mut View<'_, R::Scalar>,
    memory: Memory,
) -> Outcome {
    // SAFETY: promised by the caller.
    let mut room = unsafe { memory.room::<R>(method, view.rows.n)? };
    let rows = view.rows;
    advance(method, leg, view, &mut room, |group, noise: &mut [R]| {
        group.load(rows, xi, noise);
        load_uniforms(group, uniforms)
    })?;
    Ok(())
}

macro_rules! functions {
    ($S:ident, $default:ident, $step:ident) => {
        /// Writes what holds unless the caller says otherwise: SPLIT, MIDPOINT, MALA, `epsilon` 1, infinite friction, one
        /// leap, no scales. `size` is `sizeof *options`.
        ///
        /// Errors: `NETS_ERR_NULL`, `NETS_ERR_ALIGNMENT`, `NETS_ERR_STRUCT_SIZE`.
        ///
        /// # Safety
        ///
        /// `options` points to room for `size` bytes.
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn $default(options: *mut StepOptions<$S>, size: u32, info: *mut ErrorInfo) -> i32 {
            // SAFETY: promised by the caller.
            unsafe { status(info, || write_default(options, size, StepOptions::<$S>::default())) }
        }

        /// Makes one step from time `t` to `next`, `0 <= t < next <= 1`, with all walkers and the caller's random numbers:
        /// `xi`, `n` rows of `d` independent standard normal numbers, `walkers->stride` apart, and `uniforms`, `n`
        /// independent numbers, uniform in (0, 1].
        ///
        /// Updates the walkers' arrays and `known`. What a step adds to a log weight makes `E[e^A] = Z_t / Z_0` hold for
        /// SPLIT and PAIR, whatever the drift and the length of the step. A walker at which the potential, its gradient or
        /// the drift is not finite, or the step too long for the drift, is lost: its log weight becomes minus infinity and
        /// it stays where it is.
        ///
        /// A null `drift` is none (annealed importance sampling). `workspace` is as large as `nets_step_workspace_f64` says.
        /// The result does not depend on which walkers a call has together, to the last bit.
        ///
        /// Errors: `NETS_ERR_NULL`, `NETS_ERR_ALIGNMENT`, `NETS_ERR_STRUCT_SIZE`, `NETS_ERR_OBJECT`, `NETS_ERR_LENGTH`,
        /// `NETS_ERR_DIMENSION`, `NETS_ERR_RANGE` (also for random numbers out of their range), `NETS_ERR_MEMORY`,
        /// `NETS_ERR_CALLBACK`: `index` is the first walker of those it was called for.
        ///
        /// # Safety
        ///
        /// `path` points to a path, `drift` to a drift or is null; structures to as many bytes as their `struct_size` says;
        /// arrays are as long as said; `workspace` points to `bytes` bytes.
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn $step(
            path: *const Path<$S>,
            drift: *const Drift<$S>,
            options: *const StepOptions<$S>,
            t: $S,
            next: $S,
            xi: *const $S,
            uniforms: *const $S,
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
                check_times([4, 5], t, next)?;
                let mut view = View::new(8, walkers, method.path.dim())?;
                view.require(8, settings.keeps_drift(), settings.is_inertial())?;
                let noise = [input(6, xi, view.rows.len)?, input(7, uniforms, view.rows.n)?];
                view.rows.finite(6, noise[0])?;
                within(7, noise[1], |uniform| (0.0..=1.0).contains(&uniform))?;
                let leg = Leg { settings, start: t, end: next };
                let memory = Memory { argument: 9, memory: workspace, bytes };
                if view.rows.n == 1 {
                    step::<$S>(&method, &leg, noise, &mut view, memory)?;
                } else {
                    step::<<$S as Precision>::Group>(&method, &leg, noise, &mut view, memory)?;
                }
                (*walkers).known = i32::from(view.known);
                Ok(())
            };
            // SAFETY: promised by the caller.
            unsafe { status(info, work) }
        }
    };
}
functions!(f64, nets_step_options_default_f64, nets_step_f64);
functions!(f32, nets_step_options_default_f32, nets_step_f32);
