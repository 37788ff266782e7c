//! The payload of row 1, `log.opened`: whose log this is, why it was opened, and which log it follows.

use crate::bytes::{Hash, PublicKey, hex_array};
use crate::limits::{DAMAGED_ROWS_MAX, OPENED_TEXT_BYTES_MAX};
use crate::row::Row;
use docket_domain::ids::{DeviceId, LogId, StoreId, TenantId};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The event type of row 1. It stands nowhere else.
pub const EVENT_TYPE: &str = "log.opened";
/// The shape of the payload that this crate writes.
pub const SCHEMA_VERSION: u16 = 1;
/// The stream kind of row 1.
pub const STREAM_KIND: &str = "log";

/// The stream of row 1: the log id read as a UUID.
pub fn stream_id(log: LogId) -> Uuid {
    Uuid::from_bytes(log.0)
}

/// The payload of `log.opened`, version 1.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogOpened {
    /// The key that signs this log, as 64 hex digits.
    pub public_key: PublicKey,
    /// 32 random bytes; with the key they give the log id.
    #[serde(with = "hex_array")]
    pub nonce: [u8; 32],
    /// The tenant; random until the device is enrolled.
    pub tenant: TenantId,
    /// The store; random until the device is enrolled.
    pub store: StoreId,
    /// The device, that is the data folder.
    pub device: DeviceId,
    /// What the device is, which decides whose facts of a type count.
    pub device_class: DeviceClass,
    /// Version of the program.
    pub app_version: String,
    /// Version of the fold.
    pub fold_version: u32,
    /// Letter of the order numbers; empty for a device that gives none.
    pub letter: String,
    /// Series of the legal receipt numbers; empty for a device that issues none.
    pub receipt_series: String,
    /// Which start of the device this is; raised in the database and in the witness.
    pub run: u64,
    /// The log of this device that ended before, with its head.
    pub predecessor: Option<Predecessor>,
    /// Rows that were found damaged and closed the predecessor.
    pub damaged: Vec<DamagedRow>,
    /// Why a log was opened.
    pub reason: OpenReason,
}

/// What a device is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeviceClass {
    /// Takes orders and money.
    Till,
    /// Cooks.
    Kitchen,
    /// The head office.
    Central,
}

impl DeviceClass {
    /// The literal of a class, as in the payload.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            DeviceClass::Till => "till",
            DeviceClass::Kitchen => "kitchen",
            DeviceClass::Central => "central",
        }
    }
}

/// Why a log was opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OpenReason {
    /// The program started.
    Start,
    /// The data folder was restored from a copy.
    Restore,
    /// The predecessor is damaged.
    Damage,
    /// Two records of the predecessor share a seq.
    Fork,
    /// The device joined a tenant and a store.
    Enrolment,
}

/// A log that has ended, with its tail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Predecessor {
    /// The log.
    pub log: LogId,
    /// Its last row.
    pub seq: u64,
    /// The hash of that row.
    pub hash: Hash,
}

/// A row that can't be trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct DamagedRow {
    /// The log.
    pub log: LogId,
    /// The row.
    pub seq: u64,
    /// The hash as it was stored; `None` if not even that can be read.
    pub hash: Option<Hash>,
    /// What is wrong.
    pub reason: DamageReason,
}

/// What is wrong with a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DamageReason {
    /// It is not there.
    Missing,
    /// It is there twice, or in a wrong place.
    Repeated,
    /// Its hash is not that of its columns.
    Hash,
    /// Its signature is not of this key and hash.
    Signature,
    /// Its group does not end as it must.
    Group,
    /// It names another log.
    Foreign,
    /// It is no valid opening.
    Opening,
    /// The log does not end where its head says.
    Head,
    /// The storage could not read it.
    Unreadable,
}

impl DamageReason {
    /// Every reason.
    pub const ALL: [Self; 9] = [
        Self::Missing,
        Self::Repeated,
        Self::Hash,
        Self::Signature,
        Self::Group,
        Self::Foreign,
        Self::Opening,
        Self::Head,
        Self::Unreadable,
    ];

    /// Its literal, in stores, messages and payloads.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Repeated => "repeated",
            Self::Hash => "hash",
            Self::Signature => "signature",
            Self::Group => "group",
            Self::Foreign => "foreign",
            Self::Opening => "opening",
            Self::Head => "head",
            Self::Unreadable => "unreadable",
        }
    }

    /// The reason of a literal, if this program knows it.
    #[must_use]
    pub fn from_literal(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.as_str() == text)
    }
}

/// The part of the payload that the chain itself depends on. Later versions of the payload keep these two members, so
/// that an old program still verifies a new log.
#[derive(Deserialize)]
struct Identity {
    public_key: PublicKey,
    #[serde(with = "hex_array")]
    nonce: [u8; 32],
}

/// Checks that `row` opens the log that it names, and gives the key that the payload states.
///
/// # Errors
/// The column and the rule that it breaks.
pub(crate) fn check_opening(row: &Row) -> Result<PublicKey, (&'static str, &'static str)> {
    if row.event_type != EVENT_TYPE {
        return Err(("event_type", "row 1 is log.opened"));
    }
    if row.stream_kind != STREAM_KIND {
        return Err(("stream_kind", "row 1 belongs to the stream kind log"));
    }
    if row.stream_id != stream_id(row.log) {
        return Err(("stream_id", "the stream of row 1 is the log id"));
    }
    if row.signature.is_none() {
        return Err(("signature", "row 1 is a group of its own"));
    }
    let identity: Identity = serde_json::from_str(&row.payload)
        .map_err(|_| ("payload", "row 1 states public_key and nonce, each as 64 lower-case hex digits"))?;
    if crate::hash::log_id(&identity.public_key, &identity.nonce) != row.log {
        return Err(("log", "the log id is the hash of public key and nonce"));
    }
    Ok(identity.public_key)
}

/// Checks the bounds of a payload that this device is about to write.
///
/// # Errors
/// The member and the rule that it breaks.
pub(crate) fn check_bounds(opened: &LogOpened) -> Result<(), (&'static str, &'static str)> {
    let texts =
        [("app_version", &opened.app_version), ("letter", &opened.letter), ("receipt_series", &opened.receipt_series)];
    for (member, text) in texts {
        if text.len() > OPENED_TEXT_BYTES_MAX {
            return Err((member, "has at most 64 bytes"));
        }
    }
    if opened.run == 0 {
        return Err(("run", "counts from 1"));
    }
    if opened.damaged.len() > DAMAGED_ROWS_MAX {
        return Err(("damaged", "lists at most 512 rows"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_has_one_literal_in_payloads_and_elsewhere() {
        for reason in DamageReason::ALL {
            assert_eq!(serde_json::to_value(reason).unwrap(), serde_json::json!(reason.as_str()));
            assert_eq!(DamageReason::from_literal(reason.as_str()), Some(reason));
        }
        assert_eq!(DamageReason::from_literal("tired"), None);
    }
}
