//! The text form of a row: one JSON object on one line, each hashed column unchanged. `export` writes it.
//!
//! Ids are lower-case text, the payload is a JSON *string* so that no reader reformats it, the clock is hex so that no
//! reader rounds it, and NULL is `null`, never an absent member. Reading is strict: each column has one text form.

mod fields;

use crate::bytes::{Hash, Signature};
use crate::limits::LINE_BYTES_MAX;
use crate::opened::DamageReason;
use crate::row::{Row, Stub};
use crate::{clock, rules};
use docket_domain::ids::LogId;
use fields::Fields;
use serde::Serialize;
use uuid::Uuid;

/// Why a line is not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WireError {
    /// The line is too long to be looked at.
    #[error("a line has at most {LINE_BYTES_MAX} bytes, not {bytes}")]
    TooLong {
        /// Bytes of the line.
        bytes: usize,
    },
    /// The line is not one JSON object.
    #[error("the line is not one JSON object (column {place})")]
    NotAnObject {
        /// Where reading ended, from 1.
        place: usize,
    },
    /// The member `kind` names something else than a row or a stub.
    #[error("kind: {kind:?} is neither row nor stub")]
    Kind {
        /// What it names.
        kind: String,
    },
    /// A member is not there.
    #[error("{field}: is missing")]
    Missing {
        /// The member.
        field: &'static str,
    },
    /// A member stands twice.
    #[error("{field}: stands twice")]
    Doubled {
        /// The member.
        field: String,
    },
    /// A member that the format does not have.
    #[error("{field}: is not a member of this kind of line")]
    Unknown {
        /// The member.
        field: String,
    },
    /// A member breaks its rule.
    #[error("{field}: {rule}")]
    Value {
        /// The member.
        field: &'static str,
        /// What it must be.
        rule: &'static str,
    },
}

/// What a line can hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Line {
    /// A row with all its columns.
    Row(Box<Row>),
    /// What travels in place of a damaged row.
    Stub(Stub),
}

/// A row as it is serialized, in the order of the hash.
#[derive(Serialize)]
struct RowText<'a> {
    kind: &'static str,
    log: LogId,
    seq: u64,
    event_id: Uuid,
    stream_kind: &'a str,
    stream_id: Uuid,
    seen: Option<&'a str>,
    event_type: &'a str,
    schema_version: u16,
    payload: &'a str,
    actor: &'a str,
    correlation_id: Uuid,
    causation_id: Option<Uuid>,
    clock: String,
    wall_time_ms: i64,
    business_day: i32,
    hash: Hash,
    signature: Option<Signature>,
}

/// A stub as it is serialized.
#[derive(Serialize)]
struct StubText {
    kind: &'static str,
    log: LogId,
    seq: u64,
    hash: Hash,
    signature: Option<Signature>,
    reason: DamageReason,
}

const ROW_FIELDS: &[&str] = &[
    "kind",
    "log",
    "seq",
    "event_id",
    "stream_kind",
    "stream_id",
    "seen",
    "event_type",
    "schema_version",
    "payload",
    "actor",
    "correlation_id",
    "causation_id",
    "clock",
    "wall_time_ms",
    "business_day",
    "hash",
    "signature",
];

const STUB_FIELDS: &[&str] = &["kind", "log", "seq", "hash", "signature", "reason"];

impl Serialize for Row {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let text = RowText {
            kind: "row",
            log: self.log,
            seq: self.seq,
            event_id: self.event_id,
            stream_kind: &self.stream_kind,
            stream_id: self.stream_id,
            seen: self.seen.as_deref(),
            event_type: &self.event_type,
            schema_version: self.schema_version,
            payload: &self.payload,
            actor: &self.actor,
            correlation_id: self.correlation_id,
            causation_id: self.causation_id,
            clock: clock::format(self.clock),
            wall_time_ms: self.wall_time_ms,
            business_day: self.business_day,
            hash: self.hash,
            signature: self.signature,
        };
        text.serialize(serializer)
    }
}

impl Serialize for Stub {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Stub { log, seq, hash, signature, reason } = *self;
        StubText { kind: "stub", log, seq, hash, signature, reason }.serialize(serializer)
    }
}

/// The line of a row, without its line feed.
pub fn row_line(row: &Row) -> String {
    serde_json::to_string(row).expect("a row is texts and numbers")
}

/// The line of a stub, without its line feed.
pub fn stub_line(stub: &Stub) -> String {
    serde_json::to_string(stub).expect("a stub is texts and numbers")
}

/// Reads one line. It is not verified: hashes and signatures are the verifier's to check.
///
/// # Errors
/// [`WireError`] names the member and the rule that it breaks.
pub fn parse_line(line: &str) -> Result<Line, WireError> {
    if line.len() > LINE_BYTES_MAX {
        return Err(WireError::TooLong { bytes: line.len() });
    }
    let fields = Fields::read(line)?;
    match fields.text("kind")?.as_str() {
        "row" => parse_row(&fields).map(|row| Line::Row(Box::new(row))),
        "stub" => parse_stub(&fields).map(Line::Stub),
        other => Err(WireError::Kind { kind: other.chars().take(32).collect() }),
    }
}

fn parse_row(fields: &Fields<'_>) -> Result<Row, WireError> {
    fields.only(ROW_FIELDS)?;
    let row = Row {
        log: fields.log("log")?,
        seq: fields.number("seq")?,
        event_id: fields.uuid("event_id")?,
        stream_kind: fields.text("stream_kind")?.into(),
        stream_id: fields.uuid("stream_id")?,
        seen: fields.nullable("seen", Fields::text)?,
        event_type: fields.text("event_type")?.into(),
        schema_version: fields.number("schema_version")?,
        payload: fields.text("payload")?,
        actor: fields.text("actor")?,
        correlation_id: fields.uuid("correlation_id")?,
        causation_id: fields.nullable("causation_id", Fields::uuid)?,
        clock: fields.clock("clock")?,
        wall_time_ms: fields.number("wall_time_ms")?,
        business_day: fields.number("business_day")?,
        hash: Hash(fields.hex("hash")?),
        signature: fields.nullable("signature", Fields::hex)?.map(Signature),
    };
    rules::check_row(&row).map_err(|(field, rule)| WireError::Value { field, rule })?;
    Ok(row)
}

fn parse_stub(fields: &Fields<'_>) -> Result<Stub, WireError> {
    fields.only(STUB_FIELDS)?;
    let seq = fields.number("seq")?;
    rules::check_seq(seq).map_err(|(field, rule)| WireError::Value { field, rule })?;
    Ok(Stub {
        log: fields.log("log")?,
        seq,
        hash: Hash(fields.hex("hash")?),
        signature: fields.nullable("signature", Fields::hex)?.map(Signature),
        reason: fields.value("reason", "is a known reason of damage")?,
    })
}
