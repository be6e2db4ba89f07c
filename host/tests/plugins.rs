//! `nets` with targets from shared libraries: plugins and Stan models, good ones and bad ones.

#[path = "common/compiled.rs"]
mod compiled;

use assert_cmd::Command;
use compiled::{compile, library};
use serde_json::Value;
use std::time::Duration;
use tempfile::TempDir;

/// `nets` with the arguments in `line`, in `folder`: exit code, stdout and stderr.
fn nets(folder: &TempDir, line: &str) -> (i32, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_nets"));
    command.current_dir(folder).args(line.split_whitespace()).timeout(Duration::from_secs(300));
    let output = command.output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code().unwrap(), text(&output.stdout), text(&output.stderr))
}

/// The summary of `line`, which has to succeed.
fn summary(folder: &TempDir, line: &str) -> Value {
    let (code, out, err) = nets(folder, line);
    assert_eq!(code, 0, "nets {line}\nstdout: {out}\nstderr: {err}");
    serde_json::from_str(&out).unwrap_or_else(|error| panic!("stdout is not one JSON object ({error}): {out}"))
}

/// `line` has to end with `code` and all `words` in its message.
fn fails(folder: &TempDir, line: &str, code: i32, words: &[&str]) {
    let (found, out, err) = nets(folder, line);
    assert_eq!(found, code, "nets {line}\nstdout: {out}\nstderr: {err}");
    for word in words {
        assert!(err.contains(word), "nets {line}: `{word}` is not in the message: {err}");
    }
}

/// `log_z` of a summary is within four of its own standard errors of `exact`, and the standard error says something.
fn agrees(summary: &Value, exact: f64) {
    let number = |field: &str| summary[field].as_f64().unwrap_or_else(|| panic!("`{field}` is no number in {summary}"));
    let (log_z, stderr) = (number("log_z"), number("log_z_stderr"));
    assert!(stderr > 0.0 && stderr < 0.2, "standard error {stderr}");
    assert!((log_z - exact).abs() < 4.0 * stderr, "log Z is {log_z} ± {stderr}, exactly {exact}");
}

fn folder() -> TempDir {
    tempfile::tempdir().unwrap()
}

#[test]
fn a_plugin_is_sampled() {
    let folder = folder();
    library(folder.path(), "ring", &[]);
    let run = summary(&folder, "sample plugin:ring.so?radius=2 --walkers 2000 --steps 50 --epsilon 1 --json --quiet");
    // Z = 2π (s² e^{−r²/2s²} + r s √(π/2) erfc(−r / s√2)) with r = 2 and s = 1/2; its corrections to 2π r s √(2π) are
    // s² e^{−8} and 3·10⁻⁵ of the rest.
    let exact = (std::f64::consts::TAU.powf(1.5)).ln();
    agrees(&run, exact);
    assert!((run["log_z_exact"].as_f64().unwrap() - exact).abs() < 1e-3, "the plugin's own: {run}");
    assert_eq!((&run["dim"], &run["lost_walkers"]), (&2.into(), &0.into()));
    assert_eq!(run["target"], "plugin:ring.so?radius=2");
}

#[test]
fn a_drift_is_learned_on_a_plugin() {
    let folder = folder();
    library(folder.path(), "ring", &[]);
    let line = "run plugin:ring.so --base-sd 3 --walkers 2000 --json --quiet --out-dir out";
    let run = summary(&folder, line);
    agrees(&run, run["log_z_exact"].as_f64().unwrap());
    for file in ["model.nets", "samples.npz", "report.html", "summary.json"] {
        assert!(folder.path().join("out").join(file).exists(), "{file}");
    }
}

#[test]
fn errors_of_a_plugin_end_the_run_and_invalid_points_do_not() {
    let folder = folder();
    library(folder.path(), "fails", &[]);
    let sampling = "--walkers 2000 --steps 20 --epsilon 1 --json --quiet";
    let words = ["plugin:fails.so?fails=3", "no convergence beyond radius 3 (code 5)", "walker", "t = "];
    for threads in [1, 2] {
        fails(&folder, &format!("sample plugin:fails.so?fails=3 {sampling} --threads {threads}"), 1, &words);
    }
    fails(&folder, &format!("run plugin:fails.so?fails=3 {sampling}"), 1, &words[..2]);

    // The Gaussian cut at radius 2: Z = 2π (1 − e^{−2}). Walkers start beyond it too, and are lost.
    let run = summary(&folder, &format!("sample plugin:fails.so?invalid=2 {sampling}"));
    let beyond = (-2.0_f64).exp();
    agrees(&run, (std::f64::consts::TAU * (1.0 - beyond)).ln());
    // Of 2000 walkers a binomial number starts there, 271 ± 15; later ones are held back by Metropolis' test.
    let lost = run["lost_walkers"].as_f64().unwrap();
    let (mean, sd) = (2000.0 * beyond, (2000.0 * beyond * (1.0 - beyond)).sqrt());
    assert!((lost - mean).abs() < 5.0 * sd, "{lost} walkers are lost, {mean:.0} ± {sd:.0} start beyond");
}

