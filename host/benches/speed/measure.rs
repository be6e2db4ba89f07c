//! Measuring, and the lines of the table.

use nets_host::lanes::{Precision, Width};
use serde_json::json;
use std::time::Instant;

/// One figure of the table.
pub struct Figure {
    pub name: &'static str,
    pub value: f64,
    pub unit: &'static str,
    /// Floating-point operations a second, in units of 10⁹, that the figure comes to; a multiply-add is two, and so is any
    /// other arithmetic instruction, in whose place one could have been.
    pub operations: Option<f64>,
}

impl Figure {
    /// `instructions` of one lane, arithmetic ones, in `nanoseconds`.
    pub fn of_instructions(name: &'static str, nanoseconds: f64, unit: &'static str, instructions: f64) -> Self {
        Figure { name, value: nanoseconds, unit, operations: Some(2.0 * instructions / nanoseconds) }
    }

    pub fn print(&self, width: Width, precision: Precision, peak: f64, as_json: bool) {
        let fraction = self.operations.map(|operations| operations / peak);
        if as_json {
            let Figure { name, value, unit, .. } = self;
            let (lanes, precision) = (width.name(), precision.name());
            let line = json!({
                "name": name, "value": value, "unit": unit, "fraction": fraction, "lanes": lanes, "precision": precision
            });
            println!("{line}");
            return;
        }
        let value = format!("{:.4e}", self.value);
        let value = if (0.01..1e5).contains(&self.value) { format!("{:.2}", self.value) } else { value };
        let fraction = fraction.map_or(String::new(), |fraction| format!("{:.1} %", 100.0 * fraction));
        println!(
            "{:<44} {:>6} {:>5} {:>24} {:>9}",
            self.name,
            width,
            precision,
            format!("{value} {}", self.unit),
            fraction
        );
    }
}

/// How many runs; the median counts.
const RUNS: usize = 9;

/// The median over runs of the nanoseconds of `work`, made `repeats` times a run, so that a run takes some milliseconds.
pub fn nanoseconds(repeats: usize, mut work: impl FnMut()) -> f64 {
    work();
    let mut times: Vec<f64> = (0..RUNS)
        .map(|_| {
            let begun = Instant::now();
            (0..repeats).for_each(|_| work());
            begun.elapsed().as_secs_f64() * 1e9 / repeats as f64
        })
        .collect();
    times.sort_by(f64::total_cmp);
    times[RUNS / 2]
}
