//! Anchor of C1, C2, C3 and C6: bare SQLite on one thread.
//!
//! It does: every statement that the till's writer ran for the same sales, in the same transactions, on a copy of the
//! same store on the same disk, with the same pragmas (WAL, `synchronous=FULL`, foreign keys, cache) and so with the
//! same syncs and checkpoints. Statements are prepared once and found by number; the values stand ready in memory.
//!
//! It leaves out: everything else. No request to read, no session, no policy, no loading and deciding, no ids, no
//! hash, no signature, no JSON to write, no fold, no log line, no other thread, and nobody who waits for an answer.

use std::collections::HashMap;
use std::path::Path;

use docket_terminal::record::Statement;
use rusqlite::Connection;
use rusqlite::types::Value;

use crate::error::BenchError;
use crate::statement::bound;
use crate::stopwatch::Stopwatch;

/// One statement of a command: its number among the prepared ones, and its values.
struct Step {
    number: usize,
    values: Vec<Value>,
}

/// The recorded transactions of a run, one for each command.
pub struct Recording {
    texts: Vec<String>,
    commands: Vec<Vec<Step>>,
}

impl Recording {
    /// Cuts the statements of a writer into its transactions.
    pub fn read(statements: impl IntoIterator<Item = Statement>) -> Result<Self, BenchError> {
        let mut recording = Self { texts: Vec::new(), commands: Vec::new() };
        let mut numbers: HashMap<String, usize> = HashMap::new();
        let mut open = Vec::new();
        for statement in statements {
            let read = bound(&statement)
                .ok_or_else(|| BenchError::NotComparable(format!("can't read back: {}", statement.expanded)))?;
            let next = numbers.len();
            let number = *numbers.entry(read.sql.clone()).or_insert_with(|| {
                recording.texts.push(read.sql.clone());
                next
            });
            open.push(Step { number, values: read.values });
            if read.sql == "COMMIT" {
                recording.commands.push(std::mem::take(&mut open));
            }
        }
        if !open.is_empty() {
            return Err(BenchError::NotComparable("the recording ends inside of a transaction".into()));
        }
        Ok(recording)
    }

    /// How many transactions there are.
    pub fn commands(&self) -> usize {
        self.commands.len()
    }
}

/// Opens a store with the pragmas of the till's writer.
pub fn open(database: &Path) -> Result<Connection, BenchError> {
    let connection = Connection::open(database)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "cache_size", -16_384)?;
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    Ok(connection)
}

/// A replay under way.
pub struct Replay<'a> {
    statements: Vec<rusqlite::Statement<'a>>,
    waiting: std::slice::Iter<'a, Vec<Step>>,
}

impl<'a> Replay<'a> {
    /// Prepares every statement.
    pub fn try_new(connection: &'a Connection, recording: &'a Recording) -> Result<Self, BenchError> {
        let statements = recording.texts.iter().map(|text| connection.prepare(text)).collect::<Result<_, _>>()?;
        Ok(Self { statements, waiting: recording.commands.iter() })
    }

    /// Replays the next commands; gives the nanoseconds of each.
    pub fn commands(&mut self, count: u64) -> Result<Vec<u64>, BenchError> {
        let mut nanos = Vec::new();
        for _ in 0..count {
            let Some(steps) = self.waiting.next() else {
                return Err(BenchError::NotComparable("the recording has fewer commands than the run".into()));
            };
            let watch = Stopwatch::start();
            for step in steps {
                run(&mut self.statements[step.number], &step.values)?;
            }
            nanos.push(watch.nanos());
        }
        Ok(nanos)
    }
}

fn run(statement: &mut rusqlite::Statement<'_>, values: &[Value]) -> Result<(), BenchError> {
    for (index, value) in (1..).zip(values) {
        statement.raw_bind_parameter(index, value)?;
    }
    let mut rows = statement.raw_query();
    while rows.next()?.is_some() {}
    Ok(())
}