#[test]
fn threads_change_no_bits_even_if_the_library_takes_one_at_a_time() {
    let folder = folder();
    library(folder.path(), "single", &[]);
    library(folder.path(), "ring", &[]);
    for target in ["plugin:single.so", "plugin:ring.so"] {
        for threads in [1, 2] {
            let line = format!(
                "sample {target} --walkers 1920 --steps 20 --epsilon 1 --quiet --threads {threads} --out {threads}.npz"
            );
            let (code, _, err) = nets(&folder, &line);
            assert_eq!(code, 0, "{line}: {err}");
        }
        let bytes = |name: &str| std::fs::read(folder.path().join(name)).unwrap();
        assert!(bytes("1.npz") == bytes("2.npz"), "{target}: the samples differ");
    }
}

#[test]
fn a_stan_model_is_sampled() {
    let folder = folder();
    library(folder.path(), "bridge", &[]);
    let data = |text: &str| std::fs::write(folder.path().join("data.json"), text).unwrap();
    let line = "sample stan:bridge.so?data=data.json --walkers 2000 --steps 50 --epsilon 1 --json --quiet";
    data(r#"{"mean": [1.0, -0.5], "sd": [0.5, 0.8]}"#);
    // The density of the unconstrained parameters is normalised.
    agrees(&summary(&folder, line), 0.0);

    // Beyond the limit it throws: what is left is a half.
    data(r#"{"mean": [0.0], "sd": [1.0], "limit": 0.0}"#);
    let run = summary(&folder, line);
    agrees(&run, 0.5_f64.ln());
    assert!(run["lost_walkers"].as_u64().unwrap() > 0, "{run}");
}

#[test]
fn bad_libraries_are_refused() {
    let folder = folder();
    for source in ["incomplete", "version", "refuses", "ring"] {
        library(folder.path(), source, &[]);
    }
    let refused = |target: &str, words: &[&str]| {
        for command in ["sample", "run", "train --out model.nets"] {
            let (verb, rest) = command.split_once(' ').unwrap_or((command, ""));
            fails(&folder, &format!("{verb} {target} {rest}"), 2, words);
        }
    };
    refused("plugin:incomplete.so", &["incomplete.so", "nets_target_destroy", "nets_target.h"]);
    refused("plugin:version.so", &["version 42", "version 1"]);
    refused("plugin:refuses.so", &["the licence server sleeps", "code 7"]);
    refused("plugin:refuses.so?dim=0", &["0 dimensions"]);
    refused("plugin:ring.so?radus=2", &["radus=2", "the options are radius=R"]);
    refused("plugin:absent.so", &["absent.so", "no file"]);
    refused("stan:ring.so", &["bs_model_construct"]);
    refused("stan:ring.so?data=absent.json", &["absent.json"]);
}

#[test]
fn the_plugin_in_the_documentation_works() {
    let folder = folder();
    let page = include_str!("../../docs/plugins.md");
    let begin = page.find("```c\n").expect("the page has a C source") + 5;
    let source = folder.path().join("page.c");
    std::fs::write(&source, page[begin..].split("```").next().unwrap()).unwrap();
    compile(folder.path(), &source, &[]);
    let line = "sample plugin:page.so --base-sd 3 --walkers 2000 --steps 50 --epsilon 1 --json --quiet";
    // Z = 2π (e^{−r²/2} + r √(π/2) erfc(−r / √2)) with r = 3, where erfc(−3/√2) = 2 · 0.998650102.
    let exact = std::f64::consts::TAU * ((-4.5_f64).exp() + 3.0 * std::f64::consts::TAU.sqrt() * 0.998_650_102);
    agrees(&summary(&folder, line), exact.ln());
    fails(&folder, "sample plugin:page.so?radius=3", 2, &["there are no options (code 1)"]);
}
