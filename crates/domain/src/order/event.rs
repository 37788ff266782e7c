//! The facts of an order, as they are written to the log.
//!
//! The serde form of each variant is the payload, hashed and kept for ever: a field may be added with a
//! default, everything else is a new `schema_version` with an upcaster, or a new type. The literal in
//! [`OrderEvent::event_type`] was chosen once and never changes.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

pub use super::codec::{DecodeError, ORDER_EVENT_TYPES};
use super::exception::{ExceptionId, Resolution};
use super::line::{LineContent, LineTax, OrderType};
use crate::ids::{DeviceId, EventId, LineId, PaymentId, SubjectId};
use crate::money::{Currency, Quantity};
use crate::pricing::Policy;

/// Personal text under AES-256-GCM with the key of its subject; destroying the key erases the person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sealed {
    /// Whose key it is sealed with.
    pub subject: SubjectId,
    /// Base64 of nonce (12 bytes) ‖ ciphertext ‖ tag (16 bytes).
    pub text: String,
}

/// A service charge: a share of the order's lines, itself a taxable line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceCharge {
    /// Name on the receipt.
    pub name: String,
    /// Percent of the sum of the live lines.
    pub percent: rust_decimal::Decimal,
    /// Taxes of the charge.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub taxes: Vec<LineTax>,
}

/// The terms that an order is priced by, fixed when it is opened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    /// Currency of every amount in the order.
    pub currency: Currency,
    /// Rounding policy.
    pub policy: Policy,
    /// The house's service charge, if it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service_charge: Option<ServiceCharge>,
}

/// A legal receipt number: gapless inside its series, and a series belongs to one register.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReceiptNumber {
    /// The series, opened anew whenever continuity can't be proven.
    pub series: String,
    /// 1, 2, 3 … inside the series.
    pub number: u32,
    /// Sum of all amounts captured in the series, this one included, in minor units; it never falls.
    pub grand_total_minor: i64,
}

/// A line version in a round of production. Round 0 is the first; a recall opens the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct VersionRound {
    /// The line version (id of the fact that made it).
    pub version: EventId,
    /// The round of production.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub round: u32,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde's skip_serializing_if passes a reference")]
fn is_zero(value: &u32) -> bool {
    *value == 0
}

/// A recall of one line version: it names the ready fact that it takes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct RecalledVersion {
    /// The line version.
    pub version: EventId,
    /// The ready fact that is taken back.
    pub ready: EventId,
    /// The round that opens, at step 'started'.
    pub round: u32,
}

/// A fact of an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum OrderEvent {
    /// The order exists; its opener's device owns it.
    Opened(Opened),
    /// A line was added; the fact's id is the line's first version.
    LineAdded(LineAdded),
    /// A line's content was replaced; the fact's id is the new version.
    LineReplaced(LineReplaced),
    /// The part of a split line that keeps the line's id; the fact's id is its version.
    LineSplit(LineSplit),
    /// The part of a split line that became a line of its own; the fact's id is its version.
    LineSplitOff(LineSplitOff),
    /// A line counts for nothing any more.
    LineVoided(LineVoided),
    /// Counter, dine-in or take-away.
    TypeSet(TypeSet),
    /// The table's name.
    TableSet(TableSet),
    /// A note on the whole order, sealed.
    NoteSet(NoteSet),
    /// The guest's name and address, sealed.
    CustomerSet(CustomerSet),
    /// How many guests sit.
    CoversSet(CoversSet),
    /// Ahead of the others, or in its turn again.
    RushSet(RushSet),
    /// The guest has ordered.
    Placed(Placed),
    /// These line versions go to the kitchen.
    LinesFired(LinesFired),
    /// The kitchen began.
    PreparationStarted(PreparationStarted),
    /// The kitchen is done with these.
    LinesReady(LinesReady),
    /// Ready was taken back.
    LinesRecalled(LinesRecalled),
    /// The guest has these.
    LinesHandedOver(LinesHandedOver),
    /// The kitchen has seen these voids, cancels and changes.
    ChangesAcknowledged(ChangesAcknowledged),
    /// The order is off.
    Cancelled(Cancelled),
    /// Cancels were answered: the order is on again.
    Reinstated(Reinstated),
    /// A person closed an exception.
    ExceptionClosed(ExceptionClosed),
    /// Cash was taken: intent, capture and receipt in one fact.
    CashPaid(CashPaid),
    /// Money went back. No command makes it yet.
    Refunded(Refunded),
    /// The owner handed the order to another device. No command makes it yet.
    OwnerChanged(OwnerChanged),
    /// A manager took an order whose owner can't be reached. No command makes it yet.
    Seized(Seized),
}

