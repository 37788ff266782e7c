//! Rows of the log in SQLite, exactly as hashed.

use std::borrow::Cow;

use docket_domain::ids::{DeviceId, LogId};
use docket_domain::planted::{Fault, planted};
pub use docket_log::fact::{Author, class_from};
use docket_log::{Hash, Head, Row, Signature};
use rusqlite::{Connection, OptionalExtension as _, params};
use uuid::Uuid;

use crate::error::StoreError;

/// Every column of a row in the order that [`row_from`] reads.
pub const COLUMNS: &str = "log_id, seq, event_id, stream_kind, stream_id, seen, event_type, schema_version, payload, \
     actor, correlation_id, causation_id, clock, wall_time_ms, business_day, hash, signature";

const INSERT: &str = "INSERT INTO events (log_id, seq, event_id, stream_kind, stream_id, seen, event_type, schema_version, payload, \
     actor, correlation_id, causation_id, clock, wall_time_ms, business_day, hash, signature) \
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17)";

/// Stores rows and, for own ones, their outbox rows.
///
/// # Errors
/// If the store fails; the caller rolls back.
pub fn insert(connection: &Connection, log_no: i64, rows: &[Row]) -> Result<(), StoreError> {
    let mut event = connection.prepare_cached(INSERT)?;
    let mut outbox = connection.prepare_cached("INSERT INTO outbox (log_no, seq) VALUES (?1, ?2)")?;
    for row in rows {
        execute(&mut event, row)?;
        if !planted(Fault::OutboxOutside) {
            outbox.execute(params![log_no, to_sql(row.seq)])?;
        }
    }
    Ok(())
}

/// An outbox row: an own event that head office lacks.
///
/// # Errors
/// If the store fails.
pub fn put_outbox(connection: &Connection, log_no: i64, seq: u64) -> Result<(), StoreError> {
    connection
        .prepare_cached("INSERT INTO outbox (log_no, seq) VALUES (?1, ?2) ON CONFLICT DO NOTHING")?
        .execute(params![log_no, to_sql(seq)])?;
    Ok(())
}

/// Stores a row of a log that another device sent, on one of its histories. It has no outbox row.
///
/// # Errors
/// If the store fails; the caller rolls back.
pub fn insert_peer(connection: &Connection, branch: u32, row: &Row) -> Result<(), StoreError> {
    if branch == 0 {
        return Ok(execute(&mut *connection.prepare_cached(INSERT)?, row)?);
    }
    let sql = INSERT
        .replace("INTO events", "INTO forked_events")
        .replace("signature)", "signature, branch)")
        .replace("?17)", &format!("?17, {branch})"));
    Ok(execute(&mut *connection.prepare_cached(&sql)?, row)?)
}

fn execute(statement: &mut rusqlite::Statement<'_>, row: &Row) -> rusqlite::Result<()> {
    statement.execute(params![
        &row.log.0[..],
        to_sql(row.seq),
        &row.event_id.as_bytes()[..],
        &row.stream_kind,
        &row.stream_id.as_bytes()[..],
        &row.seen,
        &row.event_type,
        row.schema_version,
        &row.payload,
        &row.actor,
        &row.correlation_id.as_bytes()[..],
        row.causation_id.as_ref().map(|id| &id.as_bytes()[..]),
        to_sql(row.clock),
        row.wall_time_ms,
        row.business_day,
        &row.hash.0[..],
        row.signature.as_ref().map(|signature| &signature.0[..]),
    ])?;
    Ok(())
}

/// Writes the tail of a log.
///
/// # Errors
/// If the store fails.
pub fn set_head(connection: &Connection, log_no: i64, head: &Head) -> Result<(), StoreError> {
    connection
        .prepare_cached(
            "INSERT INTO heads (log_no, seq, hash, signature) VALUES (?1, ?2, ?3, ?4) ON CONFLICT (log_no) DO UPDATE SET \
             seq = excluded.seq, hash = excluded.hash, signature = excluded.signature",
        )?
        .execute(params![log_no, to_sql(head.seq), &head.hash.0[..], head.signature.as_ref().map(|signature| &signature.0[..])])?;
    Ok(())
}

/// SQLite's integers are signed; a seq or clock never reaches the sign bit.
pub(crate) fn to_sql(value: u64) -> i64 {
    i64::try_from(value).expect("seq and clock stay below 2^63")
}

fn bytes<const N: usize>(row: &rusqlite::Row<'_>, index: usize) -> rusqlite::Result<[u8; N]> {
    row.get_ref(index)?
        .as_blob()
        .map_err(|_| ())
        .and_then(|blob| blob.try_into().map_err(|_| ()))
        .map_err(|()| rusqlite::Error::InvalidColumnType(index, format!("column {index}"), rusqlite::types::Type::Blob))
}

fn unsigned(row: &rusqlite::Row<'_>, index: usize) -> rusqlite::Result<u64> {
    let value: i64 = row.get(index)?;
    u64::try_from(value).map_err(|_| rusqlite::Error::IntegralValueOutOfRange(index, value))
}

