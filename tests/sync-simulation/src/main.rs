//! The walk of the data from tills to a read model, in virtual time.
//!
//! A till has a durable store, seals real rows with `docket_log::LogWriter` and drives the real engine of the uplink;
//! head office is a small model that checks with the real `ChainVerifier` and places with the real `Heads`, and whose
//! transactions fold and commit in steps of their own. Relays, a broker and a consumer stand behind it. One seed decides
//! everything: what is sold, when what dies, what the network does with each message. After some hundred steps the
//! faults stop, time goes on until all is at rest, and then `world/checks.rs` must hold.

mod faults;
mod flags;
mod histories;
mod office;
#[cfg(feature = "planted-faults")]
mod planting;
mod relay;
mod till;
mod world;

use std::process::ExitCode;

use flags::Flags;
use world::{Failure, Figures, World};

/// Lines of a failing seed's walk that are shown unless it was asked for by its number.
const LAST_LINES: usize = 40;

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
    let held = match (flags.planted, flags.single) {
        (true, _) => plant(flags.seeds),
        (false, Some(seed)) => alone(seed),
        (false, None) => many(&flags),
    };
    if held { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

#[cfg(feature = "planted-faults")]
fn plant(seeds: u64) -> bool {
    planting::run(seeds)
}

#[cfg(not(feature = "planted-faults"))]
fn plant(_seeds: u64) -> bool {
    eprintln!("--planted needs a build with the feature planted-faults");
    false
}

/// One seed with its whole walk.
fn alone(seed: u64) -> bool {
    let mut world = World::new(seed, true);
    let ended = world.run();
    world.trace.iter().flatten().for_each(|line| println!("{line}"));
    match &ended {
        Ok(figures) => println!("seed {seed} holds: {figures:?}\n1 passed, 0 failed"),
        Err(failure) => println!("FAILED: seed {seed}: {failure}"),
    }
    ended.is_ok()
}

/// All seeds, several at a time; the first failure in the order of the seeds is told.
fn many(flags: &Flags) -> bool {
    let (first, end, jobs) = (flags.first, flags.first + flags.seeds, flags.jobs);
    let share = move |job: u64| -> Result<Figures, (u64, Failure)> {
        let mut sum = Figures::default();
        for seed in (first..end).filter(|seed| seed % jobs == job) {
            let figures = World::new(seed, false).run().map_err(|failure| (seed, failure))?;
            sum.rows += figures.rows;
            sum.messages += figures.messages;
            sum.forks += figures.forks;
            sum.events += figures.events;
        }
        Ok(sum)
    };
    let threads: Vec<_> = (0..jobs).map(|job| std::thread::spawn(move || share(job))).collect();
    let mut sum = Figures::default();
    let mut failed: Option<(u64, Failure)> = None;
    for thread in threads {
        match thread.join().expect("a share of the seeds ended") {
            Ok(figures) => {
                sum.rows += figures.rows;
                sum.messages += figures.messages;
                sum.forks += figures.forks;
                sum.events += figures.events;
            }
            Err(found) => failed = Some(failed.filter(|earlier| earlier.0 < found.0).unwrap_or(found)),
        }
    }
    let Some((seed, failure)) = failed else {
        let Figures { rows, messages, forks, events } = sum;
        println!("{rows} rows, {messages} messages, {forks} forked logs, {events} events");
        println!("{} passed, 0 failed", flags.seeds);
        return true;
    };
    let mut world = World::new(seed, true);
    // The same walk once more, this time told.
    let _known = world.run();
    let trace = world.trace.unwrap_or_default();
    trace[trace.len().saturating_sub(LAST_LINES)..].iter().for_each(|line| println!("{line}"));
    println!("FAILED: seed {seed}: {failure}\nagain with its whole walk: docket-sync-simulation --seed {seed}");
    false
}
