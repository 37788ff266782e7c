//! The chain of one log: gaps, hashes, signatures and the head. A long log is cut into pieces that are checked on every
//! core while one thread reads on: a piece begins behind a signed row, so nothing but that row's hash and signature,
//! which end the piece before, has to be known of it.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Mutex, PoisonError};

use docket_log::limits::GROUP_ROWS_MAX;
use docket_log::{ChainVerifier, Damage, Head, LogOpened, Mode, PublicKey, Row};
use rusqlite::{Connection, OptionalExtension as _, params};

use super::BadRow;
use crate::error::StoreError;
use crate::limits::VERIFY_PIECE_ROWS;
use crate::store::events::{COLUMNS, StoredLog, row_from};
use crate::store::peers::{self, Link, StoredBranch};

/// Rows of one log without a gap between them.
struct Piece {
    /// The key and the signed row before; none for the piece that begins with row 1.
    after: Option<(PublicKey, Head)>,
    rows: Vec<Row>,
    /// Whether the log must end with it.
    last: bool,
}

impl Piece {
    fn check(&self, log: &StoredLog) -> Option<BadRow> {
        self.try_check(log).err().map(BadRow::from)
    }

    fn try_check(&self, log: &StoredLog) -> Result<(), Damage> {
        let mut verifier = match (&self.after, self.rows.first()) {
            (Some((public, head)), _) => ChainVerifier::resume(log.log, public, *head, Mode::Full)?,
            (None, Some(first)) => ChainVerifier::from_opening(first, Mode::Full)?,
            (None, None) => return Err(Damage::Empty { log: log.log }),
        };
        for row in &self.rows {
            verifier.push(row)?;
        }
        match log.head.filter(|_| self.last) {
            Some(head) => verifier.finish_at(&head),
            None => verifier.finish(),
        }
        .map(|_| ())
    }
}

/// Verifies a log from its first row to its head; `rows` counts what was read, and `step` ends it where it
/// says so. Gives the first row that is bad.
pub(super) fn check_log(
    connection: &Connection,
    log: &StoredLog,
    step: &mut dyn FnMut() -> Result<(), StoreError>,
    rows: &mut u64,
) -> Result<Option<BadRow>, StoreError> {
    let mut told = || {
        *rows += 1;
        step()
    };
    let short = u64::try_from(VERIFY_PIECE_ROWS).unwrap_or(u64::MAX);
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let found = Mutex::new(Vec::new());
    let note = |bad: BadRow| found.lock().unwrap_or_else(PoisonError::into_inner).push(bad);
    let clean = || found.lock().unwrap_or_else(PoisonError::into_inner).is_empty();
    let check = |piece: Piece| {
        if let Some(bad) = piece.check(log) {
            note(bad);
        }
        clean()
    };
    let unreadable = if cores == 1 || log.head.is_none_or(|head| head.seq <= short) {
        pieces(connection, log, &mut told, check)?
    } else {
        std::thread::scope(|scope| {
            let (sender, receiver): (SyncSender<Piece>, Receiver<Piece>) = sync_channel(cores);
            // The workers hold it alone: a sender must not wait for ever if all of them have ended.
            let receiver = std::sync::Arc::new(Mutex::new(receiver));
            for _ in 0..cores {
                let receiver = receiver.clone();
                scope.spawn(move || while next(&receiver).is_some_and(check) {});
            }
            drop(receiver);
            pieces(connection, log, &mut told, |piece| sender.send(piece).is_ok())
        })?
    };
    let found = found.into_inner().unwrap_or_else(PoisonError::into_inner);
    Ok(found.into_iter().min_by_key(|bad| bad.seq).or(unreadable))
}

fn next(receiver: &Mutex<Receiver<Piece>>) -> Option<Piece> {
    receiver.lock().unwrap_or_else(PoisonError::into_inner).recv().ok()
}

