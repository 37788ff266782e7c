//! What a row means here: a fact of an order, a fact of the store, or nothing that this program knows.

use docket_domain::ids::{EventId, LogId};
use docket_domain::order::event::OrderEvent;
use docket_domain::order::fact::{Fact, FactBody, Origin};
use docket_domain::shop::{self, ShopEvent};
use docket_log::{Row, SeenVector, opened};

use super::entry::Author;

/// The stream kind of orders.
pub(super) const ORDER: &str = "order";

/// What a row is to head office.
#[derive(Debug)]
pub(super) enum Meaning {
    /// A fact of an order, whether or not its type is known.
    Order(Box<Fact>),
    /// A fact of the store.
    Shop(ShopEvent),
    /// Row 1.
    Opening,
    /// Nothing that this program knows.
    Unknown,
}

impl Meaning {
    /// What a row means.
    pub(super) fn of(row: &Row, author: Author) -> Self {
        match &*row.stream_kind {
            ORDER => Meaning::Order(Box::new(fact_from(row, author))),
            shop::STREAM_KIND => match ShopEvent::decode(&row.event_type, row.schema_version, &row.payload) {
                Ok(Some(event)) => Meaning::Shop(event),
                Ok(None) | Err(_) => Meaning::Unknown,
            },
            opened::STREAM_KIND if row.event_type == opened::EVENT_TYPE => Meaning::Opening,
            _ => Meaning::Unknown,
        }
    }

    /// Whether the row waits for a newer program.
    pub(super) fn is_quarantined(&self) -> bool {
        match self {
            Meaning::Order(fact) => matches!(fact.body, FactBody::Unknown { .. }),
            Meaning::Unknown => true,
            Meaning::Shop(_) | Meaning::Opening => false,
        }
    }
}

/// The fact that a row of an order's stream is.
pub(super) fn fact_from(row: &Row, author: Author) -> Fact {
    let body = OrderEvent::decode(&row.event_type, row.schema_version, &row.payload)
        .map_or_else(|_| FactBody::Unknown { event_type: row.event_type.to_string() }, FactBody::Known);
    Fact {
        id: EventId(row.event_id),
        origin: Origin { log: row.log, seq: row.seq, device: author.device, class: author.class },
        seen: seen_of(row.seen.as_deref()),
        clock: row.clock,
        hash: row.hash.0,
        wall_time_ms: row.wall_time_ms,
        business_day: row.business_day,
        body,
    }
}

/// What a row says its author had seen.
pub(super) fn seen_of(text: Option<&str>) -> Vec<(LogId, u64)> {
    text.and_then(|text| SeenVector::parse(text).ok()).unwrap_or_default().0.into_iter().collect()
}
