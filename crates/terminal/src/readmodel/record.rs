//! What the read models hold of one order: a pure function of the order as it stands.

use aws_lc_rs::digest::{Context, SHA256};
use docket_domain::ids::{DeviceId, EventId, LineId, OrderId, PaymentId, PersonId, ProductId};
use docket_domain::money::Quantity;
use docket_domain::order::event::Sealed;
use docket_domain::order::exception::Exception;
use docket_domain::order::line::OrderType;
use docket_domain::order::view::KitchenChangeKind;
use docket_domain::order::{Action, DecideContext, Line, LineState, Order, OrderStatus, actions};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Characters of the summary in the list.
const SUMMARY_CHARS_MAX: usize = 160;

/// A row of the list of orders.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderRecord {
    /// Identity.
    pub order_id: OrderId,
    /// Short number.
    pub label: String,
    /// Where it stands.
    pub status: OrderStatus,
    /// How the guest takes it.
    pub order_type: OrderType,
    /// Table.
    pub table: Option<String>,
    /// Lines in words.
    pub summary: String,
    /// What a search finds it by.
    pub search: String,
    /// ISO 4217 code.
    pub currency: &'static str,
    /// Total in minor units.
    pub total_minor: i64,
    /// Balance in minor units.
    pub balance_minor: i64,
    /// Open exceptions.
    pub open_exceptions: usize,
    /// Who opened it.
    pub opened_by: Option<PersonId>,
    /// Wall time.
    pub opened_at_ms: i64,
    /// yyyymmdd.
    pub business_day: i32,
}

/// An option that a line was made with, as the catalogue names it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TicketChoice {
    /// The modifier group.
    pub group: String,
    /// The option inside the group.
    pub option: String,
}

/// A line on a ticket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TicketLine {
    /// The line.
    pub id: LineId,
    /// The product, by which the board finds what the menu says of it.
    pub product: ProductId,
    /// Name.
    pub name: String,
    /// How many.
    pub quantity: Quantity,
    /// Modifiers in words.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub modifiers: Vec<String>,
    /// The same as choices of the catalogue.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub choices: Vec<TicketChoice>,
    /// Word to the kitchen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// How far it is.
    pub state: LineState,
    /// Round of production.
    pub round: u32,
}

/// A change that the kitchen has not acknowledged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TicketChange {
    /// The fact.
    pub fact: EventId,
    /// What it means.
    pub kind: KitchenChangeKind,
    /// The lines it touches, in words.
    pub lines: Vec<String>,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// A ticket as the board keeps it. Personal text stays sealed in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TicketBody {
    /// Short number.
    pub label: String,
    /// How the guest takes it.
    pub order_type: OrderType,
    /// Table.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub table: Option<String>,
    /// Note on the order, sealed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<Sealed>,
    /// Guests at the table.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub covers: Option<u16>,
    /// To be made before the others.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub rush: bool,
    /// Token of the facts held.
    pub version: String,
    /// When the oldest waiting line was fired.
    pub fired_at_ms: i64,
    /// Lines.
    pub lines: Vec<TicketLine>,
    /// Changes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<TicketChange>,
    /// Actions that the order allows.
    pub actions: Vec<Action>,
    /// Called off.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub cancelled: bool,
}

/// What a payment or a refund contributes to the sums of its own day and drawer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaymentRecord {
    /// The payment's id. For a refund a hash of its own id, because a foreign log may give a refund the id of a payment.
    pub row_id: [u8; 16],
    /// yyyymmdd of the payment or of the payout.
    pub business_day: i32,
    /// The drawer.
    pub drawer: String,
    /// Captured, minor units.
    pub captured_minor: i64,
    /// Paid back, minor units.
    pub refunded_minor: i64,
}

/// Everything that the read models hold of one order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Records {
    /// Its row in the list.
    pub order: OrderRecord,
    /// Its ticket with its lane and sort key, while the kitchen has something of it.
    pub ticket: Option<(&'static str, i64, TicketBody)>,
    /// Its exceptions.
    pub exceptions: Vec<Exception>,
    /// Its payments, then its refunds.
    pub payments: Vec<PaymentRecord>,
}

/// Makes the records of an order.
#[must_use]
pub fn records(order: &Order, opened_by: Option<PersonId>) -> Records {
    Records {
        order: order_record(order, opened_by),
        ticket: ticket(order),
        exceptions: order.exceptions.clone(),
        payments: payment_records(order),
    }
}

fn payment_records(order: &Order) -> Vec<PaymentRecord> {
    let payments = order.payments.iter().map(|payment| PaymentRecord {
        row_id: payment.id.0.into_bytes(),
        business_day: payment.business_day,
        drawer: payment.drawer.clone(),
        captured_minor: payment.amount_minor,
        refunded_minor: 0,
    });
    let refunds = order.refunds.iter().map(|refund| PaymentRecord {
        row_id: refund_row(refund.id),
        business_day: refund.business_day,
        drawer: refund.drawer.clone(),
        captured_minor: 0,
        refunded_minor: refund.payout_minor,
    });
    payments.chain(refunds).collect()
}

