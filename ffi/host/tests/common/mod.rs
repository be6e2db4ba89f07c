//! Targets and models for calls that should fail, and what they tell.
#![allow(missing_docs, reason = "a test's module")]

use nets_abi::codes::NETS_OK;
use nets_abi::error_info::ErrorInfo;
use nets_host_ffi::*;
use std::ffi::{CString, c_char, c_void};
use std::path::PathBuf;
use std::ptr::{null, null_mut};
use tempfile::TempDir;

/// `U = |x|² / 2`
pub unsafe extern "C" fn gaussian(_: *mut c_void, n: i64, d: i64, x: *const f64, u: *mut f64, grad: *mut f64) -> i32 {
    for i in 0..n as usize {
        let mut twice = 0.0;
        for j in i * d as usize..(i + 1) * d as usize {
            // SAFETY: `n` rows of `d` numbers.
            unsafe {
                let x = x.add(j).read();
                twice += x * x;
                grad.add(j).write(x);
            }
        }
        // SAFETY: `n` numbers.
        unsafe { u.add(i).write(0.5 * twice) };
    }
    0
}

/// Fails.
pub unsafe extern "C" fn failing(_: *mut c_void, _: i64, _: i64, _: *const f64, _: *mut f64, _: *mut f64) -> i32 {
    42
}

/// Writes nothing: no number anywhere.
pub unsafe extern "C" fn lost(_: *mut c_void, _: i64, _: i64, _: *const f64, _: *mut f64, _: *mut f64) -> i32 {
    0
}

/// Stops at once.
pub unsafe extern "C" fn stop(_: *mut c_void, _: *const c_char, _: i64, _: i64, _: f64, _: f64) -> i32 {
    1
}

/// What a call told.
pub struct Told {
    pub code: i32,
    pub info: ErrorInfo,
    /// Whether the outputs are as they were.
    pub untouched: bool,
}

impl Told {
    fn message(&self) -> String {
        let bytes = self.info.message.iter().map(|&byte| byte as u8).take_while(|&byte| byte != 0);
        String::from_utf8(bytes.collect()).expect("messages are UTF-8")
    }

    /// Fails unless the call failed with `code`, because of `argument`.
    #[track_caller]
    pub fn is(&self, code: i32, argument: i32) -> &Told {
        let found = (self.code, self.info.code, self.info.argument);
        assert_eq!(found, (code, code, argument), "{}", self.message());
        self
    }

    /// Fails unless the message has `words`.
    #[track_caller]
    pub fn says(&self, words: &str) -> &Told {
        assert!(self.message().contains(words), "`{words}` is not in: {}", self.message());
        self
    }
}

/// What a call tells.
pub fn told(call: impl FnOnce(*mut ErrorInfo) -> i32) -> Told {
    let mut info = ErrorInfo {
        struct_size: size_of::<ErrorInfo>() as u32,
        code: NETS_OK,
        argument: 0,
        callback_code: 0,
        index: 0,
        value: 0.0,
        message: [0; 256],
    };
    let code = call(&mut info);
    Told { code, info, untouched: true }
}

/// A file's bytes cut short, and with single bits changed.
pub fn damaged(whole: &[u8]) -> impl Iterator<Item = Vec<u8>> + '_ {
    let cut = (0..40).map(|i| whole[..i * whole.len() / 40].to_vec());
    // Every bit of the beginning, and bits all over.
    let bits = (0..64).chain((1..200).map(|i| i * (8 * whole.len() / 200)));
    let changed = bits.map(|bit| {
        let mut bytes = whole.to_vec();
        bytes[bit / 8] ^= 1 << (bit % 8);
        bytes
    });
    cut.chain(changed)
}

/// Targets, models, and a folder.
pub struct Fixture {
    pub folder: TempDir,
    pub target: *mut HostTarget,
    pub other: *mut HostTarget,
    pub failing: *mut HostTarget,
    pub lost: *mut HostTarget,
    pub model: *mut HostModel,
    pub zero: *mut HostModel,
    pub failing_model: *mut HostModel,
    /// `model`, saved.
    pub file: PathBuf,
}

impl Fixture {
    pub fn new() -> Fixture {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("model.nets");
        let target = density(gaussian, c"gaussian");
        let failing = density(failing, c"failing");
        let model = trained(target, NETS_HOST_DRIFT_FEATURES);
        let path = CString::new(file.to_str().unwrap()).unwrap();
        // SAFETY: a handle and a text.
        assert_eq!(unsafe { nets_host_model_save(model, path.as_ptr(), null_mut()) }, NETS_OK);
        Fixture {
            folder,
            target,
            other: density(gaussian, c"other"),
            failing,
            lost: density(lost, c"lost"),
            model,
            zero: trained(target, NETS_HOST_DRIFT_ZERO),
            failing_model: trained(failing, NETS_HOST_DRIFT_ZERO),
            file,
        }
    }

