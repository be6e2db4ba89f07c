//! The details of an error, in the caller's memory.

use crate::memory::{SizedStruct, output_struct};
use core::ffi::{CStr, c_char};
use core::ptr::addr_of_mut;

/// Bytes of [`ErrorInfo::message`], the terminating zero among them.
pub const MESSAGE: usize = 256;

/// Details of an error. Functions that fail fill the structure that their last argument points to; null if the caller
/// does not want it. Functions that succeed leave it as it is.
#[repr(C)]
pub struct ErrorInfo {
    /// Set by the caller to the size of the structure in bytes.
    pub struct_size: u32,
    /// What the function returned.
    pub code: i32,
    /// Which argument was wrong, counted from 1; 0 if none in particular.
    pub argument: i32,
    /// What a callback returned, with `NETS_ERR_CALLBACK`; else 0.
    pub callback_code: i32,
    /// Which element or walker, counted from 0; -1 if none in particular.
    pub index: i64,
    /// The number that was wrong; NaN if there is none.
    pub value: f64,
    /// What was wrong, in English (UTF-8), cut off where it does not fit, and terminated by a zero.
    pub message: [c_char; MESSAGE],
}

// SAFETY: `repr(C)`, and `struct_size: u32` comes first.
unsafe impl SizedStruct for ErrorInfo {}

/// What is known of an error beside its code.
#[derive(Clone, Copy, Debug)]
pub struct Details {
    /// [`ErrorInfo::argument`]
    pub argument: i32,
    /// [`ErrorInfo::callback_code`]
    pub callback_code: i32,
    /// [`ErrorInfo::index`]
    pub index: i64,
    /// [`ErrorInfo::value`]
    pub value: f64,
}

impl Default for Details {
    fn default() -> Self {
        Details { argument: 0, callback_code: 0, index: -1, value: f64::NAN }
    }
}

/// Whether `info` is null or room for an [`ErrorInfo`]: else nothing is done, for nobody could be told how it went.
///
/// # Safety
/// If `info` is not null it points to `info->struct_size` bytes, the first four of them `struct_size` itself.
pub unsafe fn accept(info: *mut ErrorInfo) -> Result<(), i32> {
    if info.is_null() {
        return Ok(());
    }
    // SAFETY: promised by the caller.
    unsafe { output_struct(info) }.map(drop)
}

/// Tells the caller, if `info` is not null. Returns `code`, or the code that says that `info` itself is no room for an
/// [`ErrorInfo`].
///
/// # Safety
/// If `info` is not null it points to `info->struct_size` bytes that nobody else reads or writes meanwhile.
pub unsafe fn tell(info: *mut ErrorInfo, code: i32, details: Details, message: &[u8]) -> i32 {
    if info.is_null() {
        return code;
    }
    // SAFETY: promised by the caller.
    let info = match unsafe { output_struct(info) } {
        Ok(info) => info.as_mut_ptr(),
        Err(code) => return code,
    };
    // Not in the middle of a character.
    let mut length = message.len().min(MESSAGE - 1);
    while length > 0 && length < message.len() && message.get(length).is_some_and(|byte| byte & 0xc0 == 0x80) {
        length -= 1;
    }
    // SAFETY: there is room for an `ErrorInfo`, and the fields are written without being read. `struct_size` stays.
    unsafe {
        addr_of_mut!((*info).code).write(code);
        addr_of_mut!((*info).argument).write(details.argument);
        addr_of_mut!((*info).callback_code).write(details.callback_code);
        addr_of_mut!((*info).index).write(details.index);
        addr_of_mut!((*info).value).write(details.value);
        let text = addr_of_mut!((*info).message).cast::<u8>();
        text.copy_from_nonoverlapping(message.as_ptr(), length);
        text.add(length).write(0);
    }
    code
}

/// As [`tell`], in the words of the code.
///
/// # Safety
/// As [`tell`].
pub unsafe fn tell_code(info: *mut ErrorInfo, code: i32, details: Details) -> i32 {
    let text: &CStr = crate::codes::text(code);
    // SAFETY: promised by the caller.
    unsafe { tell(info, code, details, text.to_bytes()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codes::{NETS_ERR_RANGE, NETS_ERR_STRUCT_SIZE};

    fn empty() -> ErrorInfo {
        ErrorInfo {
            struct_size: size_of::<ErrorInfo>() as u32,
            code: 0,
            argument: 0,
            callback_code: 0,
            index: 0,
            value: 0.0,
            message: [0x7f; MESSAGE],
        }
    }

    fn message(info: &ErrorInfo) -> String {
        let bytes: Vec<u8> = info.message.iter().map(|&c| c as u8).take_while(|&c| c != 0).collect();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn the_caller_is_told() {
        let mut info = empty();
        let details = Details { argument: 3, index: 7, value: 0.5, ..Details::default() };
        // SAFETY: a structure.
        assert_eq!(unsafe { tell_code(&mut info, NETS_ERR_RANGE, details) }, NETS_ERR_RANGE);
        assert_eq!((info.code, info.argument, info.index, info.value), (NETS_ERR_RANGE, 3, 7, 0.5));
        assert_eq!(message(&info), "a number lies outside its range");
    }

    #[test]
    fn long_messages_are_cut_between_characters() {
        let mut info = empty();
        let long = format!("{}{}", "x".repeat(254), "εε");
        // SAFETY: a structure.
        unsafe { tell(&mut info, NETS_ERR_RANGE, Details::default(), long.as_bytes()) };
        assert_eq!(message(&info), "x".repeat(254));
    }

    #[test]
    fn nobody_to_tell_or_no_room() {
        // SAFETY: null, and a structure that says that it is too small.
        unsafe {
            assert_eq!(tell_code(core::ptr::null_mut(), NETS_ERR_RANGE, Details::default()), NETS_ERR_RANGE);
            let mut info = ErrorInfo { struct_size: 8, ..empty() };
            assert_eq!(tell_code(&mut info, NETS_ERR_RANGE, Details::default()), NETS_ERR_STRUCT_SIZE);
            assert_eq!(info.message[0], 0x7f);
        }
    }
}
