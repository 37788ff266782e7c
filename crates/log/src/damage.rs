//! What can be wrong with a log. Every kind names the log, the row and the rule that it breaks.

use crate::bytes::Hash;
use crate::limits::GROUP_ROWS_MAX;
use crate::opened::DamageReason;
use docket_domain::ids::LogId;

/// The first thing that is wrong with a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Damage {
    /// Rows are missing in the middle.
    #[error("log {log}: seq: row {found} stands where row {expected} is due, rows are missing")]
    Gap {
        /// The log.
        log: LogId,
        /// The seq that was due.
        expected: u64,
        /// The seq that came.
        found: u64,
    },
    /// A row came again, or came late.
    #[error("log {log}: seq: row {found} stands where row {expected} is due, it is doubled or swapped")]
    Repeated {
        /// The log.
        log: LogId,
        /// The seq that was due.
        expected: u64,
        /// The seq that came.
        found: u64,
    },
    /// A column of the row, or its stored hash, or the signature of the row before, was changed.
    #[error("log {log}: row {seq}: hash: stored {stored}, but the columns and the row before give {computed}")]
    HashMismatch {
        /// The log.
        log: LogId,
        /// The row.
        seq: u64,
        /// What the row says.
        stored: Hash,
        /// What its columns give.
        computed: Hash,
    },
    /// The signature is not the log's key over the row's hash.
    #[error("log {log}: row {seq}: signature: not made by the key of this log for this hash")]
    BadSignature {
        /// The log.
        log: LogId,
        /// The row.
        seq: u64,
    },
    /// The log ends within a group.
    #[error("log {log}: rows {first} to {last}: signature: the last group has none")]
    UnsignedTail {
        /// The log.
        log: LogId,
        /// First row of the open group.
        first: u64,
        /// Last row of the log.
        last: u64,
    },
    /// A group goes on beyond its bound.
    #[error("log {log}: row {first}: signature: the group that starts here has more than {GROUP_ROWS_MAX} rows")]
    GroupTooLong {
        /// The log.
        log: LogId,
        /// First row of the group.
        first: u64,
    },
    /// The row belongs to another log.
    #[error("log {log}: row {seq}: log: the row says {found}")]
    ForeignLog {
        /// The log that is being checked.
        log: LogId,
        /// The row.
        seq: u64,
        /// The log that the row names.
        found: LogId,
    },
    /// Row 1 is not the opening of this log, or an opening stands elsewhere.
    #[error("log {log}: row {seq}: {column}: {rule}")]
    BadOpening {
        /// The log.
        log: LogId,
        /// The row.
        seq: u64,
        /// The column.
        column: &'static str,
        /// What it must be.
        rule: &'static str,
    },
    /// There is no row at all.
    #[error("log {log}: seq: the log has no rows")]
    Empty {
        /// The log.
        log: LogId,
    },
    /// The log verifies, but does not end where it should: its tail was cut, or replaced by its own key.
    #[error("log {log}: row {expected}: head: the log ends at row {found}, or has another hash or signature there")]
    HeadMismatch {
        /// The log.
        log: LogId,
        /// Where it should end.
        expected: u64,
        /// Where it ends.
        found: u64,
    },
}

impl Damage {
    /// The log that is damaged.
    pub fn log(&self) -> LogId {
        match self {
            Damage::Gap { log, .. }
            | Damage::Repeated { log, .. }
            | Damage::HashMismatch { log, .. }
            | Damage::BadSignature { log, .. }
            | Damage::UnsignedTail { log, .. }
            | Damage::GroupTooLong { log, .. }
            | Damage::ForeignLog { log, .. }
            | Damage::BadOpening { log, .. }
            | Damage::Empty { log }
            | Damage::HeadMismatch { log, .. } => *log,
        }
    }

    /// The first row that is missing or can't be trusted.
    pub fn seq(&self) -> u64 {
        match self {
            Damage::Gap { expected, .. } | Damage::Repeated { expected, .. } => *expected,
            Damage::HashMismatch { seq, .. }
            | Damage::BadSignature { seq, .. }
            | Damage::ForeignLog { seq, .. }
            | Damage::BadOpening { seq, .. } => *seq,
            Damage::UnsignedTail { first, .. } | Damage::GroupTooLong { first, .. } => *first,
            Damage::HeadMismatch { expected, found, .. } => (*expected).min(found.saturating_add(1)),
            Damage::Empty { .. } => 1,
        }
    }

    /// The short name, for stubs and for the list in the log that is opened next.
    pub fn reason(&self) -> DamageReason {
        match self {
            Damage::Gap { .. } | Damage::Empty { .. } => DamageReason::Missing,
            Damage::Repeated { .. } => DamageReason::Repeated,
            Damage::HashMismatch { .. } => DamageReason::Hash,
            Damage::BadSignature { .. } => DamageReason::Signature,
            Damage::UnsignedTail { .. } | Damage::GroupTooLong { .. } => DamageReason::Group,
            Damage::ForeignLog { .. } => DamageReason::Foreign,
            Damage::BadOpening { .. } => DamageReason::Opening,
            Damage::HeadMismatch { .. } => DamageReason::Head,
        }
    }
}
