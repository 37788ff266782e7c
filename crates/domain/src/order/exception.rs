//! Exceptions: what a person has to close because two devices acted without seeing each other.

use std::fmt::Write;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::ids::{EventId, LineId};

/// Identity of an exception: SHA-256 over its kind and its facts, first 16 bytes as hex.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, specta::Type)]
#[serde(transparent)]
pub struct ExceptionId(pub String);

/// What happened, one for each row of the conflict table that raises one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "snake_case")]
pub enum ExceptionKind {
    /// Cancelled or voided while the kitchen made it.
    AlreadyMade,
    /// Cancelled while part of it was handed over.
    CancelledAfterHandover,
    /// Cancelled while a payment was captured.
    RefundDue,
    /// Paid in full twice.
    Overpaid,
    /// A line was replaced while its earlier version was fired.
    ChangedAfterFiring,
    /// A line was replaced twice.
    ConflictingEdit,
    /// A line was added while the order was completed.
    ItemAfterClose,
}

impl ExceptionKind {
    /// The kind's name as it is hashed into the id and shown to programs; it never changes.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AlreadyMade => "already_made",
            Self::CancelledAfterHandover => "cancelled_after_handover",
            Self::RefundDue => "refund_due",
            Self::Overpaid => "overpaid",
            Self::ChangedAfterFiring => "changed_after_firing",
            Self::ConflictingEdit => "conflicting_edit",
            Self::ItemAfterClose => "item_after_close",
        }
    }

    /// The choices that close it. Only food that was made and that nobody has can be lost; all else is settled with the
    /// guest or stays as it is.
    #[must_use]
    pub const fn resolutions(self) -> &'static [Resolution] {
        match self {
            Self::AlreadyMade => &[Resolution::Waste, Resolution::Keep],
            Self::CancelledAfterHandover
            | Self::RefundDue
            | Self::Overpaid
            | Self::ChangedAfterFiring
            | Self::ConflictingEdit
            | Self::ItemAfterClose => &[Resolution::Keep],
        }
    }

    /// Whether a refund is one of the choices, where so much is owed because of it and so much is left of the payments.
    #[must_use]
    pub const fn takes_refund(self, owed_minor: i64, left_minor: i64) -> bool {
        match self {
            Self::RefundDue | Self::Overpaid => owed_minor > 0 && left_minor > 0,
            Self::CancelledAfterHandover => left_minor > 0,
            Self::AlreadyMade | Self::ChangedAfterFiring | Self::ConflictingEdit | Self::ItemAfterClose => false,
        }
    }
}

impl ExceptionId {
    /// The id of the exception of this kind over these facts: the first 16 bytes, as hex, of SHA-256 over the kind's
    /// name and the ids of the facts in ascending order.
    #[must_use]
    pub fn of(kind: ExceptionKind, facts: &[EventId]) -> Self {
        let mut sorted = facts.to_vec();
        sorted.sort_unstable();
        sorted.dedup();
        let mut hash = Sha256::new();
        hash.update(kind.as_str());
        for fact in &sorted {
            hash.update(fact.0.as_bytes());
        }
        let mut text = String::with_capacity(32);
        for byte in &hash.finalize()[..16] {
            write!(text, "{byte:02x}").expect("a String takes every write");
        }
        Self(text)
    }
}

/// How a person closed it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "snake_case")]
pub enum Resolution {
    /// The food is lost.
    Waste,
    /// It stays as it is.
    Keep,
}

/// An exception of an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exception {
    /// Hash of kind and facts.
    pub id: ExceptionId,
    /// What happened.
    pub kind: ExceptionKind,
    /// The facts that met, sorted.
    pub facts: Vec<EventId>,
    /// The lines that it is about, sorted; empty if it is about the order's money.
    pub lines: Vec<LineId>,
    /// Minor units that are open because of it (a refund due, an overpayment), else 0.
    pub amount_minor: i64,
    /// How it was closed, if it was.
    pub closed: Option<Resolution>,
}
