//! Logs that other devices wrote, as this store holds them: rows, branches of forked logs, stubs.

use docket_domain::ids::{DeviceId, LogId};
use docket_log::{DamageReason, Hash, Head, PublicKey, Row, Signature, Stub};
use rusqlite::{Connection, OptionalExtension as _, params};

use super::events::{self, COLUMNS, row_from, to_sql};
use crate::error::StoreError;

/// A place in a log: a row, or what travels in place of a damaged one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Link {
    /// A row with all its columns.
    Row(Box<Row>),
    /// A stub.
    Stub(Stub),
}

impl Link {
    /// The log.
    #[must_use]
    pub fn log(&self) -> LogId {
        match self {
            Link::Row(row) => row.log,
            Link::Stub(stub) => stub.log,
        }
    }

    /// Place, hash and signature.
    #[must_use]
    pub fn head(&self) -> Head {
        match self {
            Link::Row(row) => Head::from(&**row),
            Link::Stub(stub) => Head { seq: stub.seq, hash: stub.hash, signature: stub.signature },
        }
    }

    /// Bytes that it takes while it waits.
    #[must_use]
    pub fn bytes(&self) -> usize {
        size_of::<Row>()
            + match self {
                Link::Row(row) => row.payload.len() + row.actor.len() + row.seen.as_ref().map_or(0, String::len),
                Link::Stub(_) => 0,
            }
    }
}

/// One history of a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StoredBranch {
    /// 0 is the one that was held first.
    pub branch: u32,
    /// The last signed row that it shares with branch 0.
    pub shared: u64,
    /// Its tail.
    pub head: Head,
}

/// A log as an import finds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldLog {
    /// Short number inside this store.
    pub log_no: i64,
    /// The key that signs it.
    pub public: PublicKey,
    /// Whether this folder wrote it.
    pub own: bool,
    /// Its histories, branch 0 first.
    pub branches: Vec<StoredBranch>,
}

/// Finds a log with its histories.
///
/// # Errors
/// If the store fails.
pub fn held_log(connection: &Connection, log: LogId) -> Result<Option<HeldLog>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT l.log_no, l.public_key, l.own, h.seq, h.hash, h.signature FROM logs l JOIN heads h USING (log_no) \
         WHERE l.log_id = ?1",
    )?;
    let found = statement
        .query_row([&log.0[..]], |row| {
            let head = head_from(row, 3)?;
            Ok((row.get::<_, i64>(0)?, row.get::<_, Vec<u8>>(1)?, row.get::<_, bool>(2)?, head))
        })
        .optional()?;
    let Some((log_no, public, own, head)) = found else { return Ok(None) };
    let public = PublicKey::try_from(&public[..])
        .map_err(|_| StoreError::Corrupt("logs.public_key does not hold 32 bytes".into()))?;
    let mut branches = vec![StoredBranch { branch: 0, shared: head.seq, head }];
    let mut statement = connection.prepare_cached(
        "SELECT seq, hash, signature, branch, shared FROM branches WHERE log_no = ?1 ORDER BY branch",
    )?;
    let further = statement.query_map([log_no], |row| {
        let shared: i64 = row.get(4)?;
        Ok(StoredBranch { branch: row.get(3)?, shared: shared.unsigned_abs(), head: head_from(row, 0)? })
    })?;
    for branch in further {
        branches.push(branch?);
    }
    Ok(Some(HeldLog { log_no, public, own, branches }))
}

fn head_from(row: &rusqlite::Row<'_>, first: usize) -> rusqlite::Result<Head> {
    let seq: i64 = row.get(first)?;
    let wrong = |index| rusqlite::Error::InvalidColumnType(index, "head".into(), rusqlite::types::Type::Blob);
    let hash: Vec<u8> = row.get(first + 1)?;
    let signature: Option<Vec<u8>> = row.get(first + 2)?;
    Ok(Head {
        seq: seq.unsigned_abs(),
        hash: Hash::try_from(&hash[..]).map_err(|_| wrong(first + 1))?,
        signature: signature.map(|bytes| Signature::try_from(&bytes[..]).map_err(|_| wrong(first + 2))).transpose()?,
    })
}

/// What stands at a place of one history. A row that can't be read counts as not held.
///
/// # Errors
/// If the store fails.
pub fn link_at(
    connection: &Connection,
    log: LogId,
    branch: StoredBranch,
    seq: u64,
) -> Result<Option<Link>, StoreError> {
    if seq > branch.head.seq {
        return Ok(None);
    }
    // Behind the fork a branch has rows of its own; before it all share those of branch 0.
    let on = if branch.branch > 0 && seq > branch.shared { branch.branch } else { 0 };
    let row = if on == 0 {
        let sql = format!("SELECT {COLUMNS} FROM events WHERE log_id = ?1 AND seq = ?2");
        readable(connection.prepare_cached(&sql)?.query_row(params![&log.0[..], to_sql(seq)], row_from))?
    } else {
        let sql = format!("SELECT {COLUMNS} FROM forked_events WHERE log_id = ?1 AND branch = ?3 AND seq = ?2");
        readable(connection.prepare_cached(&sql)?.query_row(params![&log.0[..], to_sql(seq), on], row_from))?
    };
    if let Some(row) = row {
        return Ok(Some(Link::Row(Box::new(row))));
    }
    Ok(stub_at(connection, log, on, seq)?.map(Link::Stub))
}

