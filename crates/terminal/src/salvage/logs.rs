//! The logs of a salvaged store: each is known by its own first row, or by what the file said of it, or by our key.

use std::collections::HashMap;

use docket_domain::ids::LogId;
use docket_log::{
    ChainVerifier, DamageReason, Hash, Head, LogOpened, Mode, Prev, PublicKey, Row, Signature, Stub, row_hash,
};
use rusqlite::{Connection, params};

use crate::error::StoreError;
use crate::store::events::{self, COLUMNS, row_from};
use crate::store::openings::{Listed, held, opening, readable};
use crate::verify::BadRow;

/// Makes the table of logs. Gives the newest own opening, and what stands for rows of logs that nobody can name.
pub(super) fn settle(
    into: &Connection,
    public: &PublicKey,
    device: Option<&[u8]>,
) -> Result<(Option<LogOpened>, Vec<BadRow>), StoreError> {
    let mut newest: Option<((u64, u64), LogOpened)> = None;
    let mut nameless = Vec::new();
    let mut found = found_logs(into)?;
    let mut fresh = Vec::new();
    for log in held(into)? {
        let opening = opening(into, log)?;
        let entry = found.remove(&log.0[..]);
        let log_no = entry.as_ref().map(|entry| entry.log_no);
        let entry = match (&opening, entry) {
            (Some((row, opened)), _) => Entry { log_no: 0, listed: Listed::of(row, opened) },
            (None, Some(entry)) => entry,
            (None, None) if is_signed_by(into, log, public)? => Entry::own(public, device),
            (None, None) => {
                nameless.extend(drop_rows(into, log)?);
                continue;
            }
        };
        if let Some((row, opened)) = opening
            && opened.public_key == *public
            && newest.as_ref().is_none_or(|(known, _)| *known <= (opened.run, row.clock))
        {
            newest = Some(((opened.run, row.clock), opened));
        }
        match log_no {
            Some(log_no) => entry.store(into, log_no, &log.0, public)?,
            None => fresh.push((log, entry)),
        }
    }
    // Every row of these is gone; that they were there is still known.
    for (log, entry) in found {
        // Nothing opens two logs at one moment: an entry that says the same of another log is this one's, with a bit of
        // its name changed.
        match fresh.iter().position(|(_, other): &(LogId, Entry)| other.listed == entry.listed) {
            Some(same) => {
                let (log, other) = fresh.swap_remove(same);
                other.store(into, entry.log_no, &log.0, public)?;
            }
            None => entry.store(into, entry.log_no, &log, public)?,
        }
    }
    fresh.sort_by_key(|(log, entry)| (entry.listed.opened_ms, *log));
    for (log, entry) in fresh {
        let next: i64 = into.query_row("SELECT coalesce(max(log_no), 0) + 1 FROM logs", [], |row| row.get(0))?;
        entry.store(into, next, &log.0, public)?;
    }
    into.execute_batch("INSERT INTO heads SELECT * FROM found_heads WHERE log_no IN (SELECT log_no FROM logs)")?;
    Ok((newest.map(|(_, opened)| opened), nameless))
}

struct Entry {
    log_no: i64,
    listed: Listed,
}

impl Entry {
    /// An own log whose first row is gone.
    fn own(public: &PublicKey, device: Option<&[u8]>) -> Self {
        let listed = Listed {
            public_key: public.0.to_vec(),
            device_id: device.map_or_else(|| vec![0; 16], <[u8]>::to_vec),
            device_class: "till".to_owned(),
            opened_ms: 0,
        };
        Entry { log_no: 0, listed }
    }

    fn store(&self, into: &Connection, log_no: i64, log: &[u8], public: &PublicKey) -> Result<(), StoreError> {
        let Listed { public_key, device_id, device_class, opened_ms } = &self.listed;
        let own = public_key[..] == public.0;
        into.execute(
            "INSERT INTO logs (log_no, log_id, public_key, device_id, device_class, own, opened_ms) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT DO NOTHING",
            params![log_no, log, public_key, device_id, device_class, own, opened_ms],
        )?;
        Ok(())
    }
}

fn found_logs(into: &Connection) -> Result<HashMap<Vec<u8>, Entry>, StoreError> {
    let mut statement =
        into.prepare("SELECT log_id, log_no, public_key, device_id, device_class, opened_ms FROM found_logs")?;
    let rows = statement.query_map([], |row| {
        let listed = Listed {
            public_key: row.get(2)?,
            device_id: row.get(3)?,
            device_class: row.get(4)?,
            opened_ms: row.get(5)?,
        };
        Ok((row.get(0)?, Entry { log_no: row.get(1)?, listed }))
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn is_signed_by(into: &Connection, log: LogId, public: &PublicKey) -> Result<bool, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM events WHERE log_id = ?1 AND signature IS NOT NULL LIMIT 1");
    let Ok(row) = into.query_row(&sql, [&log.0[..]], row_from) else { return Ok(false) };
    let before = Head { seq: row.seq.saturating_sub(1), hash: Hash([0; 32]), signature: Some(Signature([0; 64])) };
    let stub = Stub { log, seq: row.seq, hash: row.hash, signature: row.signature, reason: DamageReason::Missing };
    let checked = ChainVerifier::resume(log, public, before, Mode::Full).and_then(|mut check| check.push_stub(&stub));
    Ok(checked.is_ok())
}

/// Rows of a log whose first row and whose entry are both gone, and which we did not sign: nothing says whose they are.
fn drop_rows(into: &Connection, log: LogId) -> Result<Option<BadRow>, StoreError> {
    let first: i64 = into.query_row("SELECT min(seq) FROM events WHERE log_id = ?1", [&log.0[..]], |row| row.get(0))?;
    let rows = into.execute("DELETE FROM events WHERE log_id = ?1", [&log.0[..]])?;
    let text = format!("log {log}: its first row is lost, and nothing says whose it was");
    let (seq, rows) = (first.unsigned_abs(), u64::try_from(rows).unwrap_or(u64::MAX));
    Ok(Some(BadRow { log, seq, rows, reason: DamageReason::Opening, text, stub: None }))
}

/// Where a row was found twice, the one that the chain proves is kept.
pub(super) fn choose(into: &Connection, mut twins: Vec<Row>) -> Result<(), StoreError> {
    twins.sort_by_key(|row| (row.log, row.seq));
    for twin in twins {
        let before = if twin.seq == 1 { None } else { readable(events::one(into, twin.log, twin.seq - 1))? };
        let Some(prev) = before.as_ref().map(Prev::from).or((twin.seq == 1).then_some(Prev::Nothing)) else { continue };
        let first = readable(events::one(into, twin.log, twin.seq))?;
        let proven = |row: &Row| row_hash(&prev, row) == row.hash;
        if first.as_ref().is_none_or(|first| !proven(first)) && proven(&twin) {
            let seq = i64::try_from(twin.seq).unwrap_or(i64::MAX);
            into.execute("DELETE FROM events WHERE log_id = ?1 AND seq = ?2", params![&twin.log.0[..], seq])?;
            events::insert_peer(into, 0, &twin)?;
        }
    }
    Ok(())
}
