//! What the simulation itself remembers: every acknowledgement, every row that was ever durable somewhere, and which of
//! them no device holds any more because an old copy was put back.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use docket_contracts::CommandOutcome;
use rusqlite::{Connection, OptionalExtension as _};
use uuid::Uuid;

use crate::device::Sent;
use crate::failure::{Failure, broken};
use crate::rows::{Key, Rows, Stored};

/// A command that a till said was done.
pub struct Ack {
    /// By its number.
    pub device: usize,
    /// What was asked.
    pub sent: Sent,
    /// What was answered.
    pub outcome: CommandOutcome,
    /// Whether the device still holds the receipt: an old copy takes it away.
    pub receipt: bool,
}

/// The simulation's own book.
#[derive(Default)]
pub struct Ledger {
    /// In the order in which they were given.
    pub acks: Vec<Ack>,
    /// Rows that were found in a store.
    known: BTreeMap<Key, Stored>,
    lost: BTreeSet<Key>,
}

impl Ledger {
    /// Writes an acknowledgement down, in place of one that an old copy took away.
    pub fn acknowledge(&mut self, device: usize, sent: &Sent, outcome: &CommandOutcome) {
        self.acks.retain(|ack| ack.sent.id != sent.id || ack.receipt);
        if !self.acks.iter().any(|ack| ack.sent.id == sent.id && ack.device == device) {
            self.acks.push(Ack { device, sent: sent.clone(), outcome: outcome.clone(), receipt: outcome.applied });
        }
    }

    /// Rows that a store holds.
    pub fn learn(&mut self, rows: &Rows) {
        for (key, row) in rows {
            self.known.entry(*key).or_insert_with(|| row.clone());
        }
    }

    /// An old copy was put back: what it lacks and nobody else holds is gone.
    pub fn restored(&mut self, device: usize, before: &Rows, after: &Rows, elsewhere: &[Rows]) -> usize {
        self.learn(before);
        let gone: Vec<Key> = before.keys().filter(|key| !after.contains_key(*key)).copied().collect();
        self.lost.extend(gone.iter().filter(|key| !elsewhere.iter().any(|rows| rows.contains_key(*key))));
        let held: HashSet<Uuid> = after.values().map(|row| row.command_id).collect();
        for ack in self.acks.iter_mut().filter(|ack| ack.device == device) {
            ack.receipt &= held.contains(&ack.sent.id);
        }
        gone.len()
    }

    /// Rows that were durable and that nobody holds, by right.
    pub fn lost(&self) -> impl Iterator<Item = &Stored> {
        self.lost.iter().filter_map(|key| self.known.get(key))
    }

    /// Whether nobody holds a row, by right.
    pub fn is_lost(&self, key: &Key) -> bool {
        self.lost.contains(key)
    }

    /// S1 on one device: every act that it acknowledged is there, with its receipt.
    pub fn hold_to_word(&self, device: usize, connection: &Connection, rows: &Rows) -> Result<(), Failure> {
        let held: HashSet<Uuid> = rows.values().map(|row| row.command_id).collect();
        let mut receipt = connection.prepare_cached("SELECT outcome FROM receipts WHERE command_id = ?1")?;
        for ack in self.acks.iter().filter(|ack| ack.device == device && ack.receipt) {
            let (id, name) = (ack.sent.id, ack.sent.name);
            if !held.contains(&id) {
                return Err(broken("S1", format!("{name} {id} was acknowledged and its rows are gone")));
            }
            let stored: Option<String> = receipt.query_row([&id.as_bytes()[..]], |row| row.get(0)).optional()?;
            let wanted = serde_json::to_string(&ack.outcome).expect("an outcome is JSON");
            if stored.as_deref() != Some(&wanted) {
                return Err(broken("S1", format!("the receipt of {name} {id} is {stored:?}, answered was {wanted}")));
            }
        }
        Ok(())
    }

    /// S1 over the shop: every row that was durable and that somebody held all the time is on every device.
    pub fn all_there(&self, union: &Rows) -> Result<(), Failure> {
        let missing = self.known.keys().find(|key| !union.contains_key(*key) && !self.lost.contains(*key));
        if let Some((log, seq, _)) = missing {
            return Err(broken("S1", format!("row {seq} of log {log} was held all the time and is gone")));
        }
        let mut by_command: HashMap<Uuid, bool> = HashMap::new();
        for (key, row) in &self.known {
            *by_command.entry(row.command_id).or_default() |= !self.lost.contains(key);
        }
        for row in union.values() {
            by_command.insert(row.command_id, true);
        }
        for ack in self.acks.iter().filter(|ack| ack.outcome.applied) {
            let name = ack.sent.name;
            match by_command.get(&ack.sent.id) {
                None => return Err(broken("S1", format!("{name} was acknowledged and no row of it was ever found"))),
                Some(false) if ack.receipt => {
                    return Err(broken("S1", format!("{name} was acknowledged, kept, and its rows are gone")));
                }
                Some(_) => {}
            }
        }
        Ok(())
    }
}

/// S1 and half a group: what was durable before is durable after, and nothing of it changed.
pub fn survives(before: &Rows, after: &Rows) -> Result<(), Failure> {
    match before.keys().find(|key| !after.contains_key(*key)) {
        Some((log, seq, _)) => Err(broken("S1", format!("row {seq} of log {log} did not survive"))),
        None => Ok(()),
    }
}
