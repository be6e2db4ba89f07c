//! Structures of options, which grow at their end from version to version.

use crate::codes::NETS_ERR_STRUCT_SIZE;
use crate::memory::{SizedStruct, check};

/// A structure of options, whose default sets `struct_size` to its size.
///
/// # Safety
/// Every bit pattern is a value of the type: its fields are numbers, pointers and optional functions.
pub unsafe trait Options: SizedStruct + Copy + Default {
    /// Its size in the first version that had it.
    const FIRST_SIZE: usize;
}

/// Copies the options at `data`. Fields that the caller's version does not have keep their defaults.
///
/// # Safety
/// If `data` is not null it points to a structure of at least `data->struct_size` bytes that nobody writes meanwhile.
pub unsafe fn read<T: Options>(data: *const T) -> Result<T, i32> {
    check(data)?;
    // SAFETY: promised by the caller: the size comes first.
    let size = unsafe { data.cast::<u32>().read() } as usize;
    if size < T::FIRST_SIZE {
        return Err(NETS_ERR_STRUCT_SIZE);
    }
    let known = size.min(size_of::<T>());
    for byte in known..size {
        // A newer caller's field that is not zero asks for something that this version cannot do.
        // SAFETY: within the structure.
        if unsafe { data.cast::<u8>().add(byte).read() } != 0 {
            return Err(NETS_ERR_STRUCT_SIZE);
        }
    }
    let mut options = T::default();
    // SAFETY: `known` bytes of either are there, and every bit pattern is a value.
    unsafe { core::ptr::from_mut(&mut options).cast::<u8>().copy_from_nonoverlapping(data.cast::<u8>(), known) };
    Ok(options)
}

/// Writes the defaults to the structure of `size` bytes at `data`, and zeros to fields that this version does not know.
///
/// # Safety
/// If `data` is not null it points to room for `size` bytes that nobody else reads or writes meanwhile.
pub unsafe fn write_default<T: Options>(data: *mut T, size: u32) -> Result<(), i32> {
    check(data)?;
    let bytes = size as usize;
    if bytes < T::FIRST_SIZE {
        return Err(NETS_ERR_STRUCT_SIZE);
    }
    let options = T::default();
    let known = bytes.min(size_of::<T>());
    // SAFETY: `data` has room for `bytes` bytes, `options` has `known` of them.
    unsafe {
        data.cast::<u8>().write_bytes(0, bytes);
        data.cast::<u8>().copy_from_nonoverlapping(core::ptr::from_ref(&options).cast::<u8>(), known);
        data.cast::<u32>().write(size);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codes::{NETS_ERR_ALIGNMENT, NETS_ERR_NULL};
    use core::ptr::null;

    #[repr(C)]
    #[derive(Clone, Copy, Debug, PartialEq)]
    struct Now {
        struct_size: u32,
        first: i32,
        appended: f64,
    }

    impl Default for Now {
        fn default() -> Self {
            Now { struct_size: size_of::<Now>() as u32, first: 7, appended: 0.5 }
        }
    }

    // SAFETY: `repr(C)`, the size comes first, numbers.
    unsafe impl SizedStruct for Now {}
    // SAFETY: numbers.
    unsafe impl Options for Now {
        const FIRST_SIZE: usize = 8;
    }

    #[test]
    fn older_callers_get_defaults_for_what_they_do_not_know() {
        let older = [8u32, 3];
        // SAFETY: eight bytes, as they say. Their alignment is that of a `Now` or they are refused.
        match unsafe { read(older.as_ptr().cast::<Now>()) } {
            Ok(read) => assert_eq!((read.first, read.appended), (3, 0.5)),
            Err(code) => assert_eq!(code, NETS_ERR_ALIGNMENT),
        }
    }

    #[test]
    fn newer_callers_may_ask_for_nothing_new() {
        #[repr(C, align(8))]
        struct Newer(Now, u64);
        let size = size_of::<Newer>() as u32;
        let newer = |field| Newer(Now { struct_size: size, first: 1, appended: 2.0 }, field);
        // SAFETY: structures as large as they say.
        unsafe {
            assert_eq!(read(&newer(0).0).unwrap().appended, 2.0);
            assert_eq!(read(&newer(1).0), Err(NETS_ERR_STRUCT_SIZE));
            let mut filled = newer(9);
            assert_eq!(write_default(&mut filled.0, size), Ok(()));
            assert_eq!((filled.0, filled.1), (Now { struct_size: size, ..Now::default() }, 0));
        }
    }

    #[test]
    fn errors() {
        let small = Now { struct_size: 4, ..Now::default() };
        // SAFETY: null, or a structure.
        unsafe {
            assert_eq!(read(null::<Now>()), Err(NETS_ERR_NULL));
            assert_eq!(read(&small), Err(NETS_ERR_STRUCT_SIZE));
            assert_eq!(write_default(&mut Now::default(), 7), Err(NETS_ERR_STRUCT_SIZE));
        }
    }
}
