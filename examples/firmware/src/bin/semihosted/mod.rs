//! A device under a debugger, or in QEMU, which shows what the device prints.

mod stack;

use nets_checksum::Meter;
use nets_firmware::{Device, double, hexadecimal, single};
use semihosting::process;
use semihosting::sys::arm_compat::sys_writec;
use stack::Stack;

struct Semihosted {
    /// The largest stack of a step so far, in bytes.
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

impl Semihosted {
    /// A line with the bytes of stack that the steps since the last such line took at most.
    fn print_stack(&mut self, precision: &[u8]) {
        let bytes = core::mem::take(&mut self.stack).bytes() as u64;
        for text in [b"stack ", precision, b" 0x", &hexadecimal(bytes), b"\n"] {
            self.print(text);
        }
    }
}

pub fn main() -> ! {
    let mut device = Semihosted { stack: Stack::default() };
    single(&mut device);
    device.print_stack(b"f32");
    double(&mut device);
    device.print_stack(b"f64");
    process::exit(0)
}

unsafe extern "C" {
    /// Defined nowhere: a program that can panic does not link.
    safe fn nets_panics_are_impossible() -> !;
}

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    nets_panics_are_impossible()
}
