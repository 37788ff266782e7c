//! What ends a seed: an invariant that did not hold, or a world in which nothing can be simulated.

use docket_contracts::ApiError;

/// Why a seed failed.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// An invariant of the design does not hold.
    #[error("{invariant} does not hold: {text}")]
    Broken {
        /// Its id in the design, such as `S6`.
        invariant: &'static str,
        /// What was seen.
        text: String,
    },
    /// The till failed where it must not.
    #[error("the till failed at {what}: {error}")]
    Till {
        /// What was asked of it.
        what: String,
        /// Its answer.
        error: ApiError,
    },
    /// The store can't be read.
    #[error("the store can't be read")]
    Store(#[from] rusqlite::Error),
    /// The machine fails.
    #[error("can't use the disk")]
    Disk(#[from] std::io::Error),
    /// The till gave an answer of another shape.
    #[error("the till's answer has no {0}")]
    Answer(&'static str),
}

impl Failure {
    /// The invariant, or the kind of the failure: a shorter trace must fail in the same way.
    pub fn kind(&self) -> &'static str {
        match self {
            Failure::Broken { invariant, .. } => invariant,
            Failure::Till { .. } => "till",
            Failure::Store(_) => "store",
            Failure::Disk(_) => "disk",
            Failure::Answer(_) => "answer",
        }
    }

    /// A till's error with what was asked.
    pub fn till(what: impl Into<String>) -> impl FnOnce(ApiError) -> Failure {
        let what = what.into();
        move |error| Failure::Till { what, error }
    }
}

/// An invariant that does not hold.
pub fn broken(invariant: &'static str, text: impl Into<String>) -> Failure {
    Failure::Broken { invariant, text: text.into() }
}
