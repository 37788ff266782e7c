//! What can stop a measurement.

use std::path::Path;

use docket_contracts::ApiError;

/// Why there is no figure.
#[derive(Debug, thiserror::Error)]
pub enum BenchError {
    /// The till refused.
    #[error("{name} was refused: {refusal}")]
    Refused {
        /// The command or the step.
        name: String,
        /// Why.
        refusal: ApiError,
    },
    /// SQLite failed under an anchor.
    #[error("the anchor's store failed: {0}")]
    Store(#[from] rusqlite::Error),
    /// PostgreSQL failed.
    #[error("the database failed: {0}")]
    Database(#[from] sqlx::Error),
    /// Kafka failed.
    #[error("the broker failed: {0}")]
    Broker(#[from] rdkafka::error::KafkaError),
    /// Head office refused a call.
    #[error("head office refused: {0}")]
    Office(#[from] Box<tonic::Status>),
    /// A file or a child process failed.
    #[error("{what}: {error}")]
    System {
        /// What was tried.
        what: String,
        /// Why it failed.
        error: std::io::Error,
    },
    /// Ours and the anchor didn't do the same work, so their times can't be compared.
    #[error("not comparable: {0}")]
    NotComparable(String),
    /// `cargo xtask bench` tells by variables where programs and pages are.
    #[error("{0} is not set; run cargo xtask bench")]
    NotSet(&'static str),
    /// A row that nobody knows.
    #[error("there is no row {0}; rows: {1}")]
    UnknownRow(String, String),
}

impl BenchError {
    /// For `map_err` on a refusal.
    pub fn refused(name: &str) -> impl FnOnce(ApiError) -> Self {
        move |refusal| Self::Refused { name: name.to_owned(), refusal }
    }

    /// For `map_err` on a file.
    pub fn file(what: &str, path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        move |error| Self::System { what: format!("{what} {}", path.display()), error }
    }

    /// For `map_err` on a socket.
    pub fn socket(error: std::io::Error) -> Self {
        Self::System { what: "talk to the till over HTTP".into(), error }
    }

    /// For `map_err` on the runtime.
    pub fn runtime(error: std::io::Error) -> Self {
        Self::System { what: "start the runtime".into(), error }
    }
}
