//! Training.

use crate::call::{Failure, call, field};
use crate::handle::{Held, get};
use crate::model::{HostModel, ModelHandle};
use crate::progress::{HostProgress, Reporter};
use crate::settings::{
    NETS_HOST_DRIFT_EXACT, NETS_HOST_DRIFT_FEATURES, NETS_HOST_DRIFT_LATTICE, NETS_HOST_DRIFT_MLP,
    NETS_HOST_DRIFT_MODES, NETS_HOST_DRIFT_ZERO, count, precision, unknown,
};
use crate::target::{HostTarget, TargetHandle};
use crate::text;
use nets_abi::codes::NETS_ERR_STOPPED;
use nets_abi::error_info::ErrorInfo;
use nets_abi::memory::{SizedStruct, check, structure, write_default};
use nets_host::lanes::{Precision, Width};
use nets_host::model::Model;
use nets_host::target::{Named, Target};
use nets_host::train::{Checkpoint, LeastSquaresOptions, Method, NetworkOptions, TrainOptions, train};
use std::ffi::{c_char, c_void};
use std::ptr::{null, null_mut};
use std::time::Duration;

/// What `nets_host_train` is to learn, and how. Filled by `nets_host_train_options_default`.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct HostTrainOptions {
    /// The size of the structure in bytes.
    pub struct_size: u32,
    /// `NETS_HOST_DRIFT_FEATURES` (default), `_LATTICE`, `_MLP`, `_EXACT` or `_ZERO`.
    pub drift: i32,
    /// `NETS_PRECISION_F64` or `_F32`; -1 for single precision with a network, else double (default).
    pub precision: i32,
    /// Threads [default: 1]. Results do not depend on it.
    pub threads: i32,
    /// The seed of all randomness [default: 0].
    pub seed: u64,
    /// Rounds of a network's training; 0 for the default.
    pub rounds: i64,
    /// A file to which training writes its state every now and then; null for none (default). It is left there.
    pub checkpoint: *const c_char,
    /// A checkpoint to go on from, made with the same target and options; null for none (default).
    pub resume: *const c_char,
    /// Seconds between checkpoints [default: 30].
    pub checkpoint_every: f64,
    /// Told how far training is, and may stop it; null for none (default).
    pub progress: HostProgress,
    /// Given to `progress`.
    pub user: *mut c_void,
}

impl Default for HostTrainOptions {
    fn default() -> Self {
        HostTrainOptions {
            struct_size: size_of::<HostTrainOptions>() as u32,
            drift: NETS_HOST_DRIFT_FEATURES,
            precision: -1,
            threads: 1,
            seed: 0,
            rounds: 0,
            checkpoint: null(),
            resume: null(),
            checkpoint_every: 30.0,
            progress: None,
            user: null_mut(),
        }
    }
}

// SAFETY: `repr(C)`, and `struct_size: u32` comes first.
unsafe impl SizedStruct for HostTrainOptions {}

/// Writes the default options to the structure of `size` bytes.
///
/// Errors: `NETS_ERR_NULL`, `NETS_ERR_ALIGNMENT`, `NETS_ERR_STRUCT_SIZE`.
///
/// # Safety
///
/// `options` points to room for `size` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nets_host_train_options_default(
    options: *mut HostTrainOptions,
    size: u32,
    info: *mut ErrorInfo,
) -> i32 {
    // SAFETY: promised by the caller.
    let work = || Ok(unsafe { write_default(options, size, HostTrainOptions::default()) }?);
    // SAFETY: promised by the caller.
    unsafe { call(info, &[], work) }
}

