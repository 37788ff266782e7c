//! Cuts the power under the real store: an acknowledged act is always there, a half group never.
//!
//! A file layer below SQLite (`vfs`) and the system's calls for small files (`system`) put every step that the till
//! takes on tape. A cut takes the tape up to some moment, gives a disk that may have forgotten or torn what was not
//! synced (`disk`), and starts the till on it (`check`). The till is the one that ships; nothing in it knows of this.
#![deny(unsafe_code)]

mod check;
mod disk;
mod fault;
mod flags;
mod ledger;
mod points;
mod report;
mod rng;
mod run;
mod shop;
// The C library's functions are stood in for, so this takes raw strings and descriptors.
#[allow(unsafe_code, reason = "it stands before functions of the C library")]
mod system;
mod tape;
#[allow(unsafe_code, reason = "a file layer of SQLite is a table of C functions")]
mod vfs;
mod workload;

use std::process::ExitCode;

use flags::Flags;

fn main() -> ExitCode {
    let flags = match Flags::read(std::env::args().skip(1)) {
        Ok(Some(flags)) => flags,
        Ok(None) => {
            println!("{}", flags::HELP);
            return ExitCode::SUCCESS;
        }
        Err(error) => {
            eprintln!("{error}\n{}", flags::HELP);
            return ExitCode::from(2);
        }
    };
    vfs::install();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(4).enable_all().build();
    let runtime = runtime.expect("the system gives threads at start");
    if runtime.block_on(run::run(&flags)) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
