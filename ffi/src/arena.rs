//! The caller's memory, cut into arrays one after the other.

use crate::error_info::{Failure, Outcome};
use crate::memory::Number;
use crate::status::{NETS_ERR_ALIGNMENT, NETS_ERR_LENGTH, NETS_ERR_MEMORY, NETS_ERR_NULL};
use core::ffi::c_void;
use core::marker::PhantomData;
use core::mem::MaybeUninit;

/// What memory has to be aligned to; the alignment of every array within it.
pub(crate) const ALIGN: usize = 8;

/// Bytes that `n` numbers take.
pub(crate) fn bytes_of<T: Number>(n: usize) -> Outcome<usize> {
    const { assert!(align_of::<T>() <= ALIGN) };
    let bytes = n.checked_mul(size_of::<T>()).and_then(|bytes| bytes.checked_next_multiple_of(ALIGN));
    bytes.filter(|&bytes| isize::try_from(bytes).is_ok()).ok_or(Failure::new(NETS_ERR_LENGTH, 0))
}

/// Memory that is still free.
pub(crate) struct Arena<'a> {
    next: *mut u8,
    left: usize,
    argument: i32,
    memory: PhantomData<&'a mut [u8]>,
}

impl<'a> Arena<'a> {
    /// The `bytes` bytes at `memory`, of which `wanted` will be used; errors name the argument of `memory`, and that of
    /// `bytes` after it.
    ///
    /// # Safety
    /// If `memory` is not null it points to `bytes` bytes that nobody else reads or writes while the arrays live.
    pub unsafe fn new(argument: i32, memory: *mut c_void, bytes: i64, wanted: usize) -> Outcome<Self> {
        let next = memory.cast::<u8>();
        if next.is_null() {
            return Err(Failure::new(NETS_ERR_NULL, argument));
        }
        if !next.addr().is_multiple_of(ALIGN) {
            return Err(Failure::new(NETS_ERR_ALIGNMENT, argument));
        }
        match usize::try_from(bytes) {
            Ok(bytes) if bytes >= wanted => Ok(Arena { next, left: wanted, argument, memory: PhantomData }),
            _ => Err(Failure::new(NETS_ERR_MEMORY, argument + 1).value(bytes as f64)),
        }
    }

    /// Room for `n` numbers. They hold whatever the caller left there.
    pub fn take<T: Number>(&mut self, n: usize) -> Outcome<&'a mut [T]> {
        let start = self.cut(bytes_of::<T>(n)?)?;
        // SAFETY: aligned, as all that was taken is a multiple of the alignment long; `n` numbers long, each bit pattern a
        // value; nobody else has it, by the word of the caller and because every byte is handed out once.
        Ok(unsafe { core::slice::from_raw_parts_mut(start.cast(), n) })
    }

    /// Room for one value.
    pub fn place<T>(&mut self) -> Outcome<&'a mut MaybeUninit<T>> {
        let start = self.cut(const { head_bytes::<T>() })?;
        // SAFETY: as above; the memory need not be initialised.
        Ok(unsafe { &mut *start.cast() })
    }

    fn cut(&mut self, bytes: usize) -> Outcome<*mut u8> {
        let start = self.next;
        self.left = self.left.checked_sub(bytes).ok_or(Failure::new(NETS_ERR_MEMORY, self.argument + 1))?;
        // SAFETY: so many were left.
        self.next = unsafe { start.add(bytes) };
        Ok(start)
    }
}

/// Bytes that one value takes.
pub(crate) const fn head_bytes<T>() -> usize {
    assert!(align_of::<T>() <= ALIGN);
    size_of::<T>().next_multiple_of(ALIGN)
}

/// Memory that an [`Arena`] filled with a `T` first, read again in the same order.
pub(crate) struct Stored<'a> {
    next: *const u8,
    memory: PhantomData<&'a [u8]>,
}

impl<'a> Stored<'a> {
    /// # Safety
    /// A `T` and then the numbers that will be asked for lie at `memory`, for as long as the references live.
    pub unsafe fn new<T>(memory: *const T) -> (&'a T, Self) {
        // SAFETY: promised by the caller.
        unsafe {
            let next = memory.cast::<u8>().add(const { head_bytes::<T>() });
            (&*memory, Stored { next, memory: PhantomData })
        }
    }

    /// The next `n` numbers.
    ///
    /// # Safety
    /// They are there.
    pub unsafe fn take<T: Number>(&mut self, n: usize) -> &'a [T] {
        let start = self.next;
        // SAFETY: promised by the caller; `Arena::take` has aligned them.
        unsafe {
            self.next = start.add((n * size_of::<T>()).next_multiple_of(ALIGN));
            core::slice::from_raw_parts(start.cast(), n)
        }
    }
}
