//! What the fold has to know of logs beyond who wrote them: where a log has two histories, and whose letter another
//! device carries too. Both follow from the set of rows alone, so every device that holds the same rows reads the same.
//! What a fork means to the fold is `docket_log::forks`.

use std::collections::HashMap;

use docket_domain::ids::{DeviceId, LogId};
use docket_domain::order::event::OrderEvent;
use docket_domain::order::fact::{Fact, FactBody};
use docket_log::forks::At;
use docket_log::{Fork, Forks, Row};
use rusqlite::{Connection, params};
use uuid::Uuid;

use super::events::{self, Author};
use super::peers::{self, StoredBranch};
use crate::error::StoreError;

/// What the fold has to know of logs.
#[derive(Debug, Clone, Default)]
pub struct Histories {
    forks: Forks,
    suffixes: HashMap<LogId, String>,
}

impl Histories {
    /// Reads them from a store.
    ///
    /// # Errors
    /// If the store fails.
    pub fn read(connection: &Connection) -> Result<Self, StoreError> {
        let mut histories = Histories { forks: Forks::default(), suffixes: suffixes(connection)? };
        let mut statement =
            connection.prepare("SELECT DISTINCT l.log_id FROM branches b JOIN logs l USING (log_no)")?;
        let logs = statement.query_map([], |row| row.get::<_, [u8; 16]>(0))?;
        for log in logs {
            let log = LogId(log?);
            if let Some(fork) = fork(connection, log)? {
                histories.forks.0.insert(log, fork);
            }
        }
        Ok(histories)
    }

    /// Whether any log has two histories.
    #[must_use]
    pub fn has_forks(&self) -> bool {
        !self.forks.0.is_empty()
    }

    /// The facts that the rows of one stream are.
    ///
    /// # Errors
    /// If a row's author is not known.
    pub fn facts(&self, rows: &[Row], author: impl Fn(&Row) -> Option<Author>) -> Result<Vec<Fact>, StoreError> {
        let mut facts = Vec::with_capacity(rows.len());
        for row in rows {
            let author = author(row).ok_or_else(|| StoreError::Corrupt(format!("log {} is not known", row.log)))?;
            let mut fact = row.fact(author);
            if let (Some(suffix), FactBody::Known(OrderEvent::Opened(opened))) =
                (self.suffixes.get(&row.log), &mut fact.body)
            {
                opened.label.push_str(suffix);
            }
            facts.push(fact);
        }
        self.forks.place(&mut facts);
        Ok(facts)
    }
}

/// The tree of a log that has two histories.
fn fork(connection: &Connection, log: LogId) -> Result<Option<Fork>, StoreError> {
    let Some(held) = peers::held_log(connection, log)? else { return Ok(None) };
    let Some(shared) = held.branches.iter().skip(1).map(|branch| branch.shared).min() else { return Ok(None) };
    let main = hashes(connection, log, 0, shared)?;
    let behind = |held: &StoredBranch| Ok((held.shared, hashes(connection, log, held.branch, held.shared)?));
    let branches = held.branches.iter().skip(1).map(behind).collect::<Result<_, StoreError>>()?;
    let mut statement = connection.prepare(
        "SELECT l.log_id, e.payload FROM logs l JOIN events e ON e.log_id = l.log_id AND e.seq = 1 \
         WHERE l.public_key = (SELECT public_key FROM logs WHERE log_id = ?1) ORDER BY e.clock",
    )?;
    let openings = statement.query_map([&log.0[..]], |row| Ok((LogId(row.get(0)?), row.get::<_, String>(1)?)))?;
    let openings: Vec<(LogId, String)> = openings.collect::<Result<_, _>>()?;
    let openings = openings.iter().map(|(later, payload)| (*later, payload.as_bytes()));
    Ok(Some(Fork::new(log, shared, &main, branches, openings)))
}

/// Hashes of the rows of a branch behind `after`, stubs among them.
fn hashes(connection: &Connection, log: LogId, branch: u32, after: u64) -> Result<Vec<At>, StoreError> {
    let rows = if branch == 0 {
        "SELECT seq, hash FROM events WHERE log_id = ?1 AND seq > ?2 AND ?3 = 0"
    } else {
        "SELECT seq, hash FROM forked_events WHERE log_id = ?1 AND seq > ?2 AND branch = ?3"
    };
    let sql =
        format!("{rows} UNION SELECT seq, hash FROM stubs WHERE log_id = ?1 AND seq > ?2 AND branch = ?3 ORDER BY seq");
    let mut statement = connection.prepare(&sql)?;
    let after = i64::try_from(after).unwrap_or(i64::MAX);
    let found = statement.query_map(params![&log.0[..], after, branch], |row| {
        Ok((row.get::<_, i64>(0)?.unsigned_abs(), row.get::<_, [u8; 32]>(1)?))
    })?;
    Ok(found.collect::<Result<_, _>>()?)
}

