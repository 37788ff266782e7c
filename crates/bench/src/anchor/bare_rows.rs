//! Anchor of D1: the same history without what makes it a log that others can trust.
//!
//! It does: for each event its place, stream (as a small number, with the index by stream), kind, type, version, payload,
//! actor, what it saw, clock, wall time and business day, in rows as dense as SQLite makes them; and every read model
//! with all of its indexes, made by the till's own statements.
//!
//! It leaves out: the ids of the envelope (log, event, stream, correlation, causation), hash chain and signatures,
//! receipts, the outbox, heads, logs and every other table.

use std::path::Path;

use rusqlite::Connection;

use crate::anchor::fold::TABLES;
use crate::error::BenchError;

/// Writes the history of `store` into a new file `to` and gives the bytes of its pages.
pub fn write(store: &Path, to: &Path) -> Result<u64, BenchError> {
    let connection = Connection::open(to)?;
    connection.execute("ATTACH DATABASE ?1 AS till", [store.display().to_string()])?;
    connection.execute_batch(
        "CREATE TABLE events (
            event_no INTEGER PRIMARY KEY, stream_no INTEGER NOT NULL, stream_kind TEXT NOT NULL, seen TEXT,
            event_type TEXT NOT NULL, schema_version INTEGER NOT NULL, payload TEXT NOT NULL, actor TEXT NOT NULL,
            clock INTEGER NOT NULL, wall_time_ms INTEGER NOT NULL, business_day INTEGER NOT NULL
         ) STRICT;
         CREATE INDEX events_by_stream ON events (stream_no);
         CREATE TEMP TABLE streams (stream_no INTEGER PRIMARY KEY, stream_id BLOB NOT NULL UNIQUE);
         INSERT INTO temp.streams (stream_id) SELECT DISTINCT stream_id FROM till.events;
         INSERT INTO events SELECT NULL, s.stream_no, e.stream_kind, e.seen, e.event_type, e.schema_version, e.payload,
            e.actor, e.clock, e.wall_time_ms, e.business_day
         FROM till.events e JOIN temp.streams s USING (stream_id) ORDER BY e.log_id, e.seq;",
    )?;
    let mut statement = connection
        .prepare("SELECT tbl_name, sql FROM till.sqlite_schema WHERE sql IS NOT NULL ORDER BY type = 'index', rowid")?;
    let schema: Vec<(String, String)> =
        statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<Result<_, _>>()?;
    drop(statement);
    for (_, sql) in schema.iter().filter(|(table, _)| TABLES.contains(&table.as_str())) {
        connection.execute_batch(sql)?;
    }
    for table in TABLES.iter().filter(|table| **table != "orders_text") {
        connection.execute_batch(&format!("INSERT INTO main.{table} SELECT * FROM till.{table}"))?;
    }
    // A contentless index can't be read out, so its own tables are copied as they lie.
    for part in ["data", "idx", "docsize", "config"] {
        connection.execute_batch(&format!(
            "DELETE FROM main.orders_text_{part}; INSERT INTO main.orders_text_{part} SELECT * FROM till.orders_text_{part}"
        ))?;
    }
    let bytes: i64 = connection.query_row(
        "SELECT page_count * page_size FROM pragma_page_count('main'), pragma_page_size('main')",
        [],
        |row| row.get(0),
    )?;
    Ok(bytes.unsigned_abs())
}
