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
    // SMC is measured in a tenth of the time, or half a second.
    let advice = &run["advice"];
    for rate in [&advice["drift"], &advice["smc"]] {
        assert!(rate["samples_per_second"].as_f64().unwrap() > 0.0 && rate["seconds_before"].as_f64().unwrap() > 0.0);
    }
    let text = advice["text"].as_str().unwrap();
    assert!(text.contains("worth its training") && text.contains("effective samples a second"), "{text}");
    let page = std::fs::read_to_string(folder.path().join("out/report.html")).unwrap();
    assert!(page.contains("worth its training"));
    for file in ["model.nets", "samples.npz", "report.html", "summary.json"] {
        assert!(folder.path().join("out").join(file).exists(), "{file}");
    }
}

/// A ring of radius 5000 and width 200 about (1000, −2000), of which the user says nothing but U and ∇U: the base is
/// fitted, the model remembers it, the same numbers given by hand make the same run, and others are refused.
#[test]
fn a_base_is_fitted_and_remembered() {
    let folder = folder();
    library(folder.path(), "ring", &["-DSHIFT_X=1000", "-DSHIFT_Y=-2000"]);
    let target = "plugin:ring.so?radius=5000,sd=200";
    let trained = summary(&folder, &format!("train {target} --out model.nets --json --quiet --seed 3"));
    assert_eq!(trained["base"]["origin"], "fitted");
    let numbers = |field: &str| -> Vec<f64> {
        trained["base"][field].as_array().unwrap().iter().map(|number| number.as_f64().unwrap()).collect()
    };
    let (mean, sd) = (numbers("mean"), numbers("sd"));
    // The coordinates' standard deviations are 5000/√2, with 480 walkers to measure them.
    for ((mean, about), sd) in mean.iter().zip([1000.0, -2000.0]).zip(&sd) {
        assert!((mean - about).abs() < 1000.0 && *sd > 3500.0 && *sd < 7000.0, "{mean} ± {sd}");
    }

    let line = format!("sample {target} --model model.nets --walkers 4800 --epsilon 0.3 --quiet --json");
    let run = summary(&folder, &format!("{line} --out model.npz"));
    agrees(&run, run["log_z_exact"].as_f64().unwrap());
    assert!(run["ess"].as_f64().unwrap() > 0.5 && run["base"]["origin"] == "model", "{run}");
    let (_, info, _) = nets(&folder, "info model.nets");
    let list = |name: &str| info.lines().find_map(|line| line.trim().strip_prefix(name)).unwrap().trim();
    let given = format!("--base-mean={} --base-sd={}", list("base means"), list("base standard deviations"));
    let run = summary(&folder, &format!("{line} {given} --out given.npz"));
    assert_eq!(run["base"]["origin"], "given");
    let bytes = |name: &str| std::fs::read(folder.path().join(name)).unwrap();
    assert!(bytes("model.npz") == bytes("given.npz"), "the samples differ");
    fails(&folder, &format!("{line} --base-sd 5000"), 2, &["another base", "--base-sd"]);

    // A base of the seed's own, whatever the threads.
    for threads in [1, 2] {
        let line = format!("sample {target} --walkers 960 --steps 20 --epsilon 1 --quiet --seed 3 --threads {threads}");
        let (code, _, err) = nets(&folder, &format!("{line} --out {threads}.npz"));
        assert_eq!(code, 0, "{err}");
    }
    assert!(bytes("1.npz") == bytes("2.npz"), "the samples differ");
    // Gates that see both coordinates keep their one width, and the base has two.
    fails(&folder, "export model.nets --format c", 2, &["gates", "--base-sd"]);
}

#[test]
fn errors_of_a_plugin_end_the_run_and_invalid_points_do_not() {
    let folder = folder();
    library(folder.path(), "fails", &[]);
    let sampling = "--walkers 2000 --steps 20 --epsilon 1 --json --quiet";
    let words = ["plugin:fails.so?fails=3", "no convergence beyond radius 3 (code 5)", "walker", "t = "];
    for threads in [1, 2] {
        let line = format!("sample plugin:fails.so?fails=3 --base-sd 1 {sampling} --threads {threads}");
        fails(&folder, &line, 1, &words);
    }
    // The pilot that fits the base gets there first, and has neither walker nor time to name.
    fails(&folder, &format!("run plugin:fails.so?fails=3 {sampling}"), 1, &words[..2]);

    // The Gaussian cut at radius 2: Z = 2π (1 − e^{−2}). Walkers start beyond it too, and are lost.
    let run = summary(&folder, &format!("sample plugin:fails.so?invalid=2 --base-sd 1 {sampling}"));
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
