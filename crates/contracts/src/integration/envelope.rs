//! The CloudEvents 1.0 envelope, in binary mode: attributes are `ce_` headers, the data is the message's value.

use docket_domain::ids::{EventId, StoreId, TenantId};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The kinds of integration events.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum EventKind {
    /// An order is there.
    #[serde(rename = "order.created")]
    OrderCreated,
    /// Its content or its sums changed, its status did not.
    #[serde(rename = "order.updated")]
    OrderUpdated,
    /// Its status changed.
    #[serde(rename = "order.status-changed")]
    OrderStatusChanged,
    /// It was called off.
    #[serde(rename = "order.cancelled")]
    OrderCancelled,
    /// Money was taken.
    #[serde(rename = "payment.captured")]
    PaymentCaptured,
    /// Money went back.
    #[serde(rename = "payment.refunded")]
    PaymentRefunded,
    /// A customer is known.
    #[serde(rename = "customer.registered")]
    CustomerRegistered,
    /// A customer's data changed.
    #[serde(rename = "customer.changed")]
    CustomerChanged,
    /// No new orders of this customer are taken.
    #[serde(rename = "customer.deactivated")]
    CustomerDeactivated,
    /// They are taken again.
    #[serde(rename = "customer.reactivated")]
    CustomerReactivated,
}

/// Every kind.
pub const EVENTS: [EventKind; 10] = [
    EventKind::OrderCreated,
    EventKind::OrderUpdated,
    EventKind::OrderStatusChanged,
    EventKind::OrderCancelled,
    EventKind::PaymentCaptured,
    EventKind::PaymentRefunded,
    EventKind::CustomerRegistered,
    EventKind::CustomerChanged,
    EventKind::CustomerDeactivated,
    EventKind::CustomerReactivated,
];

impl EventKind {
    /// The `type` attribute. It was chosen once and never changes.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::OrderCreated => "order.created",
            Self::OrderUpdated => "order.updated",
            Self::OrderStatusChanged => "order.status-changed",
            Self::OrderCancelled => "order.cancelled",
            Self::PaymentCaptured => "payment.captured",
            Self::PaymentRefunded => "payment.refunded",
            Self::CustomerRegistered => "customer.registered",
            Self::CustomerChanged => "customer.changed",
            Self::CustomerDeactivated => "customer.deactivated",
            Self::CustomerReactivated => "customer.reactivated",
        }
    }

    /// The topic that it is published to.
    #[must_use]
    pub const fn topic(self) -> &'static str {
        match self {
            Self::OrderCreated | Self::OrderUpdated | Self::OrderStatusChanged | Self::OrderCancelled => {
                "docket.orders.v1"
            }
            Self::PaymentCaptured | Self::PaymentRefunded => "docket.payments.v1",
            Self::CustomerRegistered
            | Self::CustomerChanged
            | Self::CustomerDeactivated
            | Self::CustomerReactivated => "docket.customers.v1",
        }
    }

    /// The kind with this `type`.
    #[must_use]
    pub fn from_type(text: &str) -> Option<Self> {
        EVENTS.into_iter().find(|kind| kind.as_str() == text)
    }
}

/// The attributes of a message. `id` and `source` together say which messages are the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Envelope {
    /// Identity.
    pub id: EventId,
    /// Who tells: see [`source`].
    pub source: String,
    /// What happened.
    pub kind: EventKind,
    /// What it is about: the order's or customer's id; also the `partitionkey`.
    pub subject: Uuid,
    /// When it was told, in milliseconds of the Unix epoch.
    pub time_ms: i64,
    /// Rises per subject.
    pub sequence: u64,
    /// What began it all: the command at the till.
    pub correlation: Uuid,
    /// What led to it directly.
    pub causation: Option<Uuid>,
    /// W3C trace context.
    pub traceparent: Option<String>,
}

/// The `source` attribute: which store of which tenant the message is about.
#[must_use]
pub fn source(tenant: TenantId, store: StoreId) -> String {
    format!("/tenants/{tenant}/stores/{store}")
}

/// The `source` of a message that is about no store, such as one about a customer.
#[must_use]
pub fn tenant_source(tenant: TenantId) -> String {
    format!("/tenants/{tenant}")
}

/// The `sequence` attribute: 20 digits, so that texts compare as numbers do.
#[must_use]
pub fn sequence_text(sequence: u64) -> String {
    format!("{sequence:020}")
}
