//! Targets: built-in ones, those from shared libraries, and densities of the caller.

use crate::call::{Failure, call, field};
use crate::density::{CallDensity, Callback, PotentialF64};
use crate::handle::{Held, free, get};
use crate::settings::{columns, flag, schedule};
use crate::text;
use nets_abi::codes::*;
use nets_abi::error_info::ErrorInfo;
use nets_abi::memory::{self, Rows, SizedStruct, check, dimension, input, output, structure, write_default};
use nets_host::target::{BatchTarget, Named, Start, StartOptions, Target};
use std::ffi::{c_char, c_void};
use std::ptr::null;
use std::sync::Arc;

/// A density to sample, with a path to it. It may be read by several threads at once.
pub struct HostTarget {
    _private: [u8; 0],
}

/// How the density of `nets_host_target_density` is to be treated. Filled by `nets_host_density_options_default`.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct DensityOptions {
    /// The size of the structure in bytes.
    pub struct_size: u32,
    /// 1 if the potential may be called from several threads at once, on threads that are not the caller's. 0: it is only
    /// called on the thread that calls the library, and `threads` has to be 1 (default).
    pub thread_safe: i32,
    /// Of the arrays that the potential gets: `NETS_HOST_LAYOUT_ROWS`, n rows of d (default), or
    /// `NETS_HOST_LAYOUT_COLUMNS`, d rows of n, without gaps.
    pub layout: i32,
    /// How the target is turned on along the path, `U_t = (1 - beta(t)) U_0 + beta(t) U_1`:
    /// `NETS_SCHEDULE_LINEAR` (default), `_POWER` or `_COSINE`.
    pub schedule: i32,
    /// The power of `NETS_SCHEDULE_POWER`, 1 or more [default: 1].
    pub power: f64,
    /// A name, UTF-8, that models remember and messages use; null for "density" (default).
    pub name: *const c_char,
    /// Means of the Gaussian that walkers start from, d numbers; null for zeros (default).
    pub base_mean: *const f64,
    /// Its standard deviations, d numbers; null for ones (default). It should cover the target.
    pub base_sd: *const f64,
}

impl Default for DensityOptions {
    fn default() -> Self {
        DensityOptions {
            struct_size: size_of::<DensityOptions>() as u32,
            thread_safe: 0,
            layout: 0,
            schedule: 0,
            power: 1.0,
            name: null(),
            base_mean: null(),
            base_sd: null(),
        }
    }
}

// SAFETY: `repr(C)`, and `struct_size: u32` comes first.
unsafe impl SizedStruct for DensityOptions {}

/// What a handle holds.
pub(crate) enum TargetHandle {
    Named(Named),
    Density { name: String, callback: Callback, start: Start },
}

impl Held for TargetHandle {
    const MAGIC: u64 = u64::from_le_bytes(*b"nets tgt");
    const NAME: &'static str = "target";
}

/// A target during one call: failures of concurrent calls do not meet.
pub(crate) struct Opened {
    pub target: Named,
    density: Option<Arc<CallDensity>>,
}

impl TargetHandle {
    fn dim(&self) -> usize {
        match self {
            TargetHandle::Named(target) => target.dim(),
            TargetHandle::Density { callback, .. } => callback.dim,
        }
    }

    /// The target for a call that works on `threads` threads, a field of the options that are argument `argument`.
    pub fn open(&self, threads: usize, argument: i32) -> Result<Opened, Failure> {
        match self {
            TargetHandle::Named(target) => Ok(Opened { target: target.clone(), density: None }),
            TargetHandle::Density { callback, .. } if threads > 1 && !callback.thread_safe => {
                let words = "the target's potential is not declared thread_safe: use threads = 1";
                Err(field(argument, threads as f64, format!("threads = {threads}: {words}")))
            }
            TargetHandle::Density { name, callback, start } => {
                let density = Arc::new(CallDensity::new(*callback));
                let target = BatchTarget::new(name, density.clone(), start.clone()).map_err(internal)?;
                Ok(Opened { target: Named::Library(target), density: Some(density) })
            }
        }
    }
}

fn internal(reason: String) -> Failure {
    Failure::new(NETS_ERR_INTERNAL, reason)
}

impl Opened {
    /// The failure, with what the callback returned.
    pub fn failure(&self, error: impl Into<Failure>) -> Failure {
        let mut failure = error.into();
        if failure.details.code == NETS_ERR_CALLBACK {
            failure.details.callback_code = self.density.as_ref().map_or(0, |density| density.code());
        }
        failure
    }
}

