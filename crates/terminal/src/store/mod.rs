//! The SQLite file: how it is opened, and the statements that the writer uses. One connection writes; readers have
//! their own, read-only.

pub mod documents;
pub mod events;
pub mod meta;

use std::path::Path;
use std::str::FromStr as _;
use std::time::Duration;

use docket_contracts::{ApiError, ErrorCode};
use rusqlite::Connection;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous};

use crate::data::DATABASE;
use crate::error::{StoreError, refuse};
use crate::limits::{READER_BUSY_TIMEOUT_MS, READERS_MAX};

static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!("../../migrations/terminal");

/// Statements that stay prepared on the writer's connection.
const PREPARED_MAX: usize = 128;

/// Brings the schema up to date; makes the file where it is missing.
///
/// # Errors
/// `store_newer` if a newer program wrote it, `store_read_only` or `disk_full` as the disk says.
pub async fn migrate(data: &Path) -> Result<(), ApiError> {
    let options = SqliteConnectOptions::new()
        .filename(data.join(DATABASE))
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(Duration::from_millis(READER_BUSY_TIMEOUT_MS));
    let pool =
        SqlitePoolOptions::new().max_connections(1).connect_with(options).await.map_err(|error| open_error(&error))?;
    let result = MIGRATIONS.run(&pool).await;
    pool.close().await;
    result.map_err(|error| match error {
        sqlx::migrate::MigrateError::VersionMissing(_) | sqlx::migrate::MigrateError::VersionTooNew(..) => {
            refuse(ErrorCode::StoreNewer, "data", "a newer Docket wrote this store; update the program")
        }
        sqlx::migrate::MigrateError::Execute(error) => open_error(&error),
        other => {
            refuse(ErrorCode::StoreFailed, "data", format!("the store's schema can't be brought up to date: {other}"))
        }
    })
}

fn open_error(error: &sqlx::Error) -> ApiError {
    let text = error.to_string();
    let (code, rule) = if text.contains("readonly") || text.contains("read-only") || text.contains("(code: 14)") {
        (ErrorCode::StoreReadOnly, "the store can only be read: check who owns the folder and its files".to_owned())
    } else if text.contains("full") || text.contains(&format!("(code: {})", rusqlite::ffi::SQLITE_IOERR_SHMSIZE)) {
        (ErrorCode::DiskFull, "the disk is full; free some space and start again".to_owned())
    } else if text.contains("locked") {
        (ErrorCode::StoreLocked, "another process holds the store".to_owned())
    } else {
        (ErrorCode::StoreFailed, format!("the store can't be opened: {text}"))
    };
    refuse(code, "data", rule)
}

/// The writer's connection.
///
/// # Errors
/// If the file can't be opened or a pragma is refused.
pub fn open_writer(data: &Path) -> Result<Connection, StoreError> {
    let connection = Connection::open(data.join(DATABASE))?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "cache_size", -16_384)?;
    // What a savepoint may have to take back stays in memory: otherwise a large batch opens and removes a file each time.
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    connection.set_prepared_statement_cache_capacity(PREPARED_MAX);
    #[cfg(feature = "record")]
    crate::record::install(&connection);
    Ok(connection)
}

/// A read-only connection for the command-line tools.
///
/// # Errors
/// If there is no store.
pub fn open_reader(data: &Path) -> Result<Connection, StoreError> {
    let path = data.join(DATABASE);
    if !path.exists() {
        return Err(refuse(ErrorCode::ShopNotSetUp, "data", format!("there is no store in {}", data.display())).into());
    }
    Ok(Connection::open_with_flags(path, rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY)?)
}

/// The pool of read-only connections for queries.
///
/// # Errors
/// If the file can't be opened.
pub async fn open_readers(data: &Path) -> Result<SqlitePool, ApiError> {
    let options = SqliteConnectOptions::from_str("sqlite:")
        .map_err(|error| open_error(&error))?
        .filename(data.join(DATABASE))
        .read_only(true)
        .busy_timeout(Duration::from_millis(READER_BUSY_TIMEOUT_MS));
    SqlitePoolOptions::new()
        .max_connections(READERS_MAX)
        .connect_with(options)
        .await
        .map_err(|error| open_error(&error))
}
