//! The version of the library, for a program that finds it at run time.

use core::ffi::{CStr, c_char};
use nets_abi::codes;

/// The version of libnets_host's binary interface. It rises when a program built against an older header would no longer
/// work; the name of the shared library carries it.
pub const NETS_HOST_ABI_VERSION: i32 = 1;

const VERSION: &CStr = match CStr::from_bytes_with_nul(concat!(env!("CARGO_PKG_VERSION"), "\0").as_bytes()) {
    Ok(version) => version,
    Err(_) => panic!("a version has no zero byte"),
};

/// The `NETS_HOST_ABI_VERSION` of the library that is running; compare it with the header's.
#[unsafe(no_mangle)]
pub extern "C" fn nets_host_abi_version() -> i32 {
    NETS_HOST_ABI_VERSION
}

/// The version of the library that is running, such as "0.1.0". Never null; the text is static and is not freed.
#[unsafe(no_mangle)]
pub extern "C" fn nets_host_version_string() -> *const c_char {
    VERSION.as_ptr()
}

/// What `code` means, in English. Never null; the text is static and is not freed.
#[unsafe(no_mangle)]
pub extern "C" fn nets_host_strerror(code: i32) -> *const c_char {
    codes::text(code).as_ptr()
}