/// Learns a drift for `target`. The same target, options and seed give the same drift, bit for bit, on any number of
/// threads; `nets train` with the same settings gives it too.
///
/// `options` may be null for the defaults and is not kept. `*model` is to be freed with `nets_host_model_free`. If the
/// progress callback stops it the result is `NETS_ERR_STOPPED`, and `*model` is written all the same: it holds what was
/// learned so far, and samples with it are as right as any, with a smaller ESS.
///
/// Errors: `NETS_ERR_NULL`, `NETS_ERR_ALIGNMENT`, `NETS_ERR_STRUCT_SIZE`, `NETS_ERR_RANGE`, `NETS_ERR_OBJECT`,
/// `NETS_ERR_CALLBACK` (the potential failed), `NETS_ERR_ALL_LOST`, `NETS_ERR_COMPUTATION`, `NETS_ERR_UNSUPPORTED` (no
/// perfect drift is known), `NETS_ERR_FILE` and `NETS_ERR_MODEL` (checkpoints), `NETS_ERR_STOPPED`.
///
/// # Safety
///
/// `target` comes from this library; `options` is null or points to `options->struct_size` bytes; `model` points to room
/// for a pointer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nets_host_train(
    target: *const HostTarget,
    options: *const HostTrainOptions,
    model: *mut *mut HostModel,
    info: *mut ErrorInfo,
) -> i32 {
    let work = || {
        check(3, model, 1)?;
        // SAFETY: promised by the caller.
        let handle = unsafe { get::<TargetHandle, _>(target, 1) }?;
        let options = if options.is_null() {
            HostTrainOptions::default()
        } else {
            // SAFETY: promised by the caller.
            unsafe { structure(2, options) }?
        };
        let threads = count(options.threads.into(), 1, 2, "threads")?;
        let opened = handle.open(threads, 2)?;
        let reporter = Reporter { progress: options.progress, user: options.user };
        // SAFETY: promised by the caller.
        let settings = unsafe { settings(&options, &opened.target, threads) }?;
        let (learned, interrupted) = match settings {
            None => (Model::zero(&opened.target), false),
            Some(settings) => {
                let trained = train(&opened.target, &settings, &reporter).map_err(|error| opened.failure(error))?;
                (trained.model, trained.interrupted)
            }
        };
        // SAFETY: checked, and promised by the caller.
        unsafe { model.write(ModelHandle(learned).into_handle()) };
        if interrupted { Err(Failure::argument(0, NETS_ERR_STOPPED)) } else { Ok(()) }
    };
    // SAFETY: promised by the caller.
    unsafe { call(info, &[target.cast()], work) }
}

/// What the options ask for; `None` if there is nothing to learn.
///
/// # Safety
/// Texts that are not null are terminated by a zero.
unsafe fn settings(
    options: &HostTrainOptions,
    target: &Named,
    threads: usize,
) -> Result<Option<TrainOptions>, Failure> {
    let usual = TrainOptions::least_squares(target);
    let rounds = count(options.rounds, 0, 2, "rounds")? as u64;
    if rounds > 0 && options.drift != NETS_HOST_DRIFT_MLP {
        return Err(field(2, rounds as f64, format!("rounds = {rounds}: they are for the training of a network")));
    }
    let (method, precise) = match options.drift {
        NETS_HOST_DRIFT_FEATURES => (usual.method, Precision::F64),
        NETS_HOST_DRIFT_MLP => {
            let network = NetworkOptions::usual(target.dim());
            let rounds = if rounds > 0 { rounds } else { network.rounds };
            (Method::Pinn(NetworkOptions { rounds, ..network }), Precision::F32)
        }
        NETS_HOST_DRIFT_MODES => (Method::LeastSquares(LeastSquaresOptions::modes()), Precision::F64),
        NETS_HOST_DRIFT_LATTICE => (Method::LeastSquares(LeastSquaresOptions::lattice()), Precision::F64),
        NETS_HOST_DRIFT_EXACT => (Method::Exact, Precision::F64),
        NETS_HOST_DRIFT_ZERO => return Ok(None),
        drift => return Err(unknown(2, drift, "drift", "NETS_HOST_DRIFT_")),
    };
    let seconds = options.checkpoint_every;
    let every = Duration::try_from_secs_f64(seconds)
        .map_err(|error| field(2, seconds, format!("checkpoint_every = {seconds}: {error}")))?;
    // SAFETY: promised by the caller.
    let (path, resume) = unsafe { (text::optional(options.checkpoint, 2)?, text::optional(options.resume, 2)?) };
    let checkpoint = match (path.or(resume), resume) {
        (None, _) => None,
        (Some(path), resume) => Some(Checkpoint { path: path.into(), every, resume: resume.map(Into::into) }),
    };
    Ok(Some(TrainOptions {
        method,
        seed: options.seed,
        precision: precision(options.precision, 2)?.unwrap_or(precise),
        width: Width::detect(),
        threads,
        checkpoint,
    }))
}
