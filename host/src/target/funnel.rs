//! Neal's funnel.

use super::PathBox;
use super::builtin::{BuiltinTarget, TargetInfo};
use super::common::{name_with_dimension, normal_base, transport_rows};
use super::parameters::{Parameters, TargetError};
use crate::engine::Outlined;
use nets_kernel::path::{Geometric, OpeningFunnel, Schedule};
use nets_kernel::potential::Funnel;
use nets_kernel::real::Real;

/// [`Funnel`] with `σ = 3`, in 10 dimensions unless told. Path: geometric from N(0, I), on which moves hardly
/// reach the wide end; or with `path=opening` the funnel that opens, which a drift can follow.
#[derive(Clone, Copy, Debug)]
pub struct FunnelTarget {
    dim: usize,
    opening: bool,
}

const DIM: usize = 10;

impl FunnelTarget {
    fn density<R: Real>(&self) -> Funnel<R::Scalar> {
        Funnel { dim: self.dim, sd: Real::c(3.0) }
    }
}

impl BuiltinTarget for FunnelTarget {
    const INFO: TargetInfo = TargetInfo {
        name: "funnel",
        example: "funnel-10",
        dimension: "10, or any",
        log_z: "0",
        density: "x0 from N(0, 9), the others from N(0, e^x0)",
        source: "Neal 2003; the NETS paper",
    };

    fn parse(parameters: &mut Parameters<'_>) -> Result<Self, TargetError> {
        let opening = match parameters.text("path") {
            None | Some("geometric") => false,
            Some("opening") => true,
            Some(path) => return Err(parameters.error(format!("path = `{path}` is neither geometric nor opening"))),
        };
        Ok(FunnelTarget { dim: parameters.dimension(Some(DIM))?, opening })
    }

    fn name(&self) -> String {
        match (self.opening, self.dim) {
            (false, dim) => name_with_dimension(Self::INFO, dim, DIM),
            (true, DIM) => "funnel:path=opening".to_string(),
            (true, dim) => format!("funnel:d={dim},path=opening"),
        }
    }

    fn dim(&self) -> usize {
        self.dim
    }

    fn path<R: Real>(&self) -> PathBox<'_, R> {
        let target = self.density::<R>();
        if self.opening {
            return Box::new(Outlined(OpeningFunnel(target)));
        }
        Box::new(Outlined(Geometric { base: normal_base::<R>(self.dim, 1.0), target, schedule: Schedule::Linear }))
    }

    fn log_z(&self) -> Option<f64> {
        Some(0.0)
    }

    fn exact_samples(&self, seed: u64, n: usize) -> Option<Vec<f64>> {
        Some(transport_rows(seed, n, self.dim, |xi, x| OpeningFunnel(self.density::<f64>()).sample(1.0, xi, x)))
    }

    fn length(&self) -> Option<f64> {
        // The standard deviation of x0; that of the others is e^(x0/2).
        Some(3.0)
    }
}
