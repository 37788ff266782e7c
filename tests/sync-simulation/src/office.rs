//! Head office as a model: its rules, and a database whose transactions begin, fold and commit in steps of their own.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use docket_domain::ids::LogId;
use docket_log::replication::{Branch, PeerHead, Placement};
use docket_log::{ChainVerifier, Damage, Head, Mode, PublicKey, Row};
use uuid::Uuid;

use crate::faults::{ModelFault, planted};
use crate::histories::{Histories, History, branch, index};

/// A message that waits for the relay, or went out.
#[derive(Debug, Clone)]
pub struct Waiting {
    /// The order.
    pub key: Uuid,
    /// How many facts it has.
    pub version: usize,
    /// The facts themselves.
    pub body: BTreeSet<Uuid>,
    /// The message's own id.
    pub id: u64,
    /// How often head office had been restored when it was written.
    pub epoch: u64,
    /// Whether the relay marked it.
    pub published: bool,
}

/// What is durable at head office.
#[derive(Debug, Clone, Default)]
pub struct Database {
    /// Rows and heads.
    pub logs: Histories,
    keys: BTreeMap<LogId, PublicKey>,
    /// Facts by order.
    pub orders: BTreeMap<Uuid, BTreeSet<Uuid>>,
    /// The outbox by id.
    pub outbox: BTreeMap<u64, Waiting>,
}

/// What head office says to a batch.
#[derive(Debug, Clone)]
pub enum Answer {
    /// A head that was read back.
    Held(PeerHead),
    /// Rows before are missing.
    Wanted(LogId, u64),
    /// It is false.
    Refused(LogId, String),
    /// A second history was found.
    Forked(LogId, u64),
}

/// Where a batch belongs.
enum Place {
    Known(Branch),
    Follows { on: Branch, known: usize },
    Parts { from: Branch, known: usize },
}

/// A transaction under way.
#[derive(Debug)]
pub struct Transaction {
    /// Who waits for the answer.
    pub session: u64,
    rows: Vec<Arc<Row>>,
    /// Outbox rows by id, once the orders are folded.
    told: Option<Vec<(u64, Waiting)>>,
    /// Whether the answer went out already.
    answered: bool,
}

/// The service and its database.
#[derive(Debug, Default)]
pub struct Office {
    /// What is durable.
    pub database: Database,
    /// Transactions in the order in which they began.
    pub open: Vec<Transaction>,
    /// The sequence behind the outbox's ids: it never goes back, not even with a transaction.
    next_id: u64,
    /// How often it was restored.
    pub epoch: u64,
}

fn last_of(rows: &[Arc<Row>]) -> Option<PeerHead> {
    rows.last().map(|row| PeerHead { log: row.log, seq: row.seq, hash: row.hash })
}

fn verify(mut verifier: ChainVerifier, rows: &[Arc<Row>]) -> Result<(), Damage> {
    rows.iter().try_for_each(|row| verifier.push(row))?;
    match verifier.finish() {
        Err(Damage::UnsignedTail { .. }) if planted(ModelFault::UnsignedTailKept) => Ok(()),
        ended => ended.map(|_| ()),
    }
}

fn refused(log: LogId) -> impl Fn(Damage) -> Answer {
    move |damage| Answer::Refused(log, damage.to_string())
}

impl Database {
    fn known(&self, on: Branch, rows: &[Arc<Row>]) -> usize {
        let stands = |row: &&Arc<Row>| {
            self.logs.row(row.log, on, row.seq).is_some_and(|held| {
                planted(ModelFault::KnownHashIgnored) || (held.hash, held.signature) == (row.hash, row.signature)
            })
        };
        rows.iter().take_while(stands).count()
    }

