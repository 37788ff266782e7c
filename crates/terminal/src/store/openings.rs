//! What stands beside the logs and says again what they say. The first row of each log says whose it is, and the list of
//! logs repeats that for short; a fact set the shop up, and the folder repeats it. Rows have hashes and these have none: a
//! list that says otherwise was changed in the file, and the rows of a log that it doesn't name would be no facts.

use docket_domain::ids::LogId;
use docket_domain::shop::SetUp;
use docket_log::{ChainVerifier, LogOpened, Mode, Row};
use rusqlite::{Connection, OptionalExtension as _};
use uuid::Uuid;

use super::{events, meta};
use crate::error::StoreError;

/// What the list says of a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Listed {
    /// Public key of its author.
    pub(crate) public_key: Vec<u8>,
    /// Its author.
    pub(crate) device_id: Vec<u8>,
    /// The author's class.
    pub(crate) device_class: String,
    /// When it was opened, in wall milliseconds.
    pub(crate) opened_ms: i64,
}

impl Listed {
    /// What the list has to say, by the log's first row.
    pub(crate) fn of(row: &Row, opened: &LogOpened) -> Self {
        Listed {
            public_key: opened.public_key.0.to_vec(),
            device_id: opened.device.0.as_bytes().to_vec(),
            device_class: opened.device_class.as_str().to_owned(),
            opened_ms: row.wall_time_ms,
        }
    }
}

/// Every log of which a row is held: by strides through the key, one for each log.
///
/// # Errors
/// If the store fails.
pub(crate) fn held(connection: &Connection) -> Result<Vec<LogId>, StoreError> {
    let mut statement = connection.prepare("SELECT log_id FROM events WHERE log_id > ?1 ORDER BY log_id LIMIT 1")?;
    let mut logs: Vec<Vec<u8>> = Vec::new();
    loop {
        let behind = logs.last().map_or(&[][..], Vec::as_slice);
        let next: Option<Vec<u8>> = statement.query_row([behind], |row| row.get(0)).optional()?;
        match next {
            Some(log) => logs.push(log),
            None => break,
        }
    }
    // A damaged row may name what is no log at all.
    Ok(logs.into_iter().filter_map(|log| log.try_into().ok().map(LogId)).collect())
}

/// The first row of a log with what it says, if it is there and proves itself.
///
/// # Errors
/// If the store fails.
pub(crate) fn opening(connection: &Connection, log: LogId) -> Result<Option<(Row, LogOpened)>, StoreError> {
    let Some((row, opened)) = stated(connection, log)? else { return Ok(None) };
    let proven = ChainVerifier::from_opening(&row, Mode::Full).and_then(|mut verifier| verifier.push(&row));
    Ok(proven.is_ok().then_some((row, opened)))
}

fn stated(connection: &Connection, log: LogId) -> Result<Option<(Row, LogOpened)>, StoreError> {
    let Some(row) = readable(events::one(connection, log, 1))? else { return Ok(None) };
    Ok(serde_json::from_str(&row.payload).ok().map(|opened| (row, opened)))
}

/// A row that can't be read is as one that is not there.
pub(crate) fn readable(found: Result<Option<Row>, StoreError>) -> Result<Option<Row>, StoreError> {
    match found {
        Err(StoreError::Sqlite(rusqlite::Error::SqliteFailure(failure, detail))) => {
            Err(rusqlite::Error::SqliteFailure(failure, detail).into())
        }
        other => Ok(other.unwrap_or_default()),
    }
}

/// The first disagreement between the list of logs and the logs themselves. A log whose first row is gone or proves
/// nothing has nothing to disagree with. It costs two lookups for each log, whatever these hold.
///
/// # Errors
/// If the store fails, or its list can't be read.
pub(crate) fn disagreement(connection: &Connection) -> Result<Option<String>, StoreError> {
    let mut listed =
        connection.prepare("SELECT public_key, device_id, device_class, opened_ms FROM logs WHERE log_id = ?1")?;
    for log in held(connection)? {
        let Some((row, opened)) = stated(connection, log)? else { continue };
        let found = listed
            .query_row([&log.0[..]], |row| {
                Ok(Listed {
                    public_key: row.get(0)?,
                    device_id: row.get(1)?,
                    device_class: row.get(2)?,
                    opened_ms: row.get(3)?,
                })
            })
            .optional()?;
        // The signature is looked at only where it decides.
        if found.as_ref() != Some(&Listed::of(&row, &opened)) && opening(connection, log)?.is_some() {
            return Ok(Some(match found {
                Some(_) => format!("the list of logs says other of log {log} than its first row"),
                None => format!("the list of logs does not name log {log}"),
            }));
        }
    }
    Ok(another_shop(connection)?.then(|| "the shop is not the one that was set up".to_owned()))
}

/// Whether the folder's shop is none of those that a fact set up.
fn another_shop(connection: &Connection) -> Result<bool, StoreError> {
    let (Some(shop), Some(store)) = (meta::folder(connection, "shop")?, meta::folder(connection, "store")?) else {
        return Ok(false);
    };
    let (Ok(shop), Ok(store)) = (serde_json::from_str::<SetUp>(&shop), store.parse::<Uuid>()) else { return Ok(true) };
    let mut facts =
        connection.prepare("SELECT payload FROM events WHERE stream_id = ?1 AND event_type = 'store.set_up'")?;
    let facts = facts.query_map([&store.as_bytes()[..]], |row| row.get::<_, String>(0))?;
    // A damaged fact says nothing against the folder.
    let told: Vec<SetUp> = facts.flatten().filter_map(|payload| serde_json::from_str(&payload).ok()).collect();
    Ok(!told.is_empty() && !told.contains(&shop))
}
