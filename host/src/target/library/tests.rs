use super::*;
use std::fs;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use tempfile::TempDir;

#[path = "../../../tests/common/compiled.rs"]
mod compiled;
use compiled::library;

fn folder() -> TempDir {
    tempfile::tempdir().unwrap()
}

fn opened(spec: &str) -> Arc<dyn BatchDensity> {
    let (name, density) = open(spec).expect("names a library").unwrap_or_else(|error| panic!("{error}"));
    // Without the folder.
    let (kind, rest) = spec.split_once(':').unwrap();
    let (path, options) = rest.split_once('?').map_or((rest, None), |(path, options)| (path, Some(options)));
    let file = path.rsplit('/').next().unwrap();
    assert_eq!(name, options.map_or(format!("{kind}:{file}"), |options| format!("{kind}:{file}?{options}")));
    density
}

/// Opening `spec` fails with all `words` in the message.
fn is_refused(spec: &str, words: &[&str]) {
    let Err(error) = open(spec).expect("names a library") else { panic!("{spec} was opened") };
    let message = error.to_string();
    for word in words.iter().chain([&spec]) {
        assert!(message.contains(word), "{spec}: `{word}` is not in the message: {message}");
    }
}

/// U and ∇U at points.
fn evaluated(density: &dyn BatchDensity, x: &[f64]) -> Result<(Vec<f64>, Vec<f64>), String> {
    let (mut u, mut gradient) = (vec![f64::NAN; x.len() / density.dim()], vec![f64::NAN; x.len()]);
    density.evaluate(x, &mut u, &mut gradient).map(|()| (u, gradient))
}

#[test]
fn a_plugin_gives_potential_gradient_and_log_z() {
    let folder = folder();
    let ring = library(folder.path(), "ring", &[]);
    let density = opened(&format!("plugin:{ring}?radius=2,sd=0.25"));
    assert_eq!(density.dim(), 2);
    let (u, gradient) = evaluated(&*density, &[3.0, 0.0, 0.0, -1.75]).unwrap();
    assert_eq!((u[0], u[1]), (8.0, 0.5), "(|x| − 2)² / (2 · 0.25²)");
    assert_eq!(gradient, [16.0, 0.0, 0.0, 4.0]);

    // The midpoint rule, which is exact to rounding for what is smooth and vanishes at its ends.
    let z: f64 = (0..4000).map(|i| (f64::from(i) + 0.5) * 1e-3).map(|r| r * (-8.0 * (r - 2.0).powi(2)).exp()).sum();
    let exact = (z * 1e-3 * std::f64::consts::TAU).ln();
    let log_z = density.log_z().unwrap();
    assert!((log_z - exact).abs() < 1e-6, "{log_z} and {exact}");
    assert!(opened(&format!("plugin:{ring}")).log_z().unwrap() > log_z, "the options are taken");
}

#[test]
fn what_is_wrong_with_a_library_is_named() {
    let folder = folder();
    let path = |name: &str| folder.path().join(name).into_os_string().into_string().unwrap();
    is_refused(&format!("plugin:{}", path("absent.so")), &["absent.so", "no file"]);
    // A name alone is a file here, not a library of the system.
    is_refused("plugin:libm.so.6", &["no file"]);
    fs::write(path("text.so"), "not a library").unwrap();
    is_refused(&format!("plugin:{}", path("text.so")), &["cannot be loaded", "cc -shared"]);

    let incomplete = library(folder.path(), "incomplete", &[]);
    is_refused(&format!("plugin:{incomplete}"), &["nets_target_destroy", "nets_target.h"]);
    is_refused(&format!("stan:{incomplete}"), &["bs_model_construct", "BridgeStan"]);
    let version = library(folder.path(), "version", &[]);
    is_refused(&format!("plugin:{version}"), &["version 42", "version 1", "nets_target.h"]);

    let ring = library(folder.path(), "ring", &[]);
    is_refused(&format!("plugin:{ring}?radius=-1"), &["the options are radius=R and sd=S", "code 2"]);
    is_refused(&format!("plugin:{ring}?a\0b"), &["NUL"]);
    assert!(open("gmm40").is_none() && open("phi4:L=16").is_none());
}

#[test]
fn contexts_of_failed_creations_are_destroyed() {
    let folder = folder();
    let refuses = library(folder.path(), "refuses", &[]);
    // Loaded throughout, so that its count is.
    let kept = load::Loaded::open(&refuses, "the test").unwrap();
    is_refused(&format!("plugin:{refuses}"), &["the licence server sleeps", "code 7"]);
    is_refused(&format!("plugin:{refuses}?context"), &["the grid does not fit", "code 7"]);
    is_refused(&format!("plugin:{refuses}?dim=0"), &["0 dimensions", "from 1 to"]);
    is_refused(&format!("plugin:{refuses}?dim=18446744073709551615"), &["18446744073709551615 dimensions"]);
    assert_eq!(kept.number("refuses_contexts"), 0);
    let density = opened(&format!("plugin:{refuses}?dim=3"));
    assert_eq!((density.dim(), density.log_z(), kept.number("refuses_contexts")), (3, None, 1));
    drop(density);
    assert_eq!(kept.number("refuses_contexts"), 0);
}

