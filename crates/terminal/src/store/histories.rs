//! What the fold has to know of logs beyond who wrote them: where a log has two histories, and whose letter another
//! device carries too. Both follow from the set of rows alone, so every device that holds the same rows reads the same.
//! What a fork means to the fold is `docket_log::forks`, what a shared letter does to a number `docket_log::letters`.

use std::collections::HashMap;

use docket_domain::ids::{DeviceId, LogId, StoreId};
use docket_domain::order::fact::Fact;
use docket_domain::shop::ShopEvent;
use docket_log::forks::At;
use docket_log::letters::{Carrier, LabelMarks, ranks};
use docket_log::{CutOffs, Fork, Forks, Row};
use rusqlite::{Connection, params};
use uuid::Uuid;

use super::events::{self, Author};
use super::peers::{self, StoredBranch};
use super::{former, meta};
use crate::error::StoreError;

/// What the fold has to know of logs.
#[derive(Debug, Clone, Default)]
pub struct Histories {
    forks: Forks,
    marks: LabelMarks,
    former: HashMap<LogId, StoreId>,
    cut_offs: CutOffs,
}

impl Histories {
    /// Reads them from a store.
    ///
    /// # Errors
    /// If the store fails.
    pub fn read(connection: &Connection) -> Result<Self, StoreError> {
        let mut histories = Histories {
            forks: Forks::default(),
            marks: label_marks(connection)?,
            former: former::logs(connection)?,
            cut_offs: cut_offs(connection)?,
        };
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

    /// Logs of stores that this till was in before, with their store.
    #[must_use]
    pub fn former(&self) -> &HashMap<LogId, StoreId> {
        &self.former
    }

    /// The facts that the rows of one stream are.
    ///
    /// # Errors
    /// If a row's author is not known.
    pub fn facts(&self, rows: &[Row], author: impl Fn(&Row) -> Option<Author>) -> Result<Vec<Fact>, StoreError> {
        let mut facts = Vec::with_capacity(rows.len());
        for row in rows {
            let author = author(row).ok_or_else(|| StoreError::Corrupt(format!("log {} is not known", row.log)))?;
            // What a revoked device wrote beyond its cut-off is held, and passed on, and has no effect.
            if self.cut_offs.counts(author.device, row.log, row.seq) {
                facts.push(row.fact(author));
            }
        }
        self.marks.place(&mut facts);
        self.forks.place(&mut facts);
        Ok(facts)
    }
}

/// How far revoked devices count, as head office says. This device itself sells on, and shows what it sold: to the others it
/// has no effect.
///
/// # Errors
/// If the store fails.
pub(crate) fn cut_offs(connection: &Connection) -> Result<CutOffs, StoreError> {
    let mut cut_offs = CutOffs::default();
    let mut statement = connection.prepare_cached(
        "SELECT e.schema_version, e.payload FROM events e JOIN logs l USING (log_id) \
         WHERE e.stream_id = (SELECT unhex(replace(value, '-', '')) FROM folder WHERE name = 'store') \
         AND e.event_type = 'store.device_revoked' AND l.device_class = 'central'",
    )?;
    let facts = statement.query_map([], |row| Ok((row.get::<_, u16>(0)?, row.get::<_, String>(1)?)))?;
    // A fact that can't be read says nothing; what names it is `verify`.
    for (version, payload) in facts.flatten() {
        if let Ok(Some(ShopEvent::DeviceRevoked(fact))) = ShopEvent::decode("store.device_revoked", version, &payload) {
            cut_offs.take(&fact);
        }
    }
    if let Some(own) = meta::folder(connection, "device")?.and_then(|text| text.parse().ok()) {
        cut_offs.spare(DeviceId(own));
    }
    Ok(cut_offs)
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

/// The marks of order numbers whose letter several devices carry.
fn label_marks(connection: &Connection) -> Result<LabelMarks, StoreError> {
    let mut statement = connection.prepare(
        "SELECT letter, device_id, clock, hash FROM letters WHERE letter IN \
         (SELECT letter FROM letters GROUP BY letter HAVING count(*) > 1)",
    )?;
    let shared = statement.query_map([], |row| {
        let (device, clock) = (row.get::<_, [u8; 16]>(1)?, row.get::<_, i64>(2)?.unsigned_abs());
        let device = DeviceId(Uuid::from_bytes(device));
        Ok((row.get::<_, String>(0)?, Carrier { device, clock, hash: row.get::<_, [u8; 32]>(3)? }))
    })?;
    let mut carriers: HashMap<String, Vec<Carrier>> = HashMap::new();
    for entry in shared {
        let (letter, carrier) = entry?;
        carriers.entry(letter).or_default().push(carrier);
    }
    let mut marks = LabelMarks::default();
    if carriers.is_empty() {
        return Ok(marks);
    }
    let shared: HashMap<String, HashMap<DeviceId, u32>> =
        carriers.into_iter().map(|(letter, carriers)| (letter, ranks(carriers))).collect();
    let mut statement = connection.prepare(
        "SELECT l.log_id, l.device_id, json_extract(e.payload, '$.letter') FROM logs l \
         CROSS JOIN events e ON e.log_id = l.log_id AND e.seq = 1 WHERE json_valid(e.payload)",
    )?;
    let logs = statement.query_map([], |row| {
        Ok((row.get::<_, [u8; 16]>(0)?, row.get::<_, [u8; 16]>(1)?, row.get::<_, Option<String>>(2)?))
    })?;
    for entry in logs {
        let (log, device, letter) = entry?;
        let ranks = letter.and_then(|letter| shared.get(&letter));
        if let Some(rank) = ranks.and_then(|ranks| ranks.get(&DeviceId(Uuid::from_bytes(device)))) {
            marks.insert(LogId(log), *rank);
        }
    }
    Ok(marks)
}

/// Fills the table of letters of a store that another file was made into. Letters that were carried in former stores mean
/// nothing in this one.
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
         AND json_extract(e.payload, '$.letter') <> '' \
         AND json_extract(e.payload, '$.store') IS (SELECT value FROM folder WHERE name = 'store') GROUP BY 1, 2",
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
