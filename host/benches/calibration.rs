//! The calibration of estimates and their errors in every combination of integrator, steps, drift and resampling:
//! z-scores of `Ẑ/Z` over many seeds against the standard normal distribution. The short form is a test.
//!
//! ```text
//! cargo bench -p nets-host --bench calibration -- 1000
//! ```
//!
//! The argument is the number of seeds, 400 if there is none. Ends with an error if more combinations have p < 0.001
//! than chance explains.

#[path = "../tests/common/mod.rs"]
mod common;

use common::calibration::{Case, Verdict};
use common::{Moving, random_drift};
use nets_host::model::Model;
use nets_kernel::step::{Integrator, Map, Move};
use std::process::ExitCode;

const INTEGRATORS: [(&str, Integrator); 9] = [
    ("pair", Integrator::Pair),
    ("split, Euler, MALA", Integrator::Split(Map::Euler, Move::Mala)),
    ("split, midpoint, MALA", Integrator::Split(Map::Midpoint, Move::Mala)),
    ("split, Euler, unadjusted", Integrator::Split(Map::Euler, Move::Unadjusted)),
    ("split, midpoint, unadjusted", Integrator::Split(Map::Midpoint, Move::Unadjusted)),
    ("inertial, Euler", Integrator::Split(Map::Euler, Move::Inertial)),
    ("inertial, midpoint", Integrator::Split(Map::Midpoint, Move::Inertial)),
    ("inertial, Euler, unadjusted", Integrator::Split(Map::Euler, Move::InertialUnadjusted)),
    ("inertial, midpoint, unadjusted", Integrator::Split(Map::Midpoint, Move::InertialUnadjusted)),
];

fn main() -> ExitCode {
    let seeds = std::env::args().skip(1).find_map(|argument| argument.parse().ok()).unwrap_or(400);
    let target = Moving::example();
    let drifts = [
        ("zero", Model::zero(&target)),
        ("random", random_drift(&target)),
        ("perfect", Model::exact(&target).expect("its perfect drift is known")),
    ];
    println!("{seeds} seeds");
    let (mut cases, mut failed) = (0, 0);
    for (name, integrator) in INTEGRATORS {
        for (drift, model) in &drifts {
            for resample in [false, true] {
                for steps in [1, 2, 5, 20] {
                    let verdict = Case { integrator, steps, model, resample }.verdict(seeds);
                    cases += u32::from(matches!(verdict, Verdict::Scores { .. }));
                    failed += u32::from(!verdict.passes());
                    let resampled = if resample { "resampled" } else { "" };
                    let mark = if verdict.passes() { "" } else { "  <-" };
                    println!("{name:<30}  {drift:<7}  K = {steps:<2}  {resampled:<9}  {verdict}{mark}");
                }
            }
        }
    }
    println!("{failed} of {cases} combinations have p < 0.001; chance makes one in a thousand");
    if failed > 1 + cases / 300 { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}
