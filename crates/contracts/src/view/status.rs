//! The store's health, in facts.

use specta_typescript::Number;

views! {
    /// Progress of long work.
    ProgressView {
        /// `rebuild` or `verify`.
        work: String,
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
        /// Result of the last verification in words, if there was one.
        last_verify: Option<String>,
        /// Version of the fold.
        fold_version: u32,
        /// Incidents, newest first, at most 50.
        incidents: Vec<IncidentView>,
    }
}
