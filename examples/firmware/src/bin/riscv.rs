//! All checksums on a RISC-V core without floating point.
#![no_std]
#![no_main]

mod semihosted;

#[riscv_rt::entry]
fn main() -> ! {
    semihosted::main(nets_firmware::all)
}
