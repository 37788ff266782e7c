//! An order as it stands: what is derived from its facts, and all that a view or a decision needs.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::event::{CustomerSet, LineVoided, NoteSet, Opened, ReceiptNumber, Sealed, TableSet, Terms};
use super::exception::Exception;
use super::line::{LineContent, OrderType};
use super::state::VersionToken;
use crate::ids::{DeviceId, EventId, LineId, OrderId, PaymentId};
use crate::money::Currency;
use crate::pricing::PricingError;

/// Where an order stands. Never stored: a function of its facts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "snake_case")]
pub enum OrderStatus {
    /// Being put together.
    Draft,
    /// Ordered, nothing sent to the kitchen.
    Pending,
    /// The kitchen has lines.
    Confirmed,
    /// The kitchen works.
    Preparing,
    /// All that the kitchen got is done; served but unpaid stays here.
    Ready,
    /// Served and paid.
    Completed,
    /// Called off.
    Cancelled,
}

impl OrderStatus {
    /// Every status.
    pub const ALL: [Self; 7] =
        [Self::Draft, Self::Pending, Self::Confirmed, Self::Preparing, Self::Ready, Self::Completed, Self::Cancelled];

    /// The name as in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Pending => "pending",
            Self::Confirmed => "confirmed",
            Self::Preparing => "preparing",
            Self::Ready => "ready",
            Self::Completed => "completed",
            Self::Cancelled => "cancelled",
        }
    }
}

impl std::fmt::Display for OrderStatus {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A step of production inside a round.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// The kitchen does not have it.
    #[default]
    New,
    /// The kitchen has it.
    Fired,
    /// The kitchen works on it.
    Started,
    /// It waits for the guest.
    Ready,
    /// The guest has it. This tops every round.
    HandedOver,
}

/// What a line is to a view.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "snake_case")]
pub enum LineState {
    /// Not sent.
    New,
    /// Sent to the kitchen.
    Fired,
    /// Being made.
    Started,
    /// Waits for the guest.
    Ready,
    /// With the guest.
    HandedOver,
    /// Counts for nothing.
    Voided,
}

/// How far a line version is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Production {
    /// The round; a recall opens the next.
    pub round: u32,
    /// The step in that round.
    pub step: Step,
    /// The fact that fired it first, and its wall time.
    pub fired: Option<(EventId, i64)>,
    /// The ready fact of the current round: what a recall names.
    pub ready: Option<EventId>,
}

/// Sums of a line or of the order, in minor units.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Sums {
    /// Without tax.
    pub net_minor: i64,
    /// Tax.
    pub tax_minor: i64,
    /// With tax.
    pub total_minor: i64,
}

/// A content that lost a conflict and stays readable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Superseded {
    /// The version that lost.
    pub version: EventId,
    /// What it said.
    pub content: Arc<LineContent>,
}

/// A line as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// The line.
    pub id: LineId,
    /// The version that lives.
    pub version: EventId,
    /// What that version holds.
    pub content: Arc<LineContent>,
    /// How far the kitchen is.
    pub production: Production,
    /// The fact that voided it, if one did.
    pub voided: Option<(EventId, Arc<LineVoided>)>,
    /// Whether it is charged: not voided, and not called off by a cancel after part of the order was handed over.
    pub counts: bool,
    /// Its sums; zero if it does not count.
    pub sums: Sums,
    /// Contents that lost a conflict over this line.
    pub superseded: Vec<Superseded>,
}

impl Line {
    /// What the line is to a view.
    #[must_use]
    pub fn state(&self) -> LineState {
        if self.voided.is_some() {
            return LineState::Voided;
        }
        match self.production.step {
            Step::New => LineState::New,
            Step::Fired => LineState::Fired,
            Step::Started => LineState::Started,
            Step::Ready => LineState::Ready,
            Step::HandedOver => LineState::HandedOver,
        }
    }

    /// Whether it was not voided.
    #[must_use]
    pub fn is_live(&self) -> bool {
        self.voided.is_none()
    }

    /// Why it was voided.
    #[must_use]
    pub fn void_reason(&self) -> Option<&str> {
        self.voided.as_ref().and_then(|(_, void)| void.reason.as_deref())
    }

