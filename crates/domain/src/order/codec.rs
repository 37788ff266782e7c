//! Reading and writing the payloads of order events. Bytes that were written once are read for ever.

use super::event::OrderEvent;

/// Why a payload could not be read.
#[derive(Debug, thiserror::Error)]
pub enum DecodeError {
    /// The type is not one of this version; the row is kept and relayed, and its order says 'update needed'.
    #[error("unknown event type {event_type} version {schema_version}")]
    Unknown {
        /// The type as stored.
        event_type: String,
        /// The version as stored.
        schema_version: u16,
    },
    /// The type is known, its payload is not of its shape.
    #[error("malformed payload of {event_type}")]
    Malformed {
        /// The type as stored.
        event_type: String,
        /// What serde says.
        #[source]
        source: serde_json::Error,
    },
}

/// Every event type of an order with the schema version that this program writes.
pub const ORDER_EVENT_TYPES: &[(&str, u16)] = &[
    ("order.opened", 1),
    ("order.line_added", 1),
    ("order.line_replaced", 1),
    ("order.line_split", 1),
    ("order.line_split_off", 1),
    ("order.line_voided", 1),
    ("order.type_set", 1),
    ("order.table_set", 1),
    ("order.note_set", 1),
    ("order.customer_set", 1),
    ("order.covers_set", 1),
    ("order.rush_set", 1),
    ("order.placed", 1),
    ("order.lines_fired", 1),
    ("order.preparation_started", 1),
    ("order.lines_ready", 1),
    ("order.lines_recalled", 1),
    ("order.lines_handed_over", 1),
    ("order.changes_acknowledged", 1),
    ("order.cancelled", 1),
    ("order.reinstated", 1),
    ("order.exception_closed", 1),
    ("order.cash_paid", 1),
    ("order.refunded", 1),
    ("order.owner_changed", 1),
    ("order.seized", 1),
];

