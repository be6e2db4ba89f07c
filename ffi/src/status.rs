//! The codes that functions return.

use core::ffi::{CStr, c_char};

/// Success.
pub const NETS_OK: i32 = 0;
/// A pointer is null that must not be.
pub const NETS_ERR_NULL: i32 = 1;
/// A count is zero or negative, rows are longer than their stride, or the array would not fit into memory.
pub const NETS_ERR_LENGTH: i32 = 2;
/// A pointer is not aligned for its type, or memory not as the function that told its size said.
pub const NETS_ERR_ALIGNMENT: i32 = 3;
/// The field `struct_size` of a structure is smaller than any version of the structure.
pub const NETS_ERR_STRUCT_SIZE: i32 = 4;
/// A number or an enumerator lies outside the range that the function states.
pub const NETS_ERR_RANGE: i32 = 5;
/// No walker has a finite log weight.
pub const NETS_ERR_ALL_LOST: i32 = 6;
/// A callback returned something else than zero, which is in `callback_code` of the error info.
pub const NETS_ERR_CALLBACK: i32 = 7;
/// The memory that was given is too small, or (in libnets_host) none can be had.
pub const NETS_ERR_MEMORY: i32 = 8;
/// Bytes or a file that are not a drift or a model, or are damaged.
pub const NETS_ERR_MODEL: i32 = 9;
/// The dimensions of path, drift, walkers, target or model differ.
pub const NETS_ERR_DIMENSION: i32 = 10;
/// Not an initialised object of this kind and precision.
pub const NETS_ERR_OBJECT: i32 = 11;
/// A progress callback asked to stop.
pub const NETS_ERR_STOPPED: i32 = 12;
/// libnets_host: an unknown target, a bad parameter, or a plugin that cannot be loaded.
pub const NETS_ERR_TARGET: i32 = 13;
/// libnets_host: a file cannot be read or written.
pub const NETS_ERR_FILE: i32 = 14;
/// libnets_host: a computation failed, such as a fit.
pub const NETS_ERR_COMPUTATION: i32 = 15;
/// libnets_host: something that does not exist for these arguments, such as a perfect drift that is not known.
pub const NETS_ERR_UNSUPPORTED: i32 = 16;
/// libnets_host: a bug in the library; the handle cannot be used any more.
pub const NETS_ERR_INTERNAL: i32 = 17;

pub(crate) fn text(code: i32) -> &'static CStr {
    match code {
        NETS_OK => c"success",
        NETS_ERR_NULL => c"a pointer is null",
        NETS_ERR_LENGTH => {
            c"a count is zero or negative, a stride shorter than its rows, or an array too large for memory"
        }
        NETS_ERR_ALIGNMENT => c"a pointer is not aligned for its type",
        NETS_ERR_STRUCT_SIZE => c"struct_size is not set to the size of the structure",
        NETS_ERR_RANGE => c"a number or an enumerator lies outside its range",
        NETS_ERR_ALL_LOST => c"no walker has a finite log weight",
        NETS_ERR_CALLBACK => c"a callback returned an error",
        NETS_ERR_MEMORY => c"the memory is too small",
        NETS_ERR_MODEL => c"the bytes or the file are not a drift or a model, or are damaged",
        NETS_ERR_DIMENSION => c"dimensions differ",
        NETS_ERR_OBJECT => c"not an initialised object of this kind and precision",
        NETS_ERR_STOPPED => c"stopped by the progress callback",
        NETS_ERR_TARGET => c"the target is unknown, has a bad parameter, or cannot be loaded",
        NETS_ERR_FILE => c"a file cannot be read or written",
        NETS_ERR_COMPUTATION => c"a computation failed",
        NETS_ERR_UNSUPPORTED => c"what was asked for does not exist for these arguments",
        NETS_ERR_INTERNAL => c"a bug in the library",
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
        let texts: std::collections::HashSet<_> = (NETS_OK..=NETS_ERR_INTERNAL).map(text).collect();
        assert_eq!(texts.len(), 18);
        assert!(!texts.contains(text(-1)) && !texts.contains(text(NETS_ERR_INTERNAL + 1)));
        // They fit into `nets_error_info`.
        assert!(texts.iter().all(|text| text.count_bytes() < 256));
    }
}
