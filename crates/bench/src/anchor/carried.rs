//! Anchor of Y1: a program that carries the till's rows from SQLite to PostgreSQL and does nothing else.
//!
//! It does, 500 rows at a time and one step after the other, on one thread: reads the rows with every column, copies them
//! in the binary form into a table with the columns and indexes of head office's, durable before it goes on, and takes
//! them out of the till's outbox in a durable transaction.
//!
//! It leaves out: hashes and signatures on either side, a protocol, several batches under way, orders, outbox and heads
//! at head office, marks and counts at the till, and everything that goes wrong.

use std::path::Path;

use rusqlite::types::ValueRef;
use rusqlite::{Connection, params};
use sqlx::Executor as _;
use sqlx::postgres::PgConnection;

use crate::error::BenchError;
use crate::office::database;
use crate::rig;
use crate::stopwatch::Stopwatch;

/// Rows of a batch.
const BATCH_ROWS: i64 = 500;
/// What a stream of COPY's binary form begins with: its name, no flags, no extension.
const HEADER: &[u8] = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0";
/// Columns of `central.log_rows`.
const COLUMNS: i16 = 21;
/// The tenant and the month, which the till does not know.
const TENANT: [u8; 16] = [7; 16];
const MONTH: i32 = 203_001;

/// Carries every row of a till that nobody has open; gives how many and the nanoseconds.
pub async fn run(till: &Path, url: &str) -> Result<(u64, u64), BenchError> {
    let store = Connection::open(rig::database(till))?;
    // As durable as the till is.
    store.execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL")?;
    let mut office = database::connect(url).await?;
    office.execute("CREATE SCHEMA anchor").await?;
    office.execute("CREATE TABLE anchor.log_rows (LIKE central.log_rows INCLUDING ALL)").await?;
    database::settle(&mut office).await?;
    let logs: Vec<(i64, Vec<u8>)> = {
        let mut statement = store.prepare("SELECT log_no, log_id FROM logs ORDER BY log_no")?;
        statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<Result<_, _>>()?
    };
    let watch = Stopwatch::start();
    let mut carried = 0;
    for (number, log) in logs {
        let mut after = 0;
        while let Some((bytes, rows, last)) = batch(&store, &log, after)? {
            copy(&mut office, &bytes).await?;
            let sql = "DELETE FROM outbox WHERE log_no = ?1 AND seq <= ?2";
            store.prepare_cached(sql)?.execute(params![number, last])?;
            (after, carried) = (last, carried + rows);
        }
    }
    let nanos = watch.nanos();
    let left: i64 = store.query_row("SELECT count(*) FROM outbox", [], |row| row.get(0))?;
    if left > 0 {
        return Err(BenchError::NotComparable(format!("the anchor left {left} rows in the outbox")));
    }
    Ok((carried, nanos))
}

async fn copy(office: &mut PgConnection, bytes: &[u8]) -> Result<(), BenchError> {
    // One statement is one transaction, durable when it is answered.
    let mut copy = office.copy_in_raw("COPY anchor.log_rows FROM STDIN (FORMAT binary)").await?;
    copy.send(bytes).await?;
    copy.finish().await?;
    Ok(())
}

/// The next rows as COPY takes them, how many, and the last one's place.
fn batch(store: &Connection, log: &[u8], after: i64) -> Result<Option<(Vec<u8>, u64, i64)>, BenchError> {
    let mut statement = store.prepare_cached(
        "SELECT log_id, 0, seq, event_id, stream_kind, stream_id, seen, event_type, schema_version, payload, actor, \
         correlation_id, causation_id, clock, wall_time_ms, business_day, hash, signature, NULL \
         FROM events WHERE log_id = ?1 AND seq > ?2 ORDER BY seq LIMIT ?3",
    )?;
    let mut rows = statement.query(params![log, after, BATCH_ROWS])?;
    let (mut bytes, mut count, mut last) = (HEADER.to_vec(), 0, after);
    while let Some(row) = rows.next()? {
        bytes.extend_from_slice(&COLUMNS.to_be_bytes());
        field(&mut bytes, &TENANT);
        field(&mut bytes, &MONTH.to_be_bytes());
        for column in 0..19 {
            match row.get_ref(column)? {
                ValueRef::Null => bytes.extend_from_slice(&(-1_i32).to_be_bytes()),
                ValueRef::Text(value) | ValueRef::Blob(value) => field(&mut bytes, value),
                // Of the numbers, these are of four bytes in PostgreSQL: branch, version and business day.
                ValueRef::Integer(value) if matches!(column, 1 | 8 | 15) => {
                    field(&mut bytes, &i32::try_from(value).unwrap_or(i32::MAX).to_be_bytes());
                }
                ValueRef::Integer(value) => field(&mut bytes, &value.to_be_bytes()),
                ValueRef::Real(_) => return Err(BenchError::NotComparable("an event holds a float".into())),
            }
        }
        (count, last) = (count + 1, row.get(2)?);
    }
    bytes.extend_from_slice(&(-1_i16).to_be_bytes());
    Ok((count > 0).then_some((bytes, count, last)))
}

fn field(bytes: &mut Vec<u8>, value: &[u8]) {
    let length = i32::try_from(value.len()).unwrap_or(i32::MAX);
    bytes.extend_from_slice(&length.to_be_bytes());
    bytes.extend_from_slice(value);
}
