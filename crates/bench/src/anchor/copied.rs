//! Anchor of G1: the rows that head office has just written, by COPY into tables with the same columns and indexes.
//!
//! It does: for each batch that was sent one transaction, durable when it is answered, of three COPYs in the binary form:
//! the batch's rows of the log, the rows of the orders that it opened as they stand now, and their messages in the
//! outbox. Its processor time is that of its backend, of the writer of the database's log, and of the one thread that
//! sends what was encoded beforehand.
//!
//! It leaves out: gRPC, decoding, hashes and signatures, what is held already, the fold, the lock on each order, the head
//! of the log, row-level security, foreign keys, and the answer.

use std::collections::BTreeSet;

use docket_sync::v1::Rows;
use futures_util::TryStreamExt as _;
use sqlx::postgres::{PgConnection, PgRow};
use sqlx::{Connection as _, Executor as _, Row as _};
use uuid::Uuid;

use crate::error::BenchError;
use crate::measure::processor::{Spent, of_this_thread};
use crate::office::{Office, database};

/// The tables, as they are filled.
const TABLES: [&str; 3] = ["log_rows", "orders", "outbox"];

/// What COPY gets for one batch, table by table.
pub struct Slice([Vec<u8>; 3]);

/// Reads back what head office wrote.
pub struct Copied {
    connection: PgConnection,
    tenant: Uuid,
    month: i32,
    /// Orders that were in an earlier batch.
    known: BTreeSet<Uuid>,
    /// The last message that was read.
    told: i64,
}

impl Copied {
    /// Makes the tables.
    pub async fn prepare(office: &Office) -> Result<Self, BenchError> {
        let mut connection = database::connect(&office.url()).await?;
        // Partitions are made when the first log comes in, so the columns are taken from the whole table.
        connection.execute("SELECT central.ensure_month(to_char(now(), 'yyyymm')::integer)").await?;
        connection.execute("CREATE SCHEMA anchor").await?;
        for table in TABLES {
            let sql = format!("CREATE TABLE anchor.{table} (LIKE central.{table} INCLUDING ALL)");
            connection.execute(sqlx::AssertSqlSafe(sql)).await?;
        }
        let tenant = sqlx::query_scalar("SELECT tenant FROM central.tenants").fetch_one(&mut connection).await?;
        Ok(Self { connection, tenant, month: 0, known: BTreeSet::new(), told: 0 })
    }

    /// What these batches became.
    pub async fn slices(&mut self, load: &[Vec<Rows>]) -> Result<Vec<Slice>, BenchError> {
        let month: PgRow = sqlx::query("SELECT max(month) FROM central.logs").fetch_one(&mut self.connection).await?;
        self.month = month.try_get(0)?;
        self.connection.execute("DROP TABLE IF EXISTS told").await?;
        sqlx::query("CREATE TEMP TABLE told (LIKE central.outbox)").execute(&mut self.connection).await?;
        sqlx::query("INSERT INTO told SELECT * FROM central.outbox WHERE id > $1")
            .bind(self.told)
            .execute(&mut self.connection)
            .await?;
        self.connection.execute("CREATE INDEX ON told (key)").await?;
        let last: Option<i64> = sqlx::query_scalar("SELECT max(id) FROM told").fetch_one(&mut self.connection).await?;
        self.told = last.unwrap_or(self.told);
        let mut slices = Vec::new();
        let longest = load.iter().map(Vec::len).max().unwrap_or(0);
        // In turns, about as they came.
        for turn in 0..longest {
            for batch in load.iter().filter_map(|batches| batches.get(turn)) {
                slices.push(self.slice(batch).await?);
            }
        }
        Ok(slices)
    }

    async fn slice(&mut self, batch: &Rows) -> Result<Slice, BenchError> {
        let streams = batch.rows.iter().filter(|row| row.stream_kind == "order");
        let streams = streams.filter_map(|row| Uuid::from_slice(&row.stream_id).ok());
        let new: Vec<Uuid> = streams.filter(|id| self.known.insert(*id)).collect();
        let new: Vec<String> = new.iter().map(|id| format!("'{id}'")).collect();
        let new = if new.is_empty() { "NULL".to_owned() } else { new.join(", ") };
        let (tenant, month) = (self.tenant, self.month);
        let log: String = batch.log_id.iter().map(|byte| format!("{byte:02x}")).collect();
        let (first, last) = (batch.rows.first().map_or(0, |row| row.seq), batch.rows.last().map_or(0, |row| row.seq));
        let rows = format!(
            "SELECT * FROM central.log_rows WHERE tenant = '{tenant}' AND month = {month} AND log_id = '\\x{log}' \
             AND branch = 0 AND seq BETWEEN {first} AND {last} ORDER BY seq"
        );
        let orders = format!("SELECT * FROM central.orders WHERE tenant = '{tenant}' AND order_id IN ({new})");
        let outbox = format!("SELECT * FROM told WHERE key IN ({new}) ORDER BY id");
        Ok(Slice([self.read(&rows).await?, self.read(&orders).await?, self.read(&outbox).await?]))
    }

    async fn read(&mut self, select: &str) -> Result<Vec<u8>, BenchError> {
        let sql = format!("COPY ({select}) TO STDOUT (FORMAT binary)");
        let mut parts = self.connection.copy_out_raw(&sql).await?;
        let mut bytes = Vec::new();
        while let Some(part) = parts.try_next().await? {
            bytes.extend_from_slice(&part);
        }
        Ok(bytes)
    }
}

/// Copies the slices in; gives the microseconds of processor time.
pub fn run(office: &Office, slices: &[Slice]) -> Result<u64, BenchError> {
    let url = office.url();
    let work = || -> Result<u64, BenchError> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.map_err(BenchError::runtime)?.block_on(copy(&url, slices))
    };
    // A thread of its own, whose time is counted.
    std::thread::scope(|scope| scope.spawn(work).join().expect("the anchor does not panic"))
}

async fn copy(url: &str, slices: &[Slice]) -> Result<u64, BenchError> {
    let mut watching = database::connect(url).await?;
    database::settle(&mut watching).await?;
    let mut connection = database::connect(url).await?;
    let pid: i32 = sqlx::query_scalar("SELECT pg_backend_pid()").fetch_one(&mut connection).await?;
    let sql = "SELECT pid FROM pg_stat_activity WHERE backend_type = 'walwriter'";
    let writer: i32 = sqlx::query_scalar(sql).fetch_one(&mut watching).await?;
    let pids = [pid.unsigned_abs(), writer.unsigned_abs()];
    let (before, thread) = (Spent::by(&pids), of_this_thread());
    for Slice(tables) in slices {
        let mut transaction = connection.begin().await?;
        for (table, bytes) in TABLES.iter().zip(tables) {
            let sql = format!("COPY anchor.{table} FROM STDIN (FORMAT binary)");
            let mut copy = transaction.copy_in_raw(&sql).await?;
            copy.send(&bytes[..]).await?;
            copy.finish().await?;
        }
        transaction.commit().await?;
    }
    Ok(Spent::by(&pids).micros_since(&before) + of_this_thread() - thread)
}