#[test]
fn errors_and_invalid_points_are_told_apart() {
    let folder = folder();
    let path = library(folder.path(), "fails", &[]);
    let points = [0.5, 0.5, 2.0, 2.0];
    let failing = opened(&format!("plugin:{path}?fails=2"));
    assert_eq!(evaluated(&*failing, &points[..2]).unwrap().0, [0.25]);
    let message = evaluated(&*failing, &points).unwrap_err();
    assert!(message.contains("no convergence beyond radius 2 (code 5)") && message.contains(&path), "{message}");
    let invalid = opened(&format!("plugin:{path}?invalid=2"));
    assert_eq!(evaluated(&*invalid, &points).unwrap().0, [0.25, f64::INFINITY]);
}

/// Evaluates on four threads at once until there is an error, or `time` is over.
fn hammered(density: &dyn BatchDensity, time: Duration) -> Result<(), String> {
    let (begun, over) = (Instant::now(), AtomicBool::new(false));
    std::thread::scope(|scope| {
        let work = || {
            let mut result = Ok(());
            while result.is_ok() && begun.elapsed() < time && !over.load(Ordering::Relaxed) {
                result = evaluated(density, &[0.5; 64]).map(|_| ());
            }
            over.store(true, Ordering::Relaxed);
            result
        };
        let threads: Vec<_> = (0..4).map(|_| scope.spawn(work)).collect();
        threads.into_iter().try_for_each(|thread| thread.join().unwrap())
    })
}

#[test]
fn calls_are_made_one_at_a_time_unless_the_library_is_thread_safe() {
    let folder = folder();
    let single = library(folder.path(), "single", &[]);
    hammered(&*opened(&format!("plugin:{single}")), Duration::from_millis(500)).unwrap();
    // The same library notices calls that overlap: it gets them if it says that it is thread-safe.
    let other = folder.path().join("other");
    fs::create_dir(&other).unwrap();
    let lying = opened(&format!("plugin:{}", library(&other, "single", &["-DSAFE=1"])));
    let message = hammered(&*lying, Duration::from_secs(10)).unwrap_err();
    assert!(message.contains("two calls at once (code 9)"), "{message}");
}

/// A data file with `text` in `folder`.
fn data(folder: &TempDir, text: &str) -> String {
    let file = folder.path().join("model.data.json");
    fs::write(&file, text).unwrap();
    file.into_os_string().into_string().unwrap()
}

#[test]
fn a_stan_model_gives_its_whole_density() {
    let folder = folder();
    let model = library(folder.path(), "bridge", &[]);
    let file = data(&folder, r#"{"mean": [1.0, -2.0], "sd": [0.5, 2.0]}"#);
    let density = opened(&format!("stan:{model}?data={file}"));
    assert_eq!((density.dim(), density.log_z(), density.rejections()), (2, None, None));
    let (u, gradient) = evaluated(&*density, &[1.0, -2.0, 1.5, 0.0]).unwrap();
    // Normalised, with the Jacobian: the negative logarithm of N(y; mean, sd).
    let lowest = std::f64::consts::TAU.ln() + (0.5_f64 * 2.0).ln();
    assert!((u[0] - lowest).abs() < 1e-14 && (u[1] - lowest - 1.0).abs() < 1e-14, "{u:?}, lowest {lowest}");
    assert_eq!(gradient, [0.0, 0.0, 2.0, 0.5]);
}

#[test]
fn a_stan_model_rejects_points_and_leaks_nothing() {
    let folder = folder();
    let model = library(folder.path(), "bridge", &[r#"-DTHREADS="false""#]);
    let kept = load::Loaded::open(&model, "the test").unwrap();
    let file = data(&folder, r#"{"mean": [0.0], "sd": [1.0], "limit": 1.0}"#);
    let density = opened(&format!("stan:{model}?data={file}"));
    let (u, _) = evaluated(&*density, &[2.0, 0.0, 3.0]).unwrap();
    assert_eq!((u[0], u[1].is_finite(), u[2]), (f64::INFINITY, true, f64::INFINITY));
    let said = density.rejections().unwrap();
    assert!(said.contains("2 points") && said.contains("lognormal_lpdf: too large"), "{said}");

    is_refused(&format!("stan:{model}"), &["variable does not exist"]);
    is_refused(&format!("stan:{model}?data=absent.json"), &["absent.json"]);
    is_refused(&format!("stan:{model}?data=Cargo.toml"), &["Cargo.toml", ".json"]);
    is_refused(&format!("stan:{model}?file={file}"), &["data=FILE.json"]);
    assert_eq!((kept.number("bridge_messages"), kept.number("bridge_models")), (0, 1));
    drop(density);
    assert_eq!((kept.number("bridge_messages"), kept.number("bridge_models")), (0, 0));
}
