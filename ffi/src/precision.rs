//! The two precisions, and the lanes that walkers are computed in.

use crate::memory::Number;
use nets_kernel::real::{Lanes, Real, Scalar};

/// Walkers that are computed together, and handed to a callback together.
pub(crate) const GROUP: usize = 64;

/// `f64` or `f32`.
pub(crate) trait Precision: Scalar + Number {
    /// A group of walkers: one array, over which the compiler loops. Tiles of registers would be unrolled, and every fused
    /// multiply-add is a call where there is no std.
    type Group: Lane<Scalar = Self>;
    /// The first bytes of an object of this precision.
    const PATH: u64;
    const DRIFT: u64;
}

impl Precision for f64 {
    type Group = Lanes<f64, GROUP>;
    const PATH: u64 = u64::from_le_bytes(*b"path f64");
    const DRIFT: u64 = u64::from_le_bytes(*b"driftf64");
}

impl Precision for f32 {
    type Group = Lanes<f32, GROUP>;
    const PATH: u64 = u64::from_le_bytes(*b"path f32");
    const DRIFT: u64 = u64::from_le_bytes(*b"driftf32");
}

/// Walkers in lanes: one, or a group. Results are the same bits.
pub(crate) trait Lane: Real<Scalar: Precision, Part: Number> + Number {}
impl<R: Real<Scalar: Precision, Part: Number> + Number> Lane for R {}