/// Reads a row selected with [`COLUMNS`].
///
/// # Errors
/// If a column is not of its type: the row is damaged.
pub fn row_from(row: &rusqlite::Row<'_>) -> rusqlite::Result<Row> {
    let causation = match row.get_ref(11)? {
        rusqlite::types::ValueRef::Null => None,
        _ => Some(Uuid::from_bytes(bytes(row, 11)?)),
    };
    let signature = match row.get_ref(16)? {
        rusqlite::types::ValueRef::Null => None,
        _ => Some(Signature(bytes(row, 16)?)),
    };
    Ok(Row {
        log: LogId(bytes(row, 0)?),
        seq: unsigned(row, 1)?,
        event_id: Uuid::from_bytes(bytes(row, 2)?),
        stream_kind: Cow::Owned(row.get(3)?),
        stream_id: Uuid::from_bytes(bytes(row, 4)?),
        seen: row.get(5)?,
        event_type: Cow::Owned(row.get(6)?),
        schema_version: row.get(7)?,
        payload: row.get(8)?,
        actor: row.get(9)?,
        correlation_id: Uuid::from_bytes(bytes(row, 10)?),
        causation_id: causation,
        clock: unsigned(row, 12)?,
        wall_time_ms: row.get(13)?,
        business_day: row.get(14)?,
        hash: Hash(bytes(row, 15)?),
        signature,
    })
}

/// Reads the rows of one stream, those of every history of a forked log among them, each once. A row with a column
/// that is not of its type is damaged and left out: the rest of the order is still worth having.
///
/// # Errors
/// If the store fails.
pub fn stream(connection: &Connection, stream_id: Uuid) -> Result<Vec<Row>, StoreError> {
    let mut statement = connection.prepare_cached(&stream_sql())?;
    let rows = statement.query_map([&stream_id.as_bytes()[..]], row_from)?;
    let mut rows: Vec<Row> = rows.filter(is_row).collect::<Result<_, _>>()?;
    // Two branches that left branch 0 together hold the rows between as copies.
    rows.dedup_by(|row, before| row.hash == before.hash && row.seq == before.seq && row.log == before.log);
    Ok(rows)
}

/// Whether SQLite gave a row, or failed; what it gave and is no row of a log is neither.
fn is_row(row: &rusqlite::Result<Row>) -> bool {
    matches!(row, Ok(_) | Err(rusqlite::Error::SqliteFailure(..)))
}

/// The statement that reads a stream, in an order that no store decides for itself. A damaged row may name a log that
/// is not there: nobody wrote it, so it is no fact.
#[must_use]
pub fn stream_sql() -> String {
    format!(
        "SELECT {COLUMNS} FROM events WHERE stream_id = ?1 AND log_id IN (SELECT log_id FROM logs) UNION ALL \
         SELECT {COLUMNS} FROM forked_events WHERE stream_id = ?1 ORDER BY log_id, seq, hash"
    )
}

/// Reads one row.
///
/// # Errors
/// If the store fails or the row can't be read.
pub fn one(connection: &Connection, log: LogId, seq: u64) -> Result<Option<Row>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM events WHERE log_id = ?1 AND seq = ?2");
    let mut statement = connection.prepare_cached(&sql)?;
    Ok(statement.query_row(params![&log.0[..], to_sql(seq)], row_from).optional()?)
}

/// A log as the store knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredLog {
    /// Short number inside this store.
    pub log_no: i64,
    /// Identity.
    pub log: LogId,
    /// Who wrote it.
    pub author: Author,
    /// Whether this folder wrote it.
    pub own: bool,
    /// Its tail as kept beside it.
    pub head: Option<Head>,
}

/// Every log of the store, in the order in which it came to be known.
///
/// # Errors
/// If the store fails or a row can't be read.
pub fn logs(connection: &Connection) -> Result<Vec<StoredLog>, StoreError> {
    let mut statement = connection.prepare(
        "SELECT l.log_no, l.log_id, l.device_id, l.device_class, l.own, h.seq, h.hash, h.signature \
         FROM logs l LEFT JOIN heads h USING (log_no) ORDER BY l.log_no",
    )?;
    let logs = statement.query_map([], |row| {
        let class: String = row.get(3)?;
        let head = match row.get_ref(5)? {
            rusqlite::types::ValueRef::Null => None,
            _ => Some(Head {
                seq: unsigned(row, 5)?,
                hash: Hash(bytes(row, 6)?),
                signature: match row.get_ref(7)? {
                    rusqlite::types::ValueRef::Null => None,
                    _ => Some(Signature(bytes(row, 7)?)),
                },
            }),
        };
        Ok(StoredLog {
            log_no: row.get(0)?,
            log: LogId(bytes(row, 1)?),
            author: Author { device: DeviceId(Uuid::from_bytes(bytes(row, 2)?)), class: class_from(&class) },
            own: row.get(4)?,
            head,
        })
    })?;
    Ok(logs.collect::<Result<_, _>>()?)
}
