//! Head office's database as the bench reads it: beside the service, as the owner.

use sqlx::postgres::PgConnection;
use sqlx::{Connection as _, Executor as _};

use crate::error::BenchError;
use crate::office::Office;

/// Opens a connection.
pub async fn connect(url: &str) -> Result<PgConnection, BenchError> {
    Ok(PgConnection::connect(url).await?)
}

/// A whole number that a query gives.
pub async fn number(connection: &mut PgConnection, sql: &'static str) -> Result<u64, BenchError> {
    let number: i64 = sqlx::query_scalar(sql).fetch_one(connection).await?;
    Ok(number.unsigned_abs())
}

/// Writes out what earlier work left dirty, so that nobody pays for it later.
pub async fn settle(connection: &mut PgConnection) -> Result<(), BenchError> {
    connection.execute("CHECKPOINT").await?;
    Ok(())
}

/// The processes that serve a database: its backends, without the one that asks, and the writer of the server's log.
pub async fn processes(connection: &mut PgConnection) -> Result<Vec<u32>, BenchError> {
    let sql = "SELECT pid FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND (backend_type = 'walwriter' \
         OR backend_type = 'client backend' AND datname = current_database())";
    let pids: Vec<i32> = sqlx::query_scalar(sql).fetch_all(connection).await?;
    Ok(pids.into_iter().map(i32::unsigned_abs).collect())
}

/// Those of a service, itself among them.
pub async fn of_service(office: &Office, connection: &mut PgConnection) -> Result<Vec<u32>, BenchError> {
    let mut pids = processes(connection).await?;
    pids.push(office.pid());
    Ok(pids)
}
