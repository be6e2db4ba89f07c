//! The version of the library, for a program that finds it at run time.

use core::ffi::{CStr, c_char};

/// The version of the binary interface. It rises when a program built against an older header would no longer work;
/// the name of the shared library carries it.
pub const NETS_ABI_VERSION: i32 = 1;

/// Major version of the library.
pub const NETS_VERSION_MAJOR: i32 = 0;
/// Minor version of the library.
pub const NETS_VERSION_MINOR: i32 = 1;
/// Patch version of the library.
pub const NETS_VERSION_PATCH: i32 = 0;

const VERSION: &str = concat!(env!("CARGO_PKG_VERSION"), "\0");

/// The `NETS_ABI_VERSION` of the library that is running; compare it with the header's.
#[unsafe(no_mangle)]
pub extern "C" fn nets_abi_version() -> i32 {
    NETS_ABI_VERSION
}

/// The version of the library that is running, such as "0.1.0". Never null; the text is static and is not freed.
#[unsafe(no_mangle)]
pub extern "C" fn nets_version_string() -> *const c_char {
    CStr::from_bytes_until_nul(VERSION.as_bytes()).unwrap_or_default().as_ptr()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_header_and_the_manifest_agree() {
        let header = format!("{NETS_VERSION_MAJOR}.{NETS_VERSION_MINOR}.{NETS_VERSION_PATCH}");
        assert_eq!(header, env!("CARGO_PKG_VERSION"));
        assert_eq!(VERSION, format!("{header}\0"));
    }
}