/// Reads a log and cuts it; ends where `take` wants no more. Gives the row that can't be read, if that ended it.
fn pieces(
    connection: &Connection,
    log: &StoredLog,
    told: &mut dyn FnMut() -> Result<(), StoreError>,
    mut take: impl FnMut(Piece) -> bool,
) -> Result<Option<BadRow>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM events WHERE log_id = ?1 ORDER BY seq");
    let mut statement = connection.prepare(&sql)?;
    let mut stored = statement.query([&log.log.0[..]])?;
    let mut public = None;
    let mut piece = Piece { after: None, rows: Vec::new(), last: false };
    let mut due = 1;
    while let Some(row) = stored.next()? {
        told()?;
        let row: Row = match row_from(row) {
            Ok(row) => row,
            Err(error) => {
                tracing::error!(%error, log = %log.log, seq = due, "a row can't be read");
                // What stands before it may be bad as well, and would then be the first.
                if !piece.rows.is_empty() {
                    take(piece);
                }
                return Ok(Some(BadRow::unreadable(log.log, due)));
            }
        };
        if due == 1 {
            public = serde_json::from_str::<LogOpened>(&row.payload).ok().map(|opened| opened.public_key);
        }
        due = row.seq.saturating_add(1);
        let head = Head::from(&row);
        piece.rows.push(row);
        if head.signature.is_none() && piece.rows.len() < VERIFY_PIECE_ROWS + GROUP_ROWS_MAX
            || piece.rows.len() < VERIFY_PIECE_ROWS
        {
            continue;
        }
        // A row 1 that states no key, or a group that never ends, is damage that this piece shows by itself.
        let Some(public) = public.filter(|_| head.signature.is_some()) else { break };
        let following = Piece { after: Some((public, head)), rows: Vec::new(), last: false };
        if !take(std::mem::replace(&mut piece, following)) {
            return Ok(None);
        }
    }
    piece.last = true;
    take(piece);
    Ok(None)
}

/// Verifies the further histories of a forked log, each from the row where it left to its own head.
pub(super) fn check_branches(connection: &Connection, log: &StoredLog) -> Result<Vec<BadRow>, StoreError> {
    let Some(held) = peers::held_log(connection, log.log)? else { return Ok(Vec::new()) };
    let mut found = Vec::new();
    for branch in held.branches.iter().filter(|branch| branch.branch > 0) {
        found.extend(check_branch(connection, log, &held.public, *branch)?);
    }
    Ok(found)
}

fn check_branch(
    connection: &Connection,
    log: &StoredLog,
    public: &PublicKey,
    branch: StoredBranch,
) -> Result<Option<BadRow>, StoreError> {
    let Some(shared) = peers::link_at(connection, log.log, branch, branch.shared)? else {
        return Ok(Some(BadRow::unreadable(log.log, branch.shared)));
    };
    let mut verifier = match ChainVerifier::resume(log.log, public, shared.head(), Mode::Full) {
        Ok(verifier) => verifier,
        Err(damage) => return Ok(Some(damage.into())),
    };
    for seq in branch.shared + 1..=branch.head.seq {
        let pushed = match peers::link_at(connection, log.log, branch, seq)? {
            Some(Link::Row(row)) => verifier.push(&row),
            Some(Link::Stub(stub)) => verifier.push_stub(&stub),
            // The row behind shows the gap, and at the end the head does.
            None => Ok(()),
        };
        if let Err(damage) = pushed {
            return Ok(Some(damage.into()));
        }
    }
    Ok(verifier.finish_at(&branch.head).err().map(BadRow::from))
}

/// Verifies the last rows of a log against its head; the rows before are taken at their word.
pub(crate) fn check_range(
    connection: &Connection,
    log: &StoredLog,
    from: u64,
    head: Head,
) -> Result<Option<BadRow>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM events WHERE log_id = ?1 AND seq >= ?2 ORDER BY seq");
    let mut statement = connection.prepare(&sql)?;
    let from = i64::try_from(from.max(1)).unwrap_or(i64::MAX);
    let rows: Result<Vec<Row>, _> = statement.query_map(params![&log.log.0[..], from], row_from)?.collect();
    let Ok(rows) = rows else { return Ok(Some(BadRow::unreadable(log.log, head.seq))) };
    let Some(first) = rows.first() else {
        return Ok(Some(Damage::HeadMismatch { log: log.log, expected: head.seq, found: 0 }.into()));
    };
    let public: Option<Vec<u8>> = connection
        .query_row("SELECT public_key FROM logs WHERE log_no = ?1", [log.log_no], |row| row.get(0))
        .optional()?;
    let public = public.and_then(|bytes| docket_log::PublicKey::try_from(&bytes[..]).ok());
    let Some(public) = public else { return Err(StoreError::Corrupt("logs.public_key does not hold 32 bytes".into())) };
    if first.seq == 1 {
        return Ok(check_rows(ChainVerifier::from_opening(first, Mode::Full), &rows, &head).err().map(BadRow::from));
    }
    // A check begins behind a signed row: the first group of the window may have begun before it.
    let Some(start) = rows.iter().position(|row| row.signature.is_some()) else { return Ok(None) };
    let verifier = ChainVerifier::resume(log.log, &public, Head::from(&rows[start]), Mode::Full);
    Ok(check_rows(verifier, &rows[start + 1..], &head).err().map(BadRow::from))
}

fn check_rows(verifier: Result<ChainVerifier, Damage>, rows: &[Row], head: &Head) -> Result<(), Damage> {
    let mut verifier = verifier?;
    for row in rows {
        verifier.push(row)?;
    }
    verifier.finish_at(head).map(|_| ())
}