/// The marks of order numbers whose letter several devices carry: none for the device that carried it first.
fn suffixes(connection: &Connection) -> Result<HashMap<LogId, String>, StoreError> {
    let mut statement = connection.prepare(
        "SELECT letter, device_id FROM letters WHERE letter IN \
         (SELECT letter FROM letters GROUP BY letter HAVING count(*) > 1) ORDER BY letter, clock, hash",
    )?;
    let carried = statement.query_map([], |row| Ok((row.get::<_, String>(0)?, row.get::<_, [u8; 16]>(1)?)))?;
    let mut ranks: HashMap<(String, DeviceId), usize> = HashMap::new();
    let mut rank = (String::new(), 0);
    for entry in carried {
        let (letter, device) = entry?;
        rank = if rank.0 == letter { (letter, rank.1 + 1) } else { (letter, 1) };
        ranks.insert((rank.0.clone(), DeviceId(Uuid::from_bytes(device))), rank.1);
    }
    if ranks.is_empty() {
        return Ok(HashMap::new());
    }
    let mut suffixes = HashMap::new();
    let mut statement = connection.prepare(
        "SELECT l.log_id, l.device_id, json_extract(e.payload, '$.letter') FROM logs l \
         CROSS JOIN events e ON e.log_id = l.log_id AND e.seq = 1 WHERE json_valid(e.payload)",
    )?;
    let logs = statement.query_map([], |row| {
        Ok((row.get::<_, [u8; 16]>(0)?, row.get::<_, [u8; 16]>(1)?, row.get::<_, Option<String>>(2)?))
    })?;
    for entry in logs {
        let (log, device, letter) = entry?;
        let key = (letter.unwrap_or_default(), DeviceId(Uuid::from_bytes(device)));
        if let Some(rank) = ranks.get(&key).filter(|rank| **rank > 1) {
            suffixes.insert(LogId(log), format!("/{rank}"));
        }
    }
    Ok(suffixes)
}

/// Fills the table of letters of a store that another file was made into.
///
/// # Errors
/// If the store fails.
pub fn fill_letters(connection: &Connection) -> Result<(), StoreError> {
    // `CROSS` keeps the few logs outside: SQLite would rather read every event for its `seq`.
    connection.execute_batch(
        "INSERT OR IGNORE INTO letters (letter, device_id, clock, hash) \
         SELECT json_extract(e.payload, '$.letter'), l.device_id, min(e.clock), e.hash \
         FROM logs l CROSS JOIN events e ON e.log_id = l.log_id AND e.seq = 1 \
         WHERE NOT EXISTS (SELECT 1 FROM letters) AND json_valid(e.payload) \
         AND json_extract(e.payload, '$.letter') <> '' GROUP BY 1, 2",
    )?;
    Ok(())
}

/// Remembers that a device carries a letter, from its earliest row that says so. Says whether that is new and another
/// device carries the letter too: then order numbers may have to be shown anew.
///
/// # Errors
/// If the store fails.
pub fn note_letter(connection: &Connection, letter: &str, device: DeviceId, row: &Row) -> Result<bool, StoreError> {
    if letter.is_empty() {
        return Ok(false);
    }
    let clock = events::to_sql(row.clock);
    let changed = connection
        .prepare_cached(
            "INSERT INTO letters (letter, device_id, clock, hash) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO UPDATE SET \
             clock = excluded.clock, hash = excluded.hash WHERE (excluded.clock, excluded.hash) < (clock, hash)",
        )?
        .execute(params![letter, &device.0.as_bytes()[..], clock, &row.hash.0[..]])?;
    let carriers: i64 = connection
        .prepare_cached("SELECT count(*) FROM letters WHERE letter = ?1")?
        .query_row([letter], |row| row.get(0))?;
    Ok(changed > 0 && carriers > 1)
}

/// Whether an earlier device carries this device's letter: then this device takes another.
///
/// # Errors
/// If the store fails.
pub fn is_contested(connection: &Connection, letter: &str, device: DeviceId) -> Result<bool, StoreError> {
    let first: Option<[u8; 16]> = rusqlite::OptionalExtension::optional(
        connection
            .prepare_cached("SELECT device_id FROM letters WHERE letter = ?1 ORDER BY clock, hash LIMIT 1")?
            .query_row([letter], |row| row.get(0)),
    )?;
    Ok(first.is_some_and(|first| first != *device.0.as_bytes()))
}
