//! The patrol: a slow reader that verifies every log while the till sells, so that damage is found before the row is
//! needed. It reads small slices, each a short transaction of its own, because rows never change.

use std::path::Path;
use std::time::Duration;

use docket_log::{ChainVerifier, Mode, Row};
use rusqlite::{Connection, params};

use super::{BadRow, walk};
use crate::error::StoreError;
use crate::limits::{PATROL_FIRST_MS, PATROL_PAUSE_MS, PATROL_ROWS};
use crate::store::events::{self, COLUMNS, StoredLog, row_from};
use crate::store::{self};
use crate::terminal::Terminal;

/// Walks once through every log but the one that is written, up to where it ended when the walk began. Ends with the terminal.
pub(crate) async fn patrol(terminal: Terminal) {
    tokio::time::sleep(Duration::from_millis(PATROL_FIRST_MS)).await;
    let seen = terminal.inner.shared.replacements();
    match round(&terminal).await {
        Ok(damage) if damage.is_empty() => tracing::debug!("the patrol found every closed log whole"),
        Ok(damage) => terminal.note_damage(damage).await,
        Err(error) if error.is_damage() => {
            terminal.mend(seen, &crate::salvage::in_words(&error)).await;
        }
        Err(error) => tracing::warn!(error = &error as &dyn std::error::Error, "the patrol could not go on"),
    }
}

async fn round(terminal: &Terminal) -> Result<Vec<BadRow>, StoreError> {
    let connection = store::open_reader(&terminal.inner.data)?;
    let open = terminal.inner.shared.health().log;
    let mut damage = Vec::new();
    for log in events::logs(&connection)?.into_iter().filter(|log| log.log != open) {
        let mut verifier = None;
        let bad = loop {
            let from = verifier.as_ref().and_then(ChainVerifier::head).map_or(0, |head| head.seq);
            let slice = slice(&connection, &log, from)?;
            let ended = slice.len() < PATROL_ROWS;
            if let Some(bad) = check(&log, &mut verifier, slice, from) {
                break Some(bad);
            }
            tokio::time::sleep(Duration::from_millis(PATROL_PAUSE_MS)).await;
            if ended {
                break end(&log, verifier);
            }
        };
        if let Some(bad) = bad {
            tracing::warn!(log = %log.log, text = bad.text, "the patrol looks at a log row by row");
            let data = terminal.inner.data.clone();
            match tokio::task::spawn_blocking(move || traced(&data, &log)).await {
                Ok(found) => damage.extend(found?),
                Err(error) => tracing::error!(%error, "the patrol could not look at a log row by row"),
            }
        }
    }
    Ok(damage)
}

/// Every damaged row of a log, in one snapshot, so that head and rows belong together. What a peer sent in the place of a
/// damaged row is no damage here.
fn traced(data: &Path, log: &StoredLog) -> Result<Vec<BadRow>, StoreError> {
    let connection = store::open_reader(data)?;
    let snapshot = connection.unchecked_transaction()?;
    let now = events::logs(&snapshot)?.into_iter().find(|now| now.log == log.log);
    now.map_or(Ok(Vec::new()), |now| walk(&snapshot, &now, Mode::Full, |_| Ok(())))
}

/// The next rows, up to the head that was read with the log: one of another device grows meanwhile.
fn slice(connection: &Connection, log: &StoredLog, from: u64) -> Result<Vec<rusqlite::Result<Row>>, StoreError> {
    let sql =
        format!("SELECT {COLUMNS} FROM events WHERE log_id = ?1 AND seq > ?2 AND seq <= ?3 ORDER BY seq LIMIT ?4");
    let mut statement = connection.prepare_cached(&sql)?;
    let place = |seq: u64| i64::try_from(seq).unwrap_or(i64::MAX);
    let (to, most) = (log.head.map_or(u64::MAX, |head| head.seq), i64::try_from(PATROL_ROWS).unwrap_or(i64::MAX));
    let rows = statement.query_map(params![&log.log.0[..], place(from), place(to), most], row_from)?;
    rows.map(|row| match row {
        // A row that is damaged is one thing, a page that can't be read another.
        Err(rusqlite::Error::SqliteFailure(failure, detail)) => {
            Err(rusqlite::Error::SqliteFailure(failure, detail).into())
        }
        row => Ok(row),
    })
    .collect()
}

fn check(
    log: &StoredLog,
    verifier: &mut Option<ChainVerifier>,
    rows: Vec<rusqlite::Result<Row>>,
    from: u64,
) -> Option<BadRow> {
    for (row, seq) in rows.into_iter().zip(from + 1..) {
        let Ok(row) = row else { return Some(BadRow::unreadable(log.log, seq)) };
        let pushed = match verifier {
            Some(verifier) => verifier.push(&row),
            None => ChainVerifier::from_opening(&row, Mode::Full).and_then(|fresh| verifier.insert(fresh).push(&row)),
        };
        if let Err(damage) = pushed {
            return Some(damage.into());
        }
    }
    None
}

fn end(log: &StoredLog, verifier: Option<ChainVerifier>) -> Option<BadRow> {
    let verifier = verifier?;
    match log.head {
        Some(head) => verifier.finish_at(&head),
        None => verifier.finish(),
    }
    .err()
    .map(BadRow::from)
}
