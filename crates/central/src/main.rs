//! Head office's program.

use std::process::ExitCode;

use clap::Parser as _;
use docket_central::cli::Cli;

fn main() -> ExitCode {
    Cli::parse().run()
}
