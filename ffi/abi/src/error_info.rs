//! What went wrong, in more detail than a code.

use crate::codes::{NETS_ERR_ALIGNMENT, NETS_ERR_STRUCT_SIZE, NETS_OK, text};
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
    pub message: [c_char; NETS_MESSAGE_SIZE],
}

/// An error on its way to the caller.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Failure {
    /// What the function returns.
    pub code: i32,
    /// [`ErrorInfo::argument`]
    pub argument: i32,
    /// [`ErrorInfo::callback_code`]
    pub callback_code: i32,
    /// [`ErrorInfo::index`]
    pub index: i64,
    /// [`ErrorInfo::value`]
    pub value: f64,
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
pub type Outcome<T = ()> = Result<T, Failure>;

/// Bytes of the message of `nets_error_info`, the terminating zero among them.
pub const NETS_MESSAGE_SIZE: usize = 256;

/// Whether `info` is null or room for an [`ErrorInfo`]; else the code that says that it is not.
///
/// # Safety
/// If `info` is not null it points to `struct_size` bytes, the first four of them `struct_size` itself.
pub unsafe fn accept(info: *mut ErrorInfo) -> i32 {
    if info.is_null() {
        return NETS_OK;
    }
    if !info.is_aligned() {
        return NETS_ERR_ALIGNMENT;
    }
    // SAFETY: aligned and not null, and the caller vouches for the first field.
    let size = unsafe { info.cast::<u32>().read() } as usize;
    if size < size_of::<ErrorInfo>() { NETS_ERR_STRUCT_SIZE } else { NETS_OK }
}

/// Tells the caller of `failure`, unless `info` is null: in the words of `message`, cut off where it does not fit.
///
/// # Safety
/// As [`accept`], which has returned `NETS_OK`; nobody else reads or writes the structure meanwhile.
pub unsafe fn tell(info: *mut ErrorInfo, failure: Failure, message: &[u8]) {
    if info.is_null() {
        return;
    }
    let Failure { code, argument, callback_code, index, value } = failure;
    // Not in the middle of a character.
    let mut length = message.len().min(NETS_MESSAGE_SIZE - 1);
    while length > 0 && message.get(length).is_some_and(|byte| byte & 0xc0 == 0x80) {
        length -= 1;
    }
    let mut text = [0; NETS_MESSAGE_SIZE];
    for (to, &from) in text.iter_mut().take(length).zip(message) {
        *to = from as c_char;
    }
    // SAFETY: by its `struct_size` the memory holds an `ErrorInfo`. What the caller may have appended stays.
    unsafe {
        let struct_size = (*info).struct_size;
        info.write(ErrorInfo { struct_size, code, argument, callback_code, index, value, message: text });
    }
}

/// The result of a function whose work is `work`; details of a failure go to `info` unless that is null.
///
/// # Safety
/// As [`accept`], and nobody else reads or writes the structure meanwhile.
pub unsafe fn status(info: *mut ErrorInfo, work: impl FnOnce() -> Outcome) -> i32 {
    // SAFETY: promised by the caller.
    let code = unsafe { accept(info) };
    if code != NETS_OK {
        return code;
    }
    let Err(failure) = work() else { return NETS_OK };
    // SAFETY: accepted, and promised by the caller.
    unsafe { tell(info, failure, text(failure.code).to_bytes()) };
    failure.code
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codes::NETS_ERR_RANGE;

    fn empty() -> ErrorInfo {
        ErrorInfo {
            struct_size: size_of::<ErrorInfo>() as u32,
            code: 0,
            argument: 0,
            callback_code: 0,
            index: 0,
            value: 0.0,
            message: [0x7f; NETS_MESSAGE_SIZE],
        }
    }

    fn message(info: &ErrorInfo) -> String {
        let bytes: Vec<u8> = info.message.iter().map(|&c| c as u8).take_while(|&c| c != 0).collect();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn the_caller_is_told() {
        let mut info = empty();
        let failure = Failure::new(NETS_ERR_RANGE, 3).index(7).value(0.5);
        // SAFETY: a structure.
        assert_eq!(unsafe { status(&mut info, || Err(failure)) }, NETS_ERR_RANGE);
        assert_eq!((info.code, info.argument, info.index, info.value), (NETS_ERR_RANGE, 3, 7, 0.5));
        assert_eq!(message(&info), "a number or an enumerator lies outside its range");
    }

    #[test]
    fn long_messages_are_cut_between_characters() {
        let mut info = empty();
        let long = "x".repeat(254) + "εε";
        // SAFETY: a structure.
        unsafe { tell(&mut info, Failure::new(NETS_ERR_RANGE, 0), long.as_bytes()) };
        assert_eq!(message(&info), "x".repeat(254));
    }

    #[test]
    fn nothing_is_done_that_nobody_could_be_told_of() {
        let mut small = ErrorInfo { struct_size: 8, ..empty() };
        // SAFETY: a structure that says that it is too small.
        let code = unsafe { status(&mut small, || panic!("work was done")) };
        assert_eq!((code, small.message[0]), (NETS_ERR_STRUCT_SIZE, 0x7f));
        // SAFETY: null.
        assert_eq!(unsafe { status(core::ptr::null_mut(), || Ok(())) }, NETS_OK);
    }
}
