//! A whole run of a population.

use super::{Numbers, start, step};
use crate::callback::Calls;
use crate::drift::Drift;
use crate::error_info::{ErrorInfo, Failure, Outcome, status};
use crate::memory::{
    SizedStruct, count, optional_input, optional_output, output_struct, require, structure, within, write_default,
};
use crate::method::Method;
use crate::path::Path;
use crate::precision::{Lane, Precision};
use crate::resample::{copy_row, population, scheme};
use crate::status::{NETS_ERR_ALL_LOST, NETS_ERR_LENGTH, NETS_ERR_RANGE, NETS_ERR_STOPPED};
use crate::step::{Leg, Memory, Settings, StepOptions};
use crate::walkers::{View, Walkers};
use core::ffi::c_void;
use core::ptr::{null, null_mut};
use nets_kernel::grid;
use nets_kernel::real::Scalar;
use nets_kernel::resample::{Resampling, replace};
use nets_kernel::rng::{Purpose, Stream};
use nets_kernel::weight::WeightSum;

/// What a run has come to: `step` of `steps` steps are done, and the effective sample size is the fraction `ess` of the
/// walkers. Returns zero, or anything else to stop.
pub type ProgressCallback = Option<unsafe extern "C" fn(user: *mut c_void, step: i64, steps: i64, ess: f64) -> i32>;

/// How a run goes.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct RunOptions<S> {
    /// The size of the structure in bytes, written by `nets_run_options_default_f64`.
    pub struct_size: u32,
    /// One of the `NETS_RESAMPLING_` constants.
    pub resampling: i32,
    /// The seed of all randomness.
    pub seed: u64,
    /// The number of the first walker: populations with different numbers are independent.
    pub first_walker: u64,
    /// The number of the stream that resampling draws from: another one for each population.
    pub resample_stream: u64,
    /// How many steps.
    pub steps: i64,
    /// Times of the grid, `steps + 1` numbers that increase from 0 to 1 at most; null: equal steps from 0 to 1.
    pub times: *const S,
    /// The diffusivity of each step, `steps` numbers; null: that of the step's options.
    pub epsilons: *const S,
    /// Resample after a step that leaves the effective sample size, as a fraction, below this; 0: never.
    pub resample_below: f64,
    /// Called after every step, or null.
    pub progress: ProgressCallback,
    /// Handed to `progress`.
    pub user: *mut c_void,
    /// Where the effective sample size at each time goes, `steps + 1` numbers, or null.
    pub ess_path: *mut f64,
    /// Where the estimate of `log Z_t` at each time goes, `steps + 1` numbers, or null.
    pub log_z_path: *mut f64,
}

// SAFETY: `repr(C)`, with `struct_size` first; every field is a number or a pointer.
unsafe impl<S: Precision> SizedStruct for RunOptions<S> {}

impl<S> Default for RunOptions<S> {
    fn default() -> Self {
        RunOptions {
            struct_size: size_of::<Self>() as u32,
            resampling: crate::resample::NETS_RESAMPLING_SYSTEMATIC,
            seed: 0,
            first_walker: 0,
            resample_stream: 0,
            steps: 100,
            times: null(),
            epsilons: null(),
            resample_below: 0.0,
            progress: None,
            user: null_mut(),
            ess_path: null_mut(),
            log_z_path: null_mut(),
        }
    }
}

/// What a run came to.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RunSummary {
    /// Set by the caller to the size of the structure in bytes, and by the function to the number of bytes that it filled.
    pub struct_size: u32,
    /// 1 if a callback ended the run before its last step, else 0.
    pub stopped: i32,
    /// How many steps were completed.
    pub steps: i64,
    /// The estimate of `log Z` at the last time that was reached.
    pub log_z: f64,
    /// Its standard error (delta method), which knows nothing of what walkers share since a resampling.
    pub log_z_stderr: f64,
    /// The effective sample size as a fraction of the walkers.
    pub ess: f64,
    /// The largest weight over the sum of all.
    pub max_weight: f64,
    /// How many walkers are lost.
    pub lost: i64,
    /// How often the population was resampled.
    pub resamplings: i64,
    /// The fraction of moves that were accepted; NaN for integrators and moves that are not put to a test.
    pub acceptance: f64,
}

