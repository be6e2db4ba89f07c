//! Paths in the caller's memory.

mod object;
mod options;

pub(crate) use object::AnyPath;
pub use object::Path;
pub use options::{NETS_PATH_CALLBACK, NETS_PATH_GEOMETRIC, NETS_PATH_MIXTURE, NETS_PATH_PHI4, PathOptions};

use crate::arena::{ALIGN, Arena};
use crate::callback::Calls;
use crate::error_info::{ErrorInfo, Outcome, status};
use crate::memory::{Rows, count, input, output, place, write_default};
use crate::precision::Precision;
use core::ffi::c_void;
use object::Head;
use options::Checked;

unsafe fn workspace<S: Precision>(options: *const PathOptions<S>, bytes: *mut i64, align: *mut i64) -> Outcome {
    // SAFETY: promised by the caller.
    let (checked, bytes, align) = unsafe { (Checked::new(options)?, place(2, bytes)?, place(3, align)?) };
    let size = Head::bytes(checked.dim, &checked.kind)?;
    bytes.write(size as i64);
    align.write(ALIGN as i64);
    Ok(())
}

unsafe fn init<S: Precision>(
    options: *const PathOptions<S>,
    memory: *mut c_void,
    bytes: i64,
    path: *mut *mut Path<S>,
) -> Outcome {
    // SAFETY: promised by the caller.
    let (checked, place) = unsafe { (Checked::new(options)?, place(4, path)?) };
    let wanted = Head::bytes(checked.dim, &checked.kind)?;
    // SAFETY: as above.
    Head::write(&checked, &mut unsafe { Arena::new(2, memory, bytes, wanted)? })?;
    place.write(memory.cast());
    Ok(())
}

unsafe fn base<S: Precision>(path: *const Path<S>, xi: *const S, n: i64, stride: i64, x: *mut S) -> Outcome {
    let calls = Calls::new();
    // SAFETY: promised by the caller.
    let path = unsafe { AnyPath::new(1, path, &calls)? };
    let rows = Rows::new(4, count(3, n)?, path.dim(), stride)?;
    // SAFETY: as above.
    let (xi, x) = unsafe { (input(2, xi, rows.len)?, output(5, x, rows.len)?) };
    rows.finite(2, xi)?;
    for i in 0..rows.n {
        path.of::<S>().base(rows.row(xi, i), rows.row_mut(x, i));
    }
    Ok(())
}

macro_rules! functions {
    ($S:ident, $default:ident, $workspace:ident, $init:ident, $log_z_base:ident, $base:ident) => {
        /// Writes what holds unless the caller says otherwise: GEOMETRIC, base N(0, I), linear schedule, `axes` 2,
        /// `base_mass_squared` 0.3, standard deviations of mixtures 1, and zero or null for all that has no default.
        /// `size` is `sizeof *options`.
        ///
        /// Errors: `NETS_ERR_NULL`, `NETS_ERR_ALIGNMENT`, `NETS_ERR_STRUCT_SIZE`.
        ///
        /// # Safety
        ///
        /// `options` points to room for `size` bytes.
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn $default(options: *mut PathOptions<$S>, size: u32, info: *mut ErrorInfo) -> i32 {
            // SAFETY: promised by the caller.
            unsafe { status(info, || write_default(options, size, PathOptions::<$S>::default())) }
        }

        /// How much memory the path takes, and how it has to be aligned, both in bytes. Checks the options as the
        /// initialisation does.
        ///
        /// Errors: those of the initialisation.
        ///
        /// # Safety
        ///
        /// `options` points to `options->struct_size` bytes and its arrays are as long as it says; `bytes` and `align`
        /// point to room for one number each.
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn $workspace(
            options: *const PathOptions<$S>,
            bytes: *mut i64,
            align: *mut i64,
            info: *mut ErrorInfo,
        ) -> i32 {
            // SAFETY: promised by the caller.
            unsafe { status(info, || workspace(options, bytes, align)) }
        }

        /// Makes a path in the caller's memory and writes its address, that of the memory, to `path`.
        ///
        /// Arrays are copied; `potential` or `path` of the options and `user` are kept for as long as the path is used.
        /// There is nothing to free. The memory may be moved or copied: its new address is that of the path then. A path
        /// is not written any more, so threads may share it if the callback can be called from all of them.
        ///
        /// Errors: `NETS_ERR_NULL` (also for a callback that is missing), `NETS_ERR_ALIGNMENT`, `NETS_ERR_STRUCT_SIZE`,
        /// `NETS_ERR_LENGTH`, `NETS_ERR_RANGE`, `NETS_ERR_DIMENSION` (`dim` is not `side^axes`), `NETS_ERR_MEMORY`.
        ///
        /// # Safety
        ///
        /// `options` points to `options->struct_size` bytes and its arrays are as long as it says; `memory` points to
        /// `bytes` bytes, `path` to room for a pointer.
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn $init(
            options: *const PathOptions<$S>,
            memory: *mut c_void,
            bytes: i64,
            path: *mut *mut Path<$S>,
            info: *mut ErrorInfo,
        ) -> i32 {
            // SAFETY: promised by the caller.
            unsafe { status(info, || init(options, memory, bytes, path)) }
        }

        /// Writes `log Z_0`, that of the base density: `log Z_1 = log Z_0 + log (1/n) sum w`.
        ///
        /// Errors: `NETS_ERR_NULL`, `NETS_ERR_ALIGNMENT`, `NETS_ERR_OBJECT`.
        ///
        /// # Safety
        ///
        /// `path` points to a path, `log_z` to room for one number.
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn $log_z_base(path: *const Path<$S>, log_z: *mut f64, info: *mut ErrorInfo) -> i32 {
            let work = || {
                let calls = Calls::new();
                // SAFETY: promised by the caller.
                let (path, place) = unsafe { (AnyPath::new(1, path, &calls)?, place(2, log_z)?) };
                place.write(path.of::<$S>().log_z_base());
                Ok(())
            };
            // SAFETY: promised by the caller.
            unsafe { status(info, work) }
        }

        /// Turns independent standard normal numbers into samples of the base density: row `i` of `x` from row `i` of
        /// `xi`, `n` rows of `d` numbers, `stride` apart in both. Calls no callback.
        ///
        /// Errors: `NETS_ERR_NULL`, `NETS_ERR_ALIGNMENT`, `NETS_ERR_OBJECT`, `NETS_ERR_LENGTH`, `NETS_ERR_RANGE` (a number
        /// is not finite).
        ///
        /// # Safety
        ///
        /// `path` points to a path, `xi` to `n` rows, `x` to room for as many.
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn $base(
            path: *const Path<$S>,
            xi: *const $S,
            n: i64,
            stride: i64,
            x: *mut $S,
            info: *mut ErrorInfo,
        ) -> i32 {
            // SAFETY: promised by the caller.
            unsafe { status(info, || base(path, xi, n, stride, x)) }
        }
    };
}
functions!(
    f64,
    nets_path_options_default_f64,
    nets_path_workspace_f64,
    nets_path_init_f64,
    nets_path_log_z_base_f64,
    nets_path_base_f64
);
functions!(
    f32,
    nets_path_options_default_f32,
    nets_path_workspace_f32,
    nets_path_init_f32,
    nets_path_log_z_base_f32,
    nets_path_base_f32
);
