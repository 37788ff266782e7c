//! Integration events: what head office tells other systems about orders and payments, as CloudEvents 1.0.
//!
//! They are made of the difference between two states of an order that others can see, never of the log's own facts,
//! and each is complete in itself. Customers stand by id, never by name. The JSON Schemas in `crates/contracts/schemas`
//! are generated from these types; a change that would break a consumer fails the check.

mod body;
mod changes;
mod compatibility;
mod envelope;
mod schema;

pub use body::{
    CustomerBody, LineBody, ModifierBody, OrderBody, OrderCancelled, PaymentBody, PaymentCaptured, PaymentRefunded,
    RefundBody, StatusChanged,
};
pub use changes::{Change, changes};
pub use compatibility::{Break, breaks};
pub use envelope::{EVENTS, Envelope, EventKind, sequence_text, source, tenant_source};
pub use schema::{file_name, schema, schema_text, schema_uri};
