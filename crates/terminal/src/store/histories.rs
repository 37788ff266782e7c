//! What the fold has to know of logs beyond who wrote them: where a log has two histories, and whose letter another
//! device carries too. Both follow from the set of rows alone, so every device that holds the same rows reads the same.
//!
//! The fold knows logs in which each row saw the ones before it. A log with two histories is none, so it is given to the
//! fold as several: what all histories share keeps the log's id, and each stretch behind a parting gets one of its own,
//! made of the log's id and the hash of the stretch's first row. Numbers of branches, which are local, take no part.

use std::collections::{BTreeMap, HashMap};

use aws_lc_rs::digest::{SHA256, digest};
use docket_domain::ids::{DeviceId, LogId};
use docket_domain::order::event::OrderEvent;
use docket_domain::order::fact::{Fact, FactBody};
use docket_log::{Predecessor, Row};
use rusqlite::{Connection, params};
use serde::Deserialize;
use uuid::Uuid;

use super::events::{self, Author};
use super::peers::{self, StoredBranch};
use crate::error::StoreError;

/// Opens the input of a stretch's id.
const TAG: &[u8] = b"docket.branch.v1\0";

/// What the fold has to know of logs.
#[derive(Debug, Clone, Default)]
pub struct Histories {
    forks: HashMap<LogId, Fork>,
    suffixes: HashMap<LogId, String>,
}

/// A row's place and hash.
type At = (u64, [u8; 32]);

/// A log with two histories, as a tree of stretches.
#[derive(Debug, Clone)]
struct Fork {
    stretches: Vec<Stretch>,
    /// The stretch of each row behind the first parting.
    of: HashMap<[u8; 32], usize>,
    /// The device's later logs, with the stretch that they continue.
    continued: HashMap<LogId, usize>,
}

#[derive(Debug, Clone)]
struct Stretch {
    id: LogId,
    parent: Option<usize>,
    first: u64,
    last: u64,
}

impl Histories {
    /// Reads them from a store.
    ///
    /// # Errors
    /// If the store fails.
    pub fn read(connection: &Connection) -> Result<Self, StoreError> {
        let mut histories = Histories { forks: HashMap::new(), suffixes: suffixes(connection)? };
        let mut statement =
            connection.prepare("SELECT DISTINCT l.log_id FROM branches b JOIN logs l USING (log_no)")?;
        let logs = statement.query_map([], |row| row.get::<_, [u8; 16]>(0))?;
        for log in logs {
            let log = LogId(log?);
            if let Some(fork) = Fork::read(connection, log)? {
                histories.forks.insert(log, fork);
            }
        }
        Ok(histories)
    }

    /// Whether any log has two histories.
    #[must_use]
    pub fn has_forks(&self) -> bool {
        !self.forks.is_empty()
    }

    /// The facts that the rows of one stream are.
    ///
    /// # Errors
    /// If a row's author is not known.
    pub fn facts(&self, rows: &[Row], author: impl Fn(&Row) -> Option<Author>) -> Result<Vec<Fact>, StoreError> {
        let mut facts = Vec::with_capacity(rows.len());
        for row in rows {
            let author = author(row).ok_or_else(|| StoreError::Corrupt(format!("log {} is not known", row.log)))?;
            let mut fact = events::fact_from(row, author);
            if !self.forks.is_empty() {
                self.place(&mut fact, row, rows);
            }
            if let (Some(suffix), FactBody::Known(OrderEvent::Opened(opened))) =
                (self.suffixes.get(&row.log), &mut fact.body)
            {
                opened.label.push_str(suffix);
            }
            facts.push(fact);
        }
        Ok(facts)
    }

    /// Puts a fact on its stretch, with what its author had seen of forked logs.
    fn place(&self, fact: &mut Fact, row: &Row, rows: &[Row]) {
        if let Some(fork) = self.forks.get(&row.log) {
            let on = fork.stretch(row);
            fact.origin.log = fork.stretches[on].id;
            let before = fork.ancestors(on);
            fact.seen.extend(before.iter().map(|at| (fork.stretches[*at].id, fork.stretches[*at].last)));
            // What the log had seen before the parting, it has seen on every stretch behind it.
            let earlier = rows.iter().filter(|other| other.log == row.log && before.contains(&fork.stretch(other)));
            fact.seen.extend(earlier.flat_map(events::seen_of));
        }
        let mut more = Vec::new();
        for (of, up_to) in &fact.seen {
            let Some(fork) = self.forks.get(of) else { continue };
            let Some(end) = fork.continued.get(&row.log) else { continue };
            for at in fork.ancestors(*end).into_iter().chain([*end]) {
                let stretch = &fork.stretches[at];
                if stretch.parent.is_some() && stretch.first <= *up_to {
                    more.push((stretch.id, *up_to.min(&stretch.last)));
                }
            }
        }
        fact.seen.extend(more);
    }
}

