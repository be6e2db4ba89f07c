//! What discretisation costs: the integrators with the *perfect* drift of the 40-mode mixture, so that every loss
//! of effective sample size is the integrator's. Prints a table and checks it against an independent
//! implementation's figures.
//!
//! ```text
//! cargo run --release -p nets-host --example perfect_drift
//! ```

use nets_host::engine::{Discard, Plan, sample};
use nets_host::lanes::{Precision, Width};
use nets_host::model::Model;
use nets_host::progress::Silent;
use nets_host::target::Builtin;
use nets_kernel::step::{Integrator, Map, Move};

const COLUMNS: [(&str, Integrator); 5] = [
    ("ito", Integrator::Ito),
    ("pair", Integrator::Pair),
    ("Euler+MALA", Integrator::Split(Map::Euler, Move::Mala)),
    ("midpoint, unadjusted", Integrator::Split(Map::Midpoint, Move::Unadjusted)),
    ("midpoint+MALA", Integrator::Split(Map::Midpoint, Move::Mala)),
];

/// Steps, epsilon, and the ESS that 4000 walkers showed in double precision, one per column.
const EXPECTED: [(usize, f64, [f64; 5]); 5] = [
    (50, 1.0, [1.000, 0.024, 0.823, 1.000, 1.000]),
    (50, 20.0, [1.000, 0.160, 0.889, 0.468, 1.000]),
    (100, 5.0, [1.000, 0.449, 0.964, 0.996, 1.000]),
    (250, 20.0, [1.000, 0.757, 0.996, 0.960, 1.000]),
    (1000, 20.0, [1.000, 0.940, 1.000, 0.997, 1.000]),
];

/// Two runs of 4000 walkers with a heavy tail of weights differ by about 0.01; a wrong kernel by far more.
const TOLERANCE: f64 = 0.03;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let target = Builtin::parse("gmm40")?;
    let model = Model::exact(&target)?;
    println!("ESS with the perfect drift, 4000 walkers, seed 0, f64");
    println!("{:>5} {:>5}  {}", "K", "eps", COLUMNS.map(|(name, _)| format!("{name:>21}")).join(""));
    let mut worst: f64 = 0.0;
    for (steps, epsilon, expected) in EXPECTED {
        print!("{steps:>5} {epsilon:>5}  ");
        for ((_, integrator), expected) in COLUMNS.into_iter().zip(expected) {
            let plan = Plan {
                walkers: 4000,
                steps,
                epsilon,
                integrator,
                resample_below: None,
                seed: 0,
                precision: Precision::F64,
                width: Width::detect(),
                threads: std::thread::available_parallelism()?.get(),
            };
            let outcome = sample(&target, &model, &plan, &mut Discard, &Silent)?;
            worst = worst.max((outcome.ess - expected).abs());
            print!("{:>13.3} ({expected:.3})", outcome.ess);
        }
        println!();
    }
    println!("largest difference {worst:.3}, tolerance {TOLERANCE}");
    if worst > TOLERANCE {
        return Err(format!("an ESS differs by {worst:.3} from the figure beside it").into());
    }
    Ok(())
}
