//! Text from and to C.

use crate::call::Failure;
use nets_abi::codes::{NETS_ERR_MEMORY, NETS_ERR_NULL, NETS_ERR_RANGE};
use nets_abi::memory::{check, count, output};
use std::ffi::{CStr, c_char};

/// The text that argument `argument` is, or that it holds.
///
/// # Safety
/// If `text` is not null it is terminated by a zero, and nobody writes it while the reference lives.
pub(crate) unsafe fn required<'a>(text: *const c_char, argument: i32) -> Result<&'a str, Failure> {
    // SAFETY: promised by the caller.
    unsafe { optional(text, argument) }?.ok_or_else(|| Failure::argument(argument, NETS_ERR_NULL))
}

/// As [`required`], or nothing.
///
/// # Safety
/// As [`required`].
pub(crate) unsafe fn optional<'a>(text: *const c_char, argument: i32) -> Result<Option<&'a str>, Failure> {
    if text.is_null() {
        return Ok(None);
    }
    // SAFETY: promised by the caller.
    let text = unsafe { CStr::from_ptr(text) };
    let wrong = |_| Failure::argument(argument, NETS_ERR_RANGE).saying("the text is not UTF-8");
    text.to_str().map(Some).map_err(wrong)
}

/// Copies `bytes` to the buffer of `size` bytes that is argument `argument`, and their number to `length`, which follows
/// the size. A null buffer of size 0 asks for the number alone.
///
/// # Safety
/// If not null, `buffer` points to room for `size` bytes and `length` to room for a number, and nobody else uses them.
pub(crate) unsafe fn copy(
    bytes: &[u8],
    buffer: *mut u8,
    size: i64,
    length: *mut i64,
    argument: i32,
) -> Result<(), Failure> {
    check(argument + 2, length, 1)?;
    if !(buffer.is_null() && size == 0) {
        let room = count(argument + 1, size)?;
        // SAFETY: promised by the caller.
        let buffer = unsafe { output(argument, buffer, room) }?;
        if room < bytes.len() {
            let words = format!("the buffer has {size} bytes, {} are needed", bytes.len());
            return Err(Failure::argument(argument + 1, NETS_ERR_MEMORY).saying(words));
        }
        buffer[..bytes.len()].copy_from_slice(bytes);
    }
    // SAFETY: checked, and promised by the caller.
    unsafe { length.write(bytes.len() as i64) };
    Ok(())
}