    /// Finds where a batch belongs.
    fn place(&self, rows: &[Arc<Row>]) -> Result<Place, Answer> {
        let first = rows.first().expect("a batch has rows");
        let log = first.log;
        let histories = self.logs.of(log).len();
        if histories == 0 {
            if first.seq != 1 {
                return Err(Answer::Wanted(log, 1));
            }
            let verifier = ChainVerifier::from_opening(first, Mode::Batch).map_err(refused(log))?;
            verify(verifier, rows).map_err(refused(log))?;
            return Ok(Place::Follows { on: Branch(0), known: 0 });
        }
        if let Placement::Gap { expected } = self.logs.heads().place(&last_of(&rows[..1]).expect("one row"), &self.logs)
        {
            return Err(Answer::Wanted(log, expected));
        }
        let mut ways: Vec<(Branch, usize)> =
            (0..histories).map(|at| (branch(at), self.known(branch(at), rows))).collect();
        let goes_on = |on: Branch| self.logs.of(log)[index(on)].last() + 1 == first.seq;
        ways.sort_by_key(|(on, known)| (std::cmp::Reverse(*known), !goes_on(*on)));
        let mut answer = None;
        for (on, known) in ways {
            if known == rows.len() {
                return Ok(Place::Known(on));
            }
            let verifier = if first.seq == 1 {
                ChainVerifier::from_opening(first, Mode::Batch)
            } else {
                let Some(before) = self.logs.row(log, on, first.seq - 1) else { continue };
                ChainVerifier::resume(log, &self.keys[&log], Head::from(&**before), Mode::Batch)
            };
            match verifier.and_then(|verifier| verify(verifier, rows)) {
                Ok(()) if rows[known].seq == self.logs.of(log)[index(on)].last() + 1 => {
                    return Ok(Place::Follows { on, known });
                }
                Ok(()) => return Ok(Place::Parts { from: on, known }),
                Err(damage) => answer = answer.or(Some(refused(log)(damage))),
            }
        }
        let last = self.logs.of(log).iter().map(History::last).max().unwrap_or(0);
        Err(answer.unwrap_or(Answer::Wanted(log, last + 1)))
    }

    /// Puts a batch where it belongs; gives the answers, what is new, and where its last row stands.
    fn take(&mut self, rows: &[Arc<Row>]) -> (Vec<Answer>, Vec<Arc<Row>>) {
        let log = rows[0].log;
        let (on, known, mut answers) = match self.place(rows) {
            Err(answer) => return (vec![answer], Vec::new()),
            Ok(Place::Known(_)) if planted(ModelFault::KnownNotAnswered) => return (Vec::new(), Vec::new()),
            Ok(Place::Known(on)) => (on, rows.len(), Vec::new()),
            Ok(Place::Follows { on, known }) => (on, known, Vec::new()),
            Ok(Place::Parts { .. }) if planted(ModelFault::ForkDropped) => {
                return (last_of(rows).map(Answer::Held).into_iter().collect(), Vec::new());
            }
            Ok(Place::Parts { from, known }) => {
                (self.part(log, from, rows[known].seq), known, vec![Answer::Forked(log, rows[known].seq)])
            }
        };
        let new = rows[known..].to_vec();
        if self.logs.of(log).is_empty() {
            let key = stated_key(&rows[0]);
            self.keys.insert(log, key);
            self.logs.0.insert(log, vec![History::default()]);
        }
        if let Some(histories) = self.logs.0.get_mut(&log) {
            histories[index(on)].rows.extend(new.iter().cloned());
        }
        // Read back: the head is that of the row as it stands there.
        let seq = rows[rows.len() - 1].seq;
        answers.extend(self.logs.row(log, on, seq).map(|row| Answer::Held(PeerHead { log, seq, hash: row.hash })));
        (answers, new)
    }

    /// Begins a history that leaves `from` at `first`.
    fn part(&mut self, log: LogId, from: Branch, first: u64) -> Branch {
        let own = &self.logs.of(log)[index(from)];
        let signed = |seq: &u64| self.logs.row(log, Branch(0), *seq).is_some_and(|row| row.signature.is_some());
        let shared = if first - 1 <= own.shared || from == Branch(0) {
            (1..first).rev().find(signed).unwrap_or(0)
        } else {
            own.shared
        };
        let rows = (shared + 1..first).filter_map(|seq| self.logs.row(log, from, seq).cloned()).collect();
        let histories = self.logs.0.entry(log).or_default();
        histories.push(History { shared, rows });
        branch(histories.len() - 1)
    }
}