/// Payload of `order.opened`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Opened {
    /// Short number such as `B-042`; identity is the stream's id.
    pub label: String,
    /// How the guest takes it.
    pub order_type: OrderType,
    /// Prices and rounding.
    pub terms: Terms,
}

/// Payload of `order.line_added`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LineAdded {
    /// The line.
    pub line_id: LineId,
    /// What it holds.
    pub content: Arc<LineContent>,
}

/// Payload of `order.line_replaced`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LineReplaced {
    /// The line.
    pub line_id: LineId,
    /// The version that its author saw.
    pub replaces: EventId,
    /// The whole new content.
    pub content: Arc<LineContent>,
}

/// Payload of `order.line_split`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LineSplit {
    /// The line that keeps its id.
    pub line_id: LineId,
    /// The version that was split; its production is inherited.
    pub splits: EventId,
    /// What stays.
    pub quantity: Quantity,
}

/// Payload of `order.line_split_off`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LineSplitOff {
    /// The new line.
    pub line_id: LineId,
    /// The `order.line_split` fact of the same group; the new line lives while that split stands.
    pub split: EventId,
    /// The version that was split; its production is inherited.
    pub splits: EventId,
    /// What moved.
    pub quantity: Quantity,
}

/// Payload of `order.line_voided`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LineVoided {
    /// The line.
    pub line_id: LineId,
    /// Why; required once the kitchen has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// Payload of `order.type_set`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TypeSet {
    /// The type from now on.
    pub order_type: OrderType,
}

/// Payload of `order.table_set`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TableSet {
    /// The table's name, or none.
    pub table: Option<String>,
}

/// Payload of `order.note_set`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NoteSet {
    /// The note, or none.
    pub note: Option<Sealed>,
}

/// Payload of `order.customer_set`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CustomerSet {
    /// JSON `{"name":…,"address":…,"phone":…}`, sealed, or none.
    pub customer: Option<Sealed>,
}

/// Payload of `order.covers_set`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CoversSet {
    /// Guests at the table, or none where nobody counted.
    pub covers: Option<u16>,
}

/// Payload of `order.rush_set`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RushSet {
    /// Whether the kitchen is to make it before the others.
    pub rush: bool,
}

/// Payload of `order.placed`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Placed {}

/// Payload of `order.lines_fired`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LinesFired {
    /// The versions that the kitchen gets.
    pub fired: Vec<EventId>,
}

/// Payload of `order.preparation_started`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PreparationStarted {
    /// What was begun.
    pub started: Vec<VersionRound>,
}

/// Payload of `order.lines_ready`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LinesReady {
    /// What is done.
    pub ready: Vec<VersionRound>,
}

/// Payload of `order.lines_recalled`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LinesRecalled {
    /// What goes back on the board.
    pub recalled: Vec<RecalledVersion>,
}

/// Payload of `order.lines_handed_over`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LinesHandedOver {
    /// What the guest has.
    pub handed_over: Vec<EventId>,
}

/// Payload of `order.changes_acknowledged`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChangesAcknowledged {
    /// The void, cancel and edit facts that the kitchen has seen.
    pub acknowledged: Vec<EventId>,
}

/// Payload of `order.cancelled`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cancelled {
    /// Why.
    pub reason: String,
}

/// Payload of `order.reinstated`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reinstated {
    /// The cancels that this answers.
    pub reinstates: Vec<EventId>,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// Payload of `order.exception_closed`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExceptionClosed {
    /// The exception.
    pub exception: ExceptionId,
    /// What the person decided.
    pub resolution: Resolution,
}

/// Payload of `order.cash_paid`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CashPaid {
    /// The payment; a second fact with this id is the same payment.
    pub payment_id: PaymentId,
    /// What was captured, in minor units.
    pub amount_minor: i64,
    /// What the guest handed over, in minor units.
    pub tendered_minor: i64,
    /// The drawer that took it.
    pub drawer: String,
    /// The legal receipt.
    pub receipt: ReceiptNumber,
}

/// Payload of `order.refunded`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Refunded {
    /// The refund; a second fact with this id is the same refund.
    pub refund_id: PaymentId,
    /// The payment that money goes back from.
    pub payment_id: PaymentId,
    /// By how much the due falls, in minor units (goods given back).
    pub credit_minor: i64,
    /// What was paid out, in minor units.
    pub payout_minor: i64,
    /// The drawer or tender that paid it out.
    pub drawer: String,
    /// Why.
    pub reason: String,
}

/// Payload of `order.owner_changed`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OwnerChanged {
    /// The owner from now on.
    pub owner: DeviceId,
}

/// Payload of `order.seized`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Seized {
    /// The owner from now on.
    pub owner: DeviceId,
    /// Why the owner could not be asked.
    pub reason: String,
}
