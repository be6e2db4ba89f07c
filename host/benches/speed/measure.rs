//! Measuring, and the lines of the table.

use crate::peak::multiply_adds_per_nanosecond;
use nets_host::lanes::{Precision, Width};
use nets_kernel::real::Real;
use serde_json::json;
use std::time::Instant;

/// How long something took, and what the machine could have done meanwhile.
#[derive(Clone, Copy, Debug)]
pub struct Timing {
    pub nanoseconds: f64,
    /// Multiply-adds, those of all lanes counted, that one core would have made in that time.
    pub multiply_adds: f64,
}

impl Timing {
    /// The share of one of `count` walkers, numbers, samples.
    pub fn each(self, count: f64) -> Timing {
        Timing { nanoseconds: self.nanoseconds / count, multiply_adds: self.multiply_adds / count }
    }

    /// The medians of both, each on its own.
    pub fn median(timings: &[Timing]) -> Timing {
        let of = |key: fn(&Timing) -> f64| median(timings.iter().map(key).collect());
        Timing { nanoseconds: of(|timing| timing.nanoseconds), multiply_adds: of(|timing| timing.multiply_adds) }
    }
}

/// The median.
pub fn median(mut numbers: Vec<f64>) -> f64 {
    numbers.sort_by(f64::total_cmp);
    numbers[numbers.len() / 2]
}

/// How many runs; the median counts.
const RUNS: usize = 15;

/// Times `work`, made `repeats` times a run, so that a run takes some milliseconds. The peak is measured before and after
/// every run: other programs and the processor's clock slow both down alike.
pub fn time<R: Real>(repeats: usize, mut work: impl FnMut()) -> Timing {
    work();
    let mut before = multiply_adds_per_nanosecond::<R>();
    let runs: Vec<Timing> = (0..RUNS)
        .map(|_| {
            let begun = Instant::now();
            (0..repeats).for_each(|_| work());
            let nanoseconds = begun.elapsed().as_secs_f64() * 1e9 / repeats as f64;
            let after = multiply_adds_per_nanosecond::<R>();
            let rate = 0.5 * (std::mem::replace(&mut before, after) + after);
            Timing { nanoseconds, multiply_adds: nanoseconds * rate }
        })
        .collect();
    Timing::median(&runs)
}

/// A line of the table.
pub struct Figure {
    pub name: &'static str,
    pub value: f64,
    pub unit: &'static str,
    /// What fraction of the peak it comes to.
    pub fraction: Option<f64>,
}

impl Figure {
    /// Something that asks for so many arithmetic `instructions` of one lane; a fused multiply-add is one, and so is any
    /// other, in whose place one could have been.
    pub fn of_instructions(name: &'static str, timing: Timing, unit: &'static str, instructions: f64) -> Self {
        Figure { name, value: timing.nanoseconds, unit, fraction: Some(instructions / timing.multiply_adds) }
    }

    /// A figure that no bound is known for.
    pub fn plain(name: &'static str, value: f64, unit: &'static str) -> Self {
        Figure { name, value, unit, fraction: None }
    }

    pub fn print(&self, width: Width, precision: Precision, as_json: bool) {
        let Figure { name, value, unit, fraction } = self;
        if as_json {
            let (lanes, precision) = (width.name(), precision.name());
            let line = json!({
                "name": name, "value": value, "unit": unit, "fraction": fraction, "lanes": lanes, "precision": precision
            });
            println!("{line}");
            return;
        }
        let number = if (0.01..1e5).contains(value) { format!("{value:.2}") } else { format!("{value:.4e}") };
        let fraction = fraction.map_or(String::new(), |fraction| format!("{:.1} %", 100.0 * fraction));
        println!("{name:<44} {width:>6} {precision:>5} {:>24} {fraction:>9}", format!("{number} {unit}"));
    }
}
