//! What the devices run: exported models through [`nets_checksum`], a line of text for each checksum.
#![no_std]
#![forbid(unsafe_code)]

mod everything;
mod exported;

pub use everything::everything;

use core::hint::black_box;
use nets_checksum::{INTEGRATORS, Meter, Population, Ring};
use nets_kernel::drift::Drift;
use nets_kernel::real::Scalar;

/// A device: measures steps, and shows text.
pub trait Device: Meter {
    /// Shows ASCII text.
    fn print(&mut self, text: &[u8]);
}

/// The network in single precision.
pub fn mlp_f32(device: &mut impl Device) {
    lines::<f32>("f32 mlp", &exported::mlp_f32::DRIFT, device);
}

/// The local affine maps in single precision.
pub fn features_f32(device: &mut impl Device) {
    lines::<f32>("f32 features", &exported::features_f32::DRIFT, device);
}

/// The network in double precision.
pub fn mlp_f64(device: &mut impl Device) {
    lines::<f64>("f64 mlp", &exported::mlp_f64::DRIFT, device);
}

/// The local affine maps in double precision.
pub fn features_f64(device: &mut impl Device) {
    lines::<f64>("f64 features", &exported::features_f64::DRIFT, device);
}

/// All of them.
pub fn all(device: &mut impl Device) {
    mlp_f32(device);
    features_f32(device);
    mlp_f64(device);
    features_f64(device);
}

/// A line for each integrator.
fn lines<S: Scalar>(name: &str, drift: &impl Drift<S>, device: &mut impl Device) {
    let ring = Ring::<S>::default();
    for (integrator_name, integrator) in INTEGRATORS {
        // The compiler must not know sizes and settings: what is linked, and cannot panic, is good for any.
        let (path, drift) = (black_box(ring.path()), black_box(drift));
        let population = Population::sample(&path, drift, black_box(integrator), device);
        let checksum = population.map_or(0, |population| population.checksum());
        for text in [name.as_bytes(), b" ", integrator_name.as_bytes(), b" ", &hexadecimal(checksum), b"\n"] {
            device.print(text);
        }
    }
}

/// 16 digits, without the machinery of `core::fmt`.
pub fn hexadecimal(number: u64) -> [u8; 16] {
    let mut digits = [0; 16];
    for (i, digit) in digits.iter_mut().rev().enumerate() {
        let value = (number >> (4 * i)) as u8 & 15;
        *digit = if value < 10 { b'0' + value } else { b'a' - 10 + value };
    }
    digits
}
