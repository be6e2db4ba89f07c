//! A device under a debugger, or in QEMU, which shows what the device prints.

mod stack;

use core::panic::PanicInfo;
use nets_checksum::Meter;
use nets_firmware::{Device, hexadecimal};
use semihosting::process;
use semihosting::sys::arm_compat::sys_writec;
use stack::Stack;

/// The device.
pub struct Semihosted {
    stack: Stack,
}

impl Meter for Semihosted {
    #[inline(always)]
    fn measure(&mut self, step: impl FnOnce()) {
        self.stack.measure(step);
    }
}

impl Device for Semihosted {
    fn print(&mut self, text: &[u8]) {
        text.iter().for_each(|&byte| sys_writec(byte));
    }
}

/// Runs `program`, then shows the bytes of stack that a step took at most.
pub fn main(program: impl FnOnce(&mut Semihosted)) -> ! {
    let mut device = Semihosted { stack: Stack::default() };
    program(&mut device);
    let bytes = hexadecimal(device.stack.bytes() as u64);
    for text in [b"stack 0x", &bytes[..], b"\n"] {
        device.print(text);
    }
    process::exit(0)
}

unsafe extern "C" {
    /// Defined nowhere: a program that can panic does not link.
    safe fn nets_panics_are_impossible() -> !;
}

#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    nets_panics_are_impossible()
}
