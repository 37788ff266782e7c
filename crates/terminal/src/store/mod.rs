//! The SQLite file: how it is opened, and the statements that the writer uses. One connection writes; readers have
//! their own, read-only.

pub mod documents;
pub mod events;
pub(crate) mod former;
pub mod histories;
pub mod meta;
pub(crate) mod openings;
pub mod peers;
pub(crate) mod place;
pub(crate) mod ranges;
mod wal;

use std::path::Path;
use std::str::FromStr as _;
use std::time::Duration;

use docket_contracts::{ApiError, ErrorCode};
use docket_domain::planted::{Fault, planted};
use rusqlite::Connection;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous};

use crate::data::DATABASE;
use crate::error::{StoreError, refuse};
use crate::limits::{READER_BUSY_TIMEOUT_MS, READER_CACHE_KIB, READERS_MAX, WRITER_CACHE_KIB};
use crate::shared::Shared;

static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!("../../migrations/terminal");

/// Statements that stay prepared on the writer's connection.
const PREPARED_MAX: usize = 128;

/// Brings the schema up to date; makes the file where it is missing.
///
/// # Errors
/// `store_newer` if a newer program wrote it, `store_read_only` or `disk_full` as the disk says.
pub async fn migrate(data: &Path) -> Result<(), StoreError> {
    migrate_path(&data.join(DATABASE)).await
}

/// [`migrate`] for a file of any name, on the calling thread.
///
/// # Errors
/// As [`migrate`].
pub fn migrate_file(path: &Path) -> Result<(), StoreError> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(crate::error::file_error("can't start the thread that makes the store's schema"))?;
    runtime.block_on(migrate_path(path))
}

async fn migrate_path(path: &Path) -> Result<(), StoreError> {
    let options = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(Duration::from_millis(READER_BUSY_TIMEOUT_MS));
    let pool = SqlitePoolOptions::new().max_connections(1).connect_with(options).await?;
    let result = MIGRATIONS.run(&pool).await;
    let applied: Vec<i64> = if result.is_err() {
        sqlx::query_scalar("SELECT version FROM _sqlx_migrations").fetch_all(&pool).await.unwrap_or_default()
    } else {
        Vec::new()
    };
    pool.close().await;
    // A newer program knows every version that this one knows; a number that was changed is missed instead.
    let knows_ours = MIGRATIONS.iter().all(|migration| applied.contains(&migration.version));
    result.map_err(|error| match error {
        sqlx::migrate::MigrateError::VersionMissing(_) | sqlx::migrate::MigrateError::VersionTooNew(..)
            if knows_ours =>
        {
            refuse(ErrorCode::StoreNewer, "data", "a newer Docket wrote this store; update the program").into()
        }
        sqlx::migrate::MigrateError::Execute(error) | sqlx::migrate::MigrateError::ExecuteMigration(error, _) => {
            StoreError::Reader(error)
        }
        other => StoreError::Corrupt(format!("the store's schema can't be brought up to date: {other}")),
    })
}

/// The refusal of a start whose store could not be opened.
pub(crate) fn open_refused(error: StoreError) -> ApiError {
    match error {
        StoreError::Reader(error) => open_error(&error),
        StoreError::Corrupt(text) => refuse(ErrorCode::StoreFailed, "data", text),
        other => other.into(),
    }
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
    let path = data.join(DATABASE);
    let connection = Connection::open(&path)?;
    place::guard(&connection, &path)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    wal::fold_in_now_and_then(&connection);
    sync_commits(&connection, true)?;
    connection.pragma_update(None, "foreign_keys", true)?;
    keep_pages(&connection, WRITER_CACHE_KIB)?;
    // What a savepoint may have to take back stays in memory: otherwise a large batch opens and removes a file each time.
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    connection.set_prepared_statement_cache_capacity(PREPARED_MAX);
    #[cfg(feature = "record")]
    crate::record::install(&connection);
    Ok(connection)
}

/// Whether a commit is on disk before it is over. Where it is not, the next one that is takes it along, in order.
///
/// # Errors
/// If the store fails.
pub(crate) fn sync_commits(connection: &Connection, each: bool) -> Result<(), StoreError> {
    let level = match each {
        _ if planted(Fault::SyncOff) => "OFF",
        true => "FULL",
        false => "NORMAL",
    };
    Ok(connection.pragma_update(None, "synchronous", level)?)
}

/// How much of the file a connection keeps in memory, in KiB; the system's own cache holds the rest.
///
/// # Errors
/// If the store fails.
pub(crate) fn keep_pages(connection: &Connection, kib: u32) -> Result<(), StoreError> {
    Ok(connection.pragma_update(None, "cache_size", format!("-{kib}"))?)
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
    // A connection has one owner here, so SQLite need not lock it at every call.
    let flags = rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY | rusqlite::OpenFlags::SQLITE_OPEN_NO_MUTEX;
    Ok(Connection::open_with_flags(path, flags)?)
}

/// The pool of read-only connections for queries.
///
/// # Errors
/// If the file can't be opened.
pub async fn open_readers(data: &Path, shared: std::sync::Arc<Shared>) -> Result<SqlitePool, ApiError> {
    let options = SqliteConnectOptions::from_str("sqlite:")
        .map_err(|error| open_error(&error))?
        .filename(data.join(DATABASE))
        .read_only(true)
        .pragma("cache_size", format!("-{READER_CACHE_KIB}"))
        .busy_timeout(Duration::from_millis(READER_BUSY_TIMEOUT_MS));
    SqlitePoolOptions::new()
        .max_connections(READERS_MAX)
        // A ping would send every query to the connection's thread twice; a file doesn't hang up.
        .test_before_acquire(false)
        .before_acquire(move |_, connection| {
            // One that is older than the file reads the damaged one that was put aside.
            let fresh = shared.is_younger_than_file(connection.age);
            Box::pin(async move { Ok(fresh) })
        })
        .connect_with(options)
        .await
        .map_err(|error| open_error(&error))
}
