//! Anchor of V1: one core that reads a log and believes nothing.
//!
//! It does: every row of every log in order by one statement, its hash computed anew behind the row before and compared,
//! and the signature of each group checked.
//!
//! It leaves out: a second core, the file's own structure, heads, predecessors and witness, outbox and counts, further
//! histories of forked logs, and words about what is wrong: it only says that something is.

use std::path::Path;

use docket_domain::ids::LogId;
use docket_log::{ChainVerifier, Hash, Mode, Row, Signature};
use rusqlite::{Connection, OpenFlags};
use uuid::Uuid;

use crate::error::BenchError;

/// Reads and checks every row; gives how many.
pub fn rows(database: &Path) -> Result<u64, BenchError> {
    let connection =
        Connection::open_with_flags(database, OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    let mut statement = connection.prepare(
        "SELECT log_id, seq, event_id, stream_kind, stream_id, seen, event_type, schema_version, payload, actor, \
         correlation_id, causation_id, clock, wall_time_ms, business_day, hash, signature FROM events ORDER BY log_id, seq",
    )?;
    let mut stored = statement.query([])?;
    let mut verifier: Option<(LogId, ChainVerifier)> = None;
    let mut count = 0;
    let bad = |damage: docket_log::Damage| BenchError::NotComparable(damage.to_string());
    while let Some(stored) = stored.next()? {
        let row = row(stored)?;
        count += 1;
        match &mut verifier {
            Some((log, verifier)) if *log == row.log => verifier.push(&row).map_err(bad)?,
            _ => {
                let mut fresh = ChainVerifier::from_opening(&row, Mode::Full).map_err(bad)?;
                fresh.push(&row).map_err(bad)?;
                if let Some((_, ended)) = verifier.replace((row.log, fresh)) {
                    ended.finish().map_err(bad)?;
                }
            }
        }
    }
    Ok(count)
}

fn row(row: &rusqlite::Row<'_>) -> rusqlite::Result<Row> {
    let causation: Option<[u8; 16]> = row.get(11)?;
    let signature: Option<[u8; 64]> = row.get(16)?;
    Ok(Row {
        log: LogId(row.get(0)?),
        seq: row.get::<_, i64>(1)?.unsigned_abs(),
        event_id: Uuid::from_bytes(row.get(2)?),
        stream_kind: row.get::<_, String>(3)?.into(),
        stream_id: Uuid::from_bytes(row.get(4)?),
        seen: row.get(5)?,
        event_type: row.get::<_, String>(6)?.into(),
        schema_version: row.get(7)?,
        payload: row.get(8)?,
        actor: row.get(9)?,
        correlation_id: Uuid::from_bytes(row.get(10)?),
        causation_id: causation.map(Uuid::from_bytes),
        clock: row.get::<_, i64>(12)?.unsigned_abs(),
        wall_time_ms: row.get(13)?,
        business_day: row.get(14)?,
        hash: Hash(row.get(15)?),
        signature: signature.map(Signature),
    })
}
