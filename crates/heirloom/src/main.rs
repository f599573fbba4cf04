//! The `heirloom` program.

use std::process::ExitCode;

fn main() -> ExitCode {
    heirloom::cli::run()
}
