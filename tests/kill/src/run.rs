//! The run: start, audit, load, kill, again; at the end the tools have the last word.

use std::path::Path;
use std::sync::Mutex;
use std::thread;
use std::time::{Duration, Instant};

use crate::audit::{self, Found};
use crate::checks::Checks;
use crate::client::{Books, Client};
use crate::export;
use crate::flags::Flags;
use crate::ledger::Ledger;
use crate::rng::Rng;
use crate::shop::Shop;
use crate::stopwatch::now;
use crate::till::{Program, Till};

/// The load before a kill lasts at most this long.
const LOAD_MAX_MS: u64 = 600;
/// One start in so many is killed on its way up, before the start that counts.
const START_KILLED_ONCE_IN: u64 = 8;
/// After so many kills `verify` looks at the store as the kill left it.
const VERIFY_EVERY: u64 = 10;
/// Fewer kills than this in a hundred with a command in flight, and the run has shown nothing.
const IN_FLIGHT_MIN_PERCENT: u64 = 30;

struct Run<'a> {
    flags: &'a Flags,
    program: Program,
    rng: Rng,
    clients: Vec<Client>,
    ledger: Mutex<Ledger>,
    checks: Mutex<Checks>,
    found: Found,
    hits: u64,
    start_kills: u64,
    slowest_start: Duration,
}

/// Runs all of it; true if everything held.
///
/// # Errors
/// What kept the run from going on.
pub fn run(flags: &Flags) -> Result<bool, String> {
    let folder = std::env::temp_dir().join(format!("docket-killtest-{}-{}", std::process::id(), flags.seed));
    let program = Program { binary: flags.binary.clone(), data: folder.join("data"), witness: folder.join("witness") };
    std::fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let mut run = Run {
        flags,
        program,
        rng: Rng::new(flags.seed, 0),
        clients: (0..flags.clients).map(|number| Client::new(flags.seed, number)).collect(),
        ledger: Mutex::default(),
        checks: Mutex::default(),
        found: Found::default(),
        hits: 0,
        start_kills: 0,
        slowest_start: Duration::ZERO,
    };
    let went_through = run.all(&folder);
    let sound = run.report();
    if sound && went_through.is_ok() && !flags.keep {
        std::fs::remove_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    } else {
        println!("the store lies in {}", folder.display());
    }
    went_through.map(|()| sound)
}

