//! The mixture of 40 Gaussians in the plane (L. I. Midgley et al., 2208.01893).

use super::builtin::TargetInfo;
use super::equal_gaussians::Mixture;
use super::parameters::{Parameters, TargetError};
use super::table::numbers;

/// 40 equal Gaussians with standard deviation `softplus(1)`, means uniform in `[−40, 40]²` (from a fixed seed,
/// `data/gmm40_means.csv`).
#[derive(Clone, Debug)]
pub struct Gmm40;

impl Mixture for Gmm40 {
    const INFO: TargetInfo = TargetInfo {
        name: "gmm40",
        example: "gmm40",
        dimension: "2",
        log_z: "0",
        density: "40 equal Gaussians in the plane, sigma 1.313",
        source: "Midgley et al. 2023 (FAB); the NETS paper",
    };

    /// `ln(1 + e)`.
    const SD: f64 = 1.313_261_687_518_222_8;

    fn dimension(_parameters: &mut Parameters<'_>) -> Result<usize, TargetError> {
        Ok(2)
    }

    fn means(_d: usize) -> Vec<f64> {
        numbers(include_str!("../../data/gmm40_means.csv"))
    }

    fn name(_d: usize) -> String {
        "gmm40".to_string()
    }
}
