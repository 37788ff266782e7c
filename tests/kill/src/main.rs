//! Kills the real till under load and holds it to its word.
//!
//! This program shares no line of code with what it tests: it speaks HTTP, keeps its own ledger, and believes only what
//! was acknowledged to it.

mod audit;
mod checks;
mod client;
mod export;
mod flags;
mod folder;
mod http;
mod ledger;
mod rng;
mod run;
mod shared;
mod shop;
mod stopwatch;
mod store;
mod till;

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
    match run::run(&flags) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            println!("FAILED: the run broke off: {error}");
            ExitCode::FAILURE
        }
    }
}
