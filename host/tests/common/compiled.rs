//! Shared libraries for tests, compiled from `tests/plugins`.

use std::path::Path;
use std::process::Command;

/// Compiles `tests/plugins/SOURCE.c` into `folder`, with `flags`, and returns the path of the library.
pub fn library(folder: &Path, source: &str, flags: &[&str]) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    compile(folder, &root.join("tests/plugins").join(format!("{source}.c")), flags)
}

/// Compiles the C source `source` into `folder`, and returns the path of the library. The compiler is `CC`, or `cc`.
pub fn compile(folder: &Path, source: &Path, flags: &[&str]) -> String {
    let compiler = std::env::var("CC").unwrap_or_else(|_| "cc".to_string());
    let library = folder.join(source.file_name().unwrap()).with_extension("so");
    let status = Command::new(&compiler)
        .args(["-std=c11", "-O2", "-shared", "-fPIC", "-fvisibility=hidden"])
        .args(["-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Werror"])
        .args(flags)
        .arg("-I")
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("../include"))
        .arg(source)
        .arg("-o")
        .arg(&library)
        .arg("-lm")
        .status()
        .unwrap_or_else(|error| panic!("the C compiler `{compiler}` is needed: {error}"));
    assert!(status.success(), "{compiler} {}: {status}", source.display());
    library.into_os_string().into_string().unwrap()
}
