//! Head office's program.

use std::process::ExitCode;

use clap::Parser as _;
use docket_central::cli::Cli;

/// It gives memory back to the system when a rush of tills is over; the system's own keeps what many threads once had.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> ExitCode {
    Cli::parse().run()
}
