//! All checksums on a Cortex-M4F.
#![no_std]
#![no_main]

mod semihosted;

#[cortex_m_rt::entry]
fn main() -> ! {
    semihosted::main(nets_firmware::all)
}
