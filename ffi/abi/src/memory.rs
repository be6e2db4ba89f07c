//! From a caller's pointers and counts to slices: the one place where the ABI has to trust its caller. What can be
//! checked is checked first.

use crate::codes::{NETS_ERR_ALIGNMENT, NETS_ERR_LENGTH, NETS_ERR_NULL, NETS_ERR_STRUCT_SIZE};
use core::mem::MaybeUninit;

/// A type whose every bit pattern is a value, so that a caller's memory holds values whatever is in it.
pub trait Number: Copy {}
impl Number for f64 {}
impl Number for f32 {}
impl Number for u32 {}
impl Number for i64 {}
impl Number for u8 {}

/// A `repr(C)` structure with `struct_size: u32` as its first field.
///
/// # Safety
/// The implementing type is one.
pub unsafe trait SizedStruct: Sized {}

/// The `n` numbers at `data`.
///
/// # Safety
/// If `data` is not null it points to `n` numbers that nobody writes for as long as the slice lives.
pub unsafe fn input<'a, T: Number>(data: *const T, n: i64) -> Result<&'a [T], i32> {
    check(data)?;
    let length = length::<T>(n)?;
    // SAFETY: `data` is aligned and not null, the length does not overflow, every bit pattern is a number, and the
    // caller vouches for the rest.
    Ok(unsafe { core::slice::from_raw_parts(data, length) })
}

/// Room for `n` numbers at `data`.
///
/// # Safety
/// If `data` is not null it points to room for `n` numbers that nobody else reads or writes for as long as the slice
/// lives.
pub unsafe fn output<'a, T: Number>(data: *mut T, n: i64) -> Result<&'a mut [T], i32> {
    check(data)?;
    let length = length::<T>(n)?;
    // SAFETY: `data` is aligned and not null, the length does not overflow, every bit pattern is a number, and the
    // caller vouches for the rest.
    Ok(unsafe { core::slice::from_raw_parts_mut(data, length) })
}

/// Room for a structure at `data`, whose caller has set `struct_size` and perhaps nothing else.
///
/// # Safety
/// If `data` is not null it points to `struct_size` bytes, the first four of them `struct_size` itself, that nobody
/// else reads or writes for as long as the reference lives.
pub unsafe fn output_struct<'a, T: SizedStruct>(data: *mut T) -> Result<&'a mut MaybeUninit<T>, i32> {
    check(data)?;
    // SAFETY: `data` is aligned and not null, and the caller vouches for the first field.
    let size = unsafe { data.cast::<u32>().read() };
    if (size as usize) < size_of::<T>() {
        return Err(NETS_ERR_STRUCT_SIZE);
    }
    // SAFETY: by its `struct_size` the memory holds a `T`, which need not be initialised.
    Ok(unsafe { &mut *data.cast::<MaybeUninit<T>>() })
}

/// Whether a pointer can be one to a `T`.
pub fn check<T>(data: *const T) -> Result<(), i32> {
    if data.is_null() {
        Err(NETS_ERR_NULL)
    } else if !data.is_aligned() {
        Err(NETS_ERR_ALIGNMENT)
    } else {
        Ok(())
    }
}

/// `n` as the length of a slice: at least one element, at most `isize::MAX` bytes.
pub fn length<T>(n: i64) -> Result<usize, i32> {
    match usize::try_from(n) {
        Ok(length @ 1..) if length <= isize::MAX as usize / size_of::<T>() => Ok(length),
        _ => Err(NETS_ERR_LENGTH),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_positive_and_fit_into_memory() {
        assert_eq!(length::<f64>(1), Ok(1));
        assert_eq!(length::<u32>(i64::MAX / 4), Ok(usize::MAX >> 3));
        for n in [0, -1, i64::MIN, i64::MAX, i64::MAX / 8 + 1] {
            assert_eq!(length::<f64>(n), Err(NETS_ERR_LENGTH), "{n}");
        }
    }

    #[test]
    fn pointers_are_not_null_and_aligned() {
        let numbers = [0.0f64; 2];
        let odd = numbers.as_ptr().cast::<u8>().wrapping_add(1).cast::<f64>();
        assert_eq!(check(numbers.as_ptr()), Ok(()));
        assert_eq!(check(odd), Err(NETS_ERR_ALIGNMENT));
        assert_eq!(check(core::ptr::null::<f64>()), Err(NETS_ERR_NULL));
    }
}
