//! Shared libraries for tests, compiled from `tests/plugins`.

use std::path::Path;
use std::process::Command;

/// Compiles `SOURCE.c` into `folder`, with `flags`, and returns the path of the library. The compiler is `CC`, or `cc`.
pub fn library(folder: &Path, source: &str, flags: &[&str]) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let compiler = std::env::var("CC").unwrap_or_else(|_| "cc".to_string());
    let library = folder.join(format!("{source}.so"));
    let status = Command::new(&compiler)
        .args(["-std=c11", "-O2", "-shared", "-fPIC", "-fvisibility=hidden"])
        .args(["-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Werror"])
        .args(flags)
        .arg("-I")
        .arg(root.join("../include"))
        .arg(root.join("tests/plugins").join(format!("{source}.c")))
        .arg("-o")
        .arg(&library)
        .arg("-lm")
        .status()
        .unwrap_or_else(|error| panic!("the C compiler `{compiler}` is needed: {error}"));
    assert!(status.success(), "{compiler} {source}.c: {status}");
    library.into_os_string().into_string().unwrap()
}
