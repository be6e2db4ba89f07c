//! Neal's funnel.

use super::PathBox;
use super::builtin::{BuiltinTarget, TargetInfo};
use super::common::{name_with_dimension, normal_base, transport_rows};
use super::parameters::{Parameters, TargetError};
use crate::engine::Outlined;
use nets_kernel::path::{Geometric, OpeningFunnel, Schedule};
use nets_kernel::potential::Funnel;
use nets_kernel::real::Real;

/// [`Funnel`] with `σ = 3`, in 10 dimensions unless told. Path: the funnel that opens, or with `path=geometric` the
/// geometric one from N(0, I), on which the wide end is hardly reached.
#[derive(Clone, Copy, Debug)]
pub struct FunnelTarget {
    dim: usize,
    geometric: bool,
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
        let geometric = match parameters.text("path") {
            None => false,
            Some("geometric") => true,
            Some(path) => return Err(parameters.error(format!("path = `{path}` is not geometric"))),
        };
        Ok(FunnelTarget { dim: parameters.dimension(Some(DIM))?, geometric })
    }

    fn name(&self) -> String {
        match (self.geometric, self.dim) {
            (false, dim) => name_with_dimension(Self::INFO, dim, DIM),
            (true, DIM) => "funnel:path=geometric".to_string(),
            (true, dim) => format!("funnel:d={dim},path=geometric"),
        }
    }

    fn dim(&self) -> usize {
        self.dim
    }

    fn path<R: Real>(&self) -> PathBox<'_, R> {
        let target = self.density::<R>();
        if !self.geometric {
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
