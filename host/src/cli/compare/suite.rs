//! What is compared: cases, each a `nets run` with its flags, and seeds.

use super::super::args::{Cli, Command, CompareArgs, RunArgs};
use super::super::config;
use super::super::failure::Failure;
use crate::lanes::Width;
use clap::{Parser, ValueEnum};
use std::fs;
use std::path::Path;
use std::str::FromStr;
use toml::{Table, Value};

const BUILT_IN: &str = include_str!("../../../data/suite.toml");

/// Flags of a run that belong to the whole comparison, or to a run that leaves files.
const NOT_OF_A_CASE: [&str; 8] =
    ["seed", "out-dir", "json", "quiet", "config", "resume", "checkpoint-every", "require-ess"];

/// Cases and the seeds that each of them is run with.
#[derive(Debug)]
pub(super) struct Suite {
    pub cases: Vec<Case>,
    seeds: Seeds,
}

/// One row of the comparison.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Case {
    pub name: String,
    pub target: String,
    /// `--key=value`, in the order of the keys.
    flags: Vec<String>,
}

/// The seeds of every case.
#[derive(Clone, Debug, PartialEq)]
pub(in super::super) enum Seeds {
    /// So many, from `--seed` on.
    Count(u64),
    /// These.
    List(Vec<u64>),
}

impl FromStr for Seeds {
    type Err = String;

    fn from_str(text: &str) -> Result<Seeds, String> {
        let number = |word: &str| word.trim().parse().map_err(|_| format!("`{word}` is not a whole number from 0"));
        let seeds = match text.split_once(',') {
            None => Seeds::Count(number(text)?),
            Some(_) => {
                Seeds::List(text.split(',').filter(|word| !word.is_empty()).map(number).collect::<Result<_, _>>()?)
            }
        };
        match &seeds {
            Seeds::Count(0) => Err("there has to be one seed at least".to_string()),
            Seeds::List(list) if (1..list.len()).any(|k| list[..k].contains(&list[k])) => {
                Err("a seed is there twice".to_string())
            }
            _ => Ok(seeds),
        }
    }
}

impl Suite {
    /// The suite in `file`, or the one that comes with the program; with `quick` its quick variant.
    pub fn open(file: Option<&Path>, quick: bool) -> Result<Suite, Failure> {
        match file {
            None => Suite::parse(BUILT_IN, "the suite of the program", quick),
            Some(path) => {
                let text = fs::read_to_string(path)
                    .map_err(|error| Failure::usage(format!("cannot read the suite {}: {error}", path.display())))?;
                Suite::parse(&text, &format!("the suite {}", path.display()), quick)
            }
        }
    }

    /// Reads `text`, which messages call `origin`.
    pub fn parse(text: &str, origin: &str, quick: bool) -> Result<Suite, Failure> {
        let wrong = |problem: String| Failure::usage(format!("{origin}: {problem}"));
        let mut table: Table = text.parse().map_err(|error| wrong(format!("this is not TOML: {error}")))?;
        let [full_seeds, quick_seeds] = ["seeds", "quick-seeds"].map(|key| table.remove(key));
        let seeds = if quick { quick_seeds.or(full_seeds) } else { full_seeds };
        let seeds = seeds.map_or(Ok(Seeds::Count(5)), |value| self::seeds(&value)).map_err(wrong)?;
        let cases = match table.remove("case") {
            Some(Value::Array(cases)) => cases,
            _ => return Err(wrong("there is no [[case]]".to_string())),
        };
        if let Some(key) = table.keys().next() {
            return Err(wrong(format!("unknown key `{key}`; beside [[case]] there are seeds and quick-seeds")));
        }
        let mut suite = Suite { cases: vec![], seeds };
        for (place, case) in cases.into_iter().enumerate() {
            let Value::Table(mut case) = case else { return Err(wrong(format!("case {} is no table", place + 1))) };
            match (case.remove("quick"), quick) {
                (Some(Value::Table(changes)), true) => case.extend(changes),
                (None, true) => continue,
                (Some(Value::Table(_)) | None, false) => {}
                (Some(_), _) => return Err(wrong(format!("`quick` of case {} is no table", place + 1))),
            }
            let case = Case::read(case, origin, place)?;
            if suite.cases.iter().any(|other| other.name == case.name) {
                return Err(wrong(format!("two cases have the name `{}`", case.name)));
            }
            suite.cases.push(case);
        }
        if suite.cases.is_empty() {
            return Err(wrong("no case has a quick variant".to_string()));
        }
        Ok(suite)
    }

