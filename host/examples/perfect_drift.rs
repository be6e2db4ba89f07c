//! What discretisation costs: the integrators with the *perfect* drift of the 40-mode mixture, so that every loss
//! of effective sample size is the integrator's. Prints a table and checks it against an independent
//! implementation's figures.
//!
//! ```text
//! cargo run --release -p nets-host --example perfect_drift
//! ```

use nets_host::engine::{Discard, Plan, sample};
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

/// Steps, epsilon, and the ESS that 4000 walkers showed in double precision in another implementation, one per column.
const EXPECTED: [(usize, f64, [f64; 5]); 5] = [
    (50, 1.0, [1.000, 0.024, 0.823, 1.000, 1.000]),
    (50, 20.0, [1.000, 0.160, 0.889, 0.468, 1.000]),
    (100, 5.0, [1.000, 0.449, 0.964, 0.996, 1.000]),
    (250, 20.0, [1.000, 0.757, 0.996, 0.960, 1.000]),
    (1000, 20.0, [1.000, 0.940, 1.000, 0.997, 1.000]),
];

/// How far a median over seeds may be from a figure of one seed. Where weights have a heavy tail, one seed's ESS says
/// little, and the figure must lie within the seeds' own spread.
const TOLERANCE: f64 = 0.03;
const SEEDS: u64 = 9;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let target = Builtin::parse("gmm40")?;
    let model = Model::exact(&target)?;
    println!("ESS with the perfect drift: median (least, largest) of {SEEDS} seeds, 4000 walkers, f64");
    println!("{:>5} {:>5}  {}", "K", "eps", COLUMNS.map(|(name, _)| format!("{name:>23}")).join(""));
    for (steps, epsilon, expected) in EXPECTED {
        print!("{steps:>5} {epsilon:>5}  ");
        for ((name, integrator), expected) in COLUMNS.into_iter().zip(expected) {
            let mut ess = vec![];
            for seed in 0..SEEDS {
                let plan = Plan { walkers: 4000, steps, epsilon, integrator, seed, ..Plan::default() };
                ess.push(sample(&target, &model, &plan, &mut Discard, &Silent)?.ess);
            }
            ess.sort_by(f64::total_cmp);
            let (least, median, largest) = (ess[0], ess[ess.len() / 2], ess[ess.len() - 1]);
            print!("{:>23}", format!("{median:.3} ({least:.3}, {largest:.3})"));
            if (median - expected).abs() > TOLERANCE && !(least..=largest).contains(&expected) {
                return Err(format!("{name} at K = {steps}, epsilon = {epsilon}: expected {expected}").into());
            }
        }
        println!();
    }
    println!("every figure of the other implementation lies within {TOLERANCE} or within the spread");
    Ok(())
}
