//! Handles: what a caller holds on to.

use crate::call::Failure;
use nets_abi::codes::{NETS_ERR_INTERNAL, NETS_ERR_NULL, NETS_ERR_OBJECT};
use std::sync::atomic::{AtomicBool, Ordering};

/// How every handle begins.
#[repr(C)]
pub(crate) struct Head {
    /// Tells kinds of handles from each other and from other memory.
    magic: u64,
    /// Set by a panic: what the handle holds may be half done.
    poisoned: AtomicBool,
}

/// A value that a caller holds by a pointer.
#[repr(C)]
pub(crate) struct Handle<T> {
    head: Head,
    value: T,
}

/// A kind of handle.
pub(crate) trait Held: Sized {
    /// The number that its handles begin with.
    const MAGIC: u64;
    /// Which argument it is called in messages.
    const NAME: &'static str;

    /// A new handle, to be freed with [`free`].
    fn into_handle<P>(self) -> *mut P {
        let head = Head { magic: Self::MAGIC, poisoned: AtomicBool::new(false) };
        Box::into_raw(Box::new(Handle { head, value: self })).cast()
    }
}

/// What the handle that is argument `argument` holds.
///
/// # Safety
/// `pointer` is null, or the caller's promise of a handle that is not freed while the reference lives.
pub(crate) unsafe fn get<'a, T: Held, P>(pointer: *const P, argument: i32) -> Result<&'a T, Failure> {
    // SAFETY: promised by the caller.
    unsafe { get_mut::<T, P>(pointer.cast_mut(), argument) }.map(|value| &*value)
}

/// As [`get`], to be changed.
///
/// # Safety
/// As [`get`], and nobody else uses the handle meanwhile.
pub(crate) unsafe fn get_mut<'a, T: Held, P>(pointer: *mut P, argument: i32) -> Result<&'a mut T, Failure> {
    let handle = pointer.cast::<Handle<T>>();
    if handle.is_null() {
        return Err(Failure::argument(argument, NETS_ERR_NULL).saying(format!("the {} is null", T::NAME)));
    }
    let other = || Failure::argument(argument, NETS_ERR_OBJECT).saying(format!("the pointer is not a {}", T::NAME));
    if !handle.is_aligned() {
        return Err(other());
    }
    // SAFETY: aligned, and promised by the caller to be a handle: of another kind perhaps, but they all begin alike.
    let head = unsafe { &*handle.cast::<Head>() };
    if head.magic != T::MAGIC {
        return Err(other());
    }
    if head.poisoned.load(Ordering::Relaxed) {
        let words = format!("the {} cannot be used any more after an internal error: free it", T::NAME);
        return Err(Failure::argument(argument, NETS_ERR_INTERNAL).saying(words));
    }
    // SAFETY: by its magic number a handle of this kind.
    Ok(unsafe { &mut (*handle).value })
}

/// Frees a handle; null and other memory are left alone.
///
/// # Safety
/// As [`get_mut`], and the handle is not used afterwards.
pub(crate) unsafe fn free<T: Held, P>(pointer: *mut P) {
    let handle = pointer.cast::<Handle<T>>();
    // SAFETY: as in `get_mut`.
    if handle.is_null() || !handle.is_aligned() || unsafe { (*handle.cast::<Head>()).magic } != T::MAGIC {
        return;
    }
    // SAFETY: made by `into_handle`. The number goes first, so that most second calls find no handle.
    unsafe {
        (*handle).head.magic = 0;
        drop(Box::from_raw(handle));
    }
}

/// Marks a handle as half done.
///
/// # Safety
/// `head` is null or the start of a handle.
pub(crate) unsafe fn poison(head: *const Head) {
    if !head.is_null() && head.is_aligned() {
        // SAFETY: promised by the caller.
        unsafe { (*head).poisoned.store(true, Ordering::Relaxed) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::ffi::c_void;
    use std::ptr::null_mut;

    struct First(u8);
    struct Second;
    impl Held for First {
        const MAGIC: u64 = 1;
        const NAME: &'static str = "first";
    }
    impl Held for Second {
        const MAGIC: u64 = 2;
        const NAME: &'static str = "second";
    }

    #[test]
    fn handles_are_told_apart() {
        let pointer: *mut c_void = First(3).into_handle();
        // SAFETY: a handle, freed at the end.
        unsafe {
            assert_eq!(get::<First, _>(pointer, 1).map(|first| first.0).unwrap(), 3);
            assert_eq!(
                get::<Second, _>(pointer, 2).err().map(|f| (f.code, f.details.argument)),
                Some((NETS_ERR_OBJECT, 2))
            );
            assert_eq!(get::<First, _>(null_mut::<c_void>(), 1).err().map(|f| f.code), Some(NETS_ERR_NULL));
            poison(pointer.cast());
            assert_eq!(get::<First, _>(pointer, 1).err().map(|f| f.code), Some(NETS_ERR_INTERNAL));
            free::<Second, _>(pointer);
            free::<First, _>(pointer);
            free::<First, _>(null_mut::<c_void>());
        }
    }
}