/// Opens the target that `spec` names: one of `nets targets` with its parameters, such as "gmm40" or
/// "phi4:L=16,m2=-1,lambda=0.9"; "plugin:PATH.so[?OPTIONS]", a library with the functions of nets_target.h; or
/// "stan:MODEL.so[?data=FILE.json]", a BridgeStan library. The last two start from N(0, I), or
/// from the base that the model they are sampled with remembers.
///
/// `*target` is to be freed with `nets_host_target_free`.
///
/// Errors: `NETS_ERR_NULL`, `NETS_ERR_RANGE` (not UTF-8), `NETS_ERR_TARGET`.
///
/// # Safety
///
/// `spec` is terminated by a zero, `target` points to room for a pointer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nets_host_target_named(
    spec: *const c_char,
    target: *mut *mut HostTarget,
    info: *mut ErrorInfo,
) -> i32 {
    let work = || {
        check(2, target, 1)?;
        // SAFETY: promised by the caller.
        let spec = unsafe { text::required(spec, 1) }?;
        let named = Named::open(spec, &StartOptions::default());
        let named = named.map_err(|error| Failure::argument(1, NETS_ERR_TARGET).saying(error))?;
        // SAFETY: checked, and promised by the caller.
        unsafe { target.write(TargetHandle::Named(named).into_handle()) };
        Ok(())
    };
    // SAFETY: promised by the caller.
    unsafe { call(info, &[], work) }
}

/// Writes the default options to the structure of `size` bytes.
///
/// Errors: `NETS_ERR_NULL`, `NETS_ERR_ALIGNMENT`, `NETS_ERR_STRUCT_SIZE`.
///
/// # Safety
///
/// `options` points to room for `size` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nets_host_density_options_default(
    options: *mut DensityOptions,
    size: u32,
    info: *mut ErrorInfo,
) -> i32 {
    // SAFETY: promised by the caller.
    let work = || Ok(unsafe { write_default(options, size, DensityOptions::default()) }?);
    // SAFETY: promised by the caller.
    unsafe { call(info, &[], work) }
}

/// Makes a target of the density `e^(-U)` on `R^dim` whose `U` and gradient the function `potential` computes. Walkers go
/// to it from a Gaussian along `U_t = (1 - beta(t)) U_0 + beta(t) U_1`.
///
/// `potential(user, n, d, x, u, grad)` gets points that are finite, as many at once as the library likes, and returns 0.
/// Where the density is zero, or cannot be evaluated, it writes infinity or NaN to `u`: the walker is lost there, and
/// counted. Another result than 0 ends the run, whose function returns `NETS_ERR_CALLBACK`. It may not unwind, throw or
/// longjmp through the library, nor free the target; it may use the library otherwise.
///
/// `potential` and `user` are kept, and used until the target is freed; `options`, or null for the defaults, and what
/// it points to are not kept. `*target` is to be freed with `nets_host_target_free`.
///
/// Errors: `NETS_ERR_NULL`, `NETS_ERR_ALIGNMENT`, `NETS_ERR_LENGTH`, `NETS_ERR_STRUCT_SIZE`, `NETS_ERR_RANGE`.
///
/// # Safety
///
/// `potential` is such a function and may be called with `user`; `options` is null or points to `options->struct_size`
/// bytes with arrays of `dim` numbers; `target` points to room for a pointer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nets_host_target_density(
    dim: i64,
    potential: PotentialF64,
    user: *mut c_void,
    options: *const DensityOptions,
    target: *mut *mut HostTarget,
    info: *mut ErrorInfo,
) -> i32 {
    let work = || {
        check(5, target, 1)?;
        let potential = potential.ok_or_else(|| Failure::argument(2, NETS_ERR_NULL))?;
        let length = dimension(1, dim)?;
        let options = if options.is_null() {
            DensityOptions::default()
        } else {
            // SAFETY: promised by the caller.
            unsafe { structure(4, options) }?
        };
        let numbers = |data: *const f64, usual: f64| {
            if data.is_null() {
                return Ok(vec![usual; length]);
            }
            // SAFETY: promised by the caller.
            unsafe { input(4, data, length) }.map(<[f64]>::to_vec)
        };
        let start = Start {
            mean: numbers(options.base_mean, 0.0)?,
            sd: numbers(options.base_sd, 1.0)?,
            schedule: schedule(options.schedule, options.power, 4)?,
        };
        start.check(length).map_err(|reason| Failure::argument(4, NETS_ERR_RANGE).saying(reason))?;
        // SAFETY: promised by the caller.
        let name = unsafe { text::optional(options.name, 4) }?.unwrap_or("density").to_string();
        let callback = Callback {
            dim: length,
            potential,
            user,
            columns: columns(options.layout, 4)?,
            thread_safe: flag(options.thread_safe, 4, "thread_safe")?,
        };
        // SAFETY: checked, and promised by the caller.
        unsafe { target.write(TargetHandle::Density { name, callback, start }.into_handle()) };
        Ok(())
    };
    // SAFETY: promised by the caller.
    unsafe { call(info, &[], work) }
}

