//! One folder of the till from its first start to its end: loaded, killed, started, audited.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard};
use std::thread;
use std::time::{Duration, Instant};

use crate::audit;
use crate::checks::Checks;
use crate::client::{Books, Client};
use crate::export;
use crate::ledger::Ledger;
use crate::rng::Rng;
use crate::run::Totals;
use crate::shared::SharedOrder;
use crate::shop::Shop;
use crate::stopwatch::now;
use crate::store::{self, Store};
use crate::till::{Program, Till};

/// The load before a kill lasts so long.
const LOAD_MS: std::ops::Range<u64> = 20..250;
/// One start in so many is killed on its way up, before the start that counts.
const START_KILLED_ONCE_IN: u64 = 8;
/// After so many kills the whole store is looked at as the kill left it: chain, sums, outbox, read models.
const WHOLE_EVERY: u64 = 25;

/// A folder with all that was acknowledged about it.
pub struct Folder<'a> {
    path: PathBuf,
    program: Program,
    rng: Rng,
    clients: Vec<Client>,
    ledger: Mutex<Ledger>,
    shared: Mutex<SharedOrder>,
    store: Store,
    checks: &'a Mutex<Checks>,
    totals: &'a mut Totals,
}

impl<'a> Folder<'a> {
    /// An empty folder.
    ///
    /// # Errors
    /// If it can't be made.
    pub fn new(
        path: PathBuf,
        binary: &Path,
        rng: Rng,
        clients: Vec<Client>,
        checks: &'a Mutex<Checks>,
        totals: &'a mut Totals,
    ) -> Result<Self, String> {
        std::fs::create_dir_all(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        let (data, witness) = (path.join("data"), path.join("witness"));
        let program = Program { binary: binary.to_owned(), data, witness };
        let (ledger, shared, store) = (Mutex::default(), Mutex::default(), Store::default());
        Ok(Folder { path, program, rng, clients, ledger, shared, store, checks, totals })
    }

    /// Kills it so many times; then the tools have the last word.
    ///
    /// # Errors
    /// What kept it from going on.
    pub fn kills(&mut self, kills: u64) -> Result<(), String> {
        let went_through = self.rounds(kills).and_then(|()| self.end(kills));
        let ledger = self.ledger.lock().expect("no client panics");
        self.totals.acts += ledger.acts;
        self.totals.refused += ledger.refused;
        self.totals.orders += ledger.orders.len();
        self.totals.payments += ledger.orders.values().map(|order| order.payments.len()).sum::<usize>();
        self.totals.captured_minor += ledger.captured_minor();
        went_through
    }

    fn rounds(&mut self, kills: u64) -> Result<(), String> {
        for round in 0..kills {
            let (till, shop) = self.restart(round)?;
            self.audit(&shop, round, false)?;
            self.load_and_kill(till, &shop, round);
            self.totals.kills += 1;
            if (round + 1).is_multiple_of(WHOLE_EVERY) {
                self.verify()?;
                self.rebuild()?;
                println!("{} kills, {} acts in this folder", self.totals.kills, self.ledger().acts);
            }
        }
        Ok(())
    }

    fn end(&mut self, round: u64) -> Result<(), String> {
        let (till, shop) = self.restart(round)?;
        self.audit(&shop, round, true)?;
        let before = shop.shown()?;
        self.end_kindly(till)?;
        self.verify()?;
        self.rebuild()?;
        let (till, shop) = self.restart(0)?;
        let after = shop.shown()?;
        let differ = before.iter().zip(&after).find(|(before, after)| before != after);
        self.checks().expect(differ.map(|(before, after)| format!("shown {before}, and {after} after the rebuild")));
        self.checks()
            .expect((before.len() != after.len()).then(|| "the rebuild changed the number of pages".to_owned()));
        self.end_kindly(till)?;
        self.export(&self.path.join("export.jsonl"))
    }

    fn end_kindly(&mut self, till: Till) -> Result<(), String> {
        let status = till.end()?;
        self.checks().expect((!status.success()).then(|| format!("SIGTERM ended it with {status}")));
        Ok(())
    }

    fn restart(&mut self, round: u64) -> Result<(Till, Shop), String> {
        if round > 0 && self.rng.once_in(START_KILLED_ONCE_IN) {
            // Anywhere in a start as long as the slowest so far.
            let longest_ms = u64::try_from(self.totals.slowest_start.as_millis()).unwrap_or(u64::MAX).max(1);
            self.program.start_and_kill(Duration::from_millis(self.rng.below(longest_ms)))?;
            self.totals.start_kills += 1;
        }
        let begun = now();
        let till = self.program.start()?;
        if round > 0 {
            // The first start makes the shop, which no later one does.
            self.totals.slowest_start = self.totals.slowest_start.max(now() - begun);
        }
        match Shop::enter(&till, &mut self.rng) {
            Ok(shop) => Ok((till, shop)),
            Err(error) => {
                till.kill();
                Err(error)
            }
        }
    }

    fn audit(&mut self, shop: &Shop, round: u64, all: bool) -> Result<(), String> {
        let connection = store::open(&self.program.data)?;
        let books = Books { ledger: &self.ledger, checks: self.checks, shared: &self.shared, round };
        audit::settle(&mut self.clients, shop, &books, &connection, &mut self.totals.found);
        let mut ledger = self.ledger.lock().expect("no client panics");
        let mut checks = self.checks.lock().expect("no client panics");
        audit::repeats(shop, &ledger, &mut self.rng, &mut checks);
        audit::orders(shop, &mut ledger, round.saturating_sub(1), all, &mut self.rng, &mut checks);
        checks.expect(self.store.new_rows(&connection, &ledger)?);
        if all || round.is_multiple_of(WHOLE_EVERY) {
            checks.expect(self.store.whole(&connection, &ledger)?);
        }
        Ok(())
    }

    fn load_and_kill(&mut self, till: Till, shop: &Shop, round: u64) {
        let load = Duration::from_millis(LOAD_MS.start + self.rng.below(LOAD_MS.end - LOAD_MS.start));
        let books = Books { ledger: &self.ledger, checks: self.checks, shared: &self.shared, round };
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
        let in_flight = self.clients.iter().filter_map(|client| in_flight(client, killed_at));
        let shared: Vec<bool> = in_flight.collect();
        self.totals.hits += u64::from(!shared.is_empty());
        self.totals.shared_hits += u64::from(shared.iter().filter(|shared| **shared).count() > 1);
    }

    fn verify(&mut self) -> Result<(), String> {
        let (status, out, err) = self.program.tool(&["verify"])?;
        self.checks().expect((!status.success()).then(|| format!("verify ended with {status}: {out}{err}")));
        self.totals.verified += 1;
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

    fn export(&self, file: &Path) -> Result<(), String> {
        let (status, _, err) = self.program.tool(&["export", "--out", &file.display().to_string()])?;
        self.checks().expect((!status.success()).then(|| format!("export ended with {status}: {err}")));
        let faults = export::differences(file, &self.ledger())?;
        self.checks().expect(faults);
        Ok(())
    }

    fn ledger(&self) -> MutexGuard<'_, Ledger> {
        self.ledger.lock().expect("no client panics")
    }

    fn checks(&self) -> MutexGuard<'_, Checks> {
        self.checks.lock().expect("no client panics")
    }
}

/// Whether a command of this client was out and not answered when the kill fell, and if so, whether on the shared order.
fn in_flight(client: &Client, killed_at: Instant) -> Option<bool> {
    let pending = client.pending.as_ref()?;
    pending.sent_at.filter(|sent_at| *sent_at < killed_at).map(|_| pending.sent.shared)
}
