//! Models: trained drifts.

use crate::call::{Failure, call};
use crate::handle::{Held, free, get};
use crate::settings::{
    NETS_HOST_DRIFT_EXACT, NETS_HOST_DRIFT_FEATURES, NETS_HOST_DRIFT_LATTICE, NETS_HOST_DRIFT_MLP,
    NETS_HOST_DRIFT_MODES, NETS_HOST_DRIFT_ZERO, integrator_numbers, precision, usual_precision,
};
use crate::text;
use nets_abi::codes::NETS_ERR_RANGE;
use nets_abi::error_info::ErrorInfo;
use nets_abi::memory::{SizedStruct, check, output_struct};
use nets_host::model::{DriftModel, Model};
use std::ffi::{c_char, c_void};
use std::path::Path;

/// A drift, what it was trained for and how. It may be read by several threads at once.
pub struct HostModel {
    _private: [u8; 0],
}

/// What a handle holds.
pub(crate) struct ModelHandle(pub Model);

impl Held for ModelHandle {
    const MAGIC: u64 = u64::from_le_bytes(*b"nets mdl");
    const NAME: &'static str = "model";
}

/// What a model is.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct ModelDescription {
    /// Set by the caller to the size of the structure in bytes.
    pub struct_size: u32,
    /// `NETS_HOST_DRIFT_FEATURES`, `_LATTICE`, `_MLP`, `_EXACT` or `_ZERO`.
    pub drift: i32,
    /// The dimension d.
    pub dim: i64,
    /// How many numbers the drift has.
    pub parameters: i64,
    /// Seconds of training.
    pub train_seconds: f64,
    /// Its seed.
    pub seed: u64,
    /// The diffusivity to sample with; NaN if the model was not tuned.
    pub epsilon: f64,
    /// Steps to sample with; 0 if it was not tuned.
    pub steps: i64,
    /// `NETS_INTEGRATOR_...` to sample with; -1 if it was not tuned.
    pub integrator: i32,
    /// Its `NETS_MAP_...`.
    pub map: i32,
    /// Its `NETS_MOVE_...`.
    pub r#move: i32,
}

// SAFETY: `repr(C)`, and `struct_size: u32` comes first.
unsafe impl SizedStruct for ModelDescription {}

/// Reads a model file, and checks that it is whole. `*model` is to be freed with `nets_host_model_free`.
///
/// Errors: `NETS_ERR_NULL`, `NETS_ERR_ALIGNMENT`, `NETS_ERR_RANGE` (not UTF-8), `NETS_ERR_FILE` (it cannot be read),
/// `NETS_ERR_MODEL` (it is no model, or damaged).
///
/// # Safety
///
/// `path` is terminated by a zero, `model` points to room for a pointer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nets_host_model_load(
    path: *const c_char,
    model: *mut *mut HostModel,
    info: *mut ErrorInfo,
) -> i32 {
    let work = || {
        check(2, model, 1)?;
        // SAFETY: promised by the caller.
        let loaded = Model::load(Path::new(unsafe { text::required(path, 1) }?))?;
        // SAFETY: checked, and promised by the caller.
        unsafe { model.write(ModelHandle(loaded).into_handle()) };
        Ok(())
    };
    // SAFETY: promised by the caller.
    unsafe { call(info, &[], work) }
}

/// Writes a model file, whole or not at all: `nets` reads it, and so do Python and Julia as safetensors.
///
/// Errors: `NETS_ERR_NULL`, `NETS_ERR_OBJECT`, `NETS_ERR_RANGE` (not UTF-8), `NETS_ERR_FILE`.
///
/// # Safety
///
/// `model` comes from this library, `path` is terminated by a zero.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nets_host_model_save(
    model: *const HostModel,
    path: *const c_char,
    info: *mut ErrorInfo,
) -> i32 {
    let work = || {
        // SAFETY: promised by the caller.
        let (model, path) = unsafe { (get::<ModelHandle, _>(model, 1)?, text::required(path, 2)?) };
        Ok(model.0.save(Path::new(path))?)
    };
    // SAFETY: promised by the caller.
    unsafe { call(info, &[model.cast()], work) }
}

/// Frees a model; null is left alone.
///
/// # Safety
///
/// `model` is null or comes from this library, no other thread uses it, and it is not used afterwards.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nets_host_model_free(model: *mut HostModel) {
    // SAFETY: promised by the caller.
    unsafe { free::<ModelHandle, _>(model) };
}

