//! Independent tilted double wells: 2^d modes of unequal weight.

use super::PathBox;
use super::builtin::{BuiltinTarget, TargetInfo};
use super::common::normal_base;
use super::parameters::{Parameters, TargetError};
use crate::engine::Outlined;
use nets_kernel::path::{Geometric, Schedule};
use nets_kernel::potential::DoubleWell;
use nets_kernel::real::Real;

/// [`DoubleWell`] in `d` dimensions. Path: geometric from `N(0, 1.5² I)` with `β = t²`.
#[derive(Clone, Copy, Debug)]
pub struct DoubleWellTarget {
    dim: usize,
}

impl BuiltinTarget for DoubleWellTarget {
    const INFO: TargetInfo = TargetInfo {
        name: "doublewell-d",
        example: "doublewell-4",
        dimension: "any",
        log_z: "9.374541 d (quadrature)",
        density: "independent wells x^4 - 6 x^2 - x/2",
        source: "the wells of many-well, Midgley et al. 2023",
    };

    fn parse(parameters: &mut Parameters<'_>) -> Result<Self, TargetError> {
        Ok(DoubleWellTarget { dim: parameters.dimension(None)? })
    }

    fn name(&self) -> String {
        format!("doublewell-{}", self.dim)
    }

    fn dim(&self) -> usize {
        self.dim
    }

    fn path<R: Real>(&self) -> PathBox<'_, R> {
        Box::new(Outlined(Geometric {
            base: normal_base::<R>(self.dim, 1.5),
            target: DoubleWell { dim: self.dim },
            schedule: Schedule::Power(Real::c(2.0)),
        }))
    }

    fn log_z(&self) -> Option<f64> {
        Some(self.dim as f64 * DoubleWell::LOG_Z_PER_COORDINATE)
    }

    fn length(&self) -> Option<f64> {
        // The wells are at ±1.7.
        Some(2.0)
    }
}
