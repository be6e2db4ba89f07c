//! The codes that functions return.

use core::ffi::{CStr, c_char};

/// Success.
pub const NETS_OK: i32 = 0;
/// A pointer is null.
pub const NETS_ERR_NULL: i32 = 1;
/// A count is zero or negative, or the array would not fit into memory.
pub const NETS_ERR_LENGTH: i32 = 2;
/// A pointer is not aligned for its type.
pub const NETS_ERR_ALIGNMENT: i32 = 3;
/// The field `struct_size` of a structure is smaller than any version of the structure.
pub const NETS_ERR_STRUCT_SIZE: i32 = 4;
/// A number lies outside the range that the function states.
pub const NETS_ERR_RANGE: i32 = 5;
/// No walker has a finite log weight.
pub const NETS_ERR_ALL_LOST: i32 = 6;

/// What a call came to: nothing more to say, or the code of its error.
pub(crate) type Outcome = Result<(), i32>;

/// The result of a function whose work is `work`.
pub(crate) fn status(work: impl FnOnce() -> Outcome) -> i32 {
    match work() {
        Ok(()) => NETS_OK,
        Err(code) => code,
    }
}

fn text(code: i32) -> &'static CStr {
    match code {
        NETS_OK => c"success",
        NETS_ERR_NULL => c"a pointer is null",
        NETS_ERR_LENGTH => c"a count is zero or negative, or too large for memory",
        NETS_ERR_ALIGNMENT => c"a pointer is not aligned for its type",
        NETS_ERR_STRUCT_SIZE => c"struct_size is not set to the size of the structure",
        NETS_ERR_RANGE => c"a number lies outside its range",
        NETS_ERR_ALL_LOST => c"no walker has a finite log weight",
        _ => c"not an error code of this version of libnets",
    }
}

/// What `code` means, in English. Never null; the text is static and is not freed.
#[unsafe(no_mangle)]
pub extern "C" fn nets_strerror(code: i32) -> *const c_char {
    text(code).as_ptr()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_a_text_of_its_own() {
        let texts: std::collections::HashSet<_> = (NETS_OK..=NETS_ERR_ALL_LOST).map(text).collect();
        assert_eq!(texts.len(), 7);
        assert!(!texts.contains(text(-1)) && !texts.contains(text(NETS_ERR_ALL_LOST + 1)));
    }
}
