//! Sampling.

use crate::call::{Failure, call, field};
use crate::handle::get;
use crate::model::{HostModel, ModelHandle};
use crate::progress::{HostProgress, Reporter};
use crate::settings::{
    NETS_HOST_GRID_ADAPTIVE, NETS_HOST_GRID_UNIFORM, columns, count, integrator, precision, precision_number,
    resampling, unknown, usual_precision,
};
use crate::target::{HostTarget, TargetHandle};
use crate::text;
use nets_abi::codes::*;
use nets_abi::error_info::ErrorInfo;
use nets_abi::memory::{Rows, SizedStruct, check, output, output_struct, structure, write_default};
use nets_host::engine::{Error, Outcome, PilotOptions, Plan, Sink, choose_epsilon, epsilons, follow_pilot, sample};
use nets_host::file::SampleFile;
use nets_host::lanes::Width;
use nets_host::model::{Choice, DriftModel, Model};
use std::ffi::{c_char, c_void};
use std::io;
use std::path::Path;
use std::ptr::{null, null_mut};

/// How `nets_host_sample` is to sample. Filled by `nets_host_sample_options_default`; what they mean is said by
/// `nets sample --help` too.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct HostSampleOptions {
    /// The size of the structure in bytes.
    pub struct_size: u32,
    /// `NETS_PRECISION_F64` or `_F32` of the walkers; -1 for single precision if the drift is a network, else double
    /// (default). Log weights are double in either.
    pub precision: i32,
    /// Threads [default: 1]. Results do not depend on it.
    pub threads: i32,
    /// `NETS_INTEGRATOR_...`; -1 for the one that the model was tuned with, else `NETS_INTEGRATOR_SPLIT` (default).
    pub integrator: i32,
    /// `NETS_MAP_...` of the integrator [default: midpoint].
    pub map: i32,
    /// `NETS_MOVE_...` of the integrator [default: MALA].
    pub r#move: i32,
    /// `NETS_RESAMPLING_...` [default: systematic].
    pub resampling: i32,
    /// `NETS_HOST_GRID_UNIFORM` (default) or `_ADAPTIVE`.
    pub grid: i32,
    /// Of the walkers that are returned: `NETS_HOST_LAYOUT_ROWS` (default) or `_COLUMNS`.
    pub layout: i32,
    /// Zero.
    pub reserved: i32,
    /// The seed of all randomness [default: 0].
    pub seed: u64,
    /// Walkers [default: 20000].
    pub walkers: i64,
    /// Steps; 0 for those that the model was tuned with, else 100, or as many as the pilot takes (default).
    pub steps: i64,
    /// The diffusivity, zero or more; NaN for that which the model was tuned with, else the best of a scan (default).
    pub epsilon: f64,
    /// Where on the path to end, above 0 and up to 1 [default: 1].
    pub until: f64,
    /// Friction of inertial moves, per unit of t [default: 20].
    pub friction: f64,
    /// Leapfrog steps of an inertial move [default: 1].
    pub leaps: i64,
    /// Resample when the ESS, as a fraction, falls below this; 0 for never (default).
    pub resample_below: f64,
    /// The fraction of its ESS that a step of the adaptive grid keeps [default: 0.999].
    pub conditional_ess: f64,
    /// Walkers of the pilot population that finds the adaptive grid [default: 1920].
    pub pilot_walkers: i64,
    /// A file `*.npz` to write walkers and path to as well; null for none (default).
    pub out: *const c_char,
    /// Told how far the work is, and may stop it; null for none (default).
    pub progress: HostProgress,
    /// Given to `progress`.
    pub user: *mut c_void,
}