    /// Wall time in milliseconds at which the kitchen got it.
    #[must_use]
    pub fn fired_at_ms(&self) -> Option<i64> {
        self.production.fired.map(|(_, at_ms)| at_ms)
    }
}

/// The sum of one tax over the order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaxSum {
    /// The tax's id.
    pub id: String,
    /// Its name for the receipt.
    pub name: String,
    /// Its rate in percent.
    pub percent: rust_decimal::Decimal,
    /// Whether prices contain it.
    pub included: bool,
    /// Its sum in minor units.
    pub tax_minor: i64,
}

/// The service charge of the order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceChargeSums {
    /// Name on the receipt.
    pub name: String,
    /// Its sums.
    pub sums: Sums,
}

/// The sums of the order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Totals {
    /// Net, tax and total, service charge included.
    pub sums: Sums,
    /// What the lines' totals lack to the order's, where the policy rounds the whole order.
    pub rounding_minor: i64,
    /// By tax.
    pub taxes: Vec<TaxSum>,
    /// The service charge, if the house has one.
    pub service_charge: Option<ServiceChargeSums>,
}

/// A payment. Facts with one payment id are one payment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payment {
    /// The payment.
    pub id: PaymentId,
    /// The fact that counts.
    pub fact: EventId,
    /// Captured, in minor units.
    pub amount_minor: i64,
    /// Handed over by the guest, in minor units.
    pub tendered_minor: i64,
    /// Paid back out of `tendered_minor` as change.
    pub change_minor: i64,
    /// Paid out of it since, in minor units.
    pub refunded_minor: i64,
    /// The drawer.
    pub drawer: String,
    /// The device that took it.
    pub device: DeviceId,
    /// Wall time in milliseconds.
    pub paid_at_ms: i64,
    /// Business day as yyyymmdd.
    pub business_day: i32,
    /// The legal receipt.
    pub receipt: ReceiptNumber,
    /// Receipts of retries of the same payment: numbers that were used, money that was not taken.
    pub repeated_receipts: Vec<ReceiptNumber>,
}

impl Payment {
    /// What of it did not go back, in minor units. Foreign refunds of more than the payment leave nothing.
    #[must_use]
    pub fn left_minor(&self) -> i64 {
        self.amount_minor.saturating_sub(self.refunded_minor).max(0)
    }
}

/// Money that went back. Facts with one refund id are one refund.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refund {
    /// The refund.
    pub id: PaymentId,
    /// The payment that it goes back from.
    pub payment: PaymentId,
    /// Paid out, in minor units.
    pub payout_minor: i64,
    /// By how much it lowered the due, in minor units.
    pub credit_minor: i64,
    /// Why.
    pub reason: String,
    /// The drawer that paid it out, which need not be the one that took the payment.
    pub drawer: String,
    /// Wall time in milliseconds.
    pub refunded_at_ms: i64,
    /// Business day of the payout as yyyymmdd.
    pub business_day: i32,
}

/// A payment of which something can go back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refundable {
    /// The payment.
    pub payment: PaymentId,
    /// What is left of it, in minor units.
    pub left_minor: i64,
    /// What of that the house owes the guest.
    pub owed_minor: i64,
}

/// A cancel that is not answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CancelInForce {
    /// The fact.
    pub fact: EventId,
    /// Why.
    pub reason: String,
}

/// What a change of an order means to the kitchen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "snake_case")]
pub enum KitchenChangeKind {
    /// A line that the kitchen had was voided.
    Voided,
    /// An order that the kitchen had was cancelled.
    Cancelled,
    /// A line that the kitchen had was replaced.
    Replaced,
    /// Lines were sent after the kitchen had the order already.
    Added,
}

/// A change that the kitchen has not acknowledged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KitchenChange {
    /// The fact to acknowledge.
    pub fact: EventId,
    /// What it means.
    pub kind: KitchenChangeKind,
    /// The lines it touches.
    pub lines: Vec<LineId>,
    /// Why, if it says so.
    pub reason: Option<String>,
    /// Wall time in milliseconds.
    pub changed_at_ms: i64,
}

/// A fact that is held without effect, because its author had no authority for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetAside {
    /// The fact.
    pub fact: EventId,
    /// Its type.
    pub event_type: &'static str,
    /// Its author.
    pub device: DeviceId,
}