    /// Samples with a call that `change` has changed, and looks at its outputs.
    pub fn sample(&self, change: impl FnOnce(&mut Call)) -> Told {
        let options = HostSampleOptions { walkers: 10, steps: 2, epsilon: 1.0, ..HostSampleOptions::default() };
        let (mut x, mut log_weights, mut times) = ([7.0; 20], [7.0; 10], [7.0; 3]);
        let mut summary = [0x55u64; size_of::<HostSummary>() / 8];
        summary[0] = size_of::<HostSummary>() as u64;
        let before = summary;
        let record = PathRecord {
            struct_size: size_of::<PathRecord>() as u32,
            reserved: 0,
            capacity: 3,
            length: 7,
            times: times.as_mut_ptr(),
            ess: null_mut(),
            log_z: null_mut(),
            log_z_stderr: null_mut(),
        };
        let mut call = Call {
            fixture: self,
            target: self.target,
            model: self.model,
            options,
            x: x.as_mut_ptr(),
            stride: 2,
            log_weights: log_weights.as_mut_ptr(),
            record,
            summary: summary.as_mut_ptr().cast(),
        };
        change(&mut call);
        let Call { target, model, options, x: to, stride, log_weights: weights, mut record, summary: found, .. } = call;
        // SAFETY: room as large as said, or what is refused.
        let told = told(|info| unsafe {
            nets_host_sample(target, model, &options, to, stride, weights, &mut record, found, info)
        });
        let untouched =
            x == [7.0; 20] && log_weights == [7.0; 10] && times == [7.0; 3] && record.length == 7 && summary == before;
        Told { untouched, ..told }
    }

    /// What a model is.
    ///
    /// # Safety
    /// `model` is a handle.
    pub unsafe fn describe(&self, model: *const HostModel) -> ModelDescription {
        let mut out = std::mem::MaybeUninit::<ModelDescription>::uninit();
        // SAFETY: room for a description, whose size comes first; written on success.
        unsafe {
            out.as_mut_ptr().cast::<u32>().write(size_of::<ModelDescription>() as u32);
            assert_eq!(nets_host_model_describe(model, out.as_mut_ptr(), null_mut()), NETS_OK);
            out.assume_init()
        }
    }
}

impl Drop for Fixture {
    fn drop(&mut self) {
        // SAFETY: handles, freed once.
        unsafe {
            [self.target, self.other, self.failing, self.lost].map(|target| nets_host_target_free(target));
            [self.model, self.zero, self.failing_model].map(|model| nets_host_model_free(model));
        }
    }
}

/// The arguments of a call to sample.
pub struct Call<'a> {
    fixture: &'a Fixture,
    pub target: *const HostTarget,
    pub model: *const HostModel,
    pub options: HostSampleOptions,
    pub x: *mut f64,
    pub stride: i64,
    pub log_weights: *mut f64,
    pub record: PathRecord,
    pub summary: *mut HostSummary,
}

impl Call<'_> {
    /// Samples the target that fails.
    pub fn to_failing(&mut self) {
        (self.target, self.model) = (self.fixture.failing, null());
    }

    /// Samples the target that is nowhere a number.
    pub fn to_lost(&mut self) {
        (self.target, self.model) = (self.fixture.lost, null());
    }
}

type Potential = unsafe extern "C" fn(*mut c_void, i64, i64, *const f64, *mut f64, *mut f64) -> i32;

fn density(potential: Potential, name: &std::ffi::CStr) -> *mut HostTarget {
    let options = DensityOptions { name: name.as_ptr(), ..DensityOptions::default() };
    let mut target = null_mut();
    // SAFETY: options, and room for a pointer.
    let code = unsafe { nets_host_target_density(2, Some(potential), null_mut(), &options, &mut target, null_mut()) };
    assert_eq!(code, NETS_OK);
    target
}

fn trained(target: *const HostTarget, drift: i32) -> *mut HostModel {
    let options = HostTrainOptions { drift, ..HostTrainOptions::default() };
    let mut model = null_mut();
    // SAFETY: a handle, options, and room for a pointer.
    assert_eq!(unsafe { nets_host_train(target, &options, &mut model, null_mut()) }, NETS_OK);
    model
}