// SAFETY: `repr(C)`, with `struct_size` first; every field is a number.
unsafe impl SizedStruct for RunSummary {}

/// The options, checked.
struct Plan<'a, S> {
    numbers: Numbers,
    resample_stream: u64,
    resampling: Resampling,
    steps: usize,
    times: Option<&'a [S]>,
    epsilons: Option<&'a [S]>,
    resample_below: f64,
    progress: ProgressCallback,
    user: *mut c_void,
    ess_path: &'a mut [f64],
    log_z_path: &'a mut [f64],
}

const ARGUMENT: i32 = 4;

impl<S: Precision> Plan<'_, S> {
    unsafe fn new(options: *const RunOptions<S>, settings: &Settings<'_, S>) -> Outcome<Self> {
        // SAFETY: promised by the caller.
        let options = unsafe { structure(ARGUMENT, options)? };
        let steps = count(ARGUMENT, options.steps)?;
        let points = steps.checked_add(1).ok_or(Failure::new(NETS_ERR_LENGTH, ARGUMENT))?;
        let RunOptions { seed, first_walker, resample_stream, resample_below, progress, user, .. } = options;
        // SAFETY: promised by the caller.
        let plan = unsafe {
            Plan {
                numbers: Numbers { seed, first_walker },
                resample_stream,
                resampling: scheme(ARGUMENT, options.resampling)?,
                steps,
                times: optional_input(ARGUMENT, options.times, points)?,
                epsilons: optional_input(ARGUMENT, options.epsilons, steps)?,
                resample_below,
                progress,
                user,
                ess_path: optional_output(ARGUMENT, options.ess_path, points)?.unwrap_or_default(),
                log_z_path: optional_output(ARGUMENT, options.log_z_path, points)?.unwrap_or_default(),
            }
        };
        require((0.0..=1.0).contains(&resample_below), ARGUMENT, resample_below)?;
        plan.check_times()?;
        let epsilons = plan.epsilons.unwrap_or_default();
        epsilons.iter().try_for_each(|&epsilon| settings.check_epsilon(ARGUMENT, epsilon))?;
        Ok(plan)
    }

    fn check_times(&self) -> Outcome {
        let Some(times) = self.times else { return Ok(()) };
        within(ARGUMENT, times, |t| t >= S::zero() && t <= S::one())?;
        let increase = times.iter().zip(times.iter().skip(1)).position(|(t, next)| t >= next);
        match (times.first().filter(|&&t| t != S::zero()), increase) {
            (Some(t), _) => Err(Failure::new(NETS_ERR_RANGE, ARGUMENT).index(0).value(t.to_f64())),
            (None, Some(k)) => Err(Failure::new(NETS_ERR_RANGE, ARGUMENT).index(k + 1)),
            (None, None) => Ok(()),
        }
    }

    fn time(&self, k: usize) -> S {
        match self.times {
            Some(times) => times.get(k).copied().unwrap_or(S::NAN),
            None => grid::uniform(k, self.steps),
        }
    }

    /// Takes up the sums at time number `k`.
    fn record(&mut self, k: usize, sums: &WeightSum, log_z_base: f64) {
        if let Some(ess) = self.ess_path.get_mut(k) {
            *ess = sums.ess();
        }
        if let Some(log_z) = self.log_z_path.get_mut(k) {
            *log_z = log_z_base + sums.log_mean();
        }
    }

    /// Whether the caller wants to go on after step `k`.
    fn goes_on(&self, k: usize, sums: &WeightSum) -> Outcome {
        let Some(progress) = self.progress else { return Ok(()) };
        // SAFETY: the caller of the library allows the call.
        match unsafe { progress(self.user, k as i64, self.steps as i64, sums.ess()) } {
            0 => Ok(()),
            code => Err(Failure::new(NETS_ERR_STOPPED, ARGUMENT).callback(code)),
        }
    }
}

/// How far a run has come.
struct Course {
    steps: usize,
    sums: WeightSum,
    resamplings: i64,
    accepted: u64,
    end: Outcome,
}

