//! Rows and heads to and from their messages. Reading is strict: a row that breaks a bound of the format is refused
//! before anything is hashed.

use std::borrow::Cow;

use docket_domain::ids::{LogId, SubjectId};
use docket_log::replication::PeerHead;
use docket_log::sealed::KEY_BYTES;
use docket_log::{DamageReason, Hash, Head, Row, Signature, Stub};
use prost::bytes::Bytes;
use uuid::Uuid;

use crate::MESSAGE_ROWS_MAX;
use crate::v1;

/// A place in a log as it travels: a row, or a stub in the place of a damaged one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Item {
    /// A row with all its columns.
    Row(Box<Row>),
    /// A stub.
    Stub(Stub),
}

impl Item {
    /// Place, hash and signature.
    #[must_use]
    pub fn head(&self) -> Head {
        match self {
            Item::Row(row) => Head::from(&**row),
            Item::Stub(stub) => Head { seq: stub.seq, hash: stub.hash, signature: stub.signature },
        }
    }
}

/// Why a message is not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("row {seq}: {column}: {rule}")]
pub struct RowError {
    /// The row's place, or 0 if it is the message as a whole.
    pub seq: u64,
    /// The column.
    pub column: &'static str,
    /// What it must be.
    pub rule: &'static str,
}

fn fixed<const N: usize>(bytes: &[u8], seq: u64, column: &'static str) -> Result<[u8; N], RowError> {
    let rule = match N {
        16 => "has 16 bytes",
        32 => "has 32 bytes",
        _ => "has 64 bytes",
    };
    bytes.try_into().map_err(|_| RowError { seq, column, rule })
}

fn text(bytes: &Bytes, seq: u64, column: &'static str) -> Result<String, RowError> {
    String::from_utf8(bytes.to_vec()).map_err(|_| RowError { seq, column, rule: "is UTF-8" })
}

/// The message of whole groups of one log.
#[must_use]
pub fn rows_to(log: LogId, items: &[Item], traceparent: String) -> v1::Rows {
    let rows = items.iter().map(row_to).collect();
    v1::Rows { log_id: Bytes::copy_from_slice(&log.0), rows, traceparent, keys: Vec::new() }
}

/// The message of a guest's key.
#[must_use]
pub fn key_to(subject: SubjectId, key: &[u8; KEY_BYTES]) -> v1::GuestKey {
    v1::GuestKey { subject_id: Bytes::copy_from_slice(subject.0.as_bytes()), key: Bytes::copy_from_slice(key) }
}

/// Reads the keys that came with rows.
///
/// # Errors
/// [`RowError`] if there are more than rows, or one is not as the format says.
pub fn keys_from(message: &v1::Rows) -> Result<Vec<(SubjectId, [u8; KEY_BYTES])>, RowError> {
    if message.keys.len() > message.rows.len() {
        return Err(RowError { seq: 0, column: "keys", rule: "are at most as many as the rows" });
    }
    let key = |key: &v1::GuestKey| {
        let subject = SubjectId(Uuid::from_bytes(fixed(&key.subject_id, 0, "keys.subject_id")?));
        Ok((subject, fixed(&key.key, 0, "keys.key")?))
    };
    message.keys.iter().map(key).collect()
}

fn row_to(item: &Item) -> v1::Row {
    let signature = |signature: Option<Signature>| signature.map_or_else(Bytes::new, |it| it.0.to_vec().into());
    let row = match item {
        Item::Stub(stub) => {
            return v1::Row {
                seq: stub.seq,
                hash: Bytes::copy_from_slice(&stub.hash.0),
                signature: signature(stub.signature),
                stub_reason: stub.reason.as_str().to_owned(),
                ..v1::Row::default()
            };
        }
        Item::Row(row) => row,
    };
    v1::Row {
        seq: row.seq,
        hash: Bytes::copy_from_slice(&row.hash.0),
        signature: signature(row.signature),
        stub_reason: String::new(),
        event_id: Bytes::copy_from_slice(row.event_id.as_bytes()),
        stream_kind: row.stream_kind.to_string(),
        stream_id: Bytes::copy_from_slice(row.stream_id.as_bytes()),
        seen: row.seen.clone(),
        event_type: row.event_type.to_string(),
        schema_version: u32::from(row.schema_version),
        payload: row.payload.clone().into_bytes().into(),
        actor: row.actor.clone(),
        correlation_id: Bytes::copy_from_slice(row.correlation_id.as_bytes()),
        causation_id: row.causation_id.map_or_else(Bytes::new, |id| Bytes::copy_from_slice(id.as_bytes())),
        clock: row.clock,
        wall_time_ms: row.wall_time_ms,
        business_day: row.business_day,
    }
}

