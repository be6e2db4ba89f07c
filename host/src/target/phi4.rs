//! φ⁴ theory on a periodic lattice.

use super::PathBox;
use super::builtin::{BuiltinTarget, TargetInfo};
use super::common::{in_precision, transport_rows};
use super::parameters::{Parameters, TargetError};
use crate::engine::Outlined;
use crate::model::hartley;
use nets_kernel::path::{Coupling, Schedule};
use nets_kernel::potential::{Coloring, FreeField, Lattice};
use nets_kernel::real::Real;

/// [`Phi4`](nets_kernel::potential::Phi4) with the parameters `L`, `m2` (`m²`), `lambda`, and `dim` axes, 2 unless
/// told. Path: the couplings with `β = t`, from the free field whose `m²` is `base_m2`, 0.3 unless told.
#[derive(Clone, Copy, Debug)]
pub struct Phi4Target {
    lattice: Lattice,
    mass_squared: f64,
    coupling: f64,
    base_mass_squared: f64,
}

const AXES: u32 = 2;
const BASE_MASS_SQUARED: f64 = 0.3;
/// Sites beyond it would take minutes to draw from the base density.
const MOST_SITES: usize = 16_384;

impl Phi4Target {
    /// Whether the target itself is a free field.
    fn is_free(&self) -> bool {
        self.coupling == 0.0
    }
}

/// The free field with `m² = mass_squared`.
fn free_field<R: Real>(lattice: Lattice, mass_squared: f64) -> FreeField<R::Scalar, Vec<R::Scalar>> {
    let mut root = vec![0.0; lattice.sites()];
    let log_z = lattice.free_field(mass_squared, &mut root, &mut vec![0.0; 2 * lattice.side]);
    FreeField { lattice, mass_squared: Real::c(mass_squared), root: in_precision(&root), log_z }
}

/// The covariance of the free field with `m² = mass_squared`.
fn coloring<R: Real>(lattice: Lattice, mass_squared: f64) -> Coloring<Vec<R::Scalar>> {
    let mut spectrum = vec![0.0; lattice.sites()];
    lattice.spectrum(mass_squared, &mut spectrum, &mut vec![0.0; lattice.side]);
    Coloring { hartley: hartley(lattice), spectrum: in_precision(&spectrum) }
}

impl BuiltinTarget for Phi4Target {
    const INFO: TargetInfo = TargetInfo {
        name: "phi4:L=16,m2=-1,lambda=0.9",
        example: "phi4:L=16,m2=-1,lambda=0.9",
        dimension: "L^2, or L^dim",
        log_z: "unknown; closed form for lambda=0",
        density: "phi^4 theory, sum of (phi_x+mu - phi_x)^2 + m2 phi^2 + lambda phi^4 over a periodic lattice",
        source: "Albergo et al. 2019; the NETS paper",
    };

    fn parse(parameters: &mut Parameters<'_>) -> Result<Self, TargetError> {
        let axes =
            parameters.number("dim", Some(AXES), "a number of axes, 1, 2 or 3", |axes| (1..=3).contains(&axes))?;
        let few = |side| side > 0 && Lattice { side, axes }.sites() <= MOST_SITES;
        let wanted = format!("sites along an axis, at most {MOST_SITES} in all");
        let side = parameters.number("L", None, wanted, few)?;
        let mass_squared = parameters.number("m2", None, "a number", f64::is_finite)?;
        let coupling = parameters.number("lambda", None, "a number from 0", |x: f64| x.is_finite() && x >= 0.0)?;
        let positive = |x: f64| x.is_finite() && x > 0.0;
        let base_mass_squared = parameters.number("base_m2", Some(BASE_MASS_SQUARED), "a positive number", positive)?;
        let target = Phi4Target { lattice: Lattice { side, axes }, mass_squared, coupling, base_mass_squared };
        if target.is_free() && mass_squared <= 0.0 {
            return Err(parameters.error("there is no density with lambda = 0 unless m2 is positive"));
        }
        Ok(target)
    }

    fn name(&self) -> String {
        let Lattice { side, axes } = self.lattice;
        let mut name = format!("phi4:L={side},m2={},lambda={}", self.mass_squared, self.coupling);
        if axes != AXES {
            name += &format!(",dim={axes}");
        }
        if self.base_mass_squared != BASE_MASS_SQUARED {
            name += &format!(",base_m2={}", self.base_mass_squared);
        }
        name
    }

    fn dim(&self) -> usize {
        self.lattice.sites()
    }

    fn path<R: Real>(&self) -> PathBox<'_, R> {
        Box::new(Outlined(Coupling {
            base: free_field::<R>(self.lattice, self.base_mass_squared),
            metric: coloring::<R>(self.lattice, self.base_mass_squared),
            mass_squared: Real::c(self.mass_squared),
            coupling: Real::c(self.coupling),
            schedule: Schedule::Linear,
        }))
    }

    fn lattice(&self) -> Option<Lattice> {
        Some(self.lattice)
    }

    fn log_z(&self) -> Option<f64> {
        self.is_free().then(|| free_field::<f64>(self.lattice, self.mass_squared).log_z)
    }

    fn exact_samples(&self, seed: u64, n: usize) -> Option<Vec<f64>> {
        let field = self.is_free().then(|| free_field::<f64>(self.lattice, self.mass_squared))?;
        Some(transport_rows(seed, n, self.dim(), |xi, x| field.sample(xi, x)))
    }
}
