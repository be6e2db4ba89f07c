//! What went wrong, in more detail than a code.

use crate::status::{NETS_ERR_ALIGNMENT, NETS_ERR_STRUCT_SIZE, NETS_OK, text};
use core::ffi::c_char;

/// Details of an error, written by a function that fails and left alone by one that succeeds.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct ErrorInfo {
    /// Set by the caller to the size of the structure in bytes.
    pub struct_size: u32,
    /// What the function returned.
    pub code: i32,
    /// Which argument was wrong, counted from 1; that of the structure if it was one of its fields. 0: none in particular.
    pub argument: i32,
    /// What the callback returned, else 0.
    pub callback_code: i32,
    /// Which element, row or walker, counted from 0; -1: none in particular.
    pub index: i64,
    /// The number that was wrong; NaN: none in particular.
    pub value: f64,
    /// The error in English, NUL-terminated.
    pub message: [c_char; 256],
}

/// An error on its way to the caller.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Failure {
    pub code: i32,
    argument: i32,
    callback_code: i32,
    index: i64,
    value: f64,
}

impl Failure {
    /// `code`, because of argument number `argument`.
    pub const fn new(code: i32, argument: i32) -> Self {
        Failure { code, argument, callback_code: 0, index: -1, value: f64::NAN }
    }

    /// With the element that is wrong.
    pub const fn index(self, index: usize) -> Self {
        Failure { index: index as i64, ..self }
    }

    /// With the value that is wrong.
    pub const fn value(self, value: f64) -> Self {
        Failure { value, ..self }
    }

    /// With what a callback returned.
    pub const fn callback(self, callback_code: i32) -> Self {
        Failure { callback_code, ..self }
    }
}

/// What a call came to.
pub(crate) type Outcome<T = ()> = Result<T, Failure>;

/// The result of a function whose work is `work`; details of a failure go to `info` unless that is null.
///
/// # Safety
/// If `info` is not null it points to `struct_size` bytes, the first four of them `struct_size` itself.
pub(crate) unsafe fn status(info: *mut ErrorInfo, work: impl FnOnce() -> Outcome) -> i32 {
    if !info.is_null() {
        if !info.is_aligned() {
            return NETS_ERR_ALIGNMENT;
        }
        // SAFETY: aligned and not null, and the caller vouches for the first field.
        if (unsafe { info.cast::<u32>().read() } as usize) < size_of::<ErrorInfo>() {
            return NETS_ERR_STRUCT_SIZE;
        }
    }
    let Err(failure) = work() else { return NETS_OK };
    if !info.is_null() {
        let Failure { code, argument, callback_code, index, value } = failure;
        let mut message = [0; 256];
        for (to, &from) in message.iter_mut().take(255).zip(text(code).to_bytes()) {
            *to = from as c_char;
        }
        // SAFETY: by its `struct_size` the memory holds an `ErrorInfo`. What the caller may have appended stays.
        unsafe {
            let struct_size = (*info).struct_size;
            info.write(ErrorInfo { struct_size, code, argument, callback_code, index, value, message });
        }
    }
    failure.code
}
