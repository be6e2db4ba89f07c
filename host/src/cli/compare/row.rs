//! One finished run, and what it measured.

use super::super::evaluate::exact_clouds;
use crate::engine::{Error, on_threads};
use crate::metric::{TOLERANCE, costs, mmd, sinkhorn};
use crate::summary::Summary;
use crate::target::Target;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::time::Instant;

/// The regularisation of the Sinkhorn distance, in units of the mean cost between two exact clouds. With the median of a
/// density with heavy tails it would take minutes.
const EPSILON: f64 = 0.05;
/// The regularisation of published Sinkhorn distances (D. Blessing et al., 2406.07423).
const PUBLISHED_EPSILON: f64 = 1e-3;
/// Samples that a comparison of methods in time asks for.
const ASKED: f64 = 1e5;

/// A run of one case with one seed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Row {
    /// All that its numbers depend on.
    pub key: String,
    /// The name of the case.
    pub case: String,
    /// The name of the target.
    pub target: String,
    /// nets, ais or smc.
    pub method: String,
    /// The seed.
    pub seed: u64,
    /// Why it failed, if it did.
    pub error: Option<String>,
    /// The summary of the run, as `nets run --json` has it.
    pub summary: Value,
    /// What the summary does not have.
    pub extra: Extra,
}

/// Measures beyond those of a summary. Both clouds have 2000 points, resampled to equal weights.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Extra {
    /// `log Z_0 + mean A`: by Jensen's inequality a lower bound on `log Z`, in the mean (ELBO).
    pub elbo: Option<f64>,
    /// The Sinkhorn distance to exact samples.
    pub sinkhorn: Option<f64>,
    /// That between two exact clouds.
    pub sinkhorn_floor: Option<f64>,
    /// Its regularisation: a twentieth of the mean squared distance between two exact clouds.
    pub sinkhorn_epsilon: Option<f64>,
    /// The maximum mean discrepancy to exact samples.
    pub mmd: Option<f64>,
    /// That between two exact clouds.
    pub mmd_floor: Option<f64>,
    /// Its bandwidth: the median distance between two exact clouds.
    pub mmd_bandwidth: Option<f64>,
    /// Points of a cloud.
    pub points: usize,
    /// Seconds that these measures took.
    pub seconds: f64,
}

impl Extra {
    /// Measures the `points` that stand for the walkers of a run.
    pub fn measure(target: &impl Target, points: &[f64], summary: &Summary, threads: usize) -> Result<Extra, Error> {
        let (begun, dim) = (Instant::now(), target.dim());
        let n = points.len() / dim;
        let mut extra = Extra { elbo: summary.elbo, points: n, ..Extra::default() };
        if let Some([first, second]) = exact_clouds(target, summary.seed, n) {
            on_threads(threads, || {
                let between = costs(dim, &first, &second);
                let epsilon = EPSILON * between.iter().sum::<f64>() / between.len() as f64;
                extra.sinkhorn = sinkhorn(n, &costs(dim, points, &first), epsilon, TOLERANCE);
                extra.sinkhorn_floor = sinkhorn(n, &between, epsilon, TOLERANCE);
                extra.sinkhorn_epsilon = Some(epsilon);
                let bandwidth = median(between).sqrt();
                extra.mmd = Some(mmd(dim, points, &first, bandwidth));
                extra.mmd_floor = Some(mmd(dim, &first, &second, bandwidth));
                extra.mmd_bandwidth = Some(bandwidth);
            })?;
        }
        extra.seconds = begun.elapsed().as_secs_f64();
        Ok(extra)
    }
}

fn median(mut values: Vec<f64>) -> f64 {
    let middle = values.len() / 2;
    *values.select_nth_unstable_by(middle, f64::total_cmp).1
}

impl Row {
    /// A run that came out.
    pub fn done(mut self, mut summary: Summary, extra: Extra) -> Row {
        // The model's file is gone when the row is read.
        summary.model = None;
        self.summary = serde_json::to_value(&summary).expect("a summary is plain data");
        Row { extra, ..self }
    }

    /// A number of the summary.
    pub fn number(&self, field: &str) -> Option<f64> {
        self.summary[field].as_f64()
    }

    /// A word of the summary.
    pub fn word(&self, field: &str) -> Option<&str> {
        self.summary[field].as_str()
    }

    /// A number of what exact samples say that were carried back.
    fn backward(&self, field: &str) -> Option<f64> {
        self.summary["backward"][field].as_f64()
    }

    /// The measure with this name of the list below.
    pub fn measure(&self, name: &str) -> Option<f64> {
        MEASURES.iter().find(|measure| measure.name == name).and_then(|measure| (measure.of)(self))
    }

