use super::super::args::{Cli, Command};
use super::journal::Journal;
use super::row::{Extra, MEASURES, Row};
use super::suite::{Seeds, Suite};
use super::table::Tables;
use super::*;
use clap::Parser;
use serde_json::json;
use std::io::Write;

const SUITE: &str = r#"
    seeds = [3, 1]
    quick-seeds = 1
    [[case]]
    name = "one"
    target = "gaussian-2"
    method = "smc"
    walkers = 500
    quick = { walkers = 50 }
    [[case]]
    name = "two"
    target = "gmm8:d=3"
"#;

fn args(line: &str) -> CompareArgs {
    let words = format!("nets compare {line}");
    match Cli::try_parse_from(words.split_whitespace()).unwrap().command {
        Command::Compare(args) => args,
        other => panic!("{other:?}"),
    }
}

fn suite(quick: bool) -> Suite {
    Suite::parse(SUITE, "the test", quick).unwrap()
}

#[test]
fn cases_are_runs_with_their_flags() {
    let suite = suite(false);
    assert_eq!(suite.seeds(&args("--seed 5")), [3, 1]);
    assert_eq!(suite.seeds(&args("--seed 5 --seeds 2")), [5, 6]);
    assert_eq!(suite.seeds(&args("--seeds 4,9")), [4, 9]);
    let (run, key) = suite.cases[0].run_args(7, &args("--threads 1 --precision f32")).unwrap();
    assert_eq!((run.sampling.walkers, run.common.seed, run.common.threads), (Some(500), 7, Some(1)));
    // Numbers do not depend on threads, so nothing is run again for others.
    assert_eq!(key, "nets run gaussian-2 --method=smc --walkers=500 --seed=7 --precision=f32");
}

#[test]
fn the_quick_variant_changes_its_cases() {
    let suite = suite(true);
    assert_eq!((suite.cases.len(), suite.seeds(&args(""))), (1, vec![0]));
    assert_eq!(suite.cases[0].run_args(0, &args("")).unwrap().0.sampling.walkers, Some(50));
}

#[test]
fn cases_are_chosen_by_name_or_target() {
    let chosen = |words: &[&str]| {
        let words: Vec<String> = words.iter().map(ToString::to_string).collect();
        suite(false).only(&words).map(|suite| suite.cases.into_iter().map(|case| case.name).collect::<Vec<_>>())
    };
    assert_eq!(chosen(&[]).unwrap(), ["one", "two"]);
    for word in ["two", "gmm8", "gmm8:d=3"] {
        assert_eq!(chosen(&[word]).unwrap(), ["two"], "{word}");
    }
    assert_eq!(chosen(&["gaussian", "two"]).unwrap().len(), 2);
    assert!(chosen(&["three"]).unwrap_err().message().contains("`three`"));
}

#[test]
fn a_wrong_suite_is_refused() {
    let case = "[[case]]\nname = \"a\"\ntarget = \"gmm40\"\n";
    for (text, word) in [
        ("seeds = 2".to_string(), "[[case]]"),
        ("seeds 2".to_string(), "not TOML"),
        (format!("seed = 2\n{case}"), "`seed`"),
        (format!("seeds = 0\n{case}"), "one seed"),
        (format!("seeds = [1, 1]\n{case}"), "twice"),
        ("[[case]]\nname = \"a\"".to_string(), "target"),
        (format!("{case}{case}"), "two cases"),
        (format!("{case}walker = 2"), "`walker`"),
        (format!("{case}seed = 2"), "`seed`"),
        (format!("{case}quick = 3"), "no table"),
    ] {
        let message = Suite::parse(&text, "the test", false).unwrap_err().message();
        assert!(message.contains(word) && message.contains("the test"), "{message}");
    }
    let wrong = Suite::parse(&format!("{case}walkers = \"many\""), "the test", false).unwrap();
    assert!(wrong.cases[0].run_args(0, &args("")).unwrap_err().message().contains("many"));
    assert!("x".parse::<Seeds>().is_err());
}

#[test]
fn every_case_of_the_program_can_be_run() {
    for quick in [false, true] {
        let suite = Suite::open(None, quick).unwrap();
        let jobs = jobs(&suite, &args("")).unwrap();
        assert_eq!(jobs.len(), suite.cases.len() * if quick { 2 } else { 5 });
    }
}

fn row(case: &str, seed: u64, ess: f64) -> Row {
    let summary = json!({
        "ess": ess, "walkers": 1000, "steps": 100, "epsilon": 2.5, "integrator": "split", "precision": "f64",
        "log_z": 0.25, "log_z_stderr": 0.0625, "log_z_exact": 0.0,
        "train_seconds": 3.0, "scan_seconds": 1.0, "sample_seconds": 1.0,
        "w2": 3.0, "w2_floor": 2.5, "coverage": {"entropic": 0.5, "modes": 38, "modes_total": 40},
        "backward": {"samples": 2000, "lost": 1, "ess": 0.125, "eubo": 0.75, "log_z": 0.5, "log_z_stderr": 0.25},
    });
    let method = if case.contains("smc") { "smc" } else { "nets" };
    Row {
        key: format!("{case} {seed}"),
        case: case.to_string(),
        target: "gmm40".to_string(),
        method: method.to_string(),
        seed,
        error: None,
        summary,
        extra: Extra { elbo: Some(-0.5), points: 2000, ..Extra::default() },
    }
}

