//! What the driver asked for and what it was told, each with its place on the tape.

use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use docket_contracts::{CommandOutcome, ErrorCode};
use rusqlite::{Connection, OpenFlags};
use serde_json::Value;
use uuid::Uuid;

/// What was answered.
#[derive(Debug, Clone)]
pub enum Answer {
    /// Acknowledged: it is there after any cut from here on.
    Done(Box<CommandOutcome>),
    /// Refused by a rule: it is never there.
    Refused(ErrorCode),
    /// The store failed: it is there whole or not at all.
    Failed(ErrorCode),
}

/// One act.
#[derive(Debug, Clone)]
pub struct Act {
    /// The command's id; a retry has the same.
    pub command: Uuid,
    /// The command.
    pub name: &'static str,
    /// Its input.
    pub input: Value,
    /// Steps on tape when it was sent: a cut before them can't hold it.
    pub sent: usize,
    /// Steps on tape when the answer was there.
    pub answered: usize,
    /// The answer.
    pub answer: Answer,
}

impl Act {
    /// The outcome, if it was acknowledged within so many steps and wrote something.
    pub fn owed(&self, steps: usize) -> Option<&CommandOutcome> {
        match &self.answer {
            Answer::Done(outcome) if outcome.applied && self.answered <= steps => Some(outcome.as_ref()),
            _ => None,
        }
    }

    /// Whether it was under way after so many steps.
    pub fn in_flight(&self, steps: usize) -> bool {
        self.sent <= steps && steps < self.answered
    }
}

/// All acts, written by several callers.
#[derive(Debug, Default)]
pub struct Ledger(Mutex<Vec<Act>>);

impl Ledger {
    /// Enters an act.
    pub fn enter(&self, act: Act) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(act);
    }

    /// The acts in the order of their answers.
    pub fn into_acts(self) -> Vec<Act> {
        self.0.into_inner().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A row of the log: its log, and its number there.
pub type Place = ([u8; 16], i64);

/// What a store holds of the acts.
#[derive(Debug, Default)]
pub struct Books {
    /// Hash and command of each row.
    pub rows: HashMap<Place, ([u8; 32], Uuid)>,
    /// The logs.
    pub logs: HashSet<[u8; 16]>,
    /// Rows of each command.
    pub commands: HashMap<Uuid, usize>,
    /// Receipts as stored.
    pub receipts: HashMap<Uuid, String>,
    /// Every receipt number of a payment, with its series.
    pub numbers: Vec<(String, i64)>,
    /// Order labels with their day, where two orders share one.
    pub doubled_labels: Vec<String>,
}

impl Books {
    /// Reads a store beside whoever has it open.
    ///
    /// # Errors
    /// As SQLite says.
    pub fn read(database: &Path) -> rusqlite::Result<Self> {
        let connection = Connection::open_with_flags(database, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        connection.execute_batch("BEGIN")?;
        let mut books = Books::default();
        let mut rows = connection.prepare("SELECT log_id, seq, hash, correlation_id FROM events")?;
        let rows =
            rows.query_map([], |row| Ok(((row.get(0)?, row.get(1)?), (row.get(2)?, Uuid::from_bytes(row.get(3)?)))))?;
        for row in rows {
            let (place, (hash, command)) = row?;
            books.rows.insert(place, (hash, command));
            books.logs.insert(place.0);
            *books.commands.entry(command).or_default() += 1;
        }
        let mut receipts = connection.prepare("SELECT command_id, outcome FROM receipts")?;
        let receipts = receipts.query_map([], |row| Ok((Uuid::from_bytes(row.get(0)?), row.get(1)?)))?;
        books.receipts = receipts.collect::<rusqlite::Result<_>>()?;
        let mut paid = connection.prepare(
            "SELECT payload ->> '$.receipt.series', payload ->> '$.receipt.number' FROM events \
             WHERE event_type = 'order.cash_paid' ORDER BY 1, 2",
        )?;
        books.numbers = paid.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<rusqlite::Result<_>>()?;
        let mut labels =
            connection.prepare("SELECT label FROM orders GROUP BY business_day, label HAVING count(*) > 1")?;
        books.doubled_labels = labels.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
        Ok(books)
    }
}
