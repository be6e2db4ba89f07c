//! All checksums in WebAssembly.
#![no_std]
#![no_main]

use nets_checksum::Meter;
use nets_firmware::Device;

#[link(wasm_import_module = "env")]
unsafe extern "C" {
    /// The only function that the module imports: shows a character.
    safe fn print(character: u32);
}

unsafe extern "C" {
    /// Defined nowhere: a module that can panic does not link.
    safe fn nets_panics_are_impossible() -> !;
}

struct Page;

impl Meter for Page {
    #[inline(always)]
    fn measure(&mut self, step: impl FnOnce()) {
        step();
    }
}

impl Device for Page {
    fn print(&mut self, text: &[u8]) {
        text.iter().for_each(|&byte| print(byte.into()));
    }
}

/// Prints all checksums.
#[unsafe(no_mangle)]
pub extern "C" fn checksums() {
    nets_firmware::all(&mut Page);
}

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    nets_panics_are_impossible()
}
