//! The command line as users and scripts meet it: messages, exit codes, the JSON object, files.

use assert_cmd::Command;
use npyz::NpyFile;
use serde_json::Value;
use std::fs::File;
use std::path::Path;
use std::time::Duration;
use tempfile::TempDir;
use zip::ZipArchive;

/// The fields that scripts rely on.
const FIELDS: [&str; 30] = [
    "grid",
    "target",
    "dim",
    "walkers",
    "steps",
    "epsilon",
    "integrator",
    "precision",
    "seed",
    "threads",
    "ranks",
    "log_z",
    "log_z_stderr",
    "log_z_exact",
    "ess",
    "ess_path_min",
    "max_weight",
    "lost_walkers",
    "resamplings",
    "acceptance",
    "train_seconds",
    "sample_seconds",
    "walker_steps_per_second",
    "kl_bound",
    "model",
    "out",
    "interrupted",
    "coverage",
    "w2",
    "w2_floor",
];

/// `nets` in a folder of its own, with the arguments in `line`.
fn nets(folder: &TempDir, line: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_nets"));
    command.current_dir(folder).args(line.split_whitespace()).timeout(Duration::from_secs(300));
    command
}

/// Runs `line`, which has to end with `code`, and returns stdout and stderr.
fn ends_with(folder: &TempDir, line: &str, code: i32) -> (String, String) {
    let output = nets(folder, line).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    assert_eq!(output.status.code(), Some(code), "nets {line}\nstdout: {out}\nstderr: {err}");
    (out, err)
}

/// Runs `line`, which has to be refused with all `words` in its message.
fn is_refused(folder: &TempDir, line: &str, words: &[&str]) {
    let (out, err) = ends_with(folder, line, 2);
    assert!(out.is_empty(), "nets {line} printed {out}");
    for word in words {
        assert!(err.contains(word), "nets {line}: `{word}` is not in the message: {err}");
    }
}

fn folder() -> TempDir {
    tempfile::tempdir().unwrap()
}

/// Shape and contents of an array of real numbers.
fn array(path: &Path, name: &str) -> (Vec<u64>, Vec<f64>) {
    let mut archive = ZipArchive::new(File::open(path).unwrap()).unwrap();
    let array = NpyFile::new(archive.by_name(&format!("{name}.npy")).unwrap()).unwrap();
    (array.shape().to_vec(), array.into_vec().unwrap())
}

#[test]
fn mistakes_are_named() {
    let folder = folder();
    let written = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    written("not-a-model", "x");
    written("run.toml", "walker = 5");
    is_refused(&folder, "run gmm4", &["gmm4", "gmm40", "nets targets"]);
    is_refused(&folder, "run gmm40:m=3", &["m=3"]);
    is_refused(&folder, "run gaussian-none", &["none"]);
    is_refused(&folder, "run gmm40 --walkers 0", &["walkers = 0"]);
    is_refused(&folder, "run gmm40 --epsilon=-1", &["epsilon = -1"]);
    is_refused(&folder, "run gmm40 --steps many", &["--steps", "many"]);
    is_refused(&folder, "run gmm40 --resample-below 2", &["resample-below = 2"]);
    is_refused(&folder, "run gmm40 --integrator ito --map euler", &["--map", "split"]);
    is_refused(&folder, "run gmm40 --drift mlp --objective least-squares", &["mlp", "least-squares", "pinn"]);
    is_refused(&folder, "run gmm40 --objective log-variance", &["features", "log-variance", "--drift mlp"]);
    let line = "train gmm40 --drift mlp --objective log-variance --divergence exact";
    is_refused(&folder, line, &["log-variance", "--divergence"]);
    let line = "train gmm40 --drift mlp --objective action-matching --divergence exact";
    is_refused(&folder, line, &["action-matching", "--divergence"]);
    is_refused(&folder, "run doublewell-2 --drift exact", &["doublewell-2"]);
    is_refused(&folder, "train gmm40 --drift modes --objective pinn", &["modes", "pinn", "--objective least-squares"]);
    is_refused(&folder, "train gmm40 --drift lattice", &["lattice", "--drift features"]);
    is_refused(&folder, "train gmm40 --rounds 5", &["--rounds", "--drift mlp"]);
    is_refused(&folder, "train gmm40 --divergence exact", &["--divergence", "--drift mlp"]);
    is_refused(&folder, "train gmm40 --drift mlp --replay 0", &["replay = 0"]);
    is_refused(&folder, "train gmm40 --resume absent.checkpoint", &["absent.checkpoint"]);
    is_refused(&folder, "train gmm40 --resume not-a-model", &["not-a-model", "not a checkpoint"]);
    is_refused(&folder, "train gmm40 --checkpoint-every=-1", &["checkpoint-every = -1"]);
    is_refused(&folder, "run gmm40 --method mcmc", &["mcmc", "ais"]);
    is_refused(&folder, "run gmm40 --method ais --resample-below 0.5", &["annealed importance sampling", "smc"]);
    is_refused(&folder, "run gmm40 --friction 3", &["--friction", "inertial"]);
    is_refused(&folder, "run gmm40 --resampling residual", &["--resampling", "--resample-below"]);
    is_refused(&folder, "run gmm40 --pilot-walkers 9", &["--pilot-walkers", "--grid adaptive"]);
    is_refused(&folder, "run gmm40 --base-sd 3", &["gmm40", "base"]);
    is_refused(&folder, "run gmm40 --schedule slow", &["slow", "cosine"]);
    is_refused(&folder, "run gmm40 --integrator inertial --leaps 0", &["leaps = 0"]);
    is_refused(&folder, "run gmm40 --method smc --conditional-ess 1", &["conditional-ess = 1"]);
    is_refused(&folder, "run gmm40 --until 1.5", &["until = 1.5"]);
    is_refused(&folder, "run gmm40 --config run.toml", &["`walker`", "run.toml", "walkers"]);
    is_refused(&folder, "run gmm40 --config absent.toml", &["absent.toml"]);
    is_refused(&folder, "info not-a-model", &["not-a-model", "not a model"]);
    is_refused(&folder, "info absent.nets", &["absent.nets"]);
    is_refused(&folder, "sample gmm40 --model not-a-model", &["not-a-model"]);
    is_refused(&folder, "tune gmm40", &["--model"]);
    is_refused(&folder, "fly gmm40", &["fly"]);
}