/// An order as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// The order.
    pub id: OrderId,
    /// How it was opened.
    pub(super) opened: Arc<Opened>,
    pub(super) table: Option<Arc<TableSet>>,
    pub(super) note: Option<Arc<NoteSet>>,
    pub(super) customer: Option<Arc<CustomerSet>>,
    /// Guests at the table, where somebody counted.
    pub covers: Option<u16>,
    /// Whether the kitchen is to make it before the others.
    pub rush: bool,
    /// Wall time of the opening in milliseconds.
    pub opened_at_ms: i64,
    /// Business day of the opening as yyyymmdd.
    pub business_day: i32,
    /// How the guest takes it.
    pub order_type: OrderType,
    /// The device that owns it; none if head office opened it and no till has acted.
    pub owner: Option<DeviceId>,
    /// Whether a manager took it from an owner that could not be reached.
    pub seized: bool,
    /// Whether the guest has ordered.
    pub placed: bool,
    /// Where it stands.
    pub status: OrderStatus,
    /// Whether the guest has everything and has not paid it all.
    pub served_unpaid: bool,
    /// The lines in the order in which they were added.
    pub lines: Vec<Line>,
    /// The sums of the lines that count. A cancelled order keeps them: they say what was called off.
    pub totals: Totals,
    /// Why the order has no sums. Only foreign facts can bring this about; such an order takes no money.
    pub pricing_error: Option<PricingError>,
    /// What the guest owes in all, after credits.
    pub due_minor: i64,
    /// What was taken.
    pub captured_minor: i64,
    /// What was paid out again.
    pub refunded_minor: i64,
    /// What is open: due − (captured − refunded). Negative where the house owes the guest.
    pub balance_minor: i64,
    /// The payments in the order of their clocks.
    pub payments: Vec<Payment>,
    /// The refunds in the order of their clocks.
    pub refunds: Vec<Refund>,
    /// Open and closed exceptions, open ones first.
    pub exceptions: Vec<Exception>,
    /// Cancels that no reinstatement answered.
    pub cancels: Vec<CancelInForce>,
    /// What the kitchen has to be told.
    pub kitchen_changes: Vec<KitchenChange>,
    /// Changes that the kitchen has seen.
    pub acknowledged_changes: Vec<EventId>,
    /// Facts without effect.
    pub set_aside: Vec<SetAside>,
    /// Whether a newer program wrote facts that this one does not know: no money is taken here.
    pub update_needed: bool,
    /// Count and sum of hashes of the facts held.
    pub version: VersionToken,
}

impl Order {
    /// The short number such as `B-042`.
    #[must_use]
    pub fn label(&self) -> &str {
        &self.opened.label
    }

    /// The terms that it is priced by.
    #[must_use]
    pub fn terms(&self) -> &Terms {
        &self.opened.terms
    }

    /// The currency of every amount.
    #[must_use]
    pub fn currency(&self) -> Currency {
        self.opened.terms.currency
    }

    /// The table's name.
    #[must_use]
    pub fn table(&self) -> Option<&str> {
        self.table.as_ref().and_then(|set| set.table.as_deref())
    }

    /// The note on the whole order, sealed.
    #[must_use]
    pub fn note(&self) -> Option<&Sealed> {
        self.note.as_ref().and_then(|set| set.note.as_ref())
    }

    /// The guest, sealed.
    #[must_use]
    pub fn customer(&self) -> Option<&Sealed> {
        self.customer.as_ref().and_then(|set| set.customer.as_ref())
    }

    /// What the house owes the guest, in minor units.
    #[must_use]
    pub fn owed_minor(&self) -> i64 {
        self.balance_minor.saturating_neg().max(0)
    }

    /// The line with this id.
    #[must_use]
    pub fn line(&self, id: LineId) -> Option<&Line> {
        self.lines.iter().find(|line| line.id == id)
    }

    /// The lines that were not voided.
    pub fn live_lines(&self) -> impl Iterator<Item = &Line> {
        self.lines.iter().filter(|line| line.is_live())
    }

    /// The exceptions that a person has to close.
    pub fn open_exceptions(&self) -> impl Iterator<Item = &Exception> {
        self.exceptions.iter().filter(|exception| exception.closed.is_none())
    }
}
