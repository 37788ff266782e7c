//! What a row means here: a fact of an order, a fact of the store, or nothing that this program knows.

use docket_domain::order::fact::{Fact, FactBody};
use docket_domain::shop::{self, ShopEvent};
use docket_log::{Row, opened};

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
            ORDER => Meaning::Order(Box::new(row.fact(author.of_log()))),
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
