//! The choice of diffusivity and steps.

use crate::call::{Failure, call};
use crate::handle::{get, get_mut};
use crate::model::{HostModel, ModelHandle};
use crate::progress::Reporter;
use crate::sample::{HostSampleOptions, plan, read_options};
use crate::target::{HostTarget, TargetHandle};
use nets_abi::codes::{NETS_ERR_ALL_LOST, NETS_ERR_LENGTH, NETS_ERR_STOPPED};
use nets_abi::error_info::ErrorInfo;
use nets_abi::memory::check;
use nets_host::engine::{self, SCAN_WALKERS, ScanPoint};
use nets_host::model::Choice;
use std::sync::atomic::{AtomicBool, Ordering};

/// One setting of a scan, and what it gave.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct TunePoint {
    /// The diffusivity.
    pub epsilon: f64,
    /// Effective sample size as a fraction; 0 if all walkers were lost.
    pub ess: f64,
    /// `log Z`; NaN if all walkers were lost.
    pub log_z: f64,
    /// Its standard error.
    pub log_z_stderr: f64,
    /// Mean acceptance of the moves; NaN where there are none.
    pub acceptance: f64,
    /// Wall-clock seconds.
    pub seconds: f64,
    /// Steps along the path.
    pub steps: i64,
    /// Walkers of weight zero.
    pub lost_walkers: i64,
}

impl From<&ScanPoint> for TunePoint {
    fn from(point: &ScanPoint) -> TunePoint {
        TunePoint {
            epsilon: point.epsilon,
            ess: point.ess,
            log_z: point.log_z,
            log_z_stderr: point.log_z_stderr,
            acceptance: point.acceptance.unwrap_or(f64::NAN),
            seconds: point.seconds,
            steps: point.steps as i64,
            lost_walkers: point.lost_walkers as i64,
        }
    }
}

/// Scans epsilon and steps as `nets tune` does, and writes the fewest steps whose best ESS is nearly the best of all into
/// the model, for `nets_host_sample` to use. A number of steps or an epsilon in the options is kept to. The walkers are
/// 2000 unless the options have another number than the default.
///
/// `*count` points are tried; as many as `capacity` allows are written to `points`, which may be null with a capacity of
/// 0. If the progress callback stops it the result is `NETS_ERR_STOPPED` and the model is as it was.
///
/// Errors: `NETS_ERR_NULL`, `NETS_ERR_ALIGNMENT`, `NETS_ERR_LENGTH`, `NETS_ERR_STRUCT_SIZE`, `NETS_ERR_RANGE`,
/// `NETS_ERR_OBJECT`, `NETS_ERR_DIMENSION` (the model is another target's), `NETS_ERR_CALLBACK`, `NETS_ERR_ALL_LOST`
/// (everywhere), `NETS_ERR_STOPPED`.
///
/// # Safety
///
/// `target` and `model` come from this library, and no other thread uses the model; `options` is null or points to
/// `options->struct_size` bytes; `points` is null or points to room for `capacity` of them, `count` to room for a number.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nets_host_tune(
    target: *const HostTarget,
    model: *mut HostModel,
    options: *const HostSampleOptions,
    points: *mut TunePoint,
    capacity: i64,
    count: *mut i64,
    info: *mut ErrorInfo,
) -> i32 {
    let work = || {
        check(6, count, 1)?;
        if capacity < 0 {
            return Err(Failure::argument(5, NETS_ERR_LENGTH));
        }
        if capacity > 0 {
            check(4, points, 1)?;
        }
        // SAFETY: promised by the caller.
        let (handle, tuned) = unsafe { (get::<TargetHandle, _>(target, 1)?, get_mut::<ModelHandle, _>(model, 2)?) };
        // SAFETY: promised by the caller.
        let options = unsafe { read_options(options, 3) }?;
        let (mut settings, wishes, _) = plan(&options, None, &tuned.0.drift, 3)?;
        if options.walkers == HostSampleOptions::default().walkers {
            settings.walkers = SCAN_WALKERS;
        }
        let mut opened = handle.open(settings.threads, 3)?;
        opened.target.take_base(&tuned.0);
        let reporter = Reporter { progress: options.progress, user: options.user };
        let watch = Watch { reporter: &reporter, stopped: AtomicBool::new(false) };
        let found = engine::tune(&opened.target, &tuned.0, &settings, wishes.0, wishes.1, &watch)
            .map_err(|error| opened.failure(error))?;
        if watch.stopped.load(Ordering::Relaxed) {
            return Err(Failure::argument(0, NETS_ERR_STOPPED));
        }
        let best = engine::recommended(&found).ok_or_else(|| {
            let words = "all walkers were lost at every epsilon: use more steps, or train the drift longer";
            Failure::argument(0, NETS_ERR_ALL_LOST).saying(words)
        })?;
        tuned.0.choice = Some(Choice { epsilon: best.epsilon, steps: best.steps, integrator: settings.integrator });
        for (i, point) in found.iter().enumerate().take(capacity as usize) {
            // SAFETY: checked, and promised by the caller.
            unsafe { points.add(i).write(point.into()) };
        }
        // SAFETY: checked, and promised by the caller.
        unsafe { count.write(found.len() as i64) };
        Ok(())
    };
    // SAFETY: promised by the caller.
    unsafe { call(info, &[target.cast(), model.cast_const().cast()], work) }
}

/// Remembers that work was asked to stop.
struct Watch<'a> {
    reporter: &'a Reporter,
    stopped: AtomicBool,
}

impl nets_host::progress::Progress for Watch<'_> {
    fn report(&self, status: &nets_host::progress::Status) -> bool {
        let go_on = self.reporter.report(status);
        self.stopped.fetch_or(!go_on, Ordering::Relaxed);
        go_on
    }
}
