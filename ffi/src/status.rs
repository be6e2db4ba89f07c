//! What the codes mean.

use core::ffi::c_char;
use nets_abi::codes::text;

/// What `code` means, in English. Never null; the text is static and is not freed.
#[unsafe(no_mangle)]
pub extern "C" fn nets_strerror(code: i32) -> *const c_char {
    text(code).as_ptr()
}
