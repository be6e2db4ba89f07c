//! What others published for a target, and what is to be reached.

use super::row::Row;
use super::table::{Spread, Statistics};
use serde::{Deserialize, Serialize};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    target: Vec<Known>,
}

/// What is known of a target.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Known {
    /// Its names, as [`crate::target::Target::name`] has them: one for each path to it.
    names: Vec<String>,
    #[serde(default)]
    pub published: Vec<Published>,
    #[serde(default)]
    reach: Vec<Reach>,
}

/// A published figure.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Published {
    pub method: String,
    pub measure: String,
    /// As it was published.
    pub value: String,
    pub source: String,
}

/// What the mean of a measure over the seeds should be for `--method nets`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Reach {
    measure: String,
    at_least: Option<f64>,
    at_most: Option<f64>,
    below: Option<f64>,
    /// Above the mean of this method.
    above_method: Option<String>,
    /// A spread over the seeds beyond the bound is allowed.
    #[serde(default)]
    within_spread: bool,
    /// With so many steps at most.
    steps_at_most: Option<f64>,
    /// In words.
    text: String,
}

/// Whether a case reaches what it should.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Verdict {
    pub case: String,
    pub criterion: String,
    /// Mean and spread of what was measured.
    pub found: Option<Spread>,
    /// Not known if nothing was measured, or there is nothing to compare it with.
    pub met: Option<bool>,
}

/// What is known of the target with this name.
pub(super) fn known(target: &str) -> Option<Known> {
    file().target.into_iter().find(|known| known.names.iter().any(|name| name == target))
}

fn file() -> File {
    toml::from_str(include_str!("../../../data/published.toml")).expect("the tests read this file")
}

impl Known {
    /// Verdicts on the cases of a target that learned a drift.
    pub fn verdicts(&self, cases: &[Statistics]) -> Vec<Verdict> {
        let learned = cases.iter().filter(|case| case.method == "nets");
        learned.flat_map(|case| self.reach.iter().map(move |reach| reach.verdict(case, cases))).collect()
    }
}

impl Reach {
    fn verdict(&self, case: &Statistics, all: &[Statistics]) -> Verdict {
        let found = case.measure(&self.measure);
        let rival = self.above_method.as_ref().map(|method| {
            let rivals = all.iter().filter(|case| case.method == *method);
            rivals.filter_map(|case| case.measure(&self.measure)).map(|found| found.mean).reduce(f64::max)
        });
        let met = found.and_then(|found| {
            let slack = if self.within_spread { found.std.unwrap_or(0.0) } else { 0.0 };
            Some(
                self.at_least.is_none_or(|bound| found.mean >= bound - slack)
                    && self.at_most.is_none_or(|bound| found.mean <= bound + slack)
                    && self.below.is_none_or(|bound| found.mean < bound)
                    && match rival {
                        None => true,
                        Some(rival) => found.mean > rival?,
                    }
                    && self.steps_at_most.is_none_or(|most| {
                        case.rows.iter().all(|row: &Row| row.number("steps").is_some_and(|steps| steps <= most))
                    }),
            )
        });
        Verdict { case: case.case.clone(), criterion: self.text.clone(), found, met }
    }
}

#[cfg(test)]
mod tests {
    use super::super::row::MEASURES;
    use super::super::suite::Suite;
    use super::*;
    use crate::target::{Builtin, Target};

    #[test]
    fn the_file_names_targets_and_measures() {
        for known in file().target {
            for name in &known.names {
                assert_eq!(Builtin::parse(name).unwrap().name(), *name);
            }
            for reach in known.reach {
                assert!(MEASURES.iter().any(|measure| measure.name == reach.measure), "{}", reach.measure);
                let bounds = [reach.at_least, reach.at_most, reach.below];
                let bounds = bounds.iter().flatten().count() + usize::from(reach.above_method.is_some());
                assert_eq!(bounds, 1, "{}", reach.text);
            }
        }
    }

    #[test]
    fn every_criterion_has_a_case() {
        let suite = Suite::open(None, false).unwrap();
        let targets: Vec<String> =
            suite.cases.iter().map(|case| Builtin::parse(&case.target).unwrap().name()).collect();
        for known in file().target {
            assert!(known.names.iter().all(|name| targets.contains(name)), "{:?}", known.names);
        }
    }
}
