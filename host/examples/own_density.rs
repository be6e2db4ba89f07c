//! NETS on a density of your own: write `U` and `∇U` once, train a drift in seconds, sample, and read off the
//! normalising constant. Here: a ring of radius 3 and width ½ in the plane, whose normaliser is known.
//!
//! ```text
//! cargo run --release -p nets-host --example own_density
//! ```

use nets_host::engine::{Discard, Plan, sample};
use nets_host::progress::Silent;
use nets_host::target::{Density, OwnDensity};
use nets_host::train::{TrainOptions, train};
use nets_kernel::real::Real;

struct Ring;

impl Density for Ring {
    fn dim(&self) -> usize {
        2
    }
    /// `U = (|x| − 3)² / 2σ²` with `σ = ½`.
    fn potential<R: Real>(&self, x: &[R], gradient: &mut [R]) -> R {
        let radius = (x[0] * x[0] + x[1] * x[1]).sqrt();
        let z = (radius - R::c(3.0)) * R::c(2.0);
        gradient[0] = R::c(2.0) * z * x[0] / radius;
        gradient[1] = R::c(2.0) * z * x[1] / radius;
        R::c(0.5) * z * z
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let target = OwnDensity::new("ring", Ring).base(&[0.0, 0.0], &[3.0, 3.0]);
    let model = train(&target, &TrainOptions::least_squares(&target), &Silent)?.model;
    let plan = Plan { epsilon: 1.0, ..Plan::default() };
    let outcome = sample(&target, &model, &plan, &mut Discard, &Silent)?;

    let exact = (std::f64::consts::TAU * 3.0 * 0.5 * std::f64::consts::TAU.sqrt()).ln();
    println!("log Z = {:.4} ± {:.4} (exact {exact:.4})", outcome.log_z, outcome.log_z_stderr);
    println!("ESS = {:.3}, {} of {} walkers lost", outcome.ess, outcome.lost_walkers, outcome.walkers);
    let score = (outcome.log_z - exact) / outcome.log_z_stderr;
    if score.abs() > 4.0 || outcome.ess < 0.9 {
        return Err(format!("log Z is {score:.1} standard errors off, ESS {:.3}", outcome.ess).into());
    }
    Ok(())
}
