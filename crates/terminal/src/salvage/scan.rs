//! From the pages of the damaged file into the tables of a new one, each record once. Linear in the file's size.

use docket_log::Row;
use rusqlite::types::Value;
use rusqlite::{Connection, ErrorCode, params_from_iter};

use super::cells::Cells;
use super::shapes::{EVENTS, Shape, shape_of};
use crate::error::StoreError;
use crate::limits::SALVAGE_TWINS_MAX;
use crate::store::events;

/// Tables for what the file says of its logs; the log itself is asked whether that is so.
const FOUND: &str = "
    CREATE TEMP TABLE found_logs (
        log_no INTEGER PRIMARY KEY, log_id BLOB NOT NULL, public_key BLOB NOT NULL, device_id BLOB NOT NULL,
        device_class TEXT NOT NULL, own INTEGER NOT NULL, opened_ms INTEGER NOT NULL
    );
    CREATE TEMP TABLE found_heads (log_no INTEGER PRIMARY KEY, seq INTEGER NOT NULL, hash BLOB NOT NULL, signature BLOB);";

/// Reads every page; gives the rows of logs that were there a second time with other content.
pub(super) fn scan(cells: &mut Cells, into: &Connection) -> Result<Vec<Row>, StoreError> {
    into.execute_batch(FOUND)?;
    let mut twins = Vec::new();
    for page in 1..=cells.pages() {
        for record in cells.of(page) {
            let Some((shape, values)) = shape_of(record) else { continue };
            if !put(into, shape, &values)? && shape.table == EVENTS && twins.len() < SALVAGE_TWINS_MAX {
                twins.extend(twin(into, &values)?);
            }
        }
    }
    Ok(twins)
}

/// Puts a record back; `false` if one with its key is there already.
fn put(into: &Connection, shape: &Shape, values: &[Value]) -> Result<bool, StoreError> {
    match into.prepare_cached(shape.insert)?.execute(params_from_iter(values)) {
        Ok(changed) => Ok(changed > 0),
        // A record that only looked like one of this table breaks a rule of it.
        Err(rusqlite::Error::SqliteFailure(failure, _)) if failure.code == ErrorCode::ConstraintViolation => Ok(true),
        Err(error) => Err(error.into()),
    }
}

/// The row that these values are, unless the one that was put first is the same.
fn twin(into: &Connection, values: &[Value]) -> Result<Option<Row>, StoreError> {
    let sql = format!("SELECT {}", (1..=values.len()).map(|n| format!("?{n}")).collect::<Vec<_>>().join(", "));
    let Ok(row) = into.prepare_cached(&sql)?.query_row(params_from_iter(values), events::row_from) else {
        return Ok(None);
    };
    let first = events::one(into, row.log, row.seq).ok().flatten();
    Ok((first.as_ref() != Some(&row)).then_some(row))
}