impl Run<'_> {
    fn all(&mut self, folder: &Path) -> Result<(), String> {
        for round in 0..self.flags.kills {
            let (till, shop) = self.restart(round)?;
            self.audit(&shop, round, false);
            self.load_and_kill(till, &shop, round);
            if (round + 1) % VERIFY_EVERY == 0 {
                self.verify()?;
                println!("{} kills, {} acts", round + 1, self.ledger().acts);
            }
        }
        let (till, shop) = self.restart(self.flags.kills)?;
        self.audit(&shop, self.flags.kills, true);
        let status = till.end()?;
        self.checks().expect((!status.success()).then(|| format!("SIGTERM ended it with {status}")));
        self.verify()?;
        self.rebuild()?;
        self.export(&folder.join("export.jsonl"))
    }

    fn restart(&mut self, round: u64) -> Result<(Till, Shop), String> {
        if round > 0 && self.rng.once_in(START_KILLED_ONCE_IN) {
            // Anywhere in a start as long as the slowest so far.
            let longest_ms = u64::try_from(self.slowest_start.as_millis()).unwrap_or(u64::MAX).max(1);
            self.program.start_and_kill(Duration::from_millis(self.rng.below(longest_ms)))?;
            self.start_kills += 1;
        }
        let begun = now();
        let till = self.program.start()?;
        self.slowest_start = self.slowest_start.max(now() - begun);
        match Shop::enter(&till, &mut self.rng) {
            Ok(shop) => Ok((till, shop)),
            Err(error) => {
                till.kill();
                Err(error)
            }
        }
    }

    fn audit(&mut self, shop: &Shop, round: u64, all: bool) {
        let books = Books { ledger: &self.ledger, checks: &self.checks, round };
        audit::settle(&mut self.clients, shop, &books, &mut self.found);
        let ledger = self.ledger.lock().expect("no client panics");
        let mut checks = self.checks.lock().expect("no client panics");
        audit::repeats(shop, &ledger, &mut self.rng, &mut checks);
        audit::orders(shop, &ledger, round.saturating_sub(1), all, &mut self.rng, &mut checks);
    }

    fn load_and_kill(&mut self, till: Till, shop: &Shop, round: u64) {
        let load = Duration::from_millis(1 + self.rng.below(LOAD_MAX_MS));
        let books = Books { ledger: &self.ledger, checks: &self.checks, round };
        let clients = &mut self.clients;
        let killed_at = thread::scope(|scope| {
            for client in clients.iter_mut() {
                let books = &books;
                scope.spawn(move || client.work(shop, books));
            }
            thread::sleep(load);
            let killed_at = now();
            till.kill();
            killed_at
        });
        if self.clients.iter().any(|client| in_flight(client, killed_at)) {
            self.hits += 1;
        }
    }

    fn verify(&mut self) -> Result<(), String> {
        let (status, out, err) = self.program.tool(&["verify"])?;
        self.checks().expect((!status.success()).then(|| format!("verify ended with {status}: {out}{err}")));
        Ok(())
    }

    fn rebuild(&mut self) -> Result<(), String> {
        let (status, out, err) = self.program.tool(&["rebuild"])?;
        let digest = |key: &str| out.lines().find_map(|line| line.strip_prefix(key).map(str::trim).map(str::to_owned));
        let (before, after) = (digest("before"), digest("after"));
        let equal = status.success() && before.is_some() && before == after;
        self.checks().expect((!equal).then(|| format!("rebuild ended with {status}: {out}{err}")));
        Ok(())
    }

    fn export(&mut self, file: &Path) -> Result<(), String> {
        let (status, _, err) = self.program.tool(&["export", "--out", &file.display().to_string()])?;
        self.checks().expect((!status.success()).then(|| format!("export ended with {status}: {err}")));
        let faults = export::differences(file, &self.ledger())?;
        self.checks().expect(faults);
        Ok(())
    }

    fn report(&self) -> bool {
        let (ledger, checks) = (self.ledger(), self.checks());
        let kills = self.flags.kills;
        let percent = self.hits * 100 / kills;
        let payments: usize = ledger.orders.values().map(|order| order.payments.len()).sum();
        println!(
            "{kills} kills under load, {} more during a start; slowest start {} ms",
            self.start_kills,
            self.slowest_start.as_millis()
        );
        println!("{percent} % of the kills hit a command in flight ({} of {kills})", self.hits);
        println!(
            "of the commands left without an answer, {} had been done and {} had not",
            self.found.done, self.found.not_done
        );
        println!(
            "{} acts on {} orders were acknowledged; {payments} payments over {} minor units",
            ledger.acts,
            ledger.orders.len(),
            ledger.captured_minor()
        );
        let void = percent < IN_FLIGHT_MIN_PERCENT;
        if void {
            println!("void: fewer than {IN_FLIGHT_MIN_PERCENT} % of the kills hit a command in flight");
        }
        println!("{} passed, {} failed", checks.passed, checks.failed);
        checks.failed == 0 && !void
    }

    fn ledger(&self) -> std::sync::MutexGuard<'_, Ledger> {
        self.ledger.lock().expect("no client panics")
    }

    fn checks(&self) -> std::sync::MutexGuard<'_, Checks> {
        self.checks.lock().expect("no client panics")
    }
}

/// Whether a command of this client was out and not answered when the kill fell.
fn in_flight(client: &Client, killed_at: Instant) -> bool {
    client.pending.as_ref().and_then(|pending| pending.sent_at).is_some_and(|sent_at| sent_at < killed_at)
}
