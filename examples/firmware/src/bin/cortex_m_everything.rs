//! Everything that the kernel has, on a Cortex-M4F: a program whose linking shows that none of it can panic.
#![no_std]
#![no_main]

mod semihosted;

use nets_firmware::{Device, everything, hexadecimal};

#[cortex_m_rt::entry]
fn main() -> ! {
    semihosted::main(|device| {
        let bits = (everything::<f32>() + everything::<f64>()).to_bits();
        device.print(&hexadecimal(bits));
        device.print(b"\n");
    })
}
