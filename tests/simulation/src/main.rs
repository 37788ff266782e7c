//! Up to five tills of one shop in virtual time.
//!
//! Each device is a real `docket_terminal::Terminal` on a real SQLite store in a folder of its own. A seed decides how
//! many there are and what they do: acts that the view offers and acts that it doesn't, retries, crashes between acts and
//! in the middle of one, copies of the folder that are made and put back, clocks that jump by hours, exports that reach
//! another device whole, twice, in pieces, late or broken off. At the end everyone exchanges with everyone until quiet,
//! and the invariants of the design (S1, S4 to S14) are worked out from the rows and held against the tills.
//!
//! A seed repeats: devices' keys, ids, nonces, clocks and choices follow from it, and each step has dice of its own. Not
//! repeated are the keys under which personal text is sealed, so the sealed bytes and the hashes over them differ from
//! run to run; a tie between two concurrent edits with one clock may then go the other way. Nothing else depends on them.

mod acts;
mod checks;
mod device;
mod exchange;
mod failure;
mod figures;
mod flags;
mod folder;
mod jobs;
mod ledger;
mod rows;
mod seed;
mod template;
mod world;

use std::process::ExitCode;

use flags::Flags;

fn main() -> ExitCode {
    let flags = match Flags::read(std::env::args().skip(1)) {
        Ok(Some(flags)) => flags,
        Ok(None) => {
            println!("{}", flags::HELP);
            return ExitCode::SUCCESS;
        }
        Err(why) => {
            eprintln!("{why}\n\n{}", flags::HELP);
            return ExitCode::FAILURE;
        }
    };
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("the system gives no runtime: {error}");
            return ExitCode::FAILURE;
        }
    };
    match runtime.block_on(jobs::run(&flags)) {
        Ok(Some(figures)) => {
            if flags.worker.is_none() {
                println!("{}\n{} passed, 0 failed", figures.text(), figures.seeds);
            }
            ExitCode::SUCCESS
        }
        Ok(None) => ExitCode::FAILURE,
        Err(failure) => {
            eprintln!("{failure}");
            ExitCode::FAILURE
        }
    }
}
