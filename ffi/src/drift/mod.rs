//! Drifts in the caller's memory.

mod object;

pub(crate) use object::AnyDrift;
pub use object::Drift;

use crate::arena::{ALIGN, Arena};
use crate::callback::DriftCallback;
use crate::error_info::{ErrorInfo, Failure, Outcome, status};
use crate::memory::{SizedStruct, count, dimension, input, output_struct, place};
use crate::precision::Precision;
use crate::status::{NETS_ERR_MODEL, NETS_ERR_NULL};
use core::ffi::c_void;
use nets_kernel::drift::bytes::{DriftBytes, Family, Stored};
use object::Head;

/// Numbers in double precision.
pub const NETS_PRECISION_F64: i32 = 0;
/// Numbers in single precision.
pub const NETS_PRECISION_F32: i32 = 1;
/// A drift in bytes that is a network.
pub const NETS_DRIFT_MLP: i32 = 1;
/// A drift in bytes that is gates with local affine maps.
pub const NETS_DRIFT_FEATURES: i32 = 2;
/// The drift does not depend on `x`.
pub const NETS_JACOBIAN_ZERO: i32 = 0;
/// Each component of the drift depends on its own coordinate alone.
pub const NETS_JACOBIAN_DIAGONAL: i32 = 1;
/// A general Jacobian.
pub const NETS_JACOBIAN_FULL: i32 = 2;

/// What a drift in bytes is.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DriftDescription {
    /// Set by the caller to the size of the structure in bytes, and on success by the function to the number of bytes
    /// that it filled.
    pub struct_size: u32,
    /// `NETS_DRIFT_MLP` or `NETS_DRIFT_FEATURES`.
    pub family: i32,
    /// The precision of the stored numbers, `NETS_PRECISION_F64` or `NETS_PRECISION_F32`. They can be read in either.
    pub precision: i32,
    /// The dimension `d`.
    pub dim: i64,
    /// How many numbers were fitted.
    pub parameters: i64,
}

// SAFETY: `repr(C)`, with `struct_size` first; every field is a number.
unsafe impl SizedStruct for DriftDescription {}

/// The drift in the `n` bytes at `bytes`, arguments 1 and 2.
unsafe fn parse<'a>(bytes: *const c_void, n: i64) -> Outcome<DriftBytes<'a>> {
    // SAFETY: promised by the caller.
    object::parse(unsafe { input(1, bytes.cast::<u8>(), count(2, n)?)? })
}

/// Checks that `bytes`, the `n` bytes of a file that `nets export --format binary` wrote, are a whole and undamaged drift,
/// and describes it. The bytes may lie at any address. Every truncation and every flipped bit is found.
///
/// Errors: `NETS_ERR_NULL`, `NETS_ERR_ALIGNMENT`, `NETS_ERR_LENGTH`, `NETS_ERR_STRUCT_SIZE`, `NETS_ERR_MODEL`.
///
/// # Safety
///
/// `bytes` points to `n` bytes, `out` to `out->struct_size`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nets_drift_check(
    bytes: *const c_void,
    n: i64,
    out: *mut DriftDescription,
    info: *mut ErrorInfo,
) -> i32 {
    let work = || {
        // SAFETY: promised by the caller.
        let (drift, out) = unsafe { (parse(bytes, n)?, output_struct(3, out)?) };
        out.write(DriftDescription {
            struct_size: size_of::<DriftDescription>() as u32,
            family: match drift.family() {
                Family::Mlp => NETS_DRIFT_MLP,
                Family::LocalAffine => NETS_DRIFT_FEATURES,
            },
            precision: match drift.stored() {
                Stored::F64 => NETS_PRECISION_F64,
                Stored::F32 => NETS_PRECISION_F32,
            },
            dim: drift.dim() as i64,
            parameters: drift.parameters() as i64,
        });
        Ok(())
    };
    // SAFETY: promised by the caller.
    unsafe { status(info, work) }
}

unsafe fn workspace<S: Precision>(bytes: *const c_void, n: i64, memory: *mut i64, align: *mut i64) -> Outcome {
    // SAFETY: promised by the caller.
    let (drift, memory, align) = unsafe { (parse(bytes, n)?, place(3, memory)?, place(4, align)?) };
    memory.write(Head::<S>::bytes(&drift)? as i64);
    align.write(ALIGN as i64);
    Ok(())
}

unsafe fn init<S: Precision>(
    bytes: *const c_void,
    n: i64,
    memory: *mut c_void,
    memory_bytes: i64,
    drift: *mut *mut Drift<S>,
) -> Outcome {
    // SAFETY: promised by the caller.
    let (parsed, place) = unsafe { (parse(bytes, n)?, place(5, drift)?) };
    if !parsed.fits_in::<S>() {
        return Err(Failure::new(NETS_ERR_MODEL, 1));
    }
    let wanted = Head::<S>::bytes(&parsed)?;
    // SAFETY: as above.
    Head::<S>::write(&parsed, &mut unsafe { Arena::new(3, memory, memory_bytes, wanted)? })?;
    place.write(memory.cast());
    Ok(())
}

