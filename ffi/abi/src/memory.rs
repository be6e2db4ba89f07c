//! From a caller's pointers and counts to slices: the one place where the ABI has to trust its caller. What can be
//! checked is checked first; `argument` is the number of the argument that an error names.

use crate::codes::{NETS_ERR_ALIGNMENT, NETS_ERR_LENGTH, NETS_ERR_NULL, NETS_ERR_RANGE, NETS_ERR_STRUCT_SIZE};
use crate::error_info::{Failure, Outcome};
use core::mem::MaybeUninit;
use nets_kernel::real::{Lanes, Scalar, Tile};

/// A type whose every bit pattern is a value, so that a caller's memory holds values whatever is in it.
///
/// # Safety
/// The implementing type is one.
pub unsafe trait Number: Copy {}
// SAFETY: plain numbers, and arrays of them.
unsafe impl Number for f64 {}
// SAFETY: as above.
unsafe impl Number for f32 {}
// SAFETY: as above.
unsafe impl Number for u32 {}
// SAFETY: as above.
unsafe impl Number for i64 {}
// SAFETY: as above.
unsafe impl Number for u8 {}
// SAFETY: as above.
unsafe impl Number for usize {}
// SAFETY: as above.
unsafe impl<T: Number, const N: usize> Number for [T; N] {}
// SAFETY: as above.
unsafe impl<T: Number, const N: usize> Number for Lanes<T, N> {}
// SAFETY: as above.
unsafe impl<T: Number, const K: usize> Number for Tile<T, K> {}

/// A `repr(C)` structure with `struct_size: u32` as its first field, whose every bit pattern is a value.
///
/// # Safety
/// The implementing type is one.
pub unsafe trait SizedStruct: Copy {
    /// Its size in the first version that had it. What was appended since is zero for older callers.
    const FIRST_SIZE: usize = size_of::<Self>();
}

/// A count of at least one.
pub fn count(argument: i32, n: i64) -> Outcome<usize> {
    match usize::try_from(n) {
        Ok(n @ 1..) => Ok(n),
        _ => Err(Failure::new(NETS_ERR_LENGTH, argument).value(n as f64)),
    }
}

/// The largest dimension: matrices of so many rows and columns can still be counted.
pub const MOST_DIM: usize = 1 << (usize::BITS / 2 - 2);

/// A dimension.
pub fn dimension(argument: i32, d: i64) -> Outcome<usize> {
    count(argument, d).and_then(|dim| {
        if dim <= MOST_DIM { Ok(dim) } else { Err(Failure::new(NETS_ERR_LENGTH, argument).value(d as f64)) }
    })
}

/// `a b`, unless that is more than memory holds.
pub fn product(argument: i32, a: usize, b: usize) -> Outcome<usize> {
    a.checked_mul(b).ok_or(Failure::new(NETS_ERR_LENGTH, argument))
}

/// Rows of numbers in an array.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rows {
    /// How many rows.
    pub n: usize,
    /// Numbers in a row.
    pub d: usize,
    /// From the start of a row to that of the next.
    pub stride: usize,
    /// Numbers in all, from the first row's first to the last row's last.
    pub len: usize,
}

impl Rows {
    /// `n` rows of `d` numbers; errors in the stride name `argument`.
    pub fn new(argument: i32, n: usize, d: usize, stride: i64) -> Outcome<Self> {
        let wrong = Failure::new(NETS_ERR_LENGTH, argument).value(stride as f64);
        let distance = usize::try_from(stride).ok().filter(|&stride| stride >= d).ok_or(wrong)?;
        let len = (n - 1).checked_mul(distance).and_then(|before| before.checked_add(d)).ok_or(wrong)?;
        Ok(Rows { n, d, stride: distance, len })
    }

