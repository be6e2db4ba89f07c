//! What all functions share that compute along a path, with a drift.

use crate::arena::ALIGN;
use crate::callback::Calls;
use crate::drift::{AnyDrift, Drift};
use crate::error_info::{ErrorInfo, Failure, Outcome, status};
use crate::memory::{count, place};
use crate::path::{AnyPath, Path};
use crate::precision::Precision;
use crate::room::{Group, Lengths};
use crate::status::{NETS_ERR_CALLBACK, NETS_ERR_DIMENSION, NETS_ERR_NULL};

/// A path and a drift of one dimension.
pub(crate) struct Method<'a, S> {
    pub path: AnyPath<'a, S>,
    pub drift: AnyDrift<'a, S>,
    pub calls: &'a Calls<'a, S>,
}

impl<'a, S: Precision> Method<'a, S> {
    /// The path and the drift, arguments 1 and 2.
    ///
    /// # Safety
    /// As [`AnyPath::new`] and [`AnyDrift::new`].
    pub unsafe fn new(path: *const Path<S>, drift: *const Drift<S>, calls: &'a Calls<'a, S>) -> Outcome<Self> {
        // SAFETY: promised by the caller.
        let path = unsafe { AnyPath::new(1, path, calls)? };
        // SAFETY: as above.
        let drift = unsafe { AnyDrift::new(2, drift, path.dim(), calls)? };
        if drift.dim() != path.dim() {
            return Err(Failure::new(NETS_ERR_DIMENSION, 2).value(drift.dim() as f64));
        }
        Ok(Method { path, drift, calls })
    }
}

/// That no callback has failed for `group`.
pub(crate) fn succeeded<S: Precision>(calls: &Calls<'_, S>, group: Group) -> Outcome {
    match calls.code() {
        0 => Ok(()),
        code => Err(Failure::new(NETS_ERR_CALLBACK, 0).callback(code).index(group.first)),
    }
}

unsafe fn workspace<S: Precision>(
    path: *const Path<S>,
    drift: *const Drift<S>,
    n: i64,
    bytes: *mut i64,
    align: *mut i64,
) -> Outcome {
    let calls = Calls::new();
    let n = count(3, n)?;
    // SAFETY: promised by the caller.
    let (bytes, align) = unsafe { (place(4, bytes)?, place(5, align)?) };
    let wanted = if path.is_null() {
        if drift.is_null() {
            return Err(Failure::new(NETS_ERR_NULL, 1));
        }
        // SAFETY: as above.
        let drift = unsafe { AnyDrift::new(2, drift, 0, &calls)? };
        if n == 1 {
            Lengths::evaluations::<S>(&drift, n, true)?.bytes::<S>()?
        } else {
            Lengths::evaluations::<S::Group>(&drift, n, true)?.bytes::<S::Group>()?
        }
    } else {
        // SAFETY: as above.
        let Method { path, drift, .. } = unsafe { Method::new(path, drift, &calls)? };
        if n == 1 {
            Lengths::steps::<S>(&path, &drift, n).bytes::<S>()?
        } else {
            Lengths::steps::<S::Group>(&path, &drift, n).bytes::<S::Group>()?
        }
    };
    bytes.write(wanted as i64);
    align.write(ALIGN as i64);
    Ok(())
}

macro_rules! functions {
    ($S:ident, $workspace:ident) => {
        /// How much working memory functions want that step `n` walkers along `path` with `drift` (null: none) or evaluate
        /// either of them at `n` points, and how it has to be aligned, both in bytes.
        ///
        /// With a null `path` the answer is for evaluations of `drift` alone, and enough for the Jacobian of a drift by
        /// callback, which is `n * d * d` numbers large.
        ///
        /// What the memory holds means nothing between calls. A workspace belongs to one thread at a time.
        ///
        /// Errors: `NETS_ERR_NULL`, `NETS_ERR_ALIGNMENT`, `NETS_ERR_OBJECT`, `NETS_ERR_LENGTH`, `NETS_ERR_DIMENSION`.
        ///
        /// # Safety
        ///
        /// `path` and `drift` point to objects or are null, `bytes` and `align` to room for one number each.
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn $workspace(
            path: *const Path<$S>,
            drift: *const Drift<$S>,
            n: i64,
            bytes: *mut i64,
            align: *mut i64,
            info: *mut ErrorInfo,
        ) -> i32 {
            // SAFETY: promised by the caller.
            unsafe { status(info, || workspace(path, drift, n, bytes, align)) }
        }
    };
}
functions!(f64, nets_step_workspace_f64);
functions!(f32, nets_step_workspace_f32);
