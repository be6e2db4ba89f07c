//! Training that stops, or is killed, goes on from its checkpoint to the very bits of training that did not.

use nets_host::engine::Error;
use nets_host::lanes::{Precision, Width};
use nets_host::progress::{Progress, Silent, Status};
use nets_host::target::Builtin;
use nets_host::train::{
    Checkpoint, Divergence, Features, GateOptions, LeastSquaresOptions, Method, NetworkOptions, TrainOptions, Trained,
    train,
};
use serde_json::Value;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Asks to stop at its n-th report.
struct StopAt {
    report: u64,
    seen: AtomicU64,
}

impl Progress for StopAt {
    fn report(&self, _status: &Status) -> bool {
        self.seen.fetch_add(1, Ordering::Relaxed) + 1 < self.report
    }
}

fn options(method: Method, precision: Precision) -> TrainOptions {
    TrainOptions { method, seed: 3, precision, width: Width::detect(), threads: 2, checkpoint: None }
}

/// Keeps its state in `folder`, and goes on from what is there if `resume`.
fn checkpointed(options: &TrainOptions, folder: &Path, resume: bool) -> TrainOptions {
    let path = folder.join("model.checkpoint");
    let resume = resume.then(|| path.clone());
    let checkpoint = Some(Checkpoint { path, every: Duration::from_secs(3600), resume });
    TrainOptions { checkpoint, ..options.clone() }
}

fn network() -> Method {
    Method::Pinn(NetworkOptions {
        hidden: vec![16, 16],
        rounds: 12,
        walkers: 96,
        slices: 10,
        ..NetworkOptions::default()
    })
}

/// Its slices are drawn from several rounds, and its divergences by probes.
fn replaying() -> Method {
    let Method::Pinn(settings) = network() else { unreachable!() };
    Method::Pinn(NetworkOptions { replay: 4, divergence: Divergence::Hutchinson, ..settings })
}

fn log_variance() -> Method {
    let Method::Pinn(settings) = network() else { unreachable!() };
    Method::LogVariance(NetworkOptions { replay: 2, batch: 400, ..settings })
}

fn action_matching() -> Method {
    let Method::Pinn(settings) = network() else { unreachable!() };
    Method::ActionMatching(NetworkOptions { replay: 2, ..settings })
}

fn features() -> Method {
    let features = Features::Gates(GateOptions { gates: 8, block: 2, width: 1.5 });
    Method::LeastSquares(LeastSquaresOptions { walkers: 960, slices: 12, features, ..LeastSquaresOptions::gates(2) })
}

fn modes() -> Method {
    Method::LeastSquares(LeastSquaresOptions { walkers: 960, slices: 12, ..LeastSquaresOptions::modes() })
}

#[test]
fn a_resumed_training_has_the_bits_of_an_uninterrupted_one() {
    let target = Builtin::parse("gmm40").unwrap();
    for (method, precision) in [
        (network(), Precision::F32),
        (network(), Precision::F64),
        (replaying(), Precision::F32),
        (log_variance(), Precision::F64),
        (action_matching(), Precision::F32),
        (features(), Precision::F32),
        (features(), Precision::F64),
        (modes(), Precision::F64),
    ] {
        let options = options(method, precision);
        let whole = train(&target, &options, &Silent).unwrap().model;
        let folder = tempfile::tempdir().unwrap();
        let part = |stop: u64, width: Width, resume: bool| -> Trained {
            let options = TrainOptions { width, threads: 1, ..checkpointed(&options, folder.path(), resume) };
            train(&target, &options, &StopAt { report: stop, seen: AtomicU64::new(0) }).unwrap()
        };
        let first = part(5, Width::Scalar, false);
        assert!(first.interrupted && first.model.drift != whole.drift);
        assert!(part(3, Width::detect(), true).interrupted);
        let last = part(u64::MAX, Width::Portable, true);
        assert!(!last.interrupted);
        assert!(last.model.drift == whole.drift, "{precision:?}: the drifts differ");
        assert_eq!(last.model.record.curve, whole.record.curve);
        assert!(whole.record.kl_bound.is_some_and(|bound| bound > 0.0) && first.model.record.kl_bound.is_none());
        assert_eq!(last.model.record.kl_bound, whole.record.kl_bound);
    }
}

