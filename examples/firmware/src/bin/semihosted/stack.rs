//! How much stack a call takes: what lies below is painted before it, and looked at afterwards.

use core::arch::asm;

/// Painted bytes; more than a call may take.
const DEPTH: usize = 64 * 1024;
const PAINT: u32 = 0xcccc_cccc;

/// The largest stack measured so far.
#[derive(Default)]
pub struct Stack {
    bytes: usize,
}

impl Stack {
    /// Bytes of stack, those of called functions and saved registers included.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// Calls `f`. This function is inlined and calls nothing else, so no frame of its own lies in the paint.
    #[inline(always)]
    pub fn measure(&mut self, f: impl FnOnce()) {
        let top = pointer();
        for address in (top - DEPTH..top).step_by(4) {
            // SAFETY: RAM below the stack pointer, which nothing uses: there is no heap, and no interrupt is enabled.
            unsafe { (address as *mut u32).write_volatile(PAINT) };
        }
        call(f);
        let mut lowest = top - DEPTH;
        // SAFETY: as above.
        while lowest < top && unsafe { (lowest as *const u32).read_volatile() } == PAINT {
            lowest += 4;
        }
        self.bytes = self.bytes.max(top - lowest);
    }
}

#[inline(never)]
fn call(f: impl FnOnce()) {
    f();
}

/// The stack pointer.
#[inline(always)]
fn pointer() -> usize {
    let pointer: usize;
    // SAFETY: reads a register.
    unsafe {
        #[cfg(target_arch = "arm")]
        asm!("mov {}, sp", out(reg) pointer, options(nomem, nostack, preserves_flags));
        #[cfg(target_arch = "riscv32")]
        asm!("mv {}, sp", out(reg) pointer, options(nomem, nostack, preserves_flags));
    }
    pointer
}