impl OrderEvent {
    /// The literal kept in the log.
    #[must_use]
    pub fn event_type(&self) -> &'static str {
        match self {
            OrderEvent::Opened(_) => "order.opened",
            OrderEvent::LineAdded(_) => "order.line_added",
            OrderEvent::LineReplaced(_) => "order.line_replaced",
            OrderEvent::LineSplit(_) => "order.line_split",
            OrderEvent::LineSplitOff(_) => "order.line_split_off",
            OrderEvent::LineVoided(_) => "order.line_voided",
            OrderEvent::TypeSet(_) => "order.type_set",
            OrderEvent::TableSet(_) => "order.table_set",
            OrderEvent::NoteSet(_) => "order.note_set",
            OrderEvent::CustomerSet(_) => "order.customer_set",
            OrderEvent::CoversSet(_) => "order.covers_set",
            OrderEvent::RushSet(_) => "order.rush_set",
            OrderEvent::Placed(_) => "order.placed",
            OrderEvent::LinesFired(_) => "order.lines_fired",
            OrderEvent::PreparationStarted(_) => "order.preparation_started",
            OrderEvent::LinesReady(_) => "order.lines_ready",
            OrderEvent::LinesRecalled(_) => "order.lines_recalled",
            OrderEvent::LinesHandedOver(_) => "order.lines_handed_over",
            OrderEvent::ChangesAcknowledged(_) => "order.changes_acknowledged",
            OrderEvent::Cancelled(_) => "order.cancelled",
            OrderEvent::Reinstated(_) => "order.reinstated",
            OrderEvent::ExceptionClosed(_) => "order.exception_closed",
            OrderEvent::CashPaid(_) => "order.cash_paid",
            OrderEvent::Refunded(_) => "order.refunded",
            OrderEvent::OwnerChanged(_) => "order.owner_changed",
            OrderEvent::Seized(_) => "order.seized",
        }
    }

    /// The schema version that this program writes.
    #[must_use]
    pub fn schema_version(&self) -> u16 {
        1
    }

    /// The payload as it is hashed and stored.
    #[must_use]
    pub fn payload(&self) -> String {
        serde_json::to_string(self).expect("order events hold only strings, numbers and maps with text keys")
    }

    /// Reads a stored payload.
    ///
    /// # Errors
    /// [`DecodeError::Unknown`] for a type or version that this program does not know,
    /// [`DecodeError::Malformed`] for a payload of another shape.
    pub fn decode(event_type: &str, schema_version: u16, payload: &str) -> Result<Self, DecodeError> {
        let malformed = |source| DecodeError::Malformed { event_type: event_type.to_owned(), source };
        match (event_type, schema_version) {
            ("order.opened", 1) => serde_json::from_str(payload).map(OrderEvent::Opened).map_err(malformed),
            ("order.line_added", 1) => serde_json::from_str(payload).map(OrderEvent::LineAdded).map_err(malformed),
            ("order.line_replaced", 1) => {
                serde_json::from_str(payload).map(OrderEvent::LineReplaced).map_err(malformed)
            }
            ("order.line_split", 1) => serde_json::from_str(payload).map(OrderEvent::LineSplit).map_err(malformed),
            ("order.line_split_off", 1) => {
                serde_json::from_str(payload).map(OrderEvent::LineSplitOff).map_err(malformed)
            }
            ("order.line_voided", 1) => serde_json::from_str(payload).map(OrderEvent::LineVoided).map_err(malformed),
            ("order.type_set", 1) => serde_json::from_str(payload).map(OrderEvent::TypeSet).map_err(malformed),
            ("order.table_set", 1) => serde_json::from_str(payload).map(OrderEvent::TableSet).map_err(malformed),
            ("order.note_set", 1) => serde_json::from_str(payload).map(OrderEvent::NoteSet).map_err(malformed),
            ("order.customer_set", 1) => serde_json::from_str(payload).map(OrderEvent::CustomerSet).map_err(malformed),
            ("order.covers_set", 1) => serde_json::from_str(payload).map(OrderEvent::CoversSet).map_err(malformed),
            ("order.rush_set", 1) => serde_json::from_str(payload).map(OrderEvent::RushSet).map_err(malformed),
            ("order.placed", 1) => serde_json::from_str(payload).map(OrderEvent::Placed).map_err(malformed),
            ("order.lines_fired", 1) => serde_json::from_str(payload).map(OrderEvent::LinesFired).map_err(malformed),
            ("order.preparation_started", 1) => {
                serde_json::from_str(payload).map(OrderEvent::PreparationStarted).map_err(malformed)
            }
            ("order.lines_ready", 1) => serde_json::from_str(payload).map(OrderEvent::LinesReady).map_err(malformed),
            ("order.lines_recalled", 1) => {
                serde_json::from_str(payload).map(OrderEvent::LinesRecalled).map_err(malformed)
            }
            ("order.lines_handed_over", 1) => {
                serde_json::from_str(payload).map(OrderEvent::LinesHandedOver).map_err(malformed)
            }
            ("order.changes_acknowledged", 1) => {
                serde_json::from_str(payload).map(OrderEvent::ChangesAcknowledged).map_err(malformed)
            }
            ("order.cancelled", 1) => serde_json::from_str(payload).map(OrderEvent::Cancelled).map_err(malformed),
            ("order.reinstated", 1) => serde_json::from_str(payload).map(OrderEvent::Reinstated).map_err(malformed),
            ("order.exception_closed", 1) => {
                serde_json::from_str(payload).map(OrderEvent::ExceptionClosed).map_err(malformed)
            }
            ("order.cash_paid", 1) => serde_json::from_str(payload).map(OrderEvent::CashPaid).map_err(malformed),
            ("order.refunded", 1) => serde_json::from_str(payload).map(OrderEvent::Refunded).map_err(malformed),
            ("order.owner_changed", 1) => {
                serde_json::from_str(payload).map(OrderEvent::OwnerChanged).map_err(malformed)
            }
            ("order.seized", 1) => serde_json::from_str(payload).map(OrderEvent::Seized).map_err(malformed),
            _ => Err(DecodeError::Unknown { event_type: event_type.to_owned(), schema_version }),
        }
    }
}
