//! What libnets and libnets_host share: the codes that functions return, the details of errors, and the way from a
//! caller's pointers and counts to slices and structures. It exports no symbol.
#![cfg_attr(not(test), no_std)]
#![deny(clippy::undocumented_unsafe_blocks)]

pub mod codes;
pub mod error_info;
pub mod memory;
pub mod options;