#[test]
fn measures_of_a_row() {
    let row = row("a", 0, 0.5);
    for (name, value) in [
        ("ess", 0.5),
        ("forward_ess", 0.125),
        ("backward_lost", 1.0),
        ("log_z_backward", 0.5),
        ("eubo", 0.75),
        ("delta_log_z_raw", 0.5),
        ("delta_log_z", 0.25),
        ("modes_missed", 2.0),
        ("w2_excess", 0.5),
        ("sinkhorn_published", 9.0 + 1e-3 * 2000_f64.ln()),
        ("train_seconds", 4.0),
        // 500 effective walkers in 5 s; 50 000 of 10⁵ in 4 + 100 s.
        ("ess_per_second", 100.0),
        ("ess_per_second_1e5", 50_000.0 / 104.0),
        // n σ² = 1000 / 256
        ("ess_of_error", 1.0 / 4.90625),
        ("ess_of_error_per_second_1e5", 100.0 * (1.0 / 4.90625) * 1000.0 / 104.0),
    ] {
        assert_eq!(row.measure(name), Some(value), "{name}");
    }
    assert_eq!(row.measure("sinkhorn"), None);
    assert!((1..MEASURES.len()).all(|k| MEASURES[..k].iter().all(|other| other.name != MEASURES[k].name)));
}

#[test]
fn the_journal_keeps_whole_rows() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("compare.jsonl");
    let mut journal = Journal::open(&path).unwrap();
    let failed = Row { error: Some("why".into()), ..row("a", 0, 0.0) };
    for row in [failed, row("a", 0, 1.0 / 3.0), row("a", 1, 0.5)] {
        journal.add(row).unwrap();
    }
    assert!(Journal::open(&path).is_err(), "two at once would lose rows");
    drop(journal);
    let whole = std::fs::read(&path).unwrap();
    // Whatever part of the last line reached the disk, the others stay, and rows go on after them.
    let lines: Vec<&[u8]> = whole.split_inclusive(|&byte| byte == b'\n').collect();
    let before = whole.len() - lines[2].len();
    for end in [before, before + 1, before + 40, whole.len() - 1] {
        std::fs::write(&path, &whole[..end]).unwrap();
        let mut journal = Journal::open(&path).unwrap();
        assert_eq!(journal.find("a 0"), Some(&row("a", 0, 1.0 / 3.0)), "the later row counts");
        assert_eq!(journal.find("a 1"), None);
        journal.add(row("a", 1, 0.5)).unwrap();
        drop(journal);
        assert_eq!(std::fs::read(&path).unwrap(), whole, "{end}");
    }
    std::fs::OpenOptions::new().append(true).open(&path).unwrap().write_all(b"{}\n").unwrap();
    let message = Journal::open(&path).err().unwrap().message();
    assert!(message.contains("line 4"), "{message}");
}

/// Three values have the mean 0.98 and the sample standard deviation 0.01.
#[test]
fn tables_have_means_spreads_and_verdicts() {
    let failed = Row { error: Some("all | lost".into()), ..row("b, smc", 1, 0.0) };
    let rows = vec![row("a", 0, 0.97), row("a", 1, 0.98), row("a", 2, 0.99), row("b, smc", 0, 0.25), failed];
    let tables = Tables::new(rows);
    assert_eq!(tables.failed(), 1);
    let markdown = tables.markdown().unwrap();
    for words in [
        "## gmm40",
        "| case | walkers | K | ε | integrator | seeds | ESS | forward ESS | lost going back | log Z |",
        "| a | 1000 | 100 | 2.5 | split | 0–2 | 0.980 ± 0.010 | 0.1250 | 1.000 | 0.2500 |",
        "| b, smc | 1000 | 100 | 2.5 | split | 0 | 0.2500 |",
        "b, smc, seed 1, failed: all | lost",
        "| iDEM | ESS | 0.734 |",
        r"| iDEM | \|Δ log Z\| | 0.34 |",
        "| a | ESS ≥ 0.98 at K ≤ 100 | 0.980 ± 0.010 | yes |",
        r"| a | \|Δ log Z\| ≤ 0.01 | 0.2500 | no |",
        "| a | coverage ≥ 0.999 | 0.5000 | no |",
    ] {
        assert!(markdown.contains(words), "`{words}` is not in\n{markdown}");
    }
    let heads = markdown.lines().find(|line| line.starts_with("| case | walkers")).unwrap();
    let columns = |line: &str| line.replace(r"\|", "").matches('|').count();
    for line in markdown.lines().skip_while(|line| *line != heads).take_while(|line| line.starts_with('|')) {
        assert_eq!(columns(line), columns(heads), "{line}");
    }
    let html = tables.html().unwrap();
    assert!(html.contains("<td>0.980 ± 0.010</td>") && html.contains("class=\"yes\">yes"), "{html}");
    assert!(!html.contains("http"), "the page needs no network");

    let csv = tables.csv();
    let lines: Vec<&str> = csv.lines().collect();
    assert!(
        lines[0].starts_with("case,target,method,walkers,steps,epsilon,integrator,precision,seeds,failed,ess,ess_std")
    );
    assert!(lines[1].starts_with("a,gmm40,nets,1000,100,2.5,split,f64,0–2,0,0.98,0.01"), "{}", lines[1]);
    assert!(lines[2].starts_with("\"b, smc\",gmm40,smc,1000,100,2.5,split,f64,0,1,0.25,,"), "{}", lines[2]);

    let object = tables.json(false);
    assert_eq!(object["cases"][0]["measures"]["delta_log_z"], json!({"mean": 0.25, "std": 0.0}));
    assert_eq!(object["criteria"][0]["met"], json!(true));
    assert_eq!(object["cases"][1]["failed"], json!([[1, "all | lost"]]));
}
