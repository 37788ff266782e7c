//! A row of an order's stream as the fact that the fold takes in. Tills and head office read rows by this one function.

use docket_domain::ids::{DeviceId, EventId, LogId};
use docket_domain::order::event::OrderEvent;
use docket_domain::order::fact::{DeviceClass, Fact, FactBody, Origin};

use crate::row::Row;
use crate::seen::SeenVector;

/// The author of a log, as its first row says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Author {
    /// The device.
    pub device: DeviceId,
    /// Its class.
    pub class: DeviceClass,
}

impl Row {
    /// The fact that a row of an order's stream is.
    #[must_use]
    pub fn fact(&self, author: Author) -> Fact {
        let body = OrderEvent::decode(&self.event_type, self.schema_version, &self.payload)
            .map_or_else(|_| FactBody::Unknown { event_type: self.event_type.to_string() }, FactBody::Known);
        Fact {
            id: EventId(self.event_id),
            origin: Origin { log: self.log, seq: self.seq, device: author.device, class: author.class },
            seen: self.seen_entries(),
            clock: self.clock,
            hash: self.hash.0,
            wall_time_ms: self.wall_time_ms,
            business_day: self.business_day,
            body,
        }
    }

    /// What the row says its author had seen.
    fn seen_entries(&self) -> Vec<(LogId, u64)> {
        let seen = self.seen.as_deref().and_then(|text| SeenVector::parse(text).ok()).unwrap_or_default();
        seen.0.into_iter().collect()
    }
}

/// The class that a stored text names; an unknown one has a kitchen's authority, the least.
#[must_use]
pub fn class_from(text: &str) -> DeviceClass {
    match text {
        "till" => DeviceClass::Till,
        "central" => DeviceClass::Central,
        _ => DeviceClass::Kitchen,
    }
}
