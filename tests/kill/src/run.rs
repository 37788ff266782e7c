//! The run: folder after folder until it has been killed as often as was asked for.

use std::path::Path;
use std::sync::Mutex;
use std::time::Duration;

use crate::audit::Found;
use crate::checks::Checks;
use crate::client::Client;
use crate::flags::Flags;
use crate::folder::Folder;
use crate::rng::Rng;

/// Fewer kills than this in a hundred with a command in flight, and the run has shown nothing.
const IN_FLIGHT_MIN_PERCENT: u64 = 30;

/// What is counted over all folders.
#[derive(Debug, Default)]
pub struct Totals {
    /// Kills under load.
    pub kills: u64,
    /// Kills during a start.
    pub start_kills: u64,
    /// Kills that fell while a command was out and not answered.
    pub hits: u64,
    /// Kills that fell while two or more were out on the shared order.
    pub shared_hits: u64,
    /// Acknowledged commands.
    pub acts: u64,
    /// Commands on shared orders that were refused.
    pub refused: u64,
    /// Orders.
    pub orders: usize,
    /// Payments.
    pub payments: usize,
    /// Their sum.
    pub captured_minor: i64,
    /// Runs of `verify` over a whole store.
    pub verified: u64,
    /// The slowest start but for the first of a folder.
    pub slowest_start: Duration,
    /// What the retries found.
    pub found: Found,
}

/// Runs all of it; true if everything held.
///
/// # Errors
/// What kept the run from going on.
pub fn run(flags: &Flags) -> Result<bool, String> {
    let place = std::env::temp_dir().join(format!("docket-killtest-{}-{}", std::process::id(), flags.seed));
    let checks = Mutex::new(Checks::default());
    let mut totals = Totals::default();
    let mut went_through = Ok(());
    let mut number = 0;
    while went_through.is_ok() && totals.kills < flags.kills && sound(&checks) {
        went_through = one_folder(flags, &place, number, &checks, &mut totals);
        number += 1;
    }
    let checks = checks.into_inner().expect("no client panics");
    let held = report(flags, &totals, &checks) && went_through.is_ok();
    if held && !flags.keep {
        std::fs::remove_dir_all(&place).map_err(|error| format!("{}: {error}", place.display()))?;
    } else {
        println!("the stores lie in {}", place.display());
    }
    went_through.map(|()| held)
}

fn one_folder(
    flags: &Flags,
    place: &Path,
    number: u64,
    checks: &Mutex<Checks>,
    totals: &mut Totals,
) -> Result<(), String> {
    let kills = flags.per_folder.min(flags.kills - totals.kills);
    let path = place.join(number.to_string());
    // A stream of chance for the folder and one for each of its clients.
    let first = number * (flags.clients + 1);
    let clients = (1..=flags.clients).map(|client| Client::new(flags.seed, first + client)).collect();
    let rng = Rng::new(flags.seed, first);
    Folder::new(path.clone(), &flags.binary, rng, clients, checks, totals)?.kills(kills)?;
    if sound(checks) && !flags.keep {
        std::fs::remove_dir_all(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    }
    Ok(())
}

/// The first folder with a fault is the last one, and stays to be looked at.
fn sound(checks: &Mutex<Checks>) -> bool {
    checks.lock().expect("no client panics").failed == 0
}

fn report(flags: &Flags, totals: &Totals, checks: &Checks) -> bool {
    let kills = totals.kills.max(1);
    let percent = totals.hits * 100 / kills;
    println!(
        "{} kills under load (seed {}), {} more during a start; slowest start {} ms",
        totals.kills,
        flags.seed,
        totals.start_kills,
        totals.slowest_start.as_millis()
    );
    println!("{percent} % of the kills hit a command in flight ({} of {})", totals.hits, totals.kills);
    println!(
        "{} of them hit two or more on one order; {} such commands were refused",
        totals.shared_hits, totals.refused
    );
    println!(
        "of the commands left without an answer, {} had been done and {} had not",
        totals.found.done, totals.found.not_done
    );
    println!(
        "{} acts on {} orders were acknowledged; {} payments over {} minor units; {} times verified and rebuilt whole",
        totals.acts, totals.orders, totals.payments, totals.captured_minor, totals.verified
    );
    let void = percent < IN_FLIGHT_MIN_PERCENT;
    if void {
        println!("FAILED: void, since fewer than {IN_FLIGHT_MIN_PERCENT} % of the kills hit a command in flight");
    }
    println!("{} passed, {} failed", checks.passed, checks.failed);
    checks.failed == 0 && !void
}
