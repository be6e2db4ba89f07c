//! Rows over seeds: means and spreads, as Markdown, CSV, HTML and JSON.

use super::super::failure::Failure;
use super::published::{self, Published, Verdict};
use super::row::{MEASURES, Row};
use minijinja::syntax::SyntaxConfig;
use minijinja::value::{Serde, Value};
use minijinja::{AutoEscape, Environment, context};
use serde::Serialize;
use std::collections::BTreeMap;

/// Mean and sample standard deviation; one value has no deviation.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub(super) struct Spread {
    pub mean: f64,
    pub std: Option<f64>,
}

impl Spread {
    fn of(values: &[f64]) -> Option<Spread> {
        let n = values.len() as f64;
        let mean = values.iter().sum::<f64>() / n;
        let squares: f64 = values.iter().map(|x| (x - mean) * (x - mean)).sum();
        (n > 0.0).then(|| Spread { mean, std: (n > 1.0).then(|| (squares / (n - 1.0)).sqrt()) })
    }

    /// Two digits of the deviation, and as much of the mean.
    fn text(self) -> String {
        let last = |x: f64, digits: i32| (digits - 1 - x.abs().log10().floor() as i32).clamp(0, 6) as usize;
        match self.std.filter(|&std| std > 0.0) {
            Some(std) => format!("{:.*} ± {:.*}", last(std, 2), self.mean, last(std, 2), std),
            None if self.mean == 0.0 => "0".to_string(),
            None => format!("{:.*}", last(self.mean, 4), self.mean),
        }
    }
}

/// A case over its seeds.
pub(super) struct Statistics {
    pub case: String,
    pub target: String,
    pub method: String,
    /// Those that came out.
    pub rows: Vec<Row>,
    /// Those that did not: seed and reason.
    failed: Vec<(u64, String)>,
}

/// All that tables say of one target.
#[derive(Serialize)]
struct Section {
    target: String,
    heads: Vec<&'static str>,
    rows: Vec<Vec<String>>,
    failures: Vec<String>,
    published: Vec<Published>,
    verdicts: Vec<Verdict>,
}

/// The tables of a comparison.
pub(super) struct Tables {
    cases: Vec<Statistics>,
    sections: Vec<Section>,
}

impl Statistics {
    /// Gathers rows by their cases, in the order in which these come first.
    fn gather(rows: Vec<Row>) -> Vec<Statistics> {
        let mut cases: Vec<Statistics> = vec![];
        for row in rows {
            let at = cases.iter().position(|case| case.case == row.case).unwrap_or_else(|| {
                let (case, target, method) = (row.case.clone(), row.target.clone(), row.method.clone());
                cases.push(Statistics { case, target, method, rows: vec![], failed: vec![] });
                cases.len() - 1
            });
            match &row.error {
                None => cases[at].rows.push(row),
                Some(error) => cases[at].failed.push((row.seed, error.clone())),
            }
        }
        cases
    }

    /// Mean and spread of the measure with this name, if every row has it.
    pub fn measure(&self, name: &str) -> Option<Spread> {
        let values: Option<Vec<f64>> = self.rows.iter().map(|row| row.measure(name)).collect();
        Spread::of(&values?)
    }

    /// From the least to the greatest value of a setting over the seeds.
    fn setting(&self, field: &str) -> Option<String> {
        let values: Option<Vec<f64>> = self.rows.iter().map(|row| row.number(field)).collect();
        let values = values.filter(|values| !values.is_empty())?;
        let [least, greatest] = [f64::min, f64::max].map(|of| values.iter().copied().reduce(of).unwrap_or(f64::NAN));
        Some(if least == greatest { least.to_string() } else { format!("{least}–{greatest}") })
    }

    fn word(&self, field: &str) -> String {
        self.rows.first().and_then(|row| row.word(field)).unwrap_or("").to_string()
    }

    /// The seeds, runs of consecutive ones as their ends.
    fn seeds(&self) -> String {
        let mut runs: Vec<(u64, u64)> = vec![];
        for row in &self.rows {
            match runs.last_mut() {
                Some((_, end)) if row.seed == *end + 1 => *end = row.seed,
                _ => runs.push((row.seed, row.seed)),
            }
        }
        let text = |(first, last)| if first == last { format!("{first}") } else { format!("{first}–{last}") };
        runs.into_iter().map(text).collect::<Vec<_>>().join(", ")
    }

    /// What tables have before the measures.
    fn settings(&self) -> [String; 6] {
        let setting = |field| self.setting(field).unwrap_or_default();
        let epsilon = self.setting("epsilon").unwrap_or_else(|| "adapted".to_string());
        let [walkers, steps] = ["walkers", "steps"].map(setting);
        [self.case.clone(), walkers, steps, epsilon, self.word("integrator"), self.seeds()]
    }
}

/// How to read the tables.
const LEGEND: &str = "\
Mean ± standard deviation over seeds. ESS is the effective sample size as a fraction of the walkers; forward ESS and EUBO (an
upper bound on log Z) are those of exact samples carried back to the base density, which see modes that no walker reached;
the |Δ log Z| raw is that of the mean log weight (a lower bound), |Δ log Z| that of the estimate; coverage is entropic, 1 when
every mode has its weight.
W₂, Sinkhorn and MMD are distances between 2000 walkers, resampled to equal weights, and as many exact samples; their floors
those between two exact clouds. Sinkhorn has the regularisation ε beside it; with the published ε = 0.001 it lies between W₂²
and W₂² + ε log n, which is shown. MMD has the median distance of two exact clouds as its bandwidth. Training includes scans
and pilots, and ESS/s counts it; ESS/s of 10⁵ is what it were with 10⁵ walkers.";

