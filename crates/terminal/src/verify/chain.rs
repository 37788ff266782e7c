//! The chain of one log: gaps, hashes, signatures and the head.

use docket_log::{ChainVerifier, Damage, Head, Mode, Row};
use rusqlite::{Connection, OptionalExtension as _, params};

use super::BadRow;
use crate::error::StoreError;
use crate::store::events::{COLUMNS, StoredLog, row_from};

/// Verifies a log from its first row to its head; `rows` counts what was read.
pub(super) fn check_log(
    connection: &Connection,
    log: &StoredLog,
    progress: &mut dyn FnMut(u64),
    rows: &mut u64,
) -> Result<Option<BadRow>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM events WHERE log_id = ?1 ORDER BY seq");
    let mut statement = connection.prepare(&sql)?;
    let mut stored = statement.query([&log.log.0[..]])?;
    let mut verifier = None;
    while let Some(row) = stored.next()? {
        *rows += 1;
        progress(*rows);
        let row: Row = match row_from(row) {
            Ok(row) => row,
            Err(error) => {
                let seq = verifier.as_ref().and_then(ChainVerifier::head).map_or(1, |head: Head| head.seq + 1);
                tracing::error!(%error, log = %log.log, seq, "a row can't be read");
                return Ok(Some(BadRow::unreadable(log.log, seq)));
            }
        };
        let result = match &mut verifier {
            Some(verifier) => verifier.push(&row),
            None => match ChainVerifier::from_opening(&row, Mode::Full) {
                Ok(fresh) => verifier.insert(fresh).push(&row),
                Err(damage) => Err(damage),
            },
        };
        if let Err(damage) = result {
            return Ok(Some(damage.into()));
        }
    }
    let Some(verifier) = verifier else { return Ok(Some(Damage::Empty { log: log.log }.into())) };
    let end = match log.head {
        Some(head) => verifier.finish_at(&head),
        None => verifier.finish(),
    };
    Ok(end.err().map(BadRow::from))
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
