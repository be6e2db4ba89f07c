//! The table for people.

use super::{BackwardSummary, Base, Summary};
use crate::metric::Coverage;
use std::fmt;

impl Summary {
    /// What is known, as names and values in words.
    pub fn rows(&self) -> Vec<(&'static str, String)> {
        let mut rows = vec![("target", format!("{}, d = {}", self.target, self.dim))];
        let mut add = |name, value: Option<String>| rows.extend(value.map(|value| (name, value)));
        add("base", self.base.as_ref().map(base));
        add("drift", self.drift.clone());
        add("objective", self.objective.clone());
        add("sampling", self.sampling());
        add("log Z", self.log_z.map(|log_z| with_error(log_z, self.log_z_stderr)));
        add("log Z, exact", self.log_z_exact.map(|exact| self.exact(exact)));
        add("log Z, bounds", self.bounds());
        add("ESS", self.ess.map(percent));
        add("forward ESS", self.backward.map(forward));
        add("ESS, least on path", self.ess_path_min.map(percent));
        add("largest weight", self.max_weight.map(|weight| self.largest(weight)));
        add("lost walkers", self.lost_walkers.map(|lost| lost.to_string()));
        add("resamplings", self.resamplings.filter(|&count| count > 0).map(|count| count.to_string()));
        add("acceptance", self.acceptance.map(percent));
        add("modes covered", self.coverage.map(modes));
        add("W2 to exact samples", self.w2.map(|w2| self.distance(w2)));
        add("KL bound of the drift", self.kl_bound.map(|bound| format!("{bound:.4}")));
        add("advice", self.advice.as_ref().map(|advice| advice.text.clone()));
        add("seconds", self.seconds());
        add("walker steps a second", self.walker_steps_per_second.map(|rate| format!("{rate:.2e}")));
        add("machine", Some(format!("{} threads, lanes {}, {}", self.threads, self.lanes, self.precision)));
        add("model", self.model.clone());
        add("samples", self.out.clone());
        rows
    }

    fn sampling(&self) -> Option<String> {
        let interrupted = if self.interrupted { " (interrupted)" } else { "" };
        Some(format!(
            "{} walkers{interrupted}, {} steps, {}, {}, seed {}",
            self.walkers?,
            self.steps?,
            self.epsilon.map_or("adapted moves".to_string(), |epsilon| format!("epsilon {epsilon}")),
            self.integrator?,
            self.seed
        ))
    }

    fn exact(&self, exact: f64) -> String {
        match self.deviation() {
            Some(deviation) => format!("{exact:.5} (the estimate is {deviation:+.1} standard errors away)"),
            None => format!("{exact:.5}"),
        }
    }

    fn bounds(&self) -> Option<String> {
        let (below, above) = (self.elbo?, self.backward?);
        Some(format!("{below:.5} (ELBO) to {} (EUBO)", with_error(above.eubo, Some(above.eubo_stderr))))
    }

    fn largest(&self, weight: f64) -> String {
        let times_mean = self.walkers.map(|walkers| format!(" ({:.1} times the mean)", weight * walkers as f64));
        format!("{weight:.2e}{}", times_mean.unwrap_or_default())
    }

    fn distance(&self, w2: f64) -> String {
        let floor = self.w2_floor.map(|floor| format!(" ({floor:.3} between two exact clouds)"));
        format!("{w2:.3}{}", floor.unwrap_or_default())
    }

    fn seconds(&self) -> Option<String> {
        let phases = [
            ("base", self.base_seconds),
            ("training", self.train_seconds),
            ("scan", self.scan_seconds),
            ("sampling", self.sample_seconds),
            ("metrics", self.metric_seconds),
            ("advice", self.advice.as_ref().map(|advice| advice.seconds)),
        ];
        let known: Vec<_> =
            phases.iter().filter_map(|(name, seconds)| seconds.map(|s| format!("{name} {s:.1}"))).collect();
        (!known.is_empty()).then(|| known.join(", "))
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_table(f, &self.rows())
    }
}

/// Writes names and values in two columns.
pub(crate) fn write_table(f: &mut impl fmt::Write, rows: &[(impl AsRef<str>, String)]) -> fmt::Result {
    let width = rows.iter().map(|(name, _)| name.as_ref().chars().count()).max().unwrap_or(0);
    for (name, value) in rows {
        writeln!(f, "  {:<width$}  {value}", name.as_ref())?;
    }
    Ok(())
}

/// Coordinates that a table has room for.
const SHOWN: usize = 4;

fn base(base: &Base) -> String {
    let passes = base.passes.map_or(String::new(), |passes| format!(" in {passes} passes"));
    let numbers = if base.mean.len() <= SHOWN {
        let each: Vec<String> = base.mean.iter().zip(&base.sd).map(|(m, s)| format!("{m:.5} ± {s:.3e}")).collect();
        each.join(", ")
    } else {
        let range = |numbers: &[f64]| {
            let (low, high) =
                numbers.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), &x| (l.min(x), h.max(x)));
            (low, high)
        };
        let ((low, high), (least, most)) = (range(&base.mean), range(&base.sd));
        format!("means {low:.5} to {high:.5}, standard deviations {least:.3e} to {most:.3e}")
    };
    format!("{}{passes}: {numbers}", base.origin)
}

fn modes(coverage: Coverage) -> String {
    let (covered, all) = (coverage.modes, coverage.modes_total);
    let test = match coverage.p_value {
        Some(p) => format!("chi2 {:.1}, p = {p:.3}", coverage.chi2),
        None => "no test: few effective walkers, or resampled ones".to_string(),
    };
    format!("{covered} of {all}; entropic {:.4}; {test}", coverage.entropic)
}

fn forward(found: BackwardSummary) -> String {
    let lost = if found.lost > 0 { format!(", {} of them lost", found.lost) } else { String::new() };
    format!("{} by {} exact samples carried back{lost}", percent(found.ess), found.samples)
}

fn percent(fraction: f64) -> String {
    format!("{:.1} %", 100.0 * fraction)
}

fn with_error(value: f64, error: Option<f64>) -> String {
    match error.filter(|error| error.is_finite()) {
        Some(error) => format!("{value:.5} ± {error:.5}"),
        None => format!("{value:.5}, error unknown"),
    }
}