impl Default for HostSampleOptions {
    fn default() -> Self {
        let (plan, pilot) = (Plan::default(), PilotOptions::default());
        HostSampleOptions {
            struct_size: size_of::<HostSampleOptions>() as u32,
            precision: -1,
            threads: 1,
            integrator: -1,
            map: 0,
            r#move: 0,
            resampling: 0,
            grid: NETS_HOST_GRID_UNIFORM,
            layout: 0,
            reserved: 0,
            seed: 0,
            walkers: plan.walkers as i64,
            steps: 0,
            epsilon: f64::NAN,
            until: plan.until,
            friction: plan.friction,
            leaps: plan.leaps.into(),
            resample_below: 0.0,
            conditional_ess: pilot.conditional_ess,
            pilot_walkers: pilot.walkers as i64,
            out: null(),
            progress: None,
            user: null_mut(),
        }
    }
}

// SAFETY: `repr(C)`, and `struct_size: u32` comes first.
unsafe impl SizedStruct for HostSampleOptions {}

/// What sampling found.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct HostSummary {
    /// Set by the caller to the size of the structure in bytes.
    pub struct_size: u32,
    /// `NETS_PRECISION_...` of the walkers.
    pub precision: i32,
    /// Walkers that finished: all, unless the run was stopped.
    pub walkers: i64,
    /// Steps along the path.
    pub steps: i64,
    /// The diffusivity; NaN if it differs from step to step.
    pub epsilon: f64,
    /// `log Z` of the target, or of the density at `until`.
    pub log_z: f64,
    /// Its standard error.
    pub log_z_stderr: f64,
    /// The effective sample size as a fraction of the walkers.
    pub ess: f64,
    /// The least along the path.
    pub ess_path_min: f64,
    /// The largest weight over the sum of all.
    pub max_weight: f64,
    /// Walkers of weight zero: those whose potential, gradient or drift was not finite.
    pub lost_walkers: i64,
    /// How often blocks of the population were resampled.
    pub resamplings: i64,
    /// Mean acceptance of the moves; NaN where there are none.
    pub acceptance: f64,
    /// Wall-clock seconds.
    pub seconds: f64,
}

// SAFETY: `repr(C)`, and `struct_size: u32` comes first.
unsafe impl SizedStruct for HostSummary {}

/// What happened along the path: `length` numbers in each array that is not null, one for each time of the grid.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct PathRecord {
    /// Set by the caller to the size of the structure in bytes.
    pub struct_size: u32,
    /// Zero.
    pub reserved: i32,
    /// Set by the caller: room in each of the arrays.
    pub capacity: i64,
    /// Times of the grid, steps + 1. If it is more than `capacity` only the first `capacity` are written.
    pub length: i64,
    /// Room for the times, or null.
    pub times: *mut f64,
    /// Room for the ESS at each, as a fraction, or null.
    pub ess: *mut f64,
    /// Room for `log Z_t`, or null.
    pub log_z: *mut f64,
    /// Room for its standard error, or null.
    pub log_z_stderr: *mut f64,
}

// SAFETY: `repr(C)`, and `struct_size: u32` comes first.
unsafe impl SizedStruct for PathRecord {}

/// Writes the default options to the structure of `size` bytes.
///
/// Errors: `NETS_ERR_NULL`, `NETS_ERR_ALIGNMENT`, `NETS_ERR_STRUCT_SIZE`.
///
/// # Safety
///
/// `options` points to room for `size` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nets_host_sample_options_default(
    options: *mut HostSampleOptions,
    size: u32,
    info: *mut ErrorInfo,
) -> i32 {
    // SAFETY: promised by the caller.
    let work = || Ok(unsafe { write_default(options, size, HostSampleOptions::default()) }?);
    // SAFETY: promised by the caller.
    unsafe { call(info, &[], work) }
}

/// The options that argument `argument` points to, or the defaults.
///
/// # Safety
/// `options` is null or points to `options->struct_size` bytes.
pub(crate) unsafe fn read_options(
    options: *const HostSampleOptions,
    argument: i32,
) -> Result<HostSampleOptions, Failure> {
    if options.is_null() {
        return Ok(HostSampleOptions::default());
    }
    // SAFETY: promised by the caller.
    Ok(unsafe { structure(argument, options) }?)
}