fn refund_row(refund: PaymentId) -> [u8; 16] {
    let mut context = Context::new(&SHA256);
    context.update(b"refund");
    context.update(refund.0.as_bytes());
    let hash = context.finish();
    hash.as_ref()[..16].try_into().expect("SHA-256 has 32 bytes")
}

fn order_record(order: &Order, opened_by: Option<PersonId>) -> OrderRecord {
    let mut summary = String::new();
    let mut search = order.label().to_owned();
    if let Some(table) = order.table() {
        search.push(' ');
        search.push_str(table);
    }
    for line in order.live_lines() {
        if summary.chars().count() < SUMMARY_CHARS_MAX {
            if !summary.is_empty() {
                summary.push_str(", ");
            }
            summary.push_str(&in_words(line));
        }
        search.push(' ');
        search.push_str(&line.content.name);
    }
    OrderRecord {
        order_id: order.id,
        label: order.label().to_owned(),
        status: order.status,
        order_type: order.order_type,
        table: order.table().map(str::to_owned),
        summary,
        search,
        currency: order.currency().code(),
        total_minor: order.totals.sums.total_minor,
        balance_minor: order.balance_minor,
        open_exceptions: order.open_exceptions().count(),
        opened_by,
        opened_at_ms: order.opened_at_ms,
        business_day: order.business_day,
    }
}

fn in_words(line: &Line) -> String {
    format!("{} × {}", line.content.quantity, line.content.name)
}

fn ticket(order: &Order) -> Option<(&'static str, i64, TicketBody)> {
    let cancelled = order.status == OrderStatus::Cancelled;
    let in_kitchen = |line: &&Line| matches!(line.state(), LineState::Fired | LineState::Started | LineState::Ready);
    let shown: Vec<&Line> = order
        .lines
        .iter()
        .filter(|line| line.fired_at_ms().is_some() && line.state() != LineState::HandedOver)
        .collect();
    let waiting: Vec<&Line> = shown.iter().copied().filter(in_kitchen).filter(|_| !cancelled).collect();
    let changes: Vec<TicketChange> = order
        .kitchen_changes
        .iter()
        .map(|change| TicketChange {
            fact: change.fact,
            kind: change.kind,
            lines: change.lines.iter().filter_map(|id| order.line(*id)).map(in_words).collect(),
            reason: change.reason.clone(),
        })
        .collect();
    if waiting.is_empty() && changes.is_empty() {
        return None;
    }
    let cooking = |line: &&Line| matches!(line.state(), LineState::Fired | LineState::Started);
    let fired_at = |lines: &[&Line]| lines.iter().filter_map(|line| line.fired_at_ms()).min();
    let (lane, fired_at_ms) = match fired_at(&waiting.iter().copied().filter(cooking).collect::<Vec<_>>()) {
        Some(oldest) => ("cooking", oldest),
        None if !changes.is_empty() => ("cooking", fired_at(&shown).unwrap_or(order.opened_at_ms)),
        None => ("ready", fired_at(&waiting).unwrap_or(order.opened_at_ms)),
    };
    let lines = shown
        .into_iter()
        .filter(|line| line.state() != LineState::Voided || changes_touch(order, line.id))
        .map(ticket_line)
        .collect();
    let body = TicketBody {
        label: order.label().to_owned(),
        order_type: order.order_type,
        table: order.table().map(str::to_owned),
        note: order.note().cloned(),
        covers: order.covers,
        rush: order.rush,
        version: order.version.to_string(),
        fired_at_ms,
        lines,
        changes,
        actions: kitchen_actions(order),
        cancelled,
    };
    Some((lane, fired_at_ms, body))
}

/// What a kitchen may do with the order. It depends on no device, so every device's board is the same.
fn kitchen_actions(order: &Order) -> Vec<Action> {
    let anyone = DecideContext { device: DeviceId(Uuid::nil()) };
    let kitchen =
        [Action::Start, Action::Ready, Action::BumpLine, Action::Recall, Action::HandOver, Action::AcknowledgeChanges];
    actions(order, &anyone).into_iter().filter(|action| kitchen.contains(action)).collect()
}

fn changes_touch(order: &Order, line: LineId) -> bool {
    order.kitchen_changes.iter().any(|change| change.lines.contains(&line))
}

fn ticket_line(line: &Line) -> TicketLine {
    let modifiers = line
        .content
        .modifiers
        .iter()
        .map(|modifier| {
            if modifier.count == 1 { modifier.name.clone() } else { format!("{} × {}", modifier.count, modifier.name) }
        })
        .collect();
    let choices = line.content.modifiers.iter();
    let choices =
        choices.map(|modifier| TicketChoice { group: modifier.group_id.clone(), option: modifier.option_id.clone() });
    TicketLine {
        id: line.id,
        product: line.content.product_id,
        name: line.content.name.clone(),
        quantity: line.content.quantity,
        modifiers,
        choices: choices.collect(),
        note: line.content.note.clone(),
        state: line.state(),
        round: line.production.round,
    }
}