    /// Row `i` of `data`.
    #[inline(always)]
    pub fn row<'a, T>(&self, data: &'a [T], i: usize) -> &'a [T] {
        data.get(i * self.stride..).and_then(|rest| rest.get(..self.d)).unwrap_or(&[])
    }

    /// Row `i` of `data`.
    #[inline(always)]
    pub fn row_mut<'a, T>(&self, data: &'a mut [T], i: usize) -> &'a mut [T] {
        data.get_mut(i * self.stride..).and_then(|rest| rest.get_mut(..self.d)).unwrap_or_default()
    }

    /// That the rows of `data` hold finite numbers.
    pub fn finite<S: Scalar>(&self, argument: i32, data: &[S]) -> Outcome {
        // Rows without gaps are looked over as one.
        if self.stride == self.d && within(argument, data, S::is_finite).is_ok() {
            return Ok(());
        }
        (0..self.n)
            .try_for_each(|i| within(argument, self.row(data, i), S::is_finite).map_err(|failure| failure.index(i)))
    }
}

/// That every number passes the test; the index of the failure is that of the number.
pub fn within<S: Scalar>(argument: i32, numbers: &[S], test: impl Fn(S) -> bool) -> Outcome {
    // Most often all pass, and counting takes several numbers at a time.
    if numbers.iter().filter(|&&number| !test(number)).count() == 0 {
        return Ok(());
    }
    match numbers.iter().position(|&number| !test(number)) {
        None => Ok(()),
        Some(i) => {
            let value = numbers.get(i).map_or(f64::NAN, |number| number.to_f64());
            Err(Failure::new(NETS_ERR_RANGE, argument).index(i).value(value))
        }
    }
}

/// That `holds`; else `value` is out of its range.
pub fn require(holds: bool, argument: i32, value: f64) -> Outcome {
    if holds { Ok(()) } else { Err(Failure::new(NETS_ERR_RANGE, argument).value(value)) }
}

/// The `len` numbers at `data`.
///
/// # Safety
/// If `data` is not null it points to `len` numbers that nobody writes for as long as the slice lives.
pub unsafe fn input<'a, T: Number>(argument: i32, data: *const T, len: usize) -> Outcome<&'a [T]> {
    check(argument, data, len)?;
    // SAFETY: `data` is aligned and not null, the length does not overflow, every bit pattern is a number, and the
    // caller vouches for the rest.
    Ok(unsafe { core::slice::from_raw_parts(data, len) })
}

/// The `len` numbers at `data`, or none if it is null.
///
/// # Safety
/// As [`input`].
pub unsafe fn optional_input<'a, T: Number>(argument: i32, data: *const T, len: usize) -> Outcome<Option<&'a [T]>> {
    // SAFETY: promised by the caller.
    if data.is_null() { Ok(None) } else { unsafe { input(argument, data, len) }.map(Some) }
}

/// Room for `len` numbers at `data`.
///
/// # Safety
/// If `data` is not null it points to room for `len` numbers that nobody else reads or writes for as long as the slice
/// lives.
pub unsafe fn output<'a, T: Number>(argument: i32, data: *mut T, len: usize) -> Outcome<&'a mut [T]> {
    check(argument, data, len)?;
    // SAFETY: `data` is aligned and not null, the length does not overflow, every bit pattern is a number, and the
    // caller vouches for the rest.
    Ok(unsafe { core::slice::from_raw_parts_mut(data, len) })
}

/// Room for `len` numbers at `data`, or none if it is null.
///
/// # Safety
/// As [`output`].
pub unsafe fn optional_output<'a, T: Number>(argument: i32, data: *mut T, len: usize) -> Outcome<Option<&'a mut [T]>> {
    // SAFETY: promised by the caller.
    if data.is_null() { Ok(None) } else { unsafe { output(argument, data, len) }.map(Some) }
}

/// Room for one value at `data`.
///
/// # Safety
/// If `data` is not null it points to room for a `T` that nobody else reads or writes for as long as the reference
/// lives.
pub unsafe fn place<'a, T>(argument: i32, data: *mut T) -> Outcome<&'a mut MaybeUninit<T>> {
    check(argument, data, 1)?;
    // SAFETY: `data` is aligned and not null, the memory need not be initialised, and the caller vouches for the rest.
    Ok(unsafe { &mut *data.cast::<MaybeUninit<T>>() })
}

