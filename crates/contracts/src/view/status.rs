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

/// What happened, for a screen that says it in words of its own. A `reason` is the till's, in English, for support.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum IncidentFacts {
    /// It could not be proved that nothing is missing.
    ContinuityUnproven {
        /// Why.
        reason: String,
        /// The letter from then on.
        letter: String,
        /// The receipt series from then on.
        receipt_series: String,
    },
    /// The file was damaged; what could be read is in a new one.
    StoreSalvaged {
        /// Why, and what came of it.
        reason: String,
    },
    /// A row can't be trusted.
    RowDamaged {
        /// Its log.
        log: String,
        /// Its place.
        #[specta(type = Number)]
        seq: u64,
        /// What is wrong with it.
        reason: String,
    },
    /// A log has two histories.
    LogForked {
        /// The log.
        log: String,
        /// The first place at which two rows stand.
        #[specta(type = Number)]
        seq: u64,
    },
    /// A device's clock ran ahead.
    ClockAhead {
        /// The device.
        device: String,
        /// How far, in milliseconds.
        #[specta(type = Number)]
        ahead_ms: i64,
    },
}

/// How a till stands to head office.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "snake_case")]
pub enum HeadOfficeState {
    /// It belongs to none yet; what is sold is kept for it.
    Provisional,
    /// It is one of head office.
    Enrolled,
    /// Head office has shut it out; it sells on.
    Revoked,
}

/// Why there is no connection to head office.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "snake_case")]
pub enum OutageCause {
    /// This device reaches no network.
    NoNetwork,
    /// The name in the address is not known.
    NoName,
    /// The machine behind the address takes no connection.
    Refused,
    /// Nothing answers.
    Silent,
    /// Head office answers and can't take anything in now.
    Trouble,
    /// The till's token is not accepted.
    Token,
    /// The certificate of head office is not trusted.
    Certificate,
    /// A clock is wrong.
    Clock,
    /// Program and head office don't understand each other.
    Protocol,
    /// Head office has shut the till out.
    Revoked,
}

views! {
    /// Why there is no connection, once it has been so for a while.
    OutageView {
        /// Why.
        cause: OutageCause,
        /// Since when, milliseconds since 1970-01-01 UTC.
        #[specta(type = Number)]
        since_ms: i64,
    }
    /// A log that head office does not take now. It is offered again, and others go on.
    AsideView {
        /// The log.
        log: String,
        /// Why; English, for support.
        rule: String,
    }
    /// What was sold here, and what of it head office holds.
    HeadOfficeView {
        /// How the till stands to it.
        state: HeadOfficeState,
        /// Its address; none while the till is not enrolled.
        url: Option<String>,
        /// Whether there is a connection now.
        connected: bool,
        /// Own events that were written here.
        #[specta(type = Number)]
        recorded: u64,
        /// Own events that head office holds.
        #[specta(type = Number)]
        accepted: u64,
        /// Own events that wait.
        #[specta(type = Number)]
        waiting: u64,
        /// When the oldest of them was written, milliseconds since 1970-01-01 UTC.
        #[specta(type = Option<Number>)]
        oldest_waiting_ms: Option<i64>,
        /// Why there is no connection; none for a blip.
        outage: Option<OutageView>,
        /// Logs that it does not take now, the first ones.
        aside: Vec<AsideView>,
        /// How far this device's clock is ahead of its clock, in milliseconds, where that is far.
        #[specta(type = Option<Number>)]
        clock_ahead_ms: Option<i64>,
    }
    /// A log with two histories.
    ForkView {
        /// The log.
        log: String,
        /// The first place at which two rows stand.
        #[specta(type = Number)]
        seq: u64,
    }
    /// A device whose clock runs ahead.
    ClockView {
        /// The device.
        device: String,
        /// How far, in milliseconds.
        #[specta(type = Number)]
        ahead_ms: i64,
    }
    /// What an import did, in figures.
    ImportedView {
        /// Rows read.
        #[specta(type = Number)]
        rows: u64,
        /// Rows stored.
        #[specta(type = Number)]
        stored: u64,
        /// Rows that were held already.
        #[specta(type = Number)]
        held: u64,
        /// Rows and lines refused.
        #[specta(type = Number)]
        refused: u64,
        /// Logs that were not known before.
        #[specta(type = Number)]
        logs: u64,
        /// Orders that were folded anew.
        #[specta(type = Number)]
        orders: u64,
        /// Documents that were not held before.
        #[specta(type = Number)]
        documents: u64,
        /// Stubs stored in the place of damaged rows.
        #[specta(type = Number)]
        stubs: u64,
        /// Rows that took the place of damaged ones.
        #[specta(type = Number)]
        healed: u64,
        /// Logs found to have two histories; both are kept.
        forks: Vec<ForkView>,
        /// Devices whose clocks run ahead; their time is not taken over.
        clocks: Vec<ClockView>,
        /// Whether a new letter and receipt series begin here.
        renewed: bool,
        /// Why things were refused, the first ones; English, for support.
        refusals: Vec<String>,
    }
    /// What a verification found, in figures.
    VerifiedView {
        /// Rows read.
        #[specta(type = Number)]
        rows: u64,
        /// Logs read.
        #[specta(type = Number)]
        logs: u64,
        /// How many faults; none means that every hash, signature and head holds.
        #[specta(type = Number)]
        faults: u64,
        /// The first of them; English, for support.
        first: Option<String>,
    }
    /// The long work that ended last.
    EndedWorkView {
        /// What it was.
        work: Work,
        /// How it ended.
        end: WorkEnd,
        /// When, milliseconds since 1970-01-01 UTC.
        #[specta(type = Number)]
        at_ms: i64,
        /// What came of it: the file of an export that stays here, the report of a verification or an import. Empty where nothing did.
        text: String,
        /// What an import did.
        imported: Option<ImportedView>,
        /// Why it failed.
        failure: Option<ApiError>,
    }
    /// An export that waits to be fetched.
    DownloadView {
        /// What it is called.
        name: String,
        /// Its length.
        #[specta(type = Number)]
        bytes: u64,
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
        /// In words, English.
        text: String,
        /// The same for a screen with words of its own.
        facts: IncidentFacts,
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
        /// How it stands with head office.
        head_office: HeadOfficeView,
        /// Letter of the order numbers.
        letter: String,
        /// Whether the store can only be read.
        read_only: bool,
        /// Long work under way.
        progress: Option<ProgressView>,
        /// The long work that ended last, since the start.
        ended: Option<EndedWorkView>,
        /// The export that waits to be fetched by a browser.
        download: Option<DownloadView>,
        /// Result of the last verification in words, if there was one.
        last_verify: Option<String>,
        /// The same in figures, where it came to an end.
        verified: Option<VerifiedView>,
        /// When it ended, milliseconds since 1970-01-01 UTC.
        #[specta(type = Option<Number>)]
        last_verify_ms: Option<i64>,
        /// Version of the fold.
        fold_version: u32,
        /// Incidents, newest first, at most 50.
        incidents: Vec<IncidentView>,
    }
}