    /// Seconds before sampling began: training, and the scan or the pilot.
    fn preparation(&self) -> f64 {
        self.number("train_seconds").unwrap_or(0.0) + self.number("scan_seconds").unwrap_or(0.0)
    }

    /// Effective samples a second, training counted, if sampling is `times` as long and each walker counts as `ess`.
    fn rate(&self, ess: f64, times: f64) -> Option<f64> {
        let effective = times * ess * self.number("walkers")?;
        Some(effective / (self.preparation() + times * self.number("sample_seconds")?))
    }

    /// What the ESS has to be, as a fraction, for independent walkers to have the standard error `σ` that log Z has:
    /// `1 / (1 + n σ²)`. Where nothing was resampled it is the ESS; the ESS of resampled walkers tells of the weights since
    /// then alone, this tells that copies are no new walkers.
    fn ess_of_error(&self) -> Option<f64> {
        Some(1.0 / (1.0 + self.number("walkers")? * self.number("log_z_stderr")?.powi(2)))
    }
}

/// A measure that tables have.
pub(super) struct Measure {
    /// As files and criteria call it.
    pub name: &'static str,
    /// As the heads of tables call it; without one, it is in files alone.
    pub head: Option<&'static str>,
    pub of: fn(&Row) -> Option<f64>,
}

/// All measures, in the order of the tables.
pub(super) const MEASURES: &[Measure] = &[
    shown("ess", "ESS", |row| row.number("ess")),
    shown("forward_ess", "forward ESS", |row| row.backward("ess")),
    shown("backward_lost", "lost going back", |row| row.backward("lost")),
    shown("log_z", "log Z", |row| row.number("log_z")),
    shown("log_z_stderr", "its error", |row| row.number("log_z_stderr")),
    hidden("log_z_backward", |row| row.backward("log_z")),
    hidden("log_z_backward_stderr", |row| row.backward("log_z_stderr")),
    hidden("elbo", |row| row.extra.elbo),
    shown("eubo", "EUBO", |row| row.backward("eubo")),
    shown("delta_log_z_raw", "|Δ log Z| raw", |row| Some((row.extra.elbo? - row.number("log_z_exact")?).abs())),
    shown("delta_log_z", "|Δ log Z|", |row| Some((row.number("log_z")? - row.number("log_z_exact")?).abs())),
    shown("coverage", "coverage", |row| row.summary["coverage"]["entropic"].as_f64()),
    shown("modes_missed", "modes missed", |row| {
        let coverage = &row.summary["coverage"];
        Some(coverage["modes_total"].as_f64()? - coverage["modes"].as_f64()?)
    }),
    shown("coverage_p", "p of coverage", |row| row.summary["coverage"]["p_value"].as_f64()),
    shown("w2", "W₂", |row| row.number("w2")),
    shown("w2_floor", "floor", |row| row.number("w2_floor")),
    hidden("w2_excess", |row| Some(row.number("w2")? - row.number("w2_floor")?)),
    shown("sinkhorn", "Sinkhorn", |row| row.extra.sinkhorn),
    shown("sinkhorn_floor", "floor", |row| row.extra.sinkhorn_floor),
    shown("sinkhorn_epsilon", "its ε", |row| row.extra.sinkhorn_epsilon),
    // W₂² ≤ S_ε ≤ W₂² + ε log n: what literature calls the Sinkhorn distance is this, to a hundredth.
    shown("sinkhorn_published", "Sinkhorn, ε = 0.001", |row| {
        Some(row.number("w2")?.powi(2) + PUBLISHED_EPSILON * (row.extra.points as f64).ln())
    }),
    shown("mmd", "MMD", |row| row.extra.mmd),
    shown("mmd_floor", "floor", |row| row.extra.mmd_floor),
    hidden("mmd_bandwidth", |row| row.extra.mmd_bandwidth),
    shown("train_seconds", "training, s", |row| Some(row.preparation())),
    shown("sample_seconds", "sampling, s", |row| row.number("sample_seconds")),
    shown("ess_per_second", "ESS/s", |row| row.rate(row.number("ess")?, 1.0)),
    // Sampling takes time in proportion to the walkers.
    shown("ess_per_second_1e5", "ESS/s of 10⁵", |row| row.rate(row.number("ess")?, ASKED / row.number("walkers")?)),
    shown("ess_of_error", "ESS by log Z", |row| row.ess_of_error()),
    shown("ess_of_error_per_second_1e5", "the same/s of 10⁵", |row| {
        row.rate(row.ess_of_error()?, ASKED / row.number("walkers")?)
    }),
];

const fn shown(name: &'static str, head: &'static str, of: fn(&Row) -> Option<f64>) -> Measure {
    Measure { name, head: Some(head), of }
}

const fn hidden(name: &'static str, of: fn(&Row) -> Option<f64>) -> Measure {
    Measure { name, head: None, of }
}