#[test]
fn mixed_precision_learns_in_single_and_samples_in_double() {
    let folder = folder();
    let precision = |line: &str| {
        let (out, _) = ends_with(&folder, line, 0);
        serde_json::from_str::<Value>(&out).unwrap()["precision"].clone()
    };
    let train = "train gmm40 --drift mlp --rounds 1 --precision mixed --out m.nets --quiet --json";
    assert_eq!(precision(train), "f32");
    let sample = "sample gmm40 --model m.nets --walkers 48 --steps 2 --epsilon 1 --precision mixed --quiet --json";
    assert_eq!(precision(sample), "f64");
}

#[test]
fn places_that_cannot_be_written_are_found_before_the_work() {
    let folder = folder();
    std::fs::write(folder.path().join("file"), "x").unwrap();
    // Two million walkers would take longer than the test may.
    let work = "gmm40 --walkers 2000000 --steps 1000 --epsilon 1";
    is_refused(&folder, &format!("run {work} --out-dir file"), &["file", "--out-dir"]);
    is_refused(&folder, &format!("sample {work} --out absent/samples.npz"), &["absent/samples.npz", "--out"]);
    is_refused(&folder, "train gmm40 --out .", &["--out"]);
}

#[test]
fn a_run_writes_its_four_files_and_one_object() {
    let folder = folder();
    let (out, err) = ends_with(&folder, "run gaussian-2 --walkers 2000 --steps 20 --json --quiet", 0);
    assert!(err.is_empty(), "--quiet, but: {err}");
    let summary: Value = serde_json::from_str(&out).unwrap();
    for field in FIELDS {
        assert!(summary.get(field).is_some(), "`{field}` is absent from {out}");
    }
    assert_eq!((&summary["walkers"], &summary["steps"], &summary["dim"]), (&2000.into(), &20.into(), &2.into()));
    let number = |field: &str| summary[field].as_f64().unwrap_or_else(|| panic!("`{field}` is no number in {out}"));
    let (error, stderr) = (number("log_z") - number("log_z_exact"), number("log_z_stderr"));
    assert!(error.abs() < 5.0 * stderr + 1e-3, "log Z is {error} off, standard error {stderr}");

    let results = folder.path().join("nets-out/gaussian-2");
    let (shape, x) = array(&results.join("samples.npz"), "x");
    assert_eq!((shape, x.len()), (vec![2000, 2], 4000));
    assert_eq!(array(&results.join("samples.npz"), "log_weight").0, [2000]);
    assert_eq!(array(&results.join("samples.npz"), "ess_path").0, [21]);
    assert_eq!(array(&results.join("samples.npz"), "t").1[20], 1.0);
    let text = |name: &str| std::fs::read_to_string(results.join(name)).unwrap();
    assert_eq!(serde_json::from_str::<Value>(&text("summary.json")).unwrap(), summary);
    assert!(text("report.html").contains("<svg"));

    let (out, _) = ends_with(&folder, "info nets-out/gaussian-2/model.nets --json", 0);
    let info: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(info["target"], "gaussian-2");
    is_refused(&folder, "sample gmm40 --model nets-out/gaussian-2/model.nets", &["gaussian-2", "gmm40"]);
}