/// The run. `view.log_weights` hold, after every step, the weights with the log Z of resamplings before it.
unsafe fn run<R: Lane>(
    method: &Method<'_, R::Scalar>,
    mut settings: Settings<'_, R::Scalar>,
    plan: &mut Plan<'_, R::Scalar>,
    view: &mut View<'_, R::Scalar>,
    memory: Memory,
) -> Outcome<Course> {
    // SAFETY: promised by the caller.
    let mut room = unsafe { memory.room::<R>(method, view.rows.n)? };
    let log_z_base = method.path.of::<R>().log_z_base();
    let (since, copies) = (core::mem::take(&mut room.population), core::mem::take(&mut room.copies));
    let epsilon = settings.motion.epsilon;
    start(method, plan.numbers, view, &mut room);
    since.fill(0.0);
    let mut uniforms = Stream::<f64>::new(plan.numbers.seed, Purpose::Resample, plan.resample_stream);
    let mut log_z = 0.0;
    let sums = WeightSum::of(view.log_weights);
    let mut course = Course { steps: 0, sums, resamplings: 0, accepted: 0, end: Ok(()) };
    plan.record(0, &course.sums, log_z_base);
    for k in 0..plan.steps {
        settings.motion.epsilon = plan.epsilons.and_then(|own| own.get(k)).copied().unwrap_or(epsilon);
        let leg = Leg { settings, start: plan.time(k), end: plan.time(k + 1) };
        // The step adds to the weights since the last resampling.
        swap(view.log_weights, since);
        let stepped = step(method, &leg, plan.numbers, k as u64, view, &mut room);
        swap(view.log_weights, since);
        match stepped {
            Ok(accepted) => course.accepted += accepted,
            Err(failure) => return Ok(Course { end: Err(failure), ..course }),
        }
        for (log_weight, &own) in view.log_weights.iter_mut().zip(&*since) {
            *log_weight = log_z + own;
        }
        (course.steps, course.sums) = (k + 1, WeightSum::of(view.log_weights));
        plan.record(k + 1, &course.sums, log_z_base);
        if course.sums.lost == course.sums.walkers {
            let failure = Failure::new(NETS_ERR_ALL_LOST, 0).value(plan.time(k + 1).to_f64());
            return Ok(Course { end: Err(failure), ..course });
        }
        let few = course.sums.ess() < plan.resample_below && k + 1 < plan.steps;
        let draw = || uniforms.uniform();
        if few && let Some(sums) = plan.resampling.resample(view.log_weights, draw, copies) {
            log_z = sums.log_mean();
            carry_on(view, copies);
            view.log_weights.fill(log_z);
            since.fill(0.0);
            course.resamplings += 1;
        }
        course.end = plan.goes_on(k + 1, &course.sums);
        if course.end.is_err() {
            return Ok(course);
        }
    }
    Ok(course)
}

fn swap(a: &mut [f64], b: &mut [f64]) {
    a.iter_mut().zip(b).for_each(|(a, b)| core::mem::swap(a, b));
}

/// Walkers without copies become copies of others.
fn carry_on<S: Precision>(view: &mut View<'_, S>, copies: &[u32]) {
    replace(copies, |from, to| {
        copy_row(view.rows, view.x, from, to);
        copy_row(view.rows, view.momentum.as_deref_mut().unwrap_or_default(), from, to);
    });
    view.known = false;
}

impl Course {
    fn summary<S: Precision>(&self, log_z_base: f64, settings: &Settings<'_, S>, plan: &Plan<'_, S>) -> RunSummary {
        let noise = plan.epsilons.map_or(settings.motion.epsilon > S::zero(), |own| own.iter().any(|&e| e > S::zero()));
        let tried = self.sums.walkers as f64 * self.steps as f64;
        RunSummary {
            struct_size: size_of::<RunSummary>() as u32,
            stopped: i32::from(self.steps < plan.steps),
            steps: self.steps as i64,
            log_z: log_z_base + self.sums.log_mean(),
            log_z_stderr: self.sums.log_mean_stderr(),
            ess: self.sums.ess(),
            max_weight: self.sums.max_weight(),
            lost: self.sums.lost as i64,
            resamplings: self.resamplings,
            acceptance: if settings.is_tested() && noise { self.accepted as f64 / tried } else { f64::NAN },
        }
    }
}

