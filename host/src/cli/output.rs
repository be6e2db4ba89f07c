//! Where results go, found out before the work that makes them.

use super::args::CommonArgs;
use super::failure::Failure;
use crate::engine::Outcome;
use crate::file::{AtomicFile, SampleFile, write_atomically};
use crate::model::Model;
use crate::summary::Summary;
use crate::target::Target;
use crate::train::{TrainOptions, Trained};
use std::fmt::Display;
use std::fs;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

/// The folder for the results of `what`: `--out-dir`, or `nets-out/WHAT`. It is made if it is not there.
pub(super) fn folder(what: &str, common: &CommonArgs) -> Result<PathBuf, Failure> {
    let folder = common.out_dir.clone().unwrap_or_else(|| Path::new("nets-out").join(file_name(what)));
    fs::create_dir_all(&folder).and_then(|()| AtomicFile::create(&folder.join("summary.json")).map(drop)).map_err(
        |error| {
            let failure = Failure::usage(format!("cannot write into the folder {}: {error}", folder.display()));
            failure.hint("choose another folder with --out-dir")
        },
    )?;
    Ok(folder)
}

/// A name without the characters that file systems or shells treat in a special way.
fn file_name(target: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() || "-_.=".contains(c) { c } else { '_' };
    let name: String = target.chars().map(plain).collect();
    name.trim_start_matches('.').to_string()
}

/// Fails if no file can be written at `path`.
pub(super) fn check(path: &Path) -> Result<(), Failure> {
    AtomicFile::create(path).map(drop).map_err(|error| unwritable(path, &error))
}

/// Starts a samples file.
pub(super) fn samples(path: &Path, dim: usize) -> Result<SampleFile, Failure> {
    SampleFile::create(path, dim).map_err(|error| unwritable(path, &error))
}

fn unwritable(path: &Path, error: &std::io::Error) -> Failure {
    let failure = Failure::usage(format!("cannot write {}: {error}", path.display()));
    failure.hint("choose another file with --out; its folder has to be there")
}

/// Writes a file, whole or not at all.
pub(super) fn write(path: &Path, contents: impl AsRef<[u8]>) -> Result<(), Failure> {
    write_atomically(path, contents.as_ref()).map_err(|error| Failure::writing(path, &error))
}

/// Writes the model, and takes it up in the summary.
pub(super) fn save(model: &Model, path: &Path, summary: &mut Summary) -> Result<(), Failure> {
    model.save(path).map_err(Failure::computation)?;
    summary.add_model(model);
    summary.model = Some(path.display().to_string());
    Ok(())
}

/// The checkpoint of training that is done goes; of one that was stopped the user is told. The model is safe already.
pub(super) fn training_ended(trained: &Trained, options: &TrainOptions) -> Result<(), Failure> {
    let Some(checkpoint) = &options.checkpoint else { return Ok(()) };
    let path = &checkpoint.path;
    if trained.interrupted {
        eprintln!("training goes on where it stopped with the same command and --resume {}", path.display());
        return Ok(());
    }
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(Failure::writing(path, &error)),
        _ => Ok(()),
    }
}

/// Writes the samples, and takes them up in the summary.
pub(super) fn finish(
    samples: SampleFile,
    path: &Path,
    outcome: &Outcome,
    summary: &mut Summary,
) -> Result<(), Failure> {
    samples.finish(outcome).map_err(|error| Failure::writing(path, &error))?;
    summary.out = Some(path.display().to_string());
    Ok(())
}

/// Prints the summary as the user asked for it.
pub(super) fn print_summary(summary: &Summary, json: bool) {
    if json { print(summary.json()) } else { print(summary.to_string().trim_end()) }
}

/// Tells on stderr why the target had no potential at some points, if it did.
pub(super) fn note_rejections(target: &impl Target) {
    if let Some(rejections) = target.rejections() {
        eprintln!("note: {rejections}");
    }
}

/// Prints to stdout. A reader that has gone away is no failure of ours.
pub(super) fn print(text: impl Display) {
    let _ = writeln!(std::io::stdout(), "{text}");
}

/// Prints bytes as they are.
pub(super) fn print_bytes(bytes: &[u8]) {
    let mut stdout = std::io::stdout();
    let _ = stdout.write_all(bytes).and_then(|()| stdout.flush());
}

/// Whether the effective sample size is what the user requires.
pub(super) fn check_ess(summary: &Summary, required: Option<f64>) -> Result<(), Failure> {
    match (summary.ess, required) {
        (Some(ess), Some(required)) if ess < required => {
            let failure = Failure::computation(format!("the ESS is {ess:.4}, below the required {required}"));
            Err(failure
                .hint("train longer or with another --drift, scan epsilon with `nets tune`, or use more --steps"))
        }
        _ => Ok(()),
    }
}