const SETTINGS: [&str; 6] = ["case", "walkers", "K", "ε", "integrator", "seeds"];

impl Section {
    fn new(target: &str, cases: &[Statistics]) -> Section {
        let shown = |measure: &&super::row::Measure| cases.iter().any(|case| case.measure(measure.name).is_some());
        let measures: Vec<_> = MEASURES.iter().filter(|measure| measure.head.is_some()).filter(shown).collect();
        let known = published::known(target);
        let failures = cases.iter().flat_map(|case| {
            case.failed.iter().map(|(seed, error)| format!("{}, seed {seed}, failed: {error}", case.case))
        });
        Section {
            target: target.to_string(),
            heads: SETTINGS.into_iter().chain(measures.iter().filter_map(|measure| measure.head)).collect(),
            rows: cases
                .iter()
                .filter(|case| !case.rows.is_empty())
                .map(|case| {
                    let text = |found: Option<Spread>| found.map_or("–".to_string(), Spread::text);
                    let found = measures.iter().map(|measure| text(case.measure(measure.name)));
                    case.settings().into_iter().chain(found).collect()
                })
                .collect(),
            failures: failures.collect(),
            verdicts: known.as_ref().map_or(vec![], |known| known.verdicts(cases)),
            published: known.map_or(vec![], |known| known.published),
        }
    }
}

impl Tables {
    /// The tables of these rows.
    pub fn new(rows: Vec<Row>) -> Tables {
        let mut targets: Vec<String> = vec![];
        for row in &rows {
            if !targets.contains(&row.target) {
                targets.push(row.target.clone());
            }
        }
        let (mut all, mut sections) = (vec![], vec![]);
        for target in targets {
            let cases = Statistics::gather(rows.iter().filter(|row| row.target == target).cloned().collect());
            sections.push(Section::new(&target, &cases));
            all.extend(cases);
        }
        Tables { cases: all, sections }
    }

    /// Runs that failed.
    pub fn failed(&self) -> usize {
        self.cases.iter().map(|case| case.failed.len()).sum()
    }

    /// The tables in Markdown.
    pub fn markdown(&self) -> Result<String, Failure> {
        self.page("compare.md", include_str!("compare.md"))
    }

    /// The tables as a page that needs no other file and no network.
    pub fn html(&self) -> Result<String, Failure> {
        self.page("compare.html", include_str!("compare.html"))
    }

    fn page(&self, name: &str, template: &str) -> Result<String, Failure> {
        let mut environment = Environment::new();
        let failed = |error| Failure::computation(format!("the page {name} failed: {error}"));
        environment.set_syntax(SyntaxConfig::builder().trim_blocks(true).build().map_err(failed)?);
        let escape = |name: &str| if name.ends_with("html") { AutoEscape::Html } else { AutoEscape::None };
        environment.set_auto_escape_callback(escape);
        environment.add_filter("spread", |found: Option<f64>, std: Option<f64>| {
            found.map_or("–".to_string(), |mean| Spread { mean, std }.text())
        });
        environment
            .render_named_str(
                name,
                template,
                context! {
                    sections => Value::from(Serde(&self.sections)),
                    legend => LEGEND,
                    version => env!("CARGO_PKG_VERSION"),
                },
            )
            .map_err(failed)
    }

    /// One line for each case, with mean and standard deviation of every measure.
    pub fn csv(&self) -> String {
        let mut head: Vec<String> =
            ["case", "target", "method", "walkers", "steps", "epsilon", "integrator", "precision", "seeds", "failed"]
                .map(String::from)
                .to_vec();
        head.extend(MEASURES.iter().flat_map(|measure| [measure.name.to_string(), format!("{}_std", measure.name)]));
        let lines = self.cases.iter().map(|case| {
            let [name, walkers, steps, epsilon, integrator, seeds] = case.settings();
            let (target, method) = (case.target.clone(), case.method.clone());
            let (precision, failed) = (case.word("precision"), case.failed.len().to_string());
            let mut line = vec![name, target, method, walkers, steps, epsilon, integrator, precision, seeds, failed];
            for measure in MEASURES {
                let found = case.measure(measure.name);
                let numbers = [found.map(|found| found.mean), found.and_then(|found| found.std)];
                line.extend(numbers.map(|number| number.map_or(String::new(), |number| number.to_string())));
            }
            line
        });
        std::iter::once(head)
            .chain(lines)
            .map(|line| line.iter().map(|field| quoted(field)).collect::<Vec<_>>().join(",") + "\n")
            .collect()
    }

    /// The tables as an object.
    pub fn json(&self, interrupted: bool) -> serde_json::Value {
        let cases: Vec<_> = self
            .cases
            .iter()
            .map(|case| {
                let measures: BTreeMap<_, _> =
                    MEASURES.iter().map(|measure| (measure.name, case.measure(measure.name))).collect();
                serde_json::json!({
                    "case": case.case,
                    "target": case.target,
                    "method": case.method,
                    "measures": measures,
                    "rows": case.rows,
                    "failed": case.failed,
                })
            })
            .collect();
        let criteria: Vec<_> = self.sections.iter().flat_map(|section| &section.verdicts).collect();
        serde_json::json!({
            "version": env!("CARGO_PKG_VERSION"),
            "interrupted": interrupted,
            "cases": cases,
            "criteria": criteria,
        })
    }
}

/// A field of CSV.
fn quoted(field: &str) -> String {
    let plain = !field.contains([',', '"', '\n']);
    if plain { field.to_string() } else { format!("\"{}\"", field.replace('"', "\"\"")) }
}
