//! The store's health, in facts.

use serde::{Deserialize, Serialize};
use specta_typescript::Number;

use crate::error::ApiError;

/// Work that takes longer than a person waits: it runs in the background and can be cancelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "snake_case")]
pub enum Work {
    /// Every read model is made anew from the log.
    Rebuild,
    /// Every log is read through.
    Verify,
    /// Orders and events are written to a file.
    Export,
    /// Another device's export comes in.
    Import,
}

/// How long work ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "snake_case")]
pub enum WorkEnd {
    /// It did what it was to do.
    Done,
    /// A person cancelled it.
    Cancelled,
    /// It failed; the failure says why.
    Failed,
}

views! {
    /// The long work that ended last.
    EndedWorkView {
        /// What it was.
        work: Work,
        /// How it ended.
        end: WorkEnd,
        /// When, milliseconds since 1970-01-01 UTC.
        #[specta(type = Number)]
        at_ms: i64,
        /// What came of it: the file of an export, the report of a verification or an import. Empty where nothing did.
        text: String,
        /// Why it failed.
        failure: Option<ApiError>,
    }
    /// Progress of long work.
    ProgressView {
        /// What it is.
        work: Work,
        /// Done.
        #[specta(type = Number)]
        done: u64,
        /// Of.
        #[specta(type = Number)]
        total: u64,
    }
    /// An incident for the manager.
    IncidentView {
        /// Kind, such as `continuity_unproven` or `row_damaged`.
        kind: String,
        /// In words.
        text: String,
        /// When, milliseconds since 1970-01-01 UTC.
        #[specta(type = Number)]
        at_ms: i64,
    }
    /// The store's health, in facts.
    StatusView {
        /// The open log, 32 hex digits.
        log: String,
        /// Rows in it.
        #[specta(type = Number)]
        head_seq: u64,
        /// All events stored here.
        #[specta(type = Number)]
        events: u64,
        /// Own events that another device of the house holds.
        #[specta(type = Number)]
        copied_events: u64,
        /// Own events that head office holds.
        #[specta(type = Number)]
        central_events: u64,
        /// Own events that head office does not have.
        #[specta(type = Number)]
        outbox_waiting: u64,
        /// When the oldest of them was written.
        #[specta(type = Option<Number>)]
        oldest_waiting_ms: Option<i64>,
        /// Whether this till is enrolled at head office.
        enrolled: bool,
        /// Letter of the order numbers.
        letter: String,
        /// Whether the store can only be read.
        read_only: bool,
        /// Long work under way.
        progress: Option<ProgressView>,
        /// The long work that ended last, since the start.
        ended: Option<EndedWorkView>,
        /// Result of the last verification in words, if there was one.
        last_verify: Option<String>,
        /// When it ended, milliseconds since 1970-01-01 UTC.
        #[specta(type = Option<Number>)]
        last_verify_ms: Option<i64>,
        /// Version of the fold.
        fold_version: u32,
        /// Incidents, newest first, at most 50.
        incidents: Vec<IncidentView>,
    }
}
