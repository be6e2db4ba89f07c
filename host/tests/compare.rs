//! `nets compare` as users meet it: the numbers of `nets run`, tables, and going on where it was stopped.

use assert_cmd::Command;
use serde_json::Value;
use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};
use tempfile::TempDir;

const SUITE: &str = r#"
    seeds = 2
    [[case]]
    name = "perfect"
    target = "gmm8:d=2"
    drift = "exact"
    walkers = 480
    steps = 20
    epsilon = 5
    [[case]]
    name = "resampled"
    target = "gmm8:d=2"
    method = "smc"
    walkers = 480
    conditional-ess = 0.9
    pilot-walkers = 480
"#;

/// What `nets` prints, which has to end with `code`.
fn nets(folder: &TempDir, line: &str, code: i32) -> (String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_nets"));
    command.current_dir(folder).args(line.split_whitespace()).timeout(Duration::from_secs(300));
    let output = command.output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    assert_eq!(output.status.code(), Some(code), "nets {line}\nstdout: {out}\nstderr: {err}");
    (out, err)
}

fn with_suite(suite: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("suite.toml"), suite).unwrap();
    folder
}

fn rows(file: &Path) -> Vec<Value> {
    let text = fs::read_to_string(file).unwrap_or_default();
    text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
}

/// A row without what differs from one run to the next.
fn timeless(row: &Value) -> Value {
    let mut row = row.clone();
    for field in ["train_seconds", "sample_seconds", "scan_seconds", "metric_seconds", "walker_steps_per_second"] {
        row["summary"][field] = Value::Null;
    }
    row["summary"]["scan"] = Value::Null;
    row["extra"]["seconds"] = Value::Null;
    row
}

#[test]
fn the_numbers_are_those_of_a_run() {
    let folder = with_suite(SUITE);
    let (out, err) = nets(&folder, "compare --suite suite.toml --out-dir out --json", 0);
    assert!(err.contains("perfect, seed 0 (1 of 4)"), "{err}");
    let object: Value = serde_json::from_str(&out).unwrap();
    let cases = object["cases"].as_array().unwrap();
    assert_eq!(cases.len(), 2);

    let flags = ["--drift exact --steps 20 --epsilon 5", "--method smc --conditional-ess 0.9 --pilot-walkers 480"];
    for (case, flags) in cases.iter().zip(flags) {
        let row = &case["rows"][1];
        let line = format!("run gmm8:d=2 --walkers 480 {flags} --seed 1 --out-dir run --json --quiet");
        let run: Value = serde_json::from_str(&nets(&folder, &line, 0).0).unwrap();
        for field in [
            "ess",
            "log_z",
            "log_z_stderr",
            "max_weight",
            "steps",
            "w2",
            "w2_floor",
            "coverage",
            "acceptance",
            "elbo",
            "backward",
        ] {
            assert_eq!(row["summary"][field], run[field], "{field} of {}", case["case"]);
            // One block of walkers that was resampled has no error.
            assert!(["acceptance", "log_z_stderr"].contains(&field) || !run[field].is_null(), "{field}");
        }
        let extra = |field: &str| row["extra"][field].as_f64().unwrap();
        let log_z = run["log_z"].as_f64().unwrap();
        assert!(extra("elbo") < log_z, "Jensen's inequality");
        let back = |field: &str| run["backward"][field].as_f64().unwrap();
        assert!(back("eubo") > back("log_z"), "Jensen's inequality, going back");
        assert!(back("eubo") + 4.0 * back("eubo_stderr") > extra("elbo"), "the bounds are the wrong way round");
        assert_eq!((back("samples"), back("lost")), (480.0, 0.0));
        let score = (back("log_z") - run["log_z_exact"].as_f64().unwrap()) / back("log_z_stderr");
        assert!(score.abs() < 4.0, "log Z going back is {score:.1} standard errors off");
        // W₂² ≤ S_ε ≤ W₂² + ε log n, with an allowance for the tolerance.
        let (square, bound) = (run["w2"].as_f64().unwrap().powi(2), extra("sinkhorn_epsilon") * 480_f64.ln());
        assert!(extra("sinkhorn") > square - 1e-2 && extra("sinkhorn") < square + bound, "{}", row["extra"]);
        assert!(extra("mmd") < 0.2 && extra("mmd_floor") < 0.2, "{}", row["extra"]);
    }

    // Nothing is run again, and the tables are made anew.
    let before = fs::read(folder.path().join("out/compare.jsonl")).unwrap();
    let (out, err) = nets(&folder, "compare --suite suite.toml --out-dir out --only perfect", 0);
    assert!(err.is_empty(), "{err}");
    assert!(out.contains("| perfect | 480 | 20 | 5 | split | 0–1 |") && !out.contains("| resampled |"), "{out}");
    assert_eq!(fs::read(folder.path().join("out/compare.jsonl")).unwrap(), before);
    let mut files: Vec<_> =
        fs::read_dir(folder.path().join("out")).unwrap().map(|file| file.unwrap().file_name()).collect();
    files.sort();
    assert_eq!(files, ["compare.csv", "compare.html", "compare.jsonl", "compare.md"]);
}