/// Reads a message of rows.
///
/// # Errors
/// [`RowError`] names the first row and column that is not as the format says.
pub fn rows_from(message: &v1::Rows) -> Result<(LogId, Vec<Item>), RowError> {
    let log = LogId(fixed(&message.log_id, 0, "log_id")?);
    if message.rows.is_empty() || message.rows.len() > MESSAGE_ROWS_MAX {
        return Err(RowError { seq: 0, column: "rows", rule: "are 1 to 1024" });
    }
    let items = message.rows.iter().map(|row| row_from(log, row)).collect::<Result<_, _>>()?;
    Ok((log, items))
}

fn row_from(log: LogId, row: &v1::Row) -> Result<Item, RowError> {
    let seq = row.seq;
    let hash = Hash(fixed(&row.hash, seq, "hash")?);
    let signature = match row.signature.len() {
        0 => None,
        _ => Some(Signature(fixed(&row.signature, seq, "signature")?)),
    };
    if !row.stub_reason.is_empty() {
        let reason = DamageReason::from_literal(&row.stub_reason).ok_or(RowError {
            seq,
            column: "stub_reason",
            rule: "is one of the reasons of docs/LOG.md",
        })?;
        return Ok(Item::Stub(Stub { log, seq, hash, signature, reason }));
    }
    let causation = match row.causation_id.len() {
        0 => None,
        _ => Some(Uuid::from_bytes(fixed(&row.causation_id, seq, "causation_id")?)),
    };
    let schema_version = u16::try_from(row.schema_version).map_err(|_| RowError {
        seq,
        column: "schema_version",
        rule: "is at most 65535",
    })?;
    let row = Row {
        log,
        seq,
        event_id: Uuid::from_bytes(fixed(&row.event_id, seq, "event_id")?),
        stream_kind: Cow::Owned(row.stream_kind.clone()),
        stream_id: Uuid::from_bytes(fixed(&row.stream_id, seq, "stream_id")?),
        seen: row.seen.clone(),
        event_type: Cow::Owned(row.event_type.clone()),
        schema_version,
        payload: text(&row.payload, seq, "payload")?,
        actor: row.actor.clone(),
        correlation_id: Uuid::from_bytes(fixed(&row.correlation_id, seq, "correlation_id")?),
        causation_id: causation,
        clock: row.clock,
        wall_time_ms: row.wall_time_ms,
        business_day: row.business_day,
        hash,
        signature,
    };
    row.check().map_err(|(column, rule)| RowError { seq, column, rule })?;
    Ok(Item::Row(Box::new(row)))
}

/// A head as a message.
#[must_use]
pub fn head_to(head: &PeerHead) -> v1::Head {
    v1::Head { log_id: Bytes::copy_from_slice(&head.log.0), seq: head.seq, hash: Bytes::copy_from_slice(&head.hash.0) }
}

/// Reads a head.
///
/// # Errors
/// [`RowError`] if it has another length.
pub fn head_from(head: &v1::Head) -> Result<PeerHead, RowError> {
    let (log, hash) = (fixed(&head.log_id, head.seq, "log_id")?, fixed(&head.hash, head.seq, "hash")?);
    Ok(PeerHead { log: LogId(log), seq: head.seq, hash: Hash(hash) })
}