/// Frees a target; null is left alone.
///
/// # Safety
///
/// `target` is null or comes from this library, no other thread uses it, and it is not used afterwards.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nets_host_target_free(target: *mut HostTarget) {
    // SAFETY: promised by the caller.
    unsafe { free::<TargetHandle, _>(target) };
}

/// Writes the dimension of the target.
///
/// Errors: `NETS_ERR_NULL`, `NETS_ERR_ALIGNMENT`, `NETS_ERR_OBJECT`.
///
/// # Safety
///
/// `target` comes from this library, `dim` points to room for a number.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nets_host_target_dim(target: *const HostTarget, dim: *mut i64, info: *mut ErrorInfo) -> i32 {
    let work = || {
        check(2, dim, 1)?;
        // SAFETY: promised by the caller.
        let held = unsafe { get::<TargetHandle, _>(target, 1) }?;
        // SAFETY: checked, and promised by the caller.
        unsafe { dim.write(held.dim() as i64) };
        Ok(())
    };
    // SAFETY: promised by the caller.
    unsafe { call(info, &[], work) }
}

/// Writes `log Z` of the target where it is known, else NaN.
///
/// Errors: `NETS_ERR_NULL`, `NETS_ERR_ALIGNMENT`, `NETS_ERR_OBJECT`.
///
/// # Safety
///
/// `target` comes from this library, `log_z` points to room for a number.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nets_host_target_log_z(
    target: *const HostTarget,
    log_z: *mut f64,
    info: *mut ErrorInfo,
) -> i32 {
    let work = || {
        check(2, log_z, 1)?;
        // SAFETY: promised by the caller.
        let known = match unsafe { get::<TargetHandle, _>(target, 1) }? {
            TargetHandle::Named(target) => target.log_z(),
            TargetHandle::Density { .. } => None,
        };
        // SAFETY: checked, and promised by the caller.
        unsafe { log_z.write(known.unwrap_or(f64::NAN)) };
        Ok(())
    };
    // SAFETY: promised by the caller.
    unsafe { call(info, &[target.cast()], work) }
}

/// Evaluates `U` of the target at `n` points, the rows of `x`, `stride` numbers from one to the next, and writes
/// `U(x_i)` to `u[i]`: infinity or NaN where the density is zero or the point is not finite.
///
/// Errors: `NETS_ERR_NULL`, `NETS_ERR_ALIGNMENT`, `NETS_ERR_LENGTH`, `NETS_ERR_OBJECT`, `NETS_ERR_CALLBACK`.
///
/// # Safety
///
/// `target` comes from this library; `x` points to `(n - 1) stride + d` numbers, `u` to room for `n`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nets_host_target_potential(
    target: *const HostTarget,
    x: *const f64,
    n: i64,
    stride: i64,
    u: *mut f64,
    info: *mut ErrorInfo,
) -> i32 {
    let work = || {
        // SAFETY: promised by the caller.
        let held = unsafe { get::<TargetHandle, _>(target, 1) }?;
        let opened = held.open(1, 1)?;
        let rows = Rows::new(4, memory::count(3, n)?, held.dim(), stride)?;
        // SAFETY: promised by the caller.
        let (x, u) = unsafe { (input(2, x, rows.len)?, output(5, u, rows.n)?) };
        let values: Vec<f64> = (0..rows.n).map(|i| opened.target.potential(rows.row(x, i))).collect();
        if let Some((reason, _)) = opened.target.take_failure() {
            return Err(opened.failure(Failure::new(NETS_ERR_CALLBACK, reason)));
        }
        u.copy_from_slice(&values);
        Ok(())
    };
    // SAFETY: promised by the caller.
    unsafe { call(info, &[target.cast()], work) }
}
