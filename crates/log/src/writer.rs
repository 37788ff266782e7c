//! The writing end of one log: it numbers rows, chains them and signs each group.

use crate::hash::{RowHasher, log_id};
use crate::key::DeviceKey;
use crate::limits::{GROUP_PAYLOAD_BYTES_MAX, GROUP_ROWS_MAX};
use crate::opened::{self, LogOpened};
use crate::row::{Head, Prev, Row, RowDraft};
use crate::rules;
use docket_domain::ids::LogId;
use uuid::Uuid;

/// Why a log can't be opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// The payload states another key or nonce than those that the log is opened with.
    #[error("{member}: is not the one that the log is opened with")]
    Identity {
        /// The member of the payload.
        member: &'static str,
    },
    /// A member is out of bounds.
    #[error("{member}: {rule}")]
    Opened {
        /// The member of the payload.
        member: &'static str,
        /// What it must be.
        rule: &'static str,
    },
    /// A column is out of bounds.
    #[error("{column}: {rule}")]
    Row {
        /// The column.
        column: &'static str,
        /// What it must be.
        rule: &'static str,
    },
}

/// Why a group can't be sealed. Nothing of it was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum GroupError {
    /// There is nothing to sign.
    #[error("a group has at least one row")]
    Empty,
    /// A command may not write so much.
    #[error("a group has at most {GROUP_ROWS_MAX} rows, not {rows}")]
    TooManyRows {
        /// The rows that were given.
        rows: usize,
    },
    /// All payloads together are too large to send as one unit.
    #[error("the payloads of a group have at most {GROUP_PAYLOAD_BYTES_MAX} bytes, not {bytes}")]
    TooLarge {
        /// The bytes of all payloads.
        bytes: usize,
    },
    /// A column of a row is out of bounds.
    #[error("row {index} of the group: {column}: {rule}")]
    Row {
        /// Place in the group, from 0.
        index: usize,
        /// The column.
        column: &'static str,
        /// What it must be.
        rule: &'static str,
    },
}

/// The columns of row 1 that don't follow from its payload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpeningDraft {
    /// See [`Row::event_id`].
    pub event_id: Uuid,
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

/// Writes one log. It keeps the key and the head; the rows themselves are the caller's to store.
#[derive(Debug)]
pub struct LogWriter {
    log: LogId,
    key: DeviceKey,
    head: Head,
    hasher: RowHasher,
}

impl LogWriter {
    /// Opens a new log and gives its row 1, signed. `opened` must state the public half of `key` and the same `nonce`.
    ///
    /// # Errors
    /// [`OpenError`] names the member or column that is not as it must be.
    pub fn try_open(
        key: &DeviceKey,
        nonce: [u8; 32],
        opened: &LogOpened,
        draft: OpeningDraft,
    ) -> Result<(Self, Row), OpenError> {
        if opened.public_key != key.public() {
            return Err(OpenError::Identity { member: "public_key" });
        }
        if opened.nonce != nonce {
            return Err(OpenError::Identity { member: "nonce" });
        }
        opened::check_bounds(opened).map_err(|(member, rule)| OpenError::Opened { member, rule })?;
        let log = log_id(&key.public(), &nonce);
        let mut row = opening_row(log, opened, draft);
        rules::check_row(&row).map_err(|(column, rule)| OpenError::Row { column, rule })?;
        let mut hasher = RowHasher::default();
        row.hash = hasher.hash(&Prev::Nothing, &row);
        row.signature = Some(key.sign(&row.hash));
        Ok((LogWriter { log, key: key.clone(), head: Head::from(&row), hasher }, row))
    }

    /// Goes on behind `head`, for a process that had to reopen its store. A new process opens a new log instead.
    pub fn resume(key: &DeviceKey, log: LogId, head: Head) -> Self {
        LogWriter { log, key: key.clone(), head, hasher: RowHasher::default() }
    }

    /// Numbers, chains and signs the rows of one command. The writer's head is then the last of them.
    ///
    /// # Errors
    /// [`GroupError`]; the writer is as it was.
    pub fn seal_group(&mut self, drafts: Vec<RowDraft>) -> Result<Vec<Row>, GroupError> {
        self.check_group(&drafts)?;
        let mut rows = Vec::with_capacity(drafts.len());
        let mut prev = Prev::from(&self.head);
        for (draft, seq) in drafts.into_iter().zip(self.head.seq + 1..) {
            let mut row = draft.into_row(self.log, seq);
            check_in_group(&row, rows.len())?;
            row.hash = self.hasher.hash(&prev, &row);
            prev = Prev::from(&row);
            rows.push(row);
        }
        let last = rows.last_mut().expect("an empty group was refused above");
        last.signature = Some(self.key.sign(&last.hash));
        self.head = Head::from(&*last);
        Ok(rows)
    }

    /// The log that is written.
    pub fn log(&self) -> LogId {
        self.log
    }

    /// The tail that the next group follows.
    pub fn head(&self) -> Head {
        self.head
    }

    /// Takes back what was sealed behind `head`, because its transaction did not commit. `head` must be one that this
    /// writer had.
    pub fn rollback_to(&mut self, head: Head) {
        self.head = head;
    }

    fn check_group(&self, drafts: &[RowDraft]) -> Result<(), GroupError> {
        let rows = drafts.len();
        let bytes: usize = drafts.iter().map(|draft| draft.payload.len()).sum();
        match rows {
            0 => Err(GroupError::Empty),
            _ if rows > GROUP_ROWS_MAX => Err(GroupError::TooManyRows { rows }),
            _ if bytes > GROUP_PAYLOAD_BYTES_MAX => Err(GroupError::TooLarge { bytes }),
            _ => Ok(()),
        }
    }
}

fn check_in_group(row: &Row, index: usize) -> Result<(), GroupError> {
    let refuse = |(column, rule)| GroupError::Row { index, column, rule };
    if row.event_type == opened::EVENT_TYPE {
        return Err(refuse(("event_type", "log.opened stands only in row 1")));
    }
    rules::check_row(row).map_err(refuse)
}

fn opening_row(log: LogId, opened: &LogOpened, draft: OpeningDraft) -> Row {
    let payload = serde_json::to_string(opened).expect("the payload has text keys and no map");
    let draft = RowDraft {
        event_id: draft.event_id,
        stream_kind: opened::STREAM_KIND.into(),
        stream_id: opened::stream_id(log),
        seen: None,
        event_type: opened::EVENT_TYPE.into(),
        schema_version: opened::SCHEMA_VERSION,
        payload,
        actor: draft.actor,
        correlation_id: draft.correlation_id,
        causation_id: draft.causation_id,
        clock: draft.clock,
        wall_time_ms: draft.wall_time_ms,
        business_day: draft.business_day,
    };
    draft.into_row(log, 1)
}
