//! How failures of the store become errors that a person can read.

use docket_contracts::{ApiError, ErrorCode, Params};

/// A refusal with its field and rule.
pub(crate) fn refuse(code: ErrorCode, field: &str, rule: impl Into<String>) -> ApiError {
    ApiError::new(code, field, rule)
}

/// What a rule with a limit speaks of. A limit that no `u32` holds is none that a person reads.
pub(crate) fn most(max: impl TryInto<u32>) -> Params {
    Params { most: max.try_into().ok(), ..Params::default() }
}

/// Why the store could not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// SQLite, through the writer's connection.
    #[error("sqlite failed")]
    Sqlite(#[from] rusqlite::Error),
    /// SQLite, through a reader.
    #[error("a reader failed")]
    Reader(#[from] sqlx::Error),
    /// A file beside the database.
    #[error("{what}")]
    File {
        /// What was tried.
        what: String,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// What is stored is not as this program writes it.
    #[error("{0}")]
    Corrupt(String),
    /// A refusal found while the store was at work.
    #[error(transparent)]
    Refused(#[from] ApiError),
}

impl StoreError {
    /// Whether the device lost its ability to say 'stored': the store must be reopened and its tail verified.
    #[must_use]
    pub fn is_fatal(&self) -> bool {
        self.is_damage()
            || matches!(self, StoreError::Sqlite(rusqlite::Error::SqliteFailure(failure, _))
                if !is_shared_index_full(failure) && failure.code == rusqlite::ErrorCode::SystemIoFailure)
    }

    /// Whether SQLite says that the file is damaged: what can be read is to be salvaged.
    #[must_use]
    pub fn is_damage(&self) -> bool {
        match self {
            StoreError::Sqlite(rusqlite::Error::SqliteFailure(failure, detail)) => {
                is_damage_code(failure.extended_code)
                    || detail.as_deref().is_some_and(is_of_schema)
                    || is_of_search(failure, detail.as_deref())
            }
            StoreError::Sqlite(rusqlite::Error::SqlInputError { msg, .. }) => is_of_schema(msg),
            StoreError::Reader(sqlx::Error::Database(error)) => {
                error.code().and_then(|code| code.parse().ok()).is_some_and(is_damage_code)
                    || is_of_schema(error.message())
            }
            _ => false,
        }
    }

    /// The same at a start, where a table that is missing or a value of another type is damage too: the schema was
    /// brought up to date just before, and nothing but this program writes the store.
    #[must_use]
    pub fn is_damage_at_start(&self) -> bool {
        const SCHEMA: i32 = rusqlite::ffi::SQLITE_ERROR;
        match self {
            StoreError::Corrupt(_) => true,
            StoreError::Sqlite(rusqlite::Error::SqliteFailure(failure, _)) => {
                is_damage_code(failure.extended_code) || failure.extended_code == SCHEMA
            }
            StoreError::Sqlite(
                rusqlite::Error::SqlInputError { .. }
                | rusqlite::Error::InvalidColumnType(..)
                | rusqlite::Error::FromSqlConversionFailure(..)
                | rusqlite::Error::IntegralValueOutOfRange(..)
                | rusqlite::Error::Utf8Error(..),
            ) => true,
            StoreError::Reader(sqlx::Error::Database(error)) => {
                let code = error.code().and_then(|code| code.parse().ok());
                code.is_some_and(|code| is_damage_code(code) || code == SCHEMA)
            }
            StoreError::Reader(sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_)) => true,
            _ => false,
        }
    }
}

/// SQLite's words for a file whose content is not what it wrote, or that the disk no longer gives back.
fn is_damage_code(extended: i32) -> bool {
    use rusqlite::ffi::{
        SQLITE_CORRUPT, SQLITE_IOERR_CORRUPTFS, SQLITE_IOERR_DATA, SQLITE_IOERR_READ, SQLITE_IOERR_SHORT_READ,
        SQLITE_NOTADB,
    };
    matches!(extended & 0xff, SQLITE_CORRUPT | SQLITE_NOTADB)
        || matches!(extended, SQLITE_IOERR_READ | SQLITE_IOERR_SHORT_READ | SQLITE_IOERR_DATA | SQLITE_IOERR_CORRUPTFS)
}

/// SQLite's words for a table or column that isn't there. Every statement is this program's own, and the schema was
/// brought up to date at the start, so a name that is gone was changed in the file.
fn is_of_schema(message: &str) -> bool {
    ["no such table", "no such column", "has no column named"].iter().any(|words| message.contains(words))
}

/// A row that the search index has already, where it says that it hasn't. SQLite names table and column where a row of
/// ours is in the way; the index's own tables, which nobody else writes, are not named.
fn is_of_search(failure: &rusqlite::ffi::Error, detail: Option<&str>) -> bool {
    failure.extended_code == rusqlite::ffi::SQLITE_CONSTRAINT_PRIMARYKEY && detail == Some("constraint failed")
}

/// What a refusal says while the file is being salvaged. The same call may be sent again.
pub(crate) const DAMAGED: &str = "the store's file is damaged; what can be read is salvaged, try again";

/// SQLite's word for a disk without room for the index of the write-ahead log. It is a full disk, not a broken one.
fn is_shared_index_full(failure: &rusqlite::ffi::Error) -> bool {
    failure.extended_code == rusqlite::ffi::SQLITE_IOERR_SHMSIZE
}

fn sqlite_code(failure: &rusqlite::ffi::Error) -> (ErrorCode, &'static str) {
    if failure.extended_code == rusqlite::ffi::SQLITE_CONSTRAINT_COMMITHOOK {
        return (ErrorCode::StoreFailed, crate::store::place::GONE);
    }
    let code = if is_shared_index_full(failure) { rusqlite::ErrorCode::DiskFull } else { failure.code };
    match code {
        rusqlite::ErrorCode::DiskFull => {
            (ErrorCode::DiskFull, "the disk is full; nothing was written, free some space and try again")
        }
        rusqlite::ErrorCode::ReadOnly => (ErrorCode::StoreReadOnly, "the store can only be read; nothing was written"),
        rusqlite::ErrorCode::DatabaseBusy | rusqlite::ErrorCode::DatabaseLocked => {
            (ErrorCode::StoreLocked, "another process holds the store; nothing was written")
        }
        _ => (ErrorCode::StoreFailed, "the store failed; nothing was written that was not acknowledged"),
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        if error.is_damage() {
            tracing::error!(error = &error as &dyn std::error::Error, "the store's file is damaged");
            return ApiError { retryable: true, ..refuse(ErrorCode::StoreFailed, "store", DAMAGED) };
        }
        match error {
            StoreError::Refused(refused) => refused,
            StoreError::Sqlite(rusqlite::Error::SqliteFailure(failure, detail)) => {
                let (code, rule) = sqlite_code(&failure);
                tracing::error!(error = %failure, ?detail, "the store failed");
                refuse(code, "store", rule)
            }
            StoreError::File { what, source } => {
                tracing::error!(error = %source, what, "a file beside the store failed");
                let code = match source.kind() {
                    std::io::ErrorKind::StorageFull => ErrorCode::DiskFull,
                    std::io::ErrorKind::PermissionDenied | std::io::ErrorKind::ReadOnlyFilesystem => {
                        ErrorCode::StoreReadOnly
                    }
                    _ => ErrorCode::StoreFailed,
                };
                refuse(code, "data", format!("{what}: {source}"))
            }
            other => {
                tracing::error!(error = &other as &dyn std::error::Error, "the store failed");
                refuse(
                    ErrorCode::StoreFailed,
                    "store",
                    "the store failed; nothing was written that was not acknowledged",
                )
            }
        }
    }
}

/// Names a file operation that failed.
pub(crate) fn file_error(what: impl Into<String>) -> impl FnOnce(std::io::Error) -> StoreError {
    let what = what.into();
    move |source| StoreError::File { what, source }
}
