//! Eight Gaussians in many dimensions, as in the NETS paper (2410.02711).

use super::builtin::TargetInfo;
use super::equal_gaussians::Mixture;
use super::parameters::{Parameters, TargetError};
use nets_kernel::rng::{Purpose, Stream, normals};

/// Eight equal unit Gaussians whose means have independent N(0, 9) coordinates. The means in `d` dimensions are three
/// times the first `8 d` normal numbers, in double precision, of the kernel's stream `d` with the seed 8 and the
/// purpose `Evaluate`, row by row.
#[derive(Clone, Debug)]
pub struct Gmm8;

impl Mixture for Gmm8 {
    const INFO: TargetInfo = TargetInfo {
        name: "gmm8-d",
        example: "gmm8-36",
        dimension: "any",
        log_z: "0",
        density: "8 equal unit Gaussians, means of a fixed seed from N(0, 9)",
        source: "the NETS paper",
    };

    const SD: f64 = 1.0;

    fn dimension(parameters: &mut Parameters<'_>) -> Result<usize, TargetError> {
        parameters.dimension(None)
    }

    fn means(d: usize) -> Vec<f64> {
        let mut means = vec![0.0; 8 * d];
        normals(&mut Stream::new(8, Purpose::Evaluate, d as u64), &mut means);
        means.iter().map(|mean: &f64| 3.0 * mean).collect()
    }

    fn name(d: usize) -> String {
        format!("gmm8-{d}")
    }
}