/// The structure at `data`. Fields that an older caller does not have are zero; a newer caller's fields have to be, for
/// else they ask for what this version cannot do.
///
/// # Safety
/// If `data` is not null it points to `struct_size` bytes, the first four of them `struct_size` itself.
pub unsafe fn structure<T: SizedStruct>(argument: i32, data: *const T) -> Outcome<T> {
    // SAFETY: promised by the caller.
    let size = unsafe { struct_size(argument, data)? };
    let known = size.min(size_of::<T>());
    for byte in known..size {
        // SAFETY: within the structure.
        if unsafe { data.cast::<u8>().add(byte).read() } != 0 {
            return Err(Failure::new(NETS_ERR_STRUCT_SIZE, argument).value(size as f64));
        }
    }
    let mut value = MaybeUninit::<T>::zeroed();
    // SAFETY: `known` bytes are there on both sides, and every bit pattern is a value.
    unsafe {
        value.as_mut_ptr().cast::<u8>().copy_from_nonoverlapping(data.cast::<u8>(), known);
        Ok(value.assume_init())
    }
}

/// Room for a structure in the caller's memory.
pub struct Room<T> {
    data: *mut T,
    size: usize,
}

impl<T: SizedStruct> Room<T> {
    /// Writes the fields that the caller has room for, and how many bytes they are to `struct_size`.
    pub fn write(self, value: T) {
        let known = self.size.min(size_of::<T>());
        // SAFETY: `known` bytes are there on both sides, as `output_struct` was promised; `struct_size` comes first.
        unsafe {
            self.data.cast::<u8>().copy_from_nonoverlapping(core::ptr::from_ref(&value).cast::<u8>(), known);
            self.data.cast::<u32>().write(known as u32);
        }
    }
}

/// Room for a structure at `data`, whose caller has set `struct_size` and perhaps nothing else.
///
/// # Safety
/// As [`structure`], and nobody else reads or writes the bytes for as long as the room is there.
pub unsafe fn output_struct<T: SizedStruct>(argument: i32, data: *mut T) -> Outcome<Room<T>> {
    // SAFETY: promised by the caller.
    let size = unsafe { struct_size(argument, data)? };
    Ok(Room { data, size })
}

/// Writes a structure of options into `size` bytes. Fields that the caller's header has and this library does not are 0.
///
/// # Safety
/// If `data` is not null it points to `size` bytes that nobody else reads or writes.
pub unsafe fn write_default<T: SizedStruct>(data: *mut T, size: u32, value: T) -> Outcome {
    check(1, data, 1)?;
    let bytes = size as usize;
    if bytes < T::FIRST_SIZE {
        return Err(Failure::new(NETS_ERR_STRUCT_SIZE, 2).value(f64::from(size)));
    }
    // SAFETY: aligned, not null, and `size` bytes long by the caller's word; `struct_size` comes first.
    unsafe {
        data.cast::<u8>().write_bytes(0, bytes);
        let known = bytes.min(size_of::<T>());
        data.cast::<u8>().copy_from_nonoverlapping(core::ptr::from_ref(&value).cast::<u8>(), known);
        data.cast::<u32>().write(size);
    }
    Ok(())
}

/// The size of a structure, which is no smaller than in the first version.
///
/// # Safety
/// As [`structure`].
unsafe fn struct_size<T: SizedStruct>(argument: i32, data: *const T) -> Outcome<usize> {
    check(argument, data, 1)?;
    // SAFETY: `data` is aligned and not null, and the caller vouches for the first field.
    let size = unsafe { data.cast::<u32>().read() };
    if (size as usize) < T::FIRST_SIZE {
        return Err(Failure::new(NETS_ERR_STRUCT_SIZE, argument).value(f64::from(size)));
    }
    Ok(size as usize)
}

