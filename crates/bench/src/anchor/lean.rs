//! Anchor of D2: the same rows without what makes them a log that others can trust.
//!
//! It does: every row of the log with tenant, month, branch and place, its stream as a small number, kind, type, version,
//! payload, actor, what it saw, clock, wall time and business day, and every order with all of its columns; and the
//! same indexes, in new tables.
//!
//! It leaves out: the ids of the envelope (log, event, stream, correlation, causation), hashes and signatures, and every
//! other table, such as logs, heads, devices and what was pruned.

use sqlx::postgres::PgConnection;
use sqlx::{Executor as _, Row as _};

use crate::error::BenchError;
use crate::office::database;

const FILL: [&str; 8] = [
    "CREATE SCHEMA lean",
    "CREATE TABLE lean.streams (stream_no bigint GENERATED ALWAYS AS IDENTITY, stream_id uuid PRIMARY KEY)",
    "INSERT INTO lean.streams (stream_id) SELECT DISTINCT stream_id FROM central.log_rows ORDER BY 1",
    // Rows of several logs stand at one place, so the log is a small number here.
    "CREATE TABLE lean.log_rows AS SELECT r.tenant, r.month, dense_rank() OVER (ORDER BY r.log_id)::integer AS log_no, \
     r.branch, r.seq, r.stream_kind, s.stream_no, r.seen, r.event_type, r.schema_version, r.payload, r.actor, r.clock, \
     r.wall_time_ms, r.business_day, r.stub_reason FROM central.log_rows r JOIN lean.streams s USING (stream_id) \
     ORDER BY r.log_id, r.seq",
    "ALTER TABLE lean.log_rows ADD PRIMARY KEY (tenant, month, log_no, branch, seq)",
    "CREATE INDEX ON lean.log_rows (tenant, stream_no)",
    "CREATE TABLE lean.orders (LIKE central.orders INCLUDING ALL)",
    "INSERT INTO lean.orders SELECT * FROM central.orders",
];

/// Events, bytes of head office, and bytes of the anchor.
pub async fn sizes(connection: &mut PgConnection) -> Result<(u64, u64, u64), BenchError> {
    connection.execute("DROP SCHEMA IF EXISTS lean CASCADE").await?;
    for sql in FILL {
        connection.execute(sql).await?;
    }
    connection.execute("DROP TABLE lean.streams").await?;
    let events = database::number(connection, "SELECT count(*) FROM central.log_rows").await?;
    let ours = of_schema(connection, "central").await?;
    let anchor = of_schema(connection, "lean").await?;
    Ok((events, ours, anchor))
}

/// Bytes of every table of a schema with its indexes and long values, after each was written anew.
async fn of_schema(connection: &mut PgConnection, schema: &str) -> Result<u64, BenchError> {
    let sql = "SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables WHERE schemaname = $1";
    for row in sqlx::query(sql).bind(schema).fetch_all(&mut *connection).await? {
        let name: &str = row.try_get("name")?;
        connection.execute(sqlx::AssertSqlSafe(format!("VACUUM FULL {name}"))).await?;
    }
    let sql = "SELECT sum(pg_total_relation_size(c.oid))::bigint FROM pg_class c JOIN pg_namespace n \
         ON n.oid = c.relnamespace WHERE n.nspname = $1 AND c.relkind = 'r'";
    let bytes: i64 = sqlx::query_scalar(sql).bind(schema).fetch_one(connection).await?;
    Ok(bytes.unsigned_abs())
}