/// The key that row 1 states. It was verified before.
fn stated_key(row: &Row) -> PublicKey {
    let text = row.payload.split("\"public_key\":\"").nth(1).and_then(|rest| rest.get(..64));
    text.and_then(|text| text.parse().ok()).expect("an opening that verified states its key")
}

impl Office {
    /// Begins a transaction for a batch.
    pub fn begin(&mut self, session: u64, rows: Vec<Arc<Row>>) -> Vec<Answer> {
        let early = planted(ModelFault::AckBeforeCommit);
        let answers = if early { last_of(&rows).map(Answer::Held).into_iter().collect() } else { Vec::new() };
        self.open.push(Transaction { session, rows, told: None, answered: early });
        answers
    }

    /// Orders that a transaction touches. Rows that are held count too: they lock, and change nothing.
    fn touched(rows: &[Arc<Row>]) -> BTreeSet<Uuid> {
        rows.iter().filter(|row| row.stream_kind == "order").map(|row| row.stream_id).collect()
    }

    /// Whether another transaction has folded one of its orders, or writes its log.
    fn waits(&self, at: usize) -> bool {
        let (log, orders) = (self.open[at].rows[0].log, Self::touched(&self.open[at].rows));
        let blocks = |(other, open): (usize, &Transaction)| {
            let same_log = open.rows[0].log == log && (other < at || open.told.is_some());
            let same_order = open.told.is_some() && !orders.is_disjoint(&Self::touched(&open.rows));
            other != at && (same_log || same_order && !planted(ModelFault::FoldedUnlocked))
        };
        self.open.iter().enumerate().any(blocks)
    }

    /// Folds the orders of a transaction under their locks and writes its outbox rows; says whether it could.
    pub fn fold(&mut self, at: usize) -> bool {
        if self.open[at].told.is_some() || self.waits(at) {
            return false;
        }
        // What is new is found out on a copy of the one log: nothing is written before the commit.
        let log = self.open[at].rows[0].log;
        let mut copy = Database { keys: self.database.keys.clone(), ..Database::default() };
        copy.logs.0.extend(self.database.logs.0.get_key_value(&log).map(|(log, held)| (*log, held.clone())));
        let (_, new) = copy.take(&self.open[at].rows);
        let mut folded: BTreeMap<Uuid, BTreeSet<Uuid>> = BTreeMap::new();
        for row in new.iter().filter(|row| row.stream_kind == "order") {
            let facts = self.database.orders.get(&row.stream_id);
            folded.entry(row.stream_id).or_insert_with(|| facts.cloned().unwrap_or_default()).insert(row.event_id);
        }
        let mut told = Vec::new();
        for (key, body) in folded {
            if self.database.orders.get(&key) == Some(&body) {
                continue;
            }
            self.next_id += 1;
            let (id, epoch, version) = (self.next_id, self.epoch, body.len());
            told.push((id, Waiting { key, version, body, id, epoch, published: false }));
        }
        self.open[at].told = Some(told);
        true
    }

    /// Whether a transaction has its locks and is ready to commit.
    pub fn is_folded(&self, at: usize) -> bool {
        self.open[at].told.is_some()
    }

    /// Commits a transaction that folded. `fails` is a database that could not.
    pub fn commit(&mut self, at: usize, fails: bool, dies: bool) -> (u64, Vec<Answer>) {
        let transaction = self.open.remove(at);
        let told = transaction.told.unwrap_or_default();
        if fails {
            let blind = planted(ModelFault::HeadsNotReadBack).then(|| last_of(&transaction.rows)).flatten();
            return (transaction.session, blind.map(Answer::Held).into_iter().collect());
        }
        let (answers, _) = self.database.take(&transaction.rows);
        for (id, waiting) in told {
            self.database.orders.insert(waiting.key, waiting.body.clone());
            if !(dies && planted(ModelFault::OutboxOutside)) {
                self.database.outbox.insert(id, waiting);
            }
        }
        (transaction.session, if transaction.answered { Vec::new() } else { answers })
    }

    /// The heads that a hello states.
    pub fn hello(&self) -> Vec<PeerHead> {
        self.database.logs.heads().hello()
    }

    /// The process ends: what did not commit is gone.
    pub fn die(&mut self) {
        self.open.clear();
    }
}