/// Steps and epsilon, where they were asked for.
pub(crate) type Wishes = (Option<usize>, Option<f64>);

/// The plan that options make with a model's choice; what was asked for; and whether epsilon is known.
pub(crate) fn plan(
    options: &HostSampleOptions,
    choice: Option<Choice>,
    drift: &DriftModel,
    argument: i32,
) -> Result<(Plan, Wishes, bool), Failure> {
    let below = options.resample_below;
    let mut plan = Plan {
        walkers: count(options.walkers, 1, argument, "walkers")? as u64,
        until: options.until,
        friction: options.friction,
        leaps: count(options.leaps, 1, argument, "leaps")?.try_into().unwrap_or(u32::MAX),
        resample_below: (below != 0.0).then_some(below),
        resampling: resampling(options.resampling, argument)?,
        seed: options.seed,
        precision: precision(options.precision, argument)?.unwrap_or_else(|| usual_precision(drift)),
        width: Width::detect(),
        threads: count(options.threads.into(), 1, argument, "threads")?,
        ..Plan::default()
    };
    let steps = Some(count(options.steps, 0, argument, "steps")?).filter(|&steps| steps > 0);
    let epsilon = Some(options.epsilon).filter(|epsilon| !epsilon.is_nan());
    let integrator = integrator((options.integrator, options.map, options.r#move), argument)?;
    let known = plan.settle((integrator, steps, epsilon), choice);
    plan.check()?;
    Ok((plan, (steps, epsilon), known))
}

/// The array of `n` walkers in `d` dimensions that is argument `stride - 1`: rows of walkers, or of coordinates.
fn rows(argument: i32, n: usize, d: usize, stride: i64, columns: bool) -> Result<Rows, Failure> {
    let (rows, width) = if columns { (d, n) } else { (n, d) };
    let wrong = |failure: nets_abi::error_info::Failure| {
        let words = format!("stride = {stride}: {rows} rows of {width} numbers do not lie in memory so far apart");
        Failure::from(failure).saying(words)
    };
    let array = Rows::new(argument, rows, width, stride).map_err(wrong)?;
    check(argument, std::ptr::NonNull::<f64>::dangling().as_ptr(), array.len).map_err(wrong)?;
    Ok(array)
}

/// Samples `target` with the drift of `model`, or with none if that is null: annealed importance sampling, or with
/// `resample_below` sequential Monte Carlo. The same target, model, options and seed give the same bits on any number of
/// threads, in any language, and with `nets sample`.
///
/// The weighted walkers `(x_i, A_i)` estimate expectations under the target, `sum f(x_i) e^(A_i) / sum e^(A_i)`. `x` has
/// room for `walkers` times d numbers as `layout` says, rows `stride` numbers apart (ROWS: `stride >= d`; COLUMNS:
/// `stride >= walkers`), or is null; `log_weights` has room for `walkers`, or is null. `record` is null or tells where to
/// write what happened along the path. Outputs are written on success alone, with one exception: if the progress callback
/// stops the run the result is `NETS_ERR_STOPPED`, and everything is written for the first `summary->walkers` walkers,
/// if any have finished.
///
/// Errors: `NETS_ERR_NULL`, `NETS_ERR_ALIGNMENT`, `NETS_ERR_LENGTH`, `NETS_ERR_STRUCT_SIZE`, `NETS_ERR_RANGE`,
/// `NETS_ERR_OBJECT`, `NETS_ERR_DIMENSION` (the model is another target's), `NETS_ERR_CALLBACK` (the potential failed;
/// the details say for which walkers), `NETS_ERR_ALL_LOST`, `NETS_ERR_MEMORY`, `NETS_ERR_FILE`, `NETS_ERR_STOPPED`.
///
/// # Safety
///
/// `target` and `model` come from this library; `options` is null or points to `options->struct_size` bytes; `x`,
/// `log_weights`, `record` and its arrays are null or have the room described; `summary` points to
/// `summary->struct_size` bytes. Outputs do not overlap.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nets_host_sample(
    target: *const HostTarget,
    model: *const HostModel,
    options: *const HostSampleOptions,
    x: *mut f64,
    stride: i64,
    log_weights: *mut f64,
    record: *mut PathRecord,
    summary: *mut HostSummary,
    info: *mut ErrorInfo,
) -> i32 {
    let work = || {
        // SAFETY: promised by the caller.
        let handle = unsafe { get::<TargetHandle, _>(target, 1) }?;
        // SAFETY: promised by the caller.
        let options = unsafe { read_options(options, 3) }?;
        let threads = count(options.threads.into(), 1, 3, "threads")?;
        let mut opened = handle.open(threads, 3)?;
        let none = Model::zero(&opened.target);
        // SAFETY: promised by the caller.
        let model = if model.is_null() { &none } else { unsafe { &get::<ModelHandle, _>(model, 2)?.0 } };
        opened.target.take_base(model);
        let (mut plan, wishes, known) = plan(&options, model.choice, &model.drift, 3)?;
        let by_columns = columns(options.layout, 3)?;
        let place = match x.is_null() {
            true => None,
            false => {
                check(4, x, 1)?;
                Some(rows(5, plan.walkers as usize, model.dim, stride, by_columns)?)
            }
        };
        if !log_weights.is_null() {
            check(6, log_weights, 1)?;
        }
        // SAFETY: promised by the caller.
        let summary = unsafe { output_struct(8, summary) }?;
        // SAFETY: promised by the caller.
        let record = unsafe { Record::read(record) }?;
        // SAFETY: promised by the caller.
        let out = unsafe { text::optional(options.out, 3) }?.map(Path::new);
        let unwritable = |error: io::Error| Failure::argument(3, NETS_ERR_FILE).saying(format!("out: {error}"));
        let file = out.map(|path| SampleFile::create(path, model.dim)).transpose().map_err(unwritable)?;
        let mut kept = Kept { file, positions: place.is_some(), x: vec![], log_weights: vec![] };

        let reporter = Reporter { progress: options.progress, user: options.user };
        let failed = |error: Error| opened.failure(error);
        match options.grid {
            NETS_HOST_GRID_ADAPTIVE => {
                let pilot = PilotOptions {
                    walkers: count(options.pilot_walkers, 2, 3, "pilot_walkers")?,
                    conditional_ess: options.conditional_ess,
                    ..PilotOptions::default()
                };
                follow_pilot(&opened.target, model, &mut plan, &pilot, wishes, &reporter).map_err(failed)?;
            }
            NETS_HOST_GRID_UNIFORM if !known => {
                let tried = choose_epsilon(&opened.target, model, &mut plan, &reporter).map_err(failed)?;
                if tried.len() < epsilons(plan.integrator).len() {
                    return Err(Failure::argument(0, NETS_ERR_STOPPED).saying("stopped while scanning epsilon"));
                }
            }
            NETS_HOST_GRID_UNIFORM => {}
            grid => return Err(unknown(3, grid, "grid", "NETS_HOST_GRID_")),
        }
        let outcome = sample(&opened.target, model, &plan, &mut kept, &reporter).map_err(failed)?;

        let Kept { file, x: positions, log_weights: weights, .. } = kept;
        if let Some(file) = file {
            file.finish(&outcome).map_err(unwritable)?;
        }
        let lowest = outcome.ess_path.iter().copied().fold(f64::INFINITY, f64::min);
        summary.write(HostSummary {
            struct_size: size_of::<HostSummary>() as u32,
            precision: precision_number(plan.precision),
            walkers: outcome.walkers as i64,
            steps: plan.steps as i64,
            epsilon: if plan.protocol.is_some() { f64::NAN } else { plan.epsilon },
            log_z: outcome.log_z,
            log_z_stderr: outcome.log_z_stderr,
            ess: outcome.ess,
            ess_path_min: lowest,
            max_weight: outcome.max_weight,
            lost_walkers: outcome.lost_walkers as i64,
            resamplings: outcome.resamplings as i64,
            acceptance: outcome.acceptance.unwrap_or(f64::NAN),
            seconds: outcome.seconds,
        });
        if let Some(place) = place {
            // SAFETY: promised by the caller.
            let x = unsafe { output(4, x, place.len) }?;
            scatter(&positions, model.dim, by_columns, &place, x);
        }
        if !log_weights.is_null() {
            // SAFETY: promised by the caller.
            let to = unsafe { output(6, log_weights, options.walkers as usize) }?;
            to[..weights.len()].copy_from_slice(&weights);
        }
        if let Some(record) = record {
            // SAFETY: promised by the caller.
            unsafe { record.write(&outcome) };
        }
        if outcome.interrupted { Err(Failure::argument(0, NETS_ERR_STOPPED)) } else { Ok(()) }
    };
    // SAFETY: promised by the caller.
    unsafe { call(info, &[target.cast(), model.cast()], work) }
}

/// Copies walkers of `dim` numbers to where the caller wants them.
fn scatter(walkers: &[f64], dim: usize, columns: bool, place: &Rows, x: &mut [f64]) {
    for (walker, position) in walkers.chunks_exact(dim).enumerate() {
        if columns {
            position.iter().enumerate().for_each(|(j, &number)| x[j * place.stride + walker] = number);
        } else {
            place.row_mut(x, walker).copy_from_slice(position);
        }
    }
}

/// The walkers, until it is known that all went well.
struct Kept {
    file: Option<SampleFile>,
    positions: bool,
    x: Vec<f64>,
    log_weights: Vec<f64>,
}

impl Sink for Kept {
    fn block(&mut self, first_walker: u64, x: &[f64], log_weights: &[f64]) -> io::Result<()> {
        if let Some(file) = &mut self.file {
            file.block(first_walker, x, log_weights)?;
        }
        if self.positions {
            self.x.try_reserve(x.len())?;
            self.x.extend_from_slice(x);
        }
        self.log_weights.try_reserve(log_weights.len())?;
        self.log_weights.extend_from_slice(log_weights);
        Ok(())
    }
}

/// A caller's [`PathRecord`], checked.
struct Record {
    to: *mut PathRecord,
    capacity: usize,
    arrays: [*mut f64; 4],
}

impl Record {
    /// # Safety
    /// `record` is null or points to `record->struct_size` bytes.
    unsafe fn read(record: *mut PathRecord) -> Result<Option<Record>, Failure> {
        if record.is_null() {
            return Ok(None);
        }
        // SAFETY: promised by the caller.
        let PathRecord { capacity, times, ess, log_z, log_z_stderr, .. } = unsafe { structure(7, record) }?;
        let arrays = [times, ess, log_z, log_z_stderr];
        for array in arrays.iter().filter(|array| !array.is_null()) {
            check(7, *array, 1)?;
        }
        let capacity = usize::try_from(capacity)
            .map_err(|_| field(7, capacity as f64, format!("capacity = {capacity}: it is 0 or more")))?;
        Ok(Some(Record { to: record, capacity, arrays }))
    }

    /// # Safety
    /// The arrays have room for `capacity` numbers each.
    unsafe fn write(&self, outcome: &Outcome) {
        let values = [&outcome.times, &outcome.ess_path, &outcome.log_z_path, &outcome.log_z_path_stderr];
        for (to, values) in self.arrays.iter().zip(values).filter(|(to, _)| !to.is_null()) {
            for (i, &value) in values.iter().enumerate().take(self.capacity) {
                // SAFETY: promised by the caller.
                unsafe { to.add(i).write(value) };
            }
        }
        // SAFETY: checked when it was read.
        unsafe { (*self.to).length = outcome.times.len() as i64 };
    }
}