#[test]
fn a_checkpoint_of_another_training_is_refused() {
    let target = Builtin::parse("gmm40").unwrap();
    let folder = tempfile::tempdir().unwrap();
    let ours = checkpointed(&options(network(), Precision::F64), folder.path(), false);
    train(&target, &ours, &StopAt { report: 2, seen: AtomicU64::new(0) }).unwrap();

    let ours = checkpointed(&ours, folder.path(), true);
    let refused = |options: TrainOptions, setting: &str| match train(&target, &options, &Silent) {
        Err(Error::OtherTraining { name, .. }) => assert_eq!(name, setting),
        other => panic!("{setting}: {other:?}"),
    };
    refused(TrainOptions { seed: 4, ..ours.clone() }, "seed");
    refused(TrainOptions { precision: Precision::F32, ..ours.clone() }, "precision");
    refused(TrainOptions { method: features(), ..ours.clone() }, "objective");
    let Method::Pinn(settings) = network() else { unreachable!() };
    let longer = Method::Pinn(NetworkOptions { rounds: 13, ..settings });
    refused(TrainOptions { method: longer, ..ours.clone() }, "rounds");
    let other = train(&Builtin::parse("gaussian-2").unwrap(), &ours, &Silent);
    assert!(matches!(other, Err(Error::OtherTraining { name, .. }) if name == "target"));

    let path = folder.path().join("model.checkpoint");
    let mut bytes = std::fs::read(&path).unwrap();
    let last = bytes.len() - 5;
    bytes[last] ^= 1;
    std::fs::write(&path, &bytes).unwrap();
    let error = train(&target, &ours, &Silent).unwrap_err().to_string();
    assert!(error.contains("is damaged"), "{error}");
    bytes.truncate(last);
    std::fs::write(&path, &bytes).unwrap();
    let error = train(&target, &ours, &Silent).unwrap_err().to_string();
    assert!(error.contains("is not a checkpoint"), "{error}");
}

/// `kill -9` at any instant leaves a checkpoint that reads, and training arrives at the same model all the same.
#[cfg(unix)]
#[test]
fn killed_training_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let nets = |line: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_nets"));
        command.current_dir(&folder).args(line.split_whitespace()).stdout(Stdio::null()).stderr(Stdio::null());
        command
    };
    let rounds = if cfg!(debug_assertions) { 3 } else { 80 };
    let train = format!("train gmm40 --drift mlp --rounds {rounds} --quiet");
    assert!(nets(&format!("{train} --out whole.nets")).status().unwrap().success());

    let killed = format!("{train} --out killed.nets --checkpoint-every 0");
    let mut kills = 0;
    let mut resume = "";
    for milliseconds in [500, 900, 1300] {
        let mut child = nets(&format!("{killed} {resume}")).spawn().unwrap();
        std::thread::sleep(Duration::from_millis(milliseconds));
        if child.try_wait().unwrap().is_some() {
            break;
        }
        child.kill().unwrap();
        child.wait().unwrap();
        kills += 1;
        if folder.path().join("killed.checkpoint").exists() {
            resume = "--resume killed.checkpoint";
        }
    }
    assert!(kills > 0, "training was over before it could be killed");
    if !folder.path().join("killed.nets").exists() {
        assert!(nets(&format!("{killed} {resume}")).status().unwrap().success());
    }
    assert!(!folder.path().join("killed.checkpoint").exists(), "the checkpoint outlives the training");
    let checksum = |model: &str| {
        let out = nets(&format!("info {model} --json")).stdout(Stdio::piped()).output().unwrap().stdout;
        serde_json::from_slice::<Value>(&out).unwrap()["sha256"].clone()
    };
    assert_eq!(checksum("whole.nets"), checksum("killed.nets"));
}