/// Ctrl-C and `kill -9`, each after one row: the rows of all together are those of one that was left alone.
#[test]
fn a_stopped_comparison_goes_on() {
    // Without modes there are no cells to measure, which take most of the time.
    let suite = SUITE.replace("seeds = 2", "seeds = 4").replace("gmm8:d=2", "gaussian-2");
    let folder = with_suite(&suite.replace("drift = \"exact\"", "method = \"ais\""));
    nets(&folder, "compare --suite suite.toml --out-dir alone --quiet", 0);
    let journal = folder.path().join("stopped/compare.jsonl");
    for signal in ["-INT", "-KILL"] {
        let done = rows(&journal).len();
        let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_nets"))
            .current_dir(&folder)
            .args("compare --suite suite.toml --out-dir stopped --quiet".split_whitespace())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let begun = Instant::now();
        while rows(&journal).len() == done && begun.elapsed() < Duration::from_secs(60) {
            std::thread::sleep(Duration::from_millis(2));
        }
        let killed = std::process::Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap();
        assert!(killed.success());
        let status = child.wait().unwrap();
        if signal == "-INT" {
            assert_eq!(status.code(), Some(130));
            assert!(folder.path().join("stopped/compare.md").exists());
        }
        let now = rows(&journal).len();
        assert!(now > done && now < 8, "{now} rows after {done}");
    }
    // A line that did not reach the disk whole.
    let text = fs::read_to_string(&journal).unwrap();
    fs::write(&journal, text + r#"{"key": "perfect: 0.1"#).unwrap();
    nets(&folder, "compare --suite suite.toml --out-dir stopped --quiet", 0);
    let [stopped, alone] = ["stopped", "alone"].map(|name| {
        let rows = rows(&folder.path().join(name).join("compare.jsonl"));
        rows.iter().map(timeless).collect::<Vec<_>>()
    });
    assert_eq!(alone.len(), 8);
    assert_eq!(stopped, alone);
}

#[test]
fn a_failure_is_a_row() {
    let failing = "[[case]]\nname = \"lost\"\ntarget = \"gaussian-2\"\nmethod = \"ais\"\nwalkers = 96\nsteps = 0\n";
    let folder = with_suite(&format!("seeds = 1\n{failing}{}", &SUITE[SUITE.find("[[case]]").unwrap()..]));
    let (out, err) = nets(&folder, "compare --suite suite.toml --out-dir out --only lost resampled", 2);
    assert!(out.is_empty() && err.contains("steps"), "wrong settings are found before anything is run: {err}");

    let folder = with_suite(&format!(
        "seeds = 1\n{}{}",
        failing.replace("steps = 0", "drift = \"lattice\"\nmethod = \"nets\"").replace("method = \"ais\"\n", ""),
        &SUITE[SUITE.find("[[case]]").unwrap()..]
    ));
    let (out, err) = nets(&folder, "compare --suite suite.toml --out-dir out --only lost resampled", 1);
    assert!(out.contains("lost, seed 0, failed:") && out.contains("| resampled | 480 |"), "{out}");
    assert!(err.contains("1 of 2 runs failed"), "{err}");
    assert_eq!(rows(&folder.path().join("out/compare.jsonl")).len(), 2);
}

#[test]
fn a_wrong_word_is_refused() {
    let folder = with_suite(SUITE);
    for (line, word) in [
        ("--suite absent.toml", "absent.toml"),
        ("--suite suite.toml --only nothing", "`nothing`"),
        ("--suite suite.toml --quick", "quick"),
        ("--seeds none", "none"),
    ] {
        let (_, err) = nets(&folder, &format!("compare {line} --out-dir out"), 2);
        assert!(err.contains(word), "{line}: {err}");
    }
}
