//! The codes that functions return. They are never reused.

use core::ffi::CStr;

/// Success.
pub const NETS_OK: i32 = 0;
/// A pointer is null.
pub const NETS_ERR_NULL: i32 = 1;
/// A count is zero or negative, an array would not fit into memory, or rows are closer together than they are long.
pub const NETS_ERR_LENGTH: i32 = 2;
/// A pointer is not aligned for its type.
pub const NETS_ERR_ALIGNMENT: i32 = 3;
/// The field `struct_size` of a structure is smaller than any version of the structure, or the structure asks for
/// something that this version of the library does not know.
pub const NETS_ERR_STRUCT_SIZE: i32 = 4;
/// A number lies outside the range that the function states.
pub const NETS_ERR_RANGE: i32 = 5;
/// No walker has a finite log weight.
pub const NETS_ERR_ALL_LOST: i32 = 6;
/// A callback returned something other than zero; `callback_code` of the error details says what.
pub const NETS_ERR_CALLBACK: i32 = 7;
/// The memory that was given is too small, or memory cannot be had.
pub const NETS_ERR_MEMORY: i32 = 8;
/// Bytes or a file that are not a model, or damaged.
pub const NETS_ERR_MODEL: i32 = 9;
/// Dimensions differ: of path, drift and walkers, or of model and target.
pub const NETS_ERR_DIMENSION: i32 = 10;
/// A pointer does not point to an initialised object of this kind.
pub const NETS_ERR_OBJECT: i32 = 11;
/// A progress callback asked to stop.
pub const NETS_ERR_STOPPED: i32 = 12;
/// The target is unknown, a parameter of it is wrong, or its library cannot be used.
pub const NETS_ERR_TARGET: i32 = 13;
/// A file cannot be read or written.
pub const NETS_ERR_FILE: i32 = 14;
/// The computation failed: a fit that is singular, say.
pub const NETS_ERR_COMPUTATION: i32 = 15;
/// What was asked for does not exist for these arguments.
pub const NETS_ERR_UNSUPPORTED: i32 = 16;
/// An error of the library itself. Handles that the function was given cannot be used any more, only freed.
pub const NETS_ERR_INTERNAL: i32 = 17;

/// What `code` means.
pub fn text(code: i32) -> &'static CStr {
    match code {
        NETS_OK => c"success",
        NETS_ERR_NULL => c"a pointer is null",
        NETS_ERR_LENGTH => c"a count is zero or negative, or too large for memory, or a stride shorter than a row",
        NETS_ERR_ALIGNMENT => c"a pointer is not aligned for its type",
        NETS_ERR_STRUCT_SIZE => c"struct_size is not set to the size of the structure, or is that of a newer library's",
        NETS_ERR_RANGE => c"a number lies outside its range",
        NETS_ERR_ALL_LOST => c"no walker has a finite log weight",
        NETS_ERR_CALLBACK => c"a callback returned an error",
        NETS_ERR_MEMORY => c"the memory is too small",
        NETS_ERR_MODEL => c"not a model, or damaged",
        NETS_ERR_DIMENSION => c"dimensions differ",
        NETS_ERR_OBJECT => c"not an initialised object of this kind",
        NETS_ERR_STOPPED => c"stopped by the progress callback",
        NETS_ERR_TARGET => c"the target is unknown or cannot be used",
        NETS_ERR_FILE => c"a file cannot be read or written",
        NETS_ERR_COMPUTATION => c"the computation failed",
        NETS_ERR_UNSUPPORTED => c"there is no such thing for these arguments",
        NETS_ERR_INTERNAL => c"an error of the library itself",
        _ => c"not an error code of this version of the library",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_a_text_of_its_own() {
        let texts: std::collections::HashSet<_> = (NETS_OK..=NETS_ERR_INTERNAL).map(text).collect();
        assert_eq!(texts.len(), 18);
        assert!(!texts.contains(text(-1)) && !texts.contains(text(NETS_ERR_INTERNAL + 1)));
    }
}