impl Fork {
    fn read(connection: &Connection, log: LogId) -> Result<Option<Self>, StoreError> {
        let Some(held) = peers::held_log(connection, log)? else { return Ok(None) };
        let Some(shared) = held.branches.iter().skip(1).map(|branch| branch.shared).min() else { return Ok(None) };
        let main = hashes(connection, log, 0, shared)?;
        let mut paths = vec![main.clone()];
        for StoredBranch { branch, shared, .. } in held.branches.into_iter().skip(1) {
            let mut path: Vec<At> = main.iter().copied().filter(|(seq, _)| *seq <= shared).collect();
            path.extend(hashes(connection, log, branch, shared)?);
            paths.push(path);
        }
        let root = Stretch { id: log, parent: None, first: 1, last: shared };
        let mut fork = Fork { stretches: vec![root], of: HashMap::new(), continued: HashMap::new() };
        fork.grow(log, paths.iter().map(Vec::as_slice).collect(), 0);
        fork.follow(connection, log, shared)?;
        Ok(Some(fork))
    }

    /// Adds rows to a stretch as long as all paths agree, and a stretch for each way on from there.
    fn grow(&mut self, log: LogId, mut paths: Vec<&[At]>, at: usize) {
        loop {
            paths.retain(|path| !path.is_empty());
            let Some((seq, hash)) = paths.first().map(|path| path[0]) else { return };
            if paths.iter().any(|path| path[0].1 != hash) {
                break;
            }
            self.of.insert(hash, at);
            self.stretches[at].last = seq;
            paths.iter_mut().for_each(|path| *path = &path[1..]);
        }
        let mut ways: BTreeMap<[u8; 32], Vec<&[At]>> = BTreeMap::new();
        for path in paths {
            ways.entry(path[0].1).or_default().push(path);
        }
        for (hash, paths) in ways {
            let first = paths[0][0].0;
            self.stretches.push(Stretch { id: stretch_id(log, &hash), parent: Some(at), first, last: first });
            self.grow(log, paths, self.stretches.len() - 1);
        }
    }

    /// Finds the later logs of the same device, and which history they go on from.
    fn follow(&mut self, connection: &Connection, log: LogId, shared: u64) -> Result<(), StoreError> {
        let mut statement = connection.prepare(
            "SELECT l.log_id, e.payload FROM logs l JOIN events e ON e.log_id = l.log_id AND e.seq = 1 \
             WHERE l.public_key = (SELECT public_key FROM logs WHERE log_id = ?1) ORDER BY e.clock",
        )?;
        let openings =
            statement.query_map([&log.0[..]], |row| Ok((row.get::<_, [u8; 16]>(0)?, row.get::<_, String>(1)?)))?;
        for opening in openings {
            let (later, payload) = opening?;
            let Ok(Follows { predecessor: Some(before) }) = serde_json::from_str(&payload) else { continue };
            let on = if before.log == log && before.seq > shared {
                self.of.get(&before.hash.0).copied()
            } else {
                // A later log continues what the one before it did.
                self.continued.get(&before.log).copied()
            };
            if let Some(on) = on {
                self.continued.insert(LogId(later), on);
            }
        }
        Ok(())
    }

    fn stretch(&self, row: &Row) -> usize {
        self.of.get(&row.hash.0).copied().unwrap_or(0)
    }

    fn ancestors(&self, of: usize) -> Vec<usize> {
        std::iter::successors(self.stretches[of].parent, |at| self.stretches[*at].parent).collect()
    }
}

/// The one member of `log.opened` that is asked for here.
#[derive(Deserialize)]
struct Follows {
    predecessor: Option<Predecessor>,
}

fn stretch_id(log: LogId, first: &[u8; 32]) -> LogId {
    let mut id = [0; 16];
    id.copy_from_slice(&digest(&SHA256, &[TAG, &log.0, first].concat()).as_ref()[..16]);
    LogId(id)
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
