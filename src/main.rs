//! The program.

use std::process::ExitCode;

fn main() -> ExitCode {
    staylogged::cli::main()
}
