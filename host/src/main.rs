//! The `nets` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    nets_host::cli::main()
}
