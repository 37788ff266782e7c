//! What the till knows of its connection to head office, for whoever asks.

use docket_contracts::view::{HeadOfficeState as State, OutageCause};
use docket_log::replication::Cause;

/// How it stands between this till and head office.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct HeadOfficeState {
    /// Where head office is; empty while the till is not enrolled.
    pub(crate) url: String,
    /// Whether the connection stands and both have said hello.
    pub(crate) connected: bool,
    /// Why it does not, and since when in wall milliseconds; only once that has lasted.
    pub(crate) outage: Option<(Cause, i64)>,
    /// Logs that head office did not take, each with the reason; the first ones.
    pub(crate) aside: Vec<(String, String)>,
    /// How far this till's clock is ahead of head office's, in milliseconds, where that is worth telling.
    pub(crate) clock_ahead_ms: Option<i64>,
    /// Whether head office has shut this till out.
    pub(crate) revoked: bool,
}

impl HeadOfficeState {
    /// In a word.
    pub(crate) fn state(&self) -> State {
        match self {
            HeadOfficeState { url, .. } if url.is_empty() => State::Provisional,
            HeadOfficeState { revoked: true, .. } => State::Revoked,
            _ => State::Enrolled,
        }
    }
}

/// The word of the contracts for a cause.
pub(crate) fn cause_view(cause: Cause) -> OutageCause {
    match cause {
        Cause::NoNetwork => OutageCause::NoNetwork,
        Cause::NoName => OutageCause::NoName,
        Cause::Refused => OutageCause::Refused,
        Cause::Silent => OutageCause::Silent,
        Cause::Trouble => OutageCause::Trouble,
        Cause::Token => OutageCause::Token,
        Cause::Certificate => OutageCause::Certificate,
        Cause::Clock => OutageCause::Clock,
        Cause::Protocol => OutageCause::Protocol,
        Cause::Revoked => OutageCause::Revoked,
    }
}