fn readable(found: rusqlite::Result<Row>) -> Result<Option<Row>, StoreError> {
    match found {
        Ok(row) => Ok(Some(row)),
        Err(
            rusqlite::Error::QueryReturnedNoRows
            | rusqlite::Error::InvalidColumnType(..)
            | rusqlite::Error::IntegralValueOutOfRange(..)
            | rusqlite::Error::FromSqlConversionFailure(..),
        ) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// The stub at a place, where there is one.
///
/// # Errors
/// If the store fails.
pub fn stub_at(connection: &Connection, log: LogId, branch: u32, seq: u64) -> Result<Option<Stub>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT seq, hash, signature, reason FROM stubs WHERE log_id = ?1 AND branch = ?2 AND seq = ?3",
    )?;
    let found = statement.query_row(params![&log.0[..], branch, to_sql(seq)], |row| {
        let reason: String = row.get(3)?;
        Ok((head_from(row, 0)?, reason))
    });
    let Some((head, reason)) = found.optional()? else { return Ok(None) };
    Ok(Some(Stub { log, seq, hash: head.hash, signature: head.signature, reason: reason_from(&reason) }))
}

/// The reason that a stored text names; one that this program does not know reads as 'it is not there'.
#[must_use]
pub fn reason_from(text: &str) -> DamageReason {
    DamageReason::from_literal(text).unwrap_or(DamageReason::Missing)
}

/// Stores a row or the stub of one, on one history of a log that another device wrote.
///
/// # Errors
/// If the store fails.
pub fn put_link(connection: &Connection, branch: u32, link: &Link) -> Result<(), StoreError> {
    match link {
        Link::Row(row) => events::insert_peer(connection, branch, row),
        Link::Stub(stub) => put_stub(connection, branch, stub),
    }
}

/// Stores a stub.
///
/// # Errors
/// If the store fails.
fn put_stub(connection: &Connection, branch: u32, stub: &Stub) -> Result<(), StoreError> {
    connection
        .prepare_cached(
            "INSERT INTO stubs (log_id, branch, seq, hash, signature, reason) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )?
        .execute(params![
            &stub.log.0[..],
            branch,
            to_sql(stub.seq),
            &stub.hash.0[..],
            stub.signature.as_ref().map(|signature| &signature.0[..]),
            stub.reason.as_str(),
        ])?;
    Ok(())
}

/// Writes the tail of a branch.
///
/// # Errors
/// If the store fails.
pub fn set_branch(connection: &Connection, log_no: i64, branch: &StoredBranch) -> Result<(), StoreError> {
    connection
        .prepare_cached(
            "INSERT INTO branches (log_no, branch, shared, seq, hash, signature) VALUES (?1, ?2, ?3, ?4, ?5, ?6) \
             ON CONFLICT (log_no, branch) DO UPDATE SET seq = excluded.seq, hash = excluded.hash, \
             signature = excluded.signature",
        )?
        .execute(params![
            log_no,
            branch.branch,
            to_sql(branch.shared),
            to_sql(branch.head.seq),
            &branch.head.hash.0[..],
            branch.head.signature.as_ref().map(|signature| &signature.0[..]),
        ])?;
    Ok(())
}

/// Takes away what stands at a place, so that the row itself can be put there; says whether a row stood there.
///
/// # Errors
/// If the store fails.
pub fn remove(connection: &Connection, log: LogId, branch: u32, seq: u64) -> Result<bool, StoreError> {
    let place = params![&log.0[..], branch, to_sql(seq)];
    connection.prepare_cached("DELETE FROM stubs WHERE log_id = ?1 AND branch = ?2 AND seq = ?3")?.execute(place)?;
    if branch > 0 {
        let sql = "DELETE FROM forked_events WHERE log_id = ?1 AND branch = ?2 AND seq = ?3";
        return Ok(connection.prepare_cached(sql)?.execute(place)? > 0);
    }
    let place = params![&log.0[..], to_sql(seq)];
    connection.prepare_cached("DELETE FROM damaged_rows WHERE log_id = ?1 AND seq = ?2")?.execute(place)?;
    Ok(connection.prepare_cached("DELETE FROM events WHERE log_id = ?1 AND seq = ?2")?.execute(place)? > 0)
}

/// Remembers a device whose clock ran too far ahead, with the most that was seen of it.
///
/// # Errors
/// If the store fails.
pub fn flag_clock(connection: &Connection, device: DeviceId, ahead_ms: i64, now_ms: i64) -> Result<(), StoreError> {
    connection
        .prepare_cached(
            "INSERT INTO clocks_ahead (device_id, ahead_ms, found_ms) VALUES (?1, ?2, ?3) ON CONFLICT (device_id) DO \
             UPDATE SET ahead_ms = max(ahead_ms, excluded.ahead_ms), found_ms = excluded.found_ms",
        )?
        .execute(params![&device.0.as_bytes()[..], ahead_ms, now_ms])?;
    Ok(())
}
