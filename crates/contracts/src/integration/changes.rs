//! Which messages a change of an order makes: the difference between what was told last and what is so now.

use docket_domain::order::OrderStatus;

use super::body::{OrderBody, OrderCancelled, PaymentCaptured, PaymentRefunded, StatusChanged};
use super::envelope::EventKind;

/// One message to send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Its kind, which says type and topic.
    pub kind: EventKind,
    /// Business day that it counts for: of the order, or of the payment or refund.
    pub business_day: i32,
    /// Its data, as JSON.
    pub data: String,
}

/// The messages from `told`, what was told last, to `now`, and `now` numbered anew if there are any. A draft is nobody's
/// business: an order is told from when it was placed, paid or cancelled.
///
/// # Panics
/// Never: bodies hold only texts and numbers.
#[must_use]
pub fn changes(told: Option<&OrderBody>, mut now: OrderBody) -> Option<(OrderBody, Vec<Change>)> {
    let is_told = told.is_some();
    if !is_told && now.status == OrderStatus::Draft && now.payments.is_empty() {
        return None;
    }
    now.version = told.map_or(0, |told| told.version);
    if told == Some(&now) {
        return None;
    }
    now.version += 1;
    let mut found = vec![order_change(told, &now)];
    found.extend(payments(told, &now));
    found.extend(refunds(told, &now));
    Some((now, found))
}

fn data(body: &impl serde::Serialize) -> String {
    serde_json::to_string(body).expect("bodies hold only texts and numbers")
}

fn order_change(told: Option<&OrderBody>, now: &OrderBody) -> Change {
    let change = |kind, data| Change { kind, business_day: now.business_day, data };
    let Some(told) = told else { return change(EventKind::OrderCreated, data(now)) };
    if told.status == now.status {
        return change(EventKind::OrderUpdated, data(now));
    }
    if now.status == OrderStatus::Cancelled {
        let body = OrderCancelled { reason: now.cancel_reason.clone(), order: now.clone() };
        return change(EventKind::OrderCancelled, data(&body));
    }
    let body = StatusChanged { from: told.status, order: now.clone() };
    change(EventKind::OrderStatusChanged, data(&body))
}

fn payments(told: Option<&OrderBody>, now: &OrderBody) -> Vec<Change> {
    let known = |id| told.is_some_and(|told| told.payments.iter().any(|payment| payment.payment_id == id));
    let new = now.payments.iter().filter(|payment| !known(payment.payment_id));
    let change = |payment: &super::body::PaymentBody| {
        let body = PaymentCaptured {
            order_id: now.order_id,
            store_id: now.store_id,
            label: now.label.clone(),
            currency: now.currency.clone(),
            payment: payment.clone(),
        };
        Change { kind: EventKind::PaymentCaptured, business_day: payment.business_day, data: data(&body) }
    };
    new.map(change).collect()
}

fn refunds(told: Option<&OrderBody>, now: &OrderBody) -> Vec<Change> {
    let known = |id| told.is_some_and(|told| told.refunds.iter().any(|refund| refund.refund_id == id));
    let new = now.refunds.iter().filter(|refund| !known(refund.refund_id));
    let change = |refund: &super::body::RefundBody| {
        let body = PaymentRefunded {
            order_id: now.order_id,
            store_id: now.store_id,
            label: now.label.clone(),
            currency: now.currency.clone(),
            refund: refund.clone(),
        };
        Change { kind: EventKind::PaymentRefunded, business_day: refund.business_day, data: data(&body) }
    };
    new.map(change).collect()
}
