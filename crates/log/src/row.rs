//! A row of a log, a row before it is sealed, and the tail that the next row follows.

use crate::bytes::{Hash, Signature};
use crate::opened::DamageReason;
use docket_domain::ids::LogId;
use std::borrow::Cow;
use uuid::Uuid;

/// One row of a log. Every column is part of the hash, or is the hash or the signature; a row never changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The log that the row stands in.
    pub log: LogId,
    /// Place in the log: 1, 2, 3 without a gap.
    pub seq: u64,
    /// Identity of the fact, a UUIDv7.
    pub event_id: Uuid,
    /// Kind of the stream, such as `order`.
    pub stream_kind: Cow<'static, str>,
    /// Id of the stream.
    pub stream_id: Uuid,
    /// What the author had newly folded of other logs, in the text form of [`crate::SeenVector`]; `None` if nothing.
    pub seen: Option<String>,
    /// Name of the fact, chosen once and never reused.
    pub event_type: Cow<'static, str>,
    /// Shape of the payload.
    pub schema_version: u16,
    /// The JSON text exactly as it is hashed.
    pub payload: String,
    /// Who acted.
    pub actor: String,
    /// The command, or the work, that the row belongs to.
    pub correlation_id: Uuid,
    /// The fact or command that led to this one.
    pub causation_id: Option<Uuid>,
    /// Hybrid clock: milliseconds of the Unix epoch in the upper 48 bits, a counter in the lower 16.
    pub clock: u64,
    /// The device's wall clock at append, in milliseconds of the Unix epoch.
    pub wall_time_ms: i64,
    /// The day of business as `yyyymmdd`, stamped at append and never recomputed.
    pub business_day: i32,
    /// Hash of everything above and of the row before.
    pub hash: Hash,
    /// Signature of `hash`; only the last row of a group has one.
    pub signature: Option<Signature>,
}

impl Row {
    /// Checks the bounds of every column but the log, the hash and the signature, as a peer does before it hashes.
    ///
    /// # Errors
    /// The column and the rule that it breaks.
    pub fn check(&self) -> Result<(), (&'static str, &'static str)> {
        crate::rules::check_row(self)
    }
}

/// A row without what the log adds: its place, its hash and its signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowDraft {
    /// See [`Row::event_id`].
    pub event_id: Uuid,
    /// See [`Row::stream_kind`].
    pub stream_kind: Cow<'static, str>,
    /// See [`Row::stream_id`].
    pub stream_id: Uuid,
    /// See [`Row::seen`].
    pub seen: Option<String>,
    /// See [`Row::event_type`].
    pub event_type: Cow<'static, str>,
    /// See [`Row::schema_version`].
    pub schema_version: u16,
    /// See [`Row::payload`].
    pub payload: String,
    /// See [`Row::actor`].
    pub actor: String,
    /// See [`Row::correlation_id`].
    pub correlation_id: Uuid,
    /// See [`Row::causation_id`].
    pub causation_id: Option<Uuid>,
    /// See [`Row::clock`].
    pub clock: u64,
    /// See [`Row::wall_time_ms`].
    pub wall_time_ms: i64,
    /// See [`Row::business_day`].
    pub business_day: i32,
}

impl RowDraft {
    /// The row at `seq` of `log`, not hashed yet.
    pub(crate) fn into_row(self, log: LogId, seq: u64) -> Row {
        Row {
            log,
            seq,
            event_id: self.event_id,
            stream_kind: self.stream_kind,
            stream_id: self.stream_id,
            seen: self.seen,
            event_type: self.event_type,
            schema_version: self.schema_version,
            payload: self.payload,
            actor: self.actor,
            correlation_id: self.correlation_id,
            causation_id: self.causation_id,
            clock: self.clock,
            wall_time_ms: self.wall_time_ms,
            business_day: self.business_day,
            hash: Hash([0; 32]),
            signature: None,
        }
    }
}

/// The tail of a log: its last row's place, hash and signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// Place of the last row.
    pub seq: u64,
    /// Its hash.
    pub hash: Hash,
    /// Its signature; a complete log always ends with one.
    pub signature: Option<Signature>,
}

impl From<&Row> for Head {
    fn from(row: &Row) -> Self {
        Head { seq: row.seq, hash: row.hash, signature: row.signature }
    }
}

/// What a row's hash takes in of the row before: its hash and, where it has one, its signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Prev {
    /// Row 1 follows nothing.
    Nothing,
    /// Every other row follows one.
    Row {
        /// Hash of the row before.
        hash: Hash,
        /// Signature of the row before, if it ended a group.
        signature: Option<Signature>,
    },
}

impl From<&Head> for Prev {
    fn from(head: &Head) -> Self {
        Prev::Row { hash: head.hash, signature: head.signature }
    }
}

impl From<&Row> for Prev {
    fn from(row: &Row) -> Self {
        Prev::Row { hash: row.hash, signature: row.signature }
    }
}

impl From<&Stub> for Prev {
    fn from(stub: &Stub) -> Self {
        Prev::Row { hash: stub.hash, signature: stub.signature }
    }
}

/// What travels in place of a damaged row, so that the rows behind it still verify.
///
/// The row behind it covers `hash` and `signature`, so a stub that lies is found out there. Of several stubs in a row
/// only the last is proven so; the others are believed until the rows themselves are there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stub {
    /// The log.
    pub log: LogId,
    /// Place of the damaged row.
    pub seq: u64,
    /// Its hash as stored.
    pub hash: Hash,
    /// Its signature as stored, if it ended a group.
    pub signature: Option<Signature>,
    /// What is wrong with it.
    pub reason: DamageReason,
}
