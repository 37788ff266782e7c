//! How failures of the store become errors that a person can read.

use docket_contracts::{ApiError, ErrorCode};

/// A refusal with its field and rule.
pub(crate) fn refuse(code: ErrorCode, field: &str, rule: impl Into<String>) -> ApiError {
    ApiError::new(code, field, rule)
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
        matches!(self, StoreError::Sqlite(rusqlite::Error::SqliteFailure(failure, _))
            if !is_shared_index_full(failure)
                && (failure.code == rusqlite::ErrorCode::SystemIoFailure || failure.code == rusqlite::ErrorCode::DatabaseCorrupt))
    }
}

/// SQLite's word for a disk without room for the index of the write-ahead log. It is a full disk, not a broken one.
fn is_shared_index_full(failure: &rusqlite::ffi::Error) -> bool {
    failure.extended_code == rusqlite::ffi::SQLITE_IOERR_SHMSIZE
}

fn sqlite_code(failure: &rusqlite::ffi::Error) -> (ErrorCode, &'static str) {
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