macro_rules! functions {
    ($S:ident, $default:ident, $run:ident) => {
        /// Writes what holds unless the caller says otherwise: seed 0, walkers and resampling from number 0, 100 equal steps,
        /// no resampling (systematic if there is), no progress. `size` is `sizeof *options`.
        ///
        /// Errors: `NETS_ERR_NULL`, `NETS_ERR_ALIGNMENT`, `NETS_ERR_STRUCT_SIZE`.
        ///
        /// # Safety
        ///
        /// `options` points to room for `size` bytes.
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn $default(options: *mut RunOptions<$S>, size: u32, info: *mut ErrorInfo) -> i32 {
            // SAFETY: promised by the caller.
            unsafe { status(info, || write_default(options, size, RunOptions::<$S>::default())) }
        }

        /// Draws the walkers from the base density and carries them along the path, with the library's own random numbers:
        /// `nets_sampler_start_f64`, all steps, and where it is asked for resampling, never after the last step. The result
        /// are weighted samples of the density where the path ends; log weights include the log Z of resamplings. With
        /// `resample_below = 0`, walkers are independent of each other and the result does not depend, to the last bit, on
        /// how they are divided over calls. `nets sample` resamples its walkers in populations of 480: population `b` is
        /// that with `first_walker = 480 b` and `resample_stream = b`.
        ///
        /// The run ends early with `NETS_ERR_CALLBACK` if the path's or the drift's callback fails, with `NETS_ERR_STOPPED`
        /// if `progress` does (what it returned is `callback_code`), with `NETS_ERR_ALL_LOST` if no walker is left.
        /// Walkers are then as after the last complete step, `ess_path` and `log_z_path` are written up to there, and
        /// `summary` too. With any other error nothing is written.
        ///
        /// `step` are the options of all steps. The callback of `progress` is not kept.
        ///
        /// Errors: those of `nets_step_f64`, `NETS_ERR_LENGTH` also for more than 2^32 - 1 walkers, `NETS_ERR_STOPPED`,
        /// `NETS_ERR_ALL_LOST`.
        ///
        /// # Safety
        ///
        /// As with `nets_step_f64`; `summary` points to `summary->struct_size` bytes.
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn $run(
            path: *const Path<$S>,
            drift: *const Drift<$S>,
            step: *const StepOptions<$S>,
            run: *const RunOptions<$S>,
            walkers: *mut Walkers<$S>,
            workspace: *mut c_void,
            bytes: i64,
            summary: *mut RunSummary,
            info: *mut ErrorInfo,
        ) -> i32 {
            // SAFETY: promised by the caller.
            let work = || unsafe {
                let calls = Calls::new();
                let method = Method::new(path, drift, &calls)?;
                let settings = Settings::new(3, step, method.path.dim())?;
                let mut plan = Plan::new(run, &settings)?;
                let mut view = View::new(5, walkers, method.path.dim())?;
                population(5, view.rows.n as i64)?;
                view.require(5, settings.keeps_drift(), settings.is_inertial())?;
                let summary = output_struct(8, summary)?;
                let memory = Memory { argument: 6, memory: workspace, bytes };
                let course = if view.rows.n == 1 {
                    self::run::<$S>(&method, settings, &mut plan, &mut view, memory)?
                } else {
                    self::run::<<$S as Precision>::Group>(&method, settings, &mut plan, &mut view, memory)?
                };
                (*walkers).known = i32::from(view.known);
                summary.write(course.summary(method.path.of::<$S>().log_z_base(), &settings, &plan));
                course.end
            };
            // SAFETY: promised by the caller.
            unsafe { status(info, work) }
        }
    };
}
functions!(f64, nets_run_options_default_f64, nets_sampler_run_f64);
functions!(f32, nets_run_options_default_f32, nets_sampler_run_f32);