    /// Leaves the cases that `words` name by their names, targets, or targets without parameters; all if there are none.
    pub fn only(mut self, words: &[String]) -> Result<Suite, Failure> {
        let is = |case: &Case, word: &String| case.name == *word || case.target == *word || case.family() == word;
        if let Some(word) = words.iter().find(|word| !self.cases.iter().any(|case| is(case, word))) {
            let names: Vec<&str> = self.cases.iter().map(|case| case.name.as_str()).collect();
            let failure = Failure::usage(format!("no case or target of the suite is called `{word}`"));
            return Err(failure.hint(format!("the cases are {}", names.join(", "))));
        }
        self.cases.retain(|case| words.is_empty() || words.iter().any(|word| is(case, word)));
        Ok(self)
    }

    /// The seeds, unless `args` have others.
    pub fn seeds(&self, args: &CompareArgs) -> Vec<u64> {
        match args.seeds.as_ref().unwrap_or(&self.seeds) {
            Seeds::Count(count) => (args.common.seed..).take(*count as usize).collect(),
            Seeds::List(list) => list.clone(),
        }
    }
}

fn seeds(value: &Value) -> Result<Seeds, String> {
    match value {
        Value::Integer(count) => count.to_string().parse(),
        Value::Array(list) => list.iter().map(|seed| format!("{seed},")).collect::<String>().parse(),
        _ => Err("seeds are a number, or a list of numbers".to_string()),
    }
}

impl Case {
    fn read(mut case: Table, origin: &str, place: usize) -> Result<Case, Failure> {
        let here = format!("case {} of {origin}", place + 1);
        let mut text = |key: &str| match case.remove(key) {
            Some(Value::String(text)) => Ok(text),
            _ => Err(Failure::usage(format!("{here} has no {key} = \"…\""))),
        };
        let (name, target) = (text("name")?, text("target")?);
        let here = format!("`{name}` of {origin}");
        let mut flags = vec![];
        for (key, value) in &case {
            if NOT_OF_A_CASE.contains(&key.as_str()) {
                return Err(Failure::usage(format!("`{key}` is no key of a case, in {here}")));
            }
            flags.extend(config::flag("run", key, value, &here)?);
        }
        Ok(Case { name, target, flags })
    }

    /// The target without its parameters.
    fn family(&self) -> &str {
        let name = self.target.split(':').next().unwrap_or(&self.target);
        name.split_once('-').map_or(name, |(family, _)| family)
    }

    /// The arguments of `nets run` that this case stands for, and all of them that its numbers depend on.
    pub fn run_args(&self, seed: u64, args: &CompareArgs) -> Result<(RunArgs, String), Failure> {
        let mut words = vec!["nets".to_string(), "run".to_string(), self.target.clone()];
        words.extend(self.flags.iter().cloned());
        words.push(format!("--seed={seed}"));
        if let Some(precision) = args.common.precision.and_then(|precision| precision.to_possible_value()) {
            words.push(format!("--precision={}", precision.get_name()));
        }
        let key = words.join(" ");
        words.extend(args.common.threads.map(|threads| format!("--threads={threads}")));
        words.extend(args.common.lanes.map(Width::name).map(|lanes| format!("--lanes={lanes}")));
        match Cli::try_parse_from(words).map(|cli| cli.command) {
            Ok(Command::Run(args)) => Ok((args, key)),
            Ok(_) => Err(Failure::usage(format!("`{}` is no run", self.name))),
            Err(error) => Err(Failure::from(error).hint(format!("they are the flags of the case `{}`", self.name))),
        }
    }
}
