//! Rows of a log from one place to another, as they are stored, and the tails of everything that is held.

use std::collections::BTreeMap;

use docket_domain::ids::LogId;
use docket_log::replication::{Branch, BranchHead};
use docket_log::{DamageReason, Hash, Row, Signature, Stub};
use rusqlite::{Connection, params};

use super::events::{self, COLUMNS, row_from, to_sql};
use super::peers::{self, reason_from};
use crate::error::StoreError;

/// What stands at a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Stored {
    /// A row.
    Row(Box<Row>),
    /// The stub of one, or hash and signature of one whose other columns can't be read.
    Stub(Stub),
}

impl Stored {
    /// The place.
    pub(crate) fn seq(&self) -> u64 {
        match self {
            Stored::Row(row) => row.seq,
            Stored::Stub(stub) => stub.seq,
        }
    }
}

/// What stands at the places `first` to `last` of one history, in their order. A place at which nothing can be read is
/// left out. Behind a parting, `first` is behind it too.
///
/// # Errors
/// If the store fails.
pub(crate) fn between(
    connection: &Connection,
    log: LogId,
    branch: Branch,
    (first, last): (u64, u64),
) -> Result<Vec<Stored>, StoreError> {
    let mut found: BTreeMap<u64, Stored> = stubs(connection, log, branch, (first, last))?;
    let table = if branch == Branch(0) { "events" } else { "forked_events" };
    let of_branch = if branch == Branch(0) { "?4 = 0" } else { "branch = ?4" };
    let sql = format!(
        "SELECT {COLUMNS} FROM {table} WHERE log_id = ?1 AND seq >= ?2 AND seq <= ?3 AND {of_branch} ORDER BY seq"
    );
    let mut statement = connection.prepare_cached(&sql)?;
    let mut rows = statement.query(params![&log.0[..], to_sql(first), to_sql(last), branch.0])?;
    while let Some(stored) = rows.next()? {
        match row_from(stored) {
            Ok(row) => {
                found.insert(row.seq, Stored::Row(Box::new(row)));
            }
            Err(_) => {
                if let Some(stub) = bare(log, stored) {
                    found.entry(stub.seq).or_insert(Stored::Stub(stub));
                }
            }
        }
    }
    Ok(found.into_values().collect())
}

fn stubs(
    connection: &Connection,
    log: LogId,
    branch: Branch,
    (first, last): (u64, u64),
) -> Result<BTreeMap<u64, Stored>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT seq, hash, signature, reason FROM stubs WHERE log_id = ?1 AND branch = ?2 AND seq >= ?3 AND seq <= ?4",
    )?;
    let rows = statement.query_map(params![&log.0[..], branch.0, to_sql(first), to_sql(last)], |row| {
        let (seq, hash, signature): (i64, Vec<u8>, Option<Vec<u8>>) = (row.get(0)?, row.get(1)?, row.get(2)?);
        Ok((seq.unsigned_abs(), hash, signature, row.get::<_, String>(3)?))
    })?;
    let mut found = BTreeMap::new();
    for row in rows {
        let (seq, hash, signature, reason) = row?;
        if let Some(stub) = stub(log, seq, &hash, signature.as_deref(), reason_from(&reason)) {
            found.insert(seq, Stored::Stub(stub));
        }
    }
    Ok(found)
}

/// Hash and signature of a row whose other columns can't be read.
fn bare(log: LogId, stored: &rusqlite::Row<'_>) -> Option<Stub> {
    let seq: i64 = stored.get(1).ok()?;
    let (hash, signature): (Vec<u8>, Option<Vec<u8>>) = (stored.get(15).ok()?, stored.get(16).ok()?);
    stub(log, seq.unsigned_abs(), &hash, signature.as_deref(), DamageReason::Unreadable)
}

fn stub(log: LogId, seq: u64, hash: &[u8], signature: Option<&[u8]>, reason: DamageReason) -> Option<Stub> {
    let signature = signature.map(Signature::try_from).transpose().ok()?;
    Some(Stub { log, seq, hash: Hash::try_from(hash).ok()?, signature, reason })
}

/// The hash at a place of one history; none where nothing can be read.
///
/// # Errors
/// If the store fails.
pub(crate) fn hash_at(
    connection: &Connection,
    log: LogId,
    branch: Branch,
    seq: u64,
) -> Result<Option<Hash>, StoreError> {
    let Some(held) = peers::held_log(connection, log)? else { return Ok(None) };
    let Some(branch) = held.branches.iter().find(|held| held.branch == branch.0) else { return Ok(None) };
    if seq == branch.head.seq {
        return Ok(Some(branch.head.hash));
    }
    Ok(peers::link_at(connection, log, *branch, seq)?.map(|link| link.head().hash))
}

/// One history as it is held, with the mark of head office.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Tail {
    /// The log.
    pub(crate) log: LogId,
    /// The branch here.
    pub(crate) branch: Branch,
    /// Its tail.
    pub(crate) tail: BranchHead,
    /// Up to which row the peer holds it, as kept; 0 for a further branch.
    pub(crate) mark: u64,
}

/// Every history that is held, with what `peer` is known to hold of it.
///
/// # Errors
/// If the store fails.
pub(crate) fn tails(connection: &Connection, peer: &str) -> Result<Vec<Tail>, StoreError> {
    let mut marks: BTreeMap<i64, u64> = BTreeMap::new();
    let mut statement = connection.prepare_cached("SELECT log_no, seq FROM levels WHERE peer = ?1")?;
    for row in statement.query_map([peer], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?)))? {
        let (log_no, seq) = row?;
        marks.insert(log_no, seq.unsigned_abs());
    }
    let mut tails = Vec::new();
    for log in events::logs(connection)? {
        let Some(held) = peers::held_log(connection, log.log)? else { continue };
        for branch in held.branches {
            let mark = if branch.branch == 0 { marks.get(&log.log_no).copied().unwrap_or(0) } else { 0 };
            let shared = if branch.branch == 0 { 0 } else { branch.shared };
            let tail = BranchHead { head: branch.head, shared };
            tails.push(Tail { log: log.log, branch: Branch(branch.branch), tail, mark });
        }
    }
    Ok(tails)
}
