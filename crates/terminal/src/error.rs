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
            if failure.code == rusqlite::ErrorCode::SystemIoFailure || failure.code == rusqlite::ErrorCode::DatabaseCorrupt)
    }
}

fn sqlite_code(code: rusqlite::ErrorCode) -> (ErrorCode, &'static str) {
    match code {
        rusqlite::ErrorCode::DiskFull => (ErrorCode::DiskFull, "the disk is full; nothing was written, free some space and try again"),
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
                let (code, rule) = sqlite_code(failure.code);
                tracing::error!(error = %failure, ?detail, "the store failed");
                refuse(code, "store", rule)
            }
            other => {
                tracing::error!(error = &other as &dyn std::error::Error, "the store failed");
                refuse(ErrorCode::StoreFailed, "store", "the store failed; nothing was written that was not acknowledged")
            }
        }
    }
}

/// Names a file operation that failed.
pub(crate) fn file_error(what: impl Into<String>) -> impl FnOnce(std::io::Error) -> StoreError {
    let what = what.into();
    move |source| StoreError::File { what, source }
}