/// That `data` can be an array of `len` values.
pub fn check<T>(argument: i32, data: *const T, len: usize) -> Outcome {
    if data.is_null() {
        Err(Failure::new(NETS_ERR_NULL, argument))
    } else if !data.is_aligned() {
        Err(Failure::new(NETS_ERR_ALIGNMENT, argument))
    } else if len > isize::MAX as usize / size_of::<T>() {
        Err(Failure::new(NETS_ERR_LENGTH, argument).value(len as f64))
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_positive_and_arrays_fit_into_memory() {
        assert_eq!(count(1, 1), Ok(1));
        for n in [0, -1, i64::MIN] {
            assert_eq!(count(3, n).map_err(|failure| failure.code), Err(NETS_ERR_LENGTH), "{n}");
        }
        let number = 0.0f64;
        assert!(check(1, &number, isize::MAX as usize / 8).is_ok());
        assert_eq!(
            check(1, &number, isize::MAX as usize / 8 + 1).map_err(|failure| failure.code),
            Err(NETS_ERR_LENGTH)
        );
        assert!(dimension(1, MOST_DIM as i64).is_ok() && dimension(1, MOST_DIM as i64 + 1).is_err());
    }

    /// A structure that had one field, and has two.
    #[repr(C)]
    #[derive(Clone, Copy, Debug, PartialEq)]
    struct Grown {
        struct_size: u32,
        first: i32,
        appended: f64,
    }
    // SAFETY: `repr(C)`, the size comes first, numbers.
    unsafe impl SizedStruct for Grown {
        const FIRST_SIZE: usize = 8;
    }

    #[test]
    fn older_and_newer_callers_are_understood() {
        #[repr(C)]
        struct Newer(Grown, u64);
        const NOW: u32 = size_of::<Grown>() as u32;
        const NEWER: u32 = size_of::<Newer>() as u32;
        let value = |struct_size| Grown { struct_size, first: 3, appended: 0.5 };
        // SAFETY: structures no smaller than they say.
        unsafe {
            assert_eq!(structure(1, &value(8)), Ok(Grown { struct_size: 8, first: 3, appended: 0.0 }));
            assert_eq!(structure(1, &value(NOW)), Ok(value(NOW)));
            assert_eq!(structure(1, &Newer(value(NEWER), 0).0), Ok(value(NEWER)));
            let code = |outcome: Outcome<Grown>| outcome.map_err(|failure| failure.code);
            assert_eq!(code(structure(1, &Newer(value(NEWER), 1).0)), Err(NETS_ERR_STRUCT_SIZE));
            assert_eq!(code(structure(1, &value(7))), Err(NETS_ERR_STRUCT_SIZE));

            let mut older = Grown { struct_size: 8, first: 0, appended: 7.0 };
            output_struct(1, &mut older).unwrap().write(value(NOW));
            assert_eq!(older, Grown { struct_size: 8, first: 3, appended: 7.0 });
            let mut newer = Newer(Grown { struct_size: NEWER, first: 0, appended: 0.0 }, 9);
            output_struct(1, &mut newer.0).unwrap().write(value(NOW));
            assert_eq!((newer.0, newer.1), (value(NOW), 9));
            write_default(&mut newer.0, NEWER, value(NOW)).unwrap();
            assert_eq!((newer.0, newer.1), (value(NEWER), 0));
        }
    }

    #[test]
    fn rows_are_not_longer_than_their_stride() {
        assert_eq!(Rows::new(1, 3, 2, 5), Ok(Rows { n: 3, d: 2, stride: 5, len: 12 }));
        for stride in [1, 0, -5, i64::MAX] {
            assert_eq!(Rows::new(1, 3, 2, stride).map_err(|failure| failure.code), Err(NETS_ERR_LENGTH), "{stride}");
        }
    }

    #[test]
    fn pointers_are_not_null_and_aligned() {
        let numbers = [0.0f64; 2];
        let odd = numbers.as_ptr().cast::<u8>().wrapping_add(1).cast::<f64>();
        assert_eq!(check(2, numbers.as_ptr(), 2), Ok(()));
        assert_eq!(check(2, odd, 1).map_err(|failure| failure.code), Err(NETS_ERR_ALIGNMENT));
        assert_eq!(check(2, core::ptr::null::<f64>(), 1).map_err(|failure| failure.code), Err(NETS_ERR_NULL));
    }
}