/// Writes what the model is.
///
/// Errors: `NETS_ERR_NULL`, `NETS_ERR_ALIGNMENT`, `NETS_ERR_OBJECT`, `NETS_ERR_STRUCT_SIZE`.
///
/// # Safety
///
/// `model` comes from this library, `out` points to `out->struct_size` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nets_host_model_describe(
    model: *const HostModel,
    out: *mut ModelDescription,
    info: *mut ErrorInfo,
) -> i32 {
    let work = || {
        // SAFETY: promised by the caller.
        let Model { dim, drift, record, choice, .. } = unsafe { &get::<ModelHandle, _>(model, 1)?.0 };
        let (number, parameters) = match drift {
            DriftModel::Features(model) => (NETS_HOST_DRIFT_FEATURES, model.numbers.len()),
            DriftModel::Lattice(model) => (NETS_HOST_DRIFT_LATTICE, model.coefficients.len()),
            DriftModel::Modes(model) => (NETS_HOST_DRIFT_MODES, model.numbers.len()),
            DriftModel::Mlp(model) | DriftModel::MlpGradient(model) => (NETS_HOST_DRIFT_MLP, model.parameters()),
            DriftModel::Exact => (NETS_HOST_DRIFT_EXACT, 0),
            DriftModel::Zero => (NETS_HOST_DRIFT_ZERO, 0),
        };
        let (integrator, map, moves) = choice.map_or((-1, 0, 0), |choice| integrator_numbers(choice.integrator));
        let description = ModelDescription {
            struct_size: size_of::<ModelDescription>() as u32,
            drift: number,
            dim: *dim as i64,
            parameters: parameters as i64,
            train_seconds: record.seconds,
            seed: record.seed,
            epsilon: choice.map_or(f64::NAN, |choice| choice.epsilon),
            steps: choice.map_or(0, |choice| choice.steps as i64),
            integrator,
            map,
            r#move: moves,
        };
        // SAFETY: promised by the caller.
        unsafe { output_struct(2, out) }?.write(description);
        Ok(())
    };
    // SAFETY: promised by the caller.
    unsafe { call(info, &[model.cast()], work) }
}

/// Copies a text to `buffer`, terminated by a zero, and the number of its bytes without that to `*length`. `field` is
/// "target", "drift" (in words), "objective" or "checksum" (SHA-256 of the drift's numbers). A null `buffer` of `size` 0
/// asks for the length alone.
///
/// Errors: `NETS_ERR_NULL`, `NETS_ERR_ALIGNMENT`, `NETS_ERR_OBJECT`, `NETS_ERR_RANGE` (no such field),
/// `NETS_ERR_LENGTH`, `NETS_ERR_MEMORY` (the buffer is too small).
///
/// # Safety
///
/// `model` comes from this library, `field` is terminated by a zero, `buffer` is null or points to room for `size` bytes,
/// `length` to room for a number.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nets_host_model_text(
    model: *const HostModel,
    field: *const c_char,
    buffer: *mut c_char,
    size: i64,
    length: *mut i64,
    info: *mut ErrorInfo,
) -> i32 {
    let work = || {
        // SAFETY: promised by the caller.
        let (model, field) = unsafe { (&get::<ModelHandle, _>(model, 1)?.0, text::required(field, 2)?) };
        let mut text = match field {
            "target" => model.target.clone(),
            "drift" => model.record.drift.clone(),
            "objective" => model.record.objective.clone(),
            "checksum" => model.checksum(),
            _ => {
                let words = format!("`{field}` is none of target, drift, objective, checksum");
                return Err(Failure::argument(2, NETS_ERR_RANGE).saying(words));
            }
        };
        text.push('\0');
        let mut with_zero = 0;
        // SAFETY: promised by the caller.
        unsafe {
            check(5, length, 1)?;
            text::copy(text.as_bytes(), buffer.cast(), size, &mut with_zero, 3)?;
            length.write(with_zero - 1);
        }
        Ok(())
    };
    // SAFETY: promised by the caller.
    unsafe { call(info, &[model.cast()], work) }
}

/// Copies the drift to `buffer`, in the bytes that `nets_drift_init_f64` and `_f32` of libnets read, and their number
/// to `*length`: for programs that sample with libnets alone. `precision` is that of the stored numbers,
/// `NETS_PRECISION_F64` or `_F32`, or -1 for that in which such models are sampled. A null `buffer` of `size` 0 asks for
/// the length alone.
///
/// Errors: `NETS_ERR_NULL`, `NETS_ERR_ALIGNMENT`, `NETS_ERR_OBJECT`, `NETS_ERR_RANGE` (the precision, or numbers that are
/// not finite in it), `NETS_ERR_LENGTH`, `NETS_ERR_MEMORY` (the buffer is too small), `NETS_ERR_UNSUPPORTED` (the drift
/// is a formula).
///
/// # Safety
///
/// `model` comes from this library, `buffer` is null or points to room for `size` bytes, `length` to room for a number.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nets_host_model_export(
    model: *const HostModel,
    precision_number: i32,
    buffer: *mut c_void,
    size: i64,
    length: *mut i64,
    info: *mut ErrorInfo,
) -> i32 {
    let work = || {
        // SAFETY: promised by the caller.
        let model = unsafe { &get::<ModelHandle, _>(model, 1)?.0 };
        let precision = precision(precision_number, 2)?.unwrap_or_else(|| usual_precision(&model.drift));
        let bytes = model.export_bytes(precision)?;
        // SAFETY: promised by the caller.
        unsafe { text::copy(&bytes, buffer.cast(), size, length, 3) }
    };
    // SAFETY: promised by the caller.
    unsafe { call(info, &[model.cast()], work) }
}
