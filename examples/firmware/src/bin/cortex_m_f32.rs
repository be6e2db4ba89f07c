//! The network in single precision alone on a Cortex-M4F: the program whose size is kept to a budget.
#![no_std]
#![no_main]

mod semihosted;

#[cortex_m_rt::entry]
fn main() -> ! {
    semihosted::main(nets_firmware::mlp_f32)
}
