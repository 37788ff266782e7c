//! A fact with its place in the logs: what the fold needs to know of a row.

use crate::ids::{DeviceId, EventId, LogId};

use super::event::OrderEvent;

/// What kind of device wrote a log. Its authority follows from it.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize, specta::Type,
)]
#[serde(rename_all = "snake_case")]
pub enum DeviceClass {
    /// A cashier's terminal.
    Till,
    /// A kitchen screen with a log of its own.
    Kitchen,
    /// Head office.
    Central,
}

/// Where a fact stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Origin {
    /// The log that it stands in.
    pub log: LogId,
    /// Its number in that log.
    pub seq: u64,
    /// The device that wrote the log.
    pub device: DeviceId,
    /// That device's class.
    pub class: DeviceClass,
}

/// The body of a fact: one that this program knows, or one that a newer program wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FactBody {
    /// A fact that this program folds.
    Known(OrderEvent),
    /// A type or version that this program does not know: the order says 'update needed' and takes no money here.
    Unknown {
        /// The type as stored.
        event_type: String,
    },
}

/// A fact of an order with its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact {
    /// The row's event id.
    pub id: EventId,
    /// Where it stands.
    pub origin: Origin,
    /// The highest seq of other logs that its author had folded of this order, where it grew.
    pub seen: Vec<(LogId, u64)>,
    /// Hybrid clock: milliseconds ‖ 16-bit counter. Only concurrent labels and edits compare it.
    pub clock: u64,
    /// The row's hash.
    pub hash: [u8; 32],
    /// Wall time in milliseconds since 1970-01-01 UTC, for people.
    pub wall_time_ms: i64,
    /// Business day as yyyymmdd.
    pub business_day: i32,
    /// What happened.
    pub body: FactBody,
}
