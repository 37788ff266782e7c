//! The store as the uplink reads it: batches of whole groups, each row checked again, and hashes by place.

use std::path::PathBuf;

use docket_domain::ids::LogId;
use docket_log::limits::BATCH_ROWS;
use docket_log::replication::{Branch, HashAt, Range, RowSize, cut};
use docket_log::{DamageReason, Hash, Head, Prev, Row, RowHasher, Stub};
use docket_sync::Item;
use rusqlite::Connection;

use crate::error::StoreError;
use crate::store;
use crate::store::peers;
use crate::store::ranges::{self, Stored, Tail};
use crate::verify::BadRow;
use crate::writer::CENTRAL;

/// Rows that are ready to be sent.
pub(super) struct Batch {
    /// Whole groups without a gap.
    pub(super) items: Vec<Item>,
    /// Rows that turned out to be damaged; a stub of each is among the items.
    pub(super) damaged: Vec<BadRow>,
}

impl Batch {
    /// The last row's place.
    pub(super) fn last(&self) -> u64 {
        self.items.last().map_or(0, |item| item.head().seq)
    }

    /// The W3C trace that the batch belongs to: that of the command which wrote its last row, so the trace of a tap is its
    /// correlation id at every process that it passes. Empty for a stub, which names no command.
    pub(super) fn traceparent(&self) -> String {
        let Some(Item::Row(row)) = self.items.last() else { return String::new() };
        let (trace, span) = (row.correlation_id.as_bytes(), crate::trace::span_id(row));
        format!("00-{}-{}-01", hex::encode(trace), hex::encode(span))
    }
}

/// Why rows can't be sent now.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unreadable {
    /// The store failed.
    #[error("the store could not be read")]
    Store(#[from] StoreError),
    /// Nothing can be read at a place, not even the hash that stood there.
    #[error("seq: row {0} can't be read")]
    Gap(u64),
    /// The rows have no signed end.
    #[error("signature: no group from row {0} on is whole")]
    Open(u64),
}

/// A read-only connection of the uplink's own.
pub(super) struct Reading {
    data: PathBuf,
    connection: Connection,
    /// How often the file had been replaced when it was opened.
    replaced: u64,
}

impl Reading {
    pub(super) fn open(data: PathBuf, replaced: u64) -> Result<Self, StoreError> {
        Ok(Reading { connection: store::open_reader(&data)?, data, replaced })
    }

    /// Opens the file anew if another one took its place; says whether it did.
    pub(super) fn follow(&mut self, replaced: u64) -> Result<bool, StoreError> {
        if self.replaced == replaced {
            return Ok(false);
        }
        self.connection = store::open_reader(&self.data)?;
        self.replaced = replaced;
        Ok(true)
    }

    pub(super) fn connection(&self) -> &Connection {
        &self.connection
    }

    pub(super) fn tails(&self) -> Result<Vec<Tail>, StoreError> {
        ranges::tails(&self.connection, CENTRAL)
    }

    /// Reads the next batch of a range: whole groups from its first row on.
    pub(super) fn batch(&self, range: Range) -> Result<Batch, Unreadable> {
        let Range { log, branch, first, last } = range;
        let before = self.before(log, branch, first)?;
        // No more than fit into a batch: what is cut off again was read and hashed for nothing.
        let last = last.min(first.saturating_add(BATCH_ROWS as u64 - 1));
        let stored = ranges::between(&self.connection, log, branch, (first, last))?;
        if stored.first().is_none_or(|at| at.seq() != first) {
            return Err(Unreadable::Gap(first));
        }
        let whole = stored.into_iter().zip(first..).take_while(|(at, due)| at.seq() == *due).map(|(at, _)| at);
        let mut items = Vec::new();
        let mut damaged = Vec::new();
        check(log, before, whole, &mut items, &mut damaged);
        let size = |item: &Item| RowSize { signed: item.head().signature.is_some(), payload_bytes: bytes(item) };
        let rows = cut(items.iter().map(size));
        items.truncate(rows);
        if items.is_empty() {
            return Err(Unreadable::Open(first));
        }
        damaged.retain(|bad| items.last().is_some_and(|item| bad.seq <= item.head().seq));
        Ok(Batch { items, damaged })
    }

    /// The row that the range follows.
    fn before(&self, log: LogId, branch: Branch, first: u64) -> Result<Option<Head>, Unreadable> {
        let Some(seq) = first.checked_sub(1).filter(|seq| *seq > 0) else { return Ok(None) };
        let held = peers::held_log(&self.connection, log)?.ok_or(Unreadable::Gap(seq))?;
        let on = held.branches.iter().find(|held| held.branch == branch.0).ok_or(Unreadable::Gap(seq))?;
        let link = peers::link_at(&self.connection, log, *on, seq)?.ok_or(Unreadable::Gap(seq))?;
        Ok(Some(link.head()))
    }
}

impl HashAt for Reading {
    fn hash_at(&self, log: LogId, branch: Branch, seq: u64) -> Option<Hash> {
        ranges::hash_at(&self.connection, log, branch, seq).unwrap_or_else(|error| {
            tracing::warn!(error = &error as &dyn std::error::Error, "a hash could not be read");
            None
        })
    }
}

fn bytes(item: &Item) -> usize {
    match item {
        Item::Row(row) => row.payload.len(),
        Item::Stub(_) => 0,
    }
}

/// Checks each row's hash and bounds behind the row before it. What fails travels as a stub, so that the rows behind it
/// still verify: the next row's hash proves the one that is stored.
fn check(
    log: LogId,
    before: Option<Head>,
    stored: impl Iterator<Item = Stored>,
    items: &mut Vec<Item>,
    damaged: &mut Vec<BadRow>,
) {
    let mut hasher = RowHasher::default();
    let mut prev = before.as_ref().map_or(Prev::Nothing, Prev::from);
    for stored in stored {
        let item = match stored {
            Stored::Stub(stub) => Item::Stub(stub),
            Stored::Row(row) if hasher.hash(&prev, &row) == row.hash && row.check().is_ok() => Item::Row(row),
            Stored::Row(row) => {
                let stub = stub_of(&row);
                damaged.push(bad(log, stub));
                Item::Stub(stub)
            }
        };
        prev = Prev::from(&item.head());
        items.push(item);
    }
}

fn stub_of(row: &Row) -> Stub {
    Stub { log: row.log, seq: row.seq, hash: row.hash, signature: row.signature, reason: DamageReason::Hash }
}

fn bad(log: LogId, stub: Stub) -> BadRow {
    let text = format!("log {log}: row {}: hash: not that of the row's columns", stub.seq);
    BadRow { log, seq: stub.seq, rows: 1, reason: stub.reason, text, stub: Some(stub) }
}
