//! Payments and refunds: facts with one id count once, and money adds up the same in every order of arrival.

use crate::ids::{EventId, PaymentId};
use crate::order::event::{CashPaid, Refunded};
use crate::order::held::Held;
use crate::order::state::OrderState;
use crate::order::view::{Order, Payment, Refund, Refundable};
use crate::planted::{Fault, planted};

/// Writes payments, due and balance into the order, whose totals are set.
pub(super) fn set_money(state: &OrderState, order: &mut Order, handed_over: bool) {
    let refunds = once_by_id(state.refunded.iter(), |refund| refund.refund_id);
    order.payments = payments(state, &refunds);
    order.refunds = refunds.iter().map(|fact| refund(fact)).collect();
    order.captured_minor = sum(order.payments.iter().map(|payment| payment.amount_minor));
    order.refunded_minor = sum(refunds.iter().map(|refund| refund.payload.payout_minor));
    let credits = sum(refunds.iter().map(|refund| refund.payload.credit_minor));
    let called_off = !order.cancels.is_empty() && !handed_over;
    order.due_minor = if called_off { 0 } else { order.totals.sums.total_minor.saturating_sub(credits).max(0) };
    let paid = order.captured_minor.saturating_sub(order.refunded_minor);
    order.balance_minor = order.due_minor.saturating_sub(paid);
}

/// Sums of foreign amounts stop at the end of the range instead of failing: the fold is total.
fn sum(amounts: impl Iterator<Item = i64>) -> i64 {
    amounts.fold(0, i64::saturating_add)
}

/// The facts in the order of clock and hash, each id once.
fn once_by_id<'s, T>(facts: impl Iterator<Item = &'s Held<T>>, id: impl Fn(&T) -> PaymentId) -> Vec<&'s Held<T>> {
    let mut sorted: Vec<&Held<T>> = facts.collect();
    sorted.sort_by_key(|fact| fact.at.rank());
    let mut known = Vec::with_capacity(sorted.len());
    sorted.retain(|fact| {
        let id = id(&fact.payload);
        let first = !known.contains(&id);
        known.push(id);
        first
    });
    sorted
}

/// The facts of payments that count, in the order of clock and hash.
pub(super) fn captured(state: &OrderState) -> Vec<&Held<CashPaid>> {
    let mut captured = once_by_id(state.cash_paid.iter(), |payment| payment.payment_id);
    if planted(Fault::ClockDecidesMoney) {
        captured.drain(..captured.len().saturating_sub(1));
    }
    captured
}

fn payments(state: &OrderState, refunds: &[&Held<Refunded>]) -> Vec<Payment> {
    captured(state)
        .into_iter()
        .map(|fact| {
            let paid = &fact.payload;
            let same = |other: &&Held<CashPaid>| {
                other.payload.payment_id == paid.payment_id && other.at.key() != fact.at.key()
            };
            let repeats = state.cash_paid.iter().filter(same);
            let of_payment = refunds.iter().filter(|refund| refund.payload.payment_id == paid.payment_id);
            Payment {
                id: paid.payment_id,
                fact: fact.at.id,
                amount_minor: paid.amount_minor,
                tendered_minor: paid.tendered_minor,
                change_minor: paid.tendered_minor.saturating_sub(paid.amount_minor),
                refunded_minor: sum(of_payment.map(|refund| refund.payload.payout_minor)),
                drawer: paid.drawer.clone(),
                device: fact.at.device,
                paid_at_ms: fact.at.wall_time_ms,
                business_day: fact.at.business_day,
                receipt: paid.receipt.clone(),
                repeated_receipts: repeats.map(|other| other.payload.receipt.clone()).collect(),
            }
        })
        .collect()
}

fn refund(fact: &Held<Refunded>) -> Refund {
    Refund {
        id: fact.payload.refund_id,
        payment: fact.payload.payment_id,
        payout_minor: fact.payload.payout_minor,
        credit_minor: fact.payload.credit_minor,
        reason: fact.payload.reason.clone(),
        drawer: fact.payload.drawer.clone(),
        refunded_at_ms: fact.at.wall_time_ms,
        business_day: fact.at.business_day,
    }
}

/// What of each payment is to go back to the guest: the later payments first, so that the refund names the one that
/// was too much.
pub(super) fn excess_by_payment(order: &Order) -> Vec<(EventId, i64)> {
    shares(order).map(|(payment, share)| (payment.fact, share)).collect()
}

fn shares(order: &Order) -> impl Iterator<Item = (&Payment, i64)> {
    let mut open = order.owed_minor();
    order.payments.iter().rev().map(move |payment| {
        let share = payment.left_minor().min(open);
        open -= share;
        (payment, share)
    })
}

impl Order {
    /// The payments of which something can go back: those of which something is owed first, then the later ones.
    #[must_use]
    pub fn refundable(&self) -> Vec<Refundable> {
        let some = |(payment, owed_minor): (&Payment, i64)| {
            let left_minor = payment.left_minor();
            (left_minor > 0).then_some(Refundable { payment: payment.id, left_minor, owed_minor })
        };
        shares(self).filter_map(some).collect()
    }
}
