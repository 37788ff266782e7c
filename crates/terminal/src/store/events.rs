//! Rows of the log in SQLite, exactly as hashed.

use std::borrow::Cow;

use docket_domain::ids::{DeviceId, EventId, LogId};
use docket_domain::order::event::OrderEvent;
use docket_domain::order::fact::{DeviceClass, Fact, FactBody, Origin};
use docket_log::{Hash, Head, Row, SeenVector, Signature};
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
        let seq = to_sql(row.seq);
        event.execute(params![
            &row.log.0[..],
            seq,
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
        outbox.execute(params![log_no, seq])?;
    }
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
fn to_sql(value: u64) -> i64 {
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

/// The author of a log, as its first row says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Author {
    /// The device.
    pub device: DeviceId,
    /// Its class.
    pub class: DeviceClass,
}

/// The fact that a row of an order's stream is.
#[must_use]
pub fn fact_from(row: &Row, author: Author) -> Fact {
    let body = OrderEvent::decode(&row.event_type, row.schema_version, &row.payload)
        .map_or_else(|_| FactBody::Unknown { event_type: row.event_type.to_string() }, FactBody::Known);
    let seen = row.seen.as_deref().and_then(|text| SeenVector::parse(text).ok()).unwrap_or_default();
    Fact {
        id: EventId(row.event_id),
        origin: Origin { log: row.log, seq: row.seq, device: author.device, class: author.class },
        seen: seen.0.into_iter().collect(),
        clock: row.clock,
        hash: row.hash.0,
        wall_time_ms: row.wall_time_ms,
        business_day: row.business_day,
        body,
    }
}

/// Reads the rows of one stream.
///
/// # Errors
/// If the store fails or a row can't be read.
pub fn stream(connection: &Connection, stream_id: Uuid) -> Result<Vec<Row>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM events WHERE stream_id = ?1 ORDER BY log_id, seq");
    let mut statement = connection.prepare_cached(&sql)?;
    let rows = statement.query_map([&stream_id.as_bytes()[..]], row_from)?;
    Ok(rows.collect::<Result<_, _>>()?)
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

/// The class that a stored text names; an unknown one has a kitchen's authority, the least.
#[must_use]
pub fn class_from(text: &str) -> DeviceClass {
    match text {
        "till" => DeviceClass::Till,
        "central" => DeviceClass::Central,
        _ => DeviceClass::Kitchen,
    }
}