unsafe fn callback_workspace<S: Precision>(memory: *mut i64, align: *mut i64) -> Outcome {
    // SAFETY: promised by the caller.
    let (memory, align) = unsafe { (place(1, memory)?, place(2, align)?) };
    memory.write(Head::<S>::CALLBACK_BYTES as i64);
    align.write(ALIGN as i64);
    Ok(())
}

macro_rules! functions {
    (
        $S:ident, $workspace:ident, $init:ident, $callback_workspace:ident, $callback_init:ident
    ) => {
        /// How much memory the drift in `bytes` takes, and how it has to be aligned, both in bytes.
        ///
        /// Errors: `NETS_ERR_NULL`, `NETS_ERR_ALIGNMENT`, `NETS_ERR_LENGTH`, `NETS_ERR_MODEL`.
        ///
        /// # Safety
        ///
        /// `bytes` points to `n` bytes, `memory` and `align` to room for one number each.
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn $workspace(
            bytes: *const c_void,
            n: i64,
            memory: *mut i64,
            align: *mut i64,
            info: *mut ErrorInfo,
        ) -> i32 {
            // SAFETY: promised by the caller.
            unsafe { status(info, || workspace::<$S>(bytes, n, memory, align)) }
        }

        /// Makes a drift of `bytes` in the caller's memory and writes its address, that of the memory, to `drift`. Numbers
        /// of the other precision are rounded.
        ///
        /// `bytes` is not needed afterwards. There is nothing to free. The memory may be moved or copied: its new address
        /// is that of the drift then. A drift is not written any more, so threads may share it.
        ///
        /// Errors: `NETS_ERR_NULL`, `NETS_ERR_ALIGNMENT`, `NETS_ERR_LENGTH`, `NETS_ERR_MODEL` (also for numbers that are too
        /// large for the precision), `NETS_ERR_MEMORY`.
        ///
        /// # Safety
        ///
        /// `bytes` points to `n` bytes, `memory` to `memory_bytes` bytes, `drift` to room for a pointer.
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn $init(
            bytes: *const c_void,
            n: i64,
            memory: *mut c_void,
            memory_bytes: i64,
            drift: *mut *mut Drift<$S>,
            info: *mut ErrorInfo,
        ) -> i32 {
            // SAFETY: promised by the caller.
            unsafe { status(info, || init(bytes, n, memory, memory_bytes, drift)) }
        }

        /// How much memory a drift by callback takes, and how it has to be aligned, both in bytes.
        ///
        /// Errors: `NETS_ERR_NULL`, `NETS_ERR_ALIGNMENT`.
        ///
        /// # Safety
        ///
        /// `memory` and `align` point to room for one number each.
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn $callback_workspace(memory: *mut i64, align: *mut i64, info: *mut ErrorInfo) -> i32 {
            // SAFETY: promised by the caller.
            unsafe { status(info, || callback_workspace::<$S>(memory, align)) }
        }

        /// Makes a drift of the caller's function and writes its address, that of the memory, to `drift`. `callback` and
        /// `user` are kept for as long as the drift is used.
        ///
        /// `jacobian` says what the Jacobian looks like: `NETS_JACOBIAN_ZERO`, `NETS_JACOBIAN_DIAGONAL` or
        /// `NETS_JACOBIAN_FULL`. Of the integrators only SPLIT asks for it; ITO asks for the divergence, PAIR for neither.
        ///
        /// Errors: `NETS_ERR_NULL`, `NETS_ERR_ALIGNMENT`, `NETS_ERR_LENGTH`, `NETS_ERR_RANGE`, `NETS_ERR_MEMORY`.
        ///
        /// # Safety
        ///
        /// `memory` points to `memory_bytes` bytes, `drift` to room for a pointer.
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn $callback_init(
            dim: i64,
            jacobian: i32,
            callback: DriftCallback<$S>,
            user: *mut c_void,
            memory: *mut c_void,
            memory_bytes: i64,
            drift: *mut *mut Drift<$S>,
            info: *mut ErrorInfo,
        ) -> i32 {
            let work = || {
                let (dim, form) = (dimension(1, dim)?, object::form(2, jacobian)?);
                let function = callback.ok_or(Failure::new(NETS_ERR_NULL, 3))?;
                // SAFETY: promised by the caller.
                let place = unsafe { place(7, drift)? };
                // SAFETY: as above.
                let mut arena = unsafe { Arena::new(5, memory, memory_bytes, Head::<$S>::CALLBACK_BYTES)? };
                Head::write_callback(dim, form, function, user, &mut arena)?;
                place.write(memory.cast());
                Ok(())
            };
            // SAFETY: promised by the caller.
            unsafe { status(info, work) }
        }
    };
}
functions!(
    f64,
    nets_drift_workspace_f64,
    nets_drift_init_f64,
    nets_drift_callback_workspace_f64,
    nets_drift_callback_init_f64
);
functions!(
    f32,
    nets_drift_workspace_f32,
    nets_drift_init_f32,
    nets_drift_callback_workspace_f32,
    nets_drift_callback_init_f32
);
