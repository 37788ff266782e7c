//! Reading a log that is damaged in the file too: where SQLite gives no row any more, the next place that it can read
//! is looked for, so that one page that went bad costs its own rows and no others.

use std::collections::BTreeMap;

use docket_log::{DamageReason, Hash, Mode, PublicKey, Row, Signature, Stub};
use rusqlite::{Connection, OptionalExtension as _, params};

use super::BadRow;
use super::trace::Tracer;
use crate::error::StoreError;
use crate::store::events::{COLUMNS, StoredLog, row_from};

/// What a walk passes.
pub(crate) enum Passed<'a> {
    /// A good row, or one that nothing speaks against.
    Good(&'a Row),
    /// What a peer sent in a row's place, or what stands in the place of a row of ours that is damaged.
    InPlace(&'a Stub),
}

/// Traces one log from its first row to its head; tells `each` of what it passes and gives what is wrong.
///
/// # Errors
/// If `each` fails.
pub(crate) fn walk(
    connection: &Connection,
    log: &StoredLog,
    mode: Mode,
    mut each: impl FnMut(Passed<'_>) -> Result<(), StoreError>,
) -> Result<Vec<BadRow>, StoreError> {
    let mut walk =
        Walk { tracer: Tracer::new(log.log, public_key(connection, log), mode), stubs: stubs(connection, log) };
    let mut damage = Vec::new();
    let to = log.head.map_or(0, |head| head.seq);
    loop {
        let result = walk.read(connection, log, &mut each, &mut damage);
        match result {
            Ok(()) => break,
            Err(StoreError::Sqlite(error)) => {
                tracing::error!(%error, log = %log.log, seq = walk.tracer.due(), "rows can't be read");
                let Some(next) = next_readable(connection, log, walk.tracer.due(), to) else {
                    let last = to.max(walk.tracer.due());
                    damage.push(walk.tracer.unreadable(last, None));
                    break;
                };
                damage.push(walk.tracer.unreadable(next - 1, None));
            }
            Err(error) => return Err(error),
        }
    }
    walk.stubs_to(u64::MAX, &mut each, &mut damage)?;
    damage.extend(walk.tracer.end(log.head.as_ref()));
    Ok(damage)
}

struct Walk {
    tracer: Tracer,
    stubs: BTreeMap<u64, Stub>,
}

impl Walk {
    /// Reads on from the row that is due. Ends with SQLite's error where it gives no more.
    fn read(
        &mut self,
        connection: &Connection,
        log: &StoredLog,
        each: &mut impl FnMut(Passed<'_>) -> Result<(), StoreError>,
        damage: &mut Vec<BadRow>,
    ) -> Result<(), StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM events WHERE log_id = ?1 AND seq >= ?2 ORDER BY seq");
        let mut statement = connection.prepare_cached(&sql)?;
        let due = i64::try_from(self.tracer.due()).unwrap_or(i64::MAX);
        let mut rows = statement.query(params![&log.log.0[..], due])?;
        while let Some(stored) = rows.next()? {
            match row_from(stored) {
                Ok(row) if row.seq > 0 => {
                    self.stubs_to(row.seq, each, damage)?;
                    let found = self.tracer.row(&row);
                    match found.iter().find_map(|bad| bad.stub.filter(|stub| stub.seq == row.seq)) {
                        Some(stub) => each(Passed::InPlace(&stub))?,
                        None => each(Passed::Good(&row))?,
                    }
                    damage.extend(found);
                }
                _ => {
                    // A row whose place can't be read stands where one is due.
                    let seq = stored.get::<_, i64>(1).map_or(0, |seq| u64::try_from(seq).unwrap_or(0));
                    let seq = seq.max(self.tracer.due());
                    let stub = bare_stub(log, seq, stored);
                    damage.push(self.tracer.unreadable(seq, stub));
                    stub.map_or(Ok(()), |stub| each(Passed::InPlace(&stub)))?;
                }
            }
        }
        Ok(())
    }

    fn stubs_to(
        &mut self,
        seq: u64,
        each: &mut impl FnMut(Passed<'_>) -> Result<(), StoreError>,
        damage: &mut Vec<BadRow>,
    ) -> Result<(), StoreError> {
        while let Some(entry) = self.stubs.first_entry().filter(|entry| *entry.key() < seq) {
            let stub = entry.remove();
            if stub.seq >= self.tracer.due() {
                damage.extend(self.tracer.stub(&stub));
                each(Passed::InPlace(&stub))?;
            }
        }
        Ok(())
    }
}

/// Hash and signature of a row whose other columns can't be read.
fn bare_stub(log: &StoredLog, seq: u64, stored: &rusqlite::Row<'_>) -> Option<Stub> {
    let hash = Hash::try_from(&stored.get::<_, Vec<u8>>(15).ok()?[..]).ok()?;
    let signature: Option<Vec<u8>> = stored.get(16).ok()?;
    let signature = signature.map(|bytes| Signature::try_from(&bytes[..])).transpose().ok()?;
    Some(Stub { log: log.log, seq, hash, signature, reason: DamageReason::Unreadable })
}

/// The key of a log as the store keeps it beside the log.
fn public_key(connection: &Connection, log: &StoredLog) -> Option<PublicKey> {
    let stored: Option<Vec<u8>> = connection
        .query_row("SELECT public_key FROM logs WHERE log_no = ?1", [log.log_no], |row| row.get(0))
        .optional()
        .ok()?;
    PublicKey::try_from(&stored?[..]).ok()
}

/// What peers sent in the place of rows of branch 0.
fn stubs(connection: &Connection, log: &StoredLog) -> BTreeMap<u64, Stub> {
    let read = || -> rusqlite::Result<BTreeMap<u64, Stub>> {
        let mut statement = connection.prepare_cached(
            "SELECT seq, hash, signature, reason FROM stubs WHERE log_id = ?1 AND branch = 0 ORDER BY seq",
        )?;
        let rows = statement.query_map([&log.log.0[..]], |row| {
            let (seq, hash): (i64, Vec<u8>) = (row.get(0)?, row.get(1)?);
            let (signature, reason): (Option<Vec<u8>>, String) = (row.get(2)?, row.get(3)?);
            let hash = Hash::try_from(&hash[..]).ok();
            let signature = signature.map(|bytes| Signature::try_from(&bytes[..])).transpose().ok();
            let reason = serde_json::from_value(reason.into()).unwrap_or(DamageReason::Unreadable);
            let seq = seq.unsigned_abs();
            Ok(hash.zip(signature).map(|(hash, signature)| Stub { log: log.log, seq, hash, signature, reason }))
        })?;
        rows.filter_map(Result::transpose).map(|stub| stub.map(|stub| (stub.seq, stub))).collect()
    };
    read().unwrap_or_default()
}

/// The first seq from `due` on that SQLite can give, by strides that double and are then halved.
fn next_readable(connection: &Connection, log: &StoredLog, due: u64, to: u64) -> Option<u64> {
    let read = |from: u64| -> Option<u64> {
        let sql = "SELECT seq FROM events WHERE log_id = ?1 AND seq >= ?2 ORDER BY seq LIMIT 1";
        let from = i64::try_from(from).ok()?;
        let found: Option<i64> = connection
            .prepare_cached(sql)
            .and_then(|mut statement| statement.query_row(params![&log.log.0[..], from], |row| row.get(0)).optional())
            .ok()?;
        found.map(i64::unsigned_abs)
    };
    let mut stride = 1;
    let mut found = None;
    while found.is_none() && due + stride <= to {
        found = read(due + stride);
        stride *= 2;
    }
    let mut found = found?;
    let (mut bad, mut good) = (due, found);
    while bad + 1 < good {
        let middle = bad + (good - bad) / 2;
        match read(middle) {
            Some(seq) => (good, found) = (middle, seq),
            None => bad = middle,
        }
    }
    Some(found)
}
