//! The target: Gaussians around a circle.

use nets_kernel::math::ln;
use nets_kernel::path::GaussianMixture;
use nets_kernel::real::Scalar;

/// The dimension.
pub const DIM: usize = 2;
/// Components of the target.
pub const MODES: usize = 8;

/// Points of the circle of radius 5 whose coordinates are whole.
const MEANS: [[f64; DIM]; MODES] =
    [[5.0, 0.0], [4.0, 3.0], [0.0, 5.0], [-3.0, 4.0], [-5.0, 0.0], [-4.0, -3.0], [0.0, -5.0], [3.0, -4.0]];
const SD: f64 = 0.7;

/// The numbers of the target in precision `S`.
#[derive(Clone, Copy, Debug)]
pub struct Ring<S> {
    means: [S; DIM * MODES],
    log_weights: [S; MODES],
}

impl<S: Scalar> Default for Ring<S> {
    fn default() -> Self {
        let mut means = [S::zero(); DIM * MODES];
        for (to, &from) in means.iter_mut().zip(MEANS.as_flattened()) {
            *to = S::from_f64(from);
        }
        Ring { means, log_weights: [-ln(S::from_f64(MODES as f64)); MODES] }
    }
}

impl<S: Scalar> Ring<S> {
    /// The path from the standard normal density to the target.
    pub fn path(&self) -> GaussianMixture<S, &[S]> {
        GaussianMixture {
            dim: DIM,
            means: &self.means,
            log_weights: &self.log_weights,
            base_sd: S::one(),
            sd: S::from_f64(SD),
        }
    }
}