#[test]
fn train_tune_and_sample_in_turn() {
    let folder = folder();
    ends_with(&folder, "train gaussian-1 --out one.nets --quiet", 0);
    let (table, _) = ends_with(&folder, "tune gaussian-1 --model one.nets --walkers 500 --steps 10 --quiet", 0);
    assert!(table.contains("chosen"), "{table}");
    let sample = "sample gaussian-1 --model one.nets --walkers 1000 --out one.npz --json --quiet";
    let (out, _) = ends_with(&folder, sample, 0);
    let summary: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(summary["steps"], 10, "the model's choice is used");
    assert_eq!(array(&folder.path().join("one.npz"), "x").0, [1000, 1]);
}

#[test]
fn the_same_seed_gives_the_same_bytes() {
    let folder = folder();
    let sample = "sample gmm40 --walkers 1000 --steps 20 --epsilon 5 --quiet --seed 3";
    ends_with(&folder, &format!("{sample} --out a.npz --threads 1"), 0);
    ends_with(&folder, &format!("{sample} --out b.npz --threads 2"), 0);
    let bytes = |name: &str| std::fs::read(folder.path().join(name)).unwrap();
    assert!(bytes("a.npz") == bytes("b.npz"), "the samples files differ");
}

#[test]
fn an_ess_below_the_required_one_is_a_failure() {
    let folder = folder();
    let line = "run gmm40 --method ais --walkers 1000 --steps 10 --epsilon 1 --require-ess 0.99 --quiet";
    let (_, err) = ends_with(&folder, line, 1);
    assert!(err.contains("ESS") && err.contains("0.99"), "{err}");
    assert!(folder.path().join("nets-out/gmm40/report.html").exists(), "the results are written all the same");
}

#[test]
fn the_baselines_need_no_training() {
    let folder = folder();
    for method in ["ais", "smc"] {
        let line = format!("run doublewell-2 --method {method} --walkers 5000 --conditional-ess 0.99 --json --quiet");
        let summary: Value = serde_json::from_str(&ends_with(&folder, &line, 0).0).unwrap();
        let number = |field: &str| summary[field].as_f64().unwrap_or_else(|| panic!("`{field}` is no number"));
        let score = (number("log_z") - number("log_z_exact")) / number("log_z_stderr");
        assert!(score.abs() < 4.0, "{method}: log Z is {score:.1} standard errors off");
        assert_eq!((&summary["grid"], &summary["epsilon"]), (&"adaptive".into(), &Value::Null));
        assert_eq!(summary["resamplings"].as_u64().unwrap() > 0, method == "smc");
        // The report's command makes the same run, with a pilot of its own.
        let report = std::fs::read_to_string(folder.path().join("nets-out/doublewell-2/report.html")).unwrap();
        let begin = report.find("nets run doublewell-2").expect("the report has the command");
        let command: String = report[begin + 5..].chars().take_while(|&c| c != '<').collect();
        let again: Value =
            serde_json::from_str(&ends_with(&folder, &format!("{command} --json --quiet"), 0).0).unwrap();
        assert_eq!(again["log_z"], summary["log_z"], "{command}");
    }
}

#[test]
fn targets_are_listed() {
    let folder = folder();
    assert!(ends_with(&folder, "targets", 0).0.contains("gmm40"));
    let list: Value = serde_json::from_str(&ends_with(&folder, "targets --json", 0).0).unwrap();
    assert!(list["targets"].as_array().unwrap().iter().any(|target| target["name"] == "gmm40"));
    assert!(ends_with(&folder, "--help", 0).0.contains("tune"));
}

#[cfg(unix)]
#[test]
fn ctrl_c_keeps_what_is_done() {
    use std::process::{Command, Stdio};
    let folder = folder();
    // Minutes of work, in blocks that take milliseconds.
    let line = "run gmm40 --method ais --walkers 50000000 --steps 100 --epsilon 1 --json";
    let child = Command::new(env!("CARGO_BIN_EXE_nets"))
        .current_dir(&folder)
        .args(line.split_whitespace())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    std::thread::sleep(Duration::from_secs(4));
    let sent = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(sent.success());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130), "{}", String::from_utf8_lossy(&output.stderr));

    let summary: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(summary["interrupted"], true);
    let walkers = summary["walkers"].as_u64().unwrap();
    assert!(walkers > 0 && walkers < 50_000_000, "{walkers} walkers");
    let results = folder.path().join("nets-out/gmm40");
    assert_eq!(array(&results.join("samples.npz"), "x").0, [walkers, 2]);
    assert!(std::fs::read_to_string(results.join("report.html")).unwrap().contains("interrupted"));
    // Temporary files are gone.
    assert_eq!(std::fs::read_dir(results).unwrap().count(), 4);
}
