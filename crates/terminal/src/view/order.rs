//! One order as a screen draws it.

use docket_contracts::view::{
    ChargeView, ExceptionView, LineView, ModifierView, OrderView, PaymentView, RefundView, RefundableView,
};
use docket_domain::ids::{DeviceId, PaymentId, PersonId};
use docket_domain::money::Money;
use docket_domain::order::exception::Exception;
use docket_domain::order::view::Payment;
use docket_domain::order::{Action, DecideContext, Line, LineState, Order, actions};
use docket_domain::policy::{Operation, allows};
use docket_domain::staff::Role;

use super::totals::{charge_shown, shown};
use super::{People, Secrets, cash_suggestions, receipt_text, totals_view};
use crate::operation::action_operation;

/// Draws an order for someone of this role at this device.
pub(crate) fn order_view(
    order: &Order,
    opened_by: Option<PersonId>,
    role: Role,
    device: DeviceId,
    people: &People,
    secrets: &Secrets,
) -> OrderView {
    let money = |minor| Money::new(minor, order.currency());
    let actions = allowed(order, role, device);
    OrderView {
        order_id: order.id,
        label: order.label().to_owned(),
        status: order.status,
        served_unpaid: order.served_unpaid,
        version: order.version.to_string(),
        order_type: order.order_type,
        table: order.table().map(str::to_owned),
        covers: order.covers,
        rush: order.rush,
        note: order.note().and_then(|note| secrets.open(note)),
        customer: order.customer().map(|sealed| secrets.customer(sealed)),
        lines: order.lines.iter().map(|line| line_view(order, line, actions.contains(&Action::ChangeLine))).collect(),
        charges: charges(order),
        totals: totals_view(order),
        due: money(order.due_minor),
        captured: money(order.captured_minor),
        refunded: money(order.refunded_minor),
        balance: money(order.balance_minor),
        payments: payments(order),
        refunds: refunds(order),
        refundable: refundable(order),
        cash_suggestions: cash_suggestions(order.balance_minor, order.currency()),
        exceptions: order.exceptions.iter().map(|exception| exception_view(order, exception, role, &actions)).collect(),
        actions,
        opened_at_ms: order.opened_at_ms,
        business_day: order.business_day,
        opened_by: people.name(opened_by),
        update_needed: order.update_needed,
        set_aside: u32::try_from(order.set_aside.len()).unwrap_or(u32::MAX),
        archived: false,
    }
}

/// What the order allows now, of that what the role may do, of that what this device may do.
fn allowed(order: &Order, role: Role, device: DeviceId) -> Vec<Action> {
    let allowed = actions(order, &DecideContext { device });
    allowed.into_iter().filter(|action| allows(role, action_operation(*action, order))).collect()
}

fn line_view(order: &Order, line: &Line, may_change: bool) -> LineView {
    let money = |minor| Money::new(minor, order.currency());
    let content = &line.content;
    LineView {
        line_id: line.id,
        version_id: line.version,
        product_id: content.product_id,
        name: content.name.clone(),
        quantity: content.quantity,
        unit_price: money(content.unit_price_minor),
        open_price: content.open_price,
        modifiers: content
            .modifiers
            .iter()
            .map(|modifier| ModifierView {
                group_id: modifier.group_id.clone(),
                option_id: modifier.option_id.clone(),
                name: modifier.name.clone(),
                count: modifier.count,
                price: money(modifier.price_minor),
            })
            .collect(),
        note: content.note.clone(),
        state: line.state(),
        round: line.production.round,
        amount: money(shown(order, line.sums, &content.taxes)),
        void_reason: line.void_reason().map(str::to_owned),
        editable: line.state() == LineState::New && may_change,
        superseded: line
            .superseded
            .iter()
            .map(|old| format!("{} × {}", old.content.quantity, old.content.name))
            .collect(),
    }
}

/// Charges of the order, such as service.
pub(super) fn charges(order: &Order) -> Vec<ChargeView> {
    charge_shown(order)
        .map(|(name, minor)| ChargeView { name: name.to_owned(), amount: Money::new(minor, order.currency()) })
        .into_iter()
        .collect()
}

/// Payments of the order.
pub(super) fn payments(order: &Order) -> Vec<PaymentView> {
    let money = |minor| Money::new(minor, order.currency());
    order
        .payments
        .iter()
        .map(|payment| PaymentView {
            payment_id: payment.id,
            tender: "cash".into(),
            amount: money(payment.amount_minor),
            tendered: money(payment.tendered_minor),
            change: money(payment.change_minor),
            receipt: receipt_text(&payment.receipt),
            at_ms: payment.paid_at_ms,
        })
        .collect()
}

/// What went back of the payments.
pub(super) fn refunds(order: &Order) -> Vec<RefundView> {
    order
        .refunds
        .iter()
        .map(|refund| RefundView {
            refund_id: refund.id,
            payment_id: refund.payment,
            receipt: payment(order, refund.payment).map(|payment| receipt_text(&payment.receipt)),
            tender: "cash".into(),
            amount: Money::new(refund.payout_minor, order.currency()),
            reason: refund.reason.clone(),
            at_ms: refund.refunded_at_ms,
        })
        .collect()
}

fn refundable(order: &Order) -> Vec<RefundableView> {
    let money = |minor| Money::new(minor, order.currency());
    order
        .refundable()
        .into_iter()
        .filter_map(|left| {
            let payment = payment(order, left.payment)?;
            let owed = left.owed_minor > 0;
            Some(RefundableView {
                payment_id: payment.id,
                receipt: receipt_text(&payment.receipt),
                at_ms: payment.paid_at_ms,
                most: money(left.left_minor),
                suggested: money(if owed { left.owed_minor } else { left.left_minor }),
                owed,
            })
        })
        .collect()
}

fn payment(order: &Order, id: PaymentId) -> Option<&Payment> {
    order.payments.iter().find(|payment| payment.id == id)
}

fn exception_view(order: &Order, exception: &Exception, role: Role, actions: &[Action]) -> ExceptionView {
    let left_minor = order.captured_minor.saturating_sub(order.refunded_minor);
    let may_refund = exception.closed.is_none() && actions.contains(&Action::Refund);
    let may_close = exception.closed.is_none() && allows(role, Operation::CloseException);
    ExceptionView {
        exception_id: exception.id.clone(),
        order_id: order.id,
        label: order.label().to_owned(),
        kind: exception.kind,
        amount: (exception.amount_minor != 0).then(|| Money::new(exception.amount_minor, order.currency())),
        closed: exception.closed,
        resolutions: if may_close { exception.kind.resolutions().to_vec() } else { Vec::new() },
        refund: may_refund && exception.kind.takes_refund(exception.amount_minor, left_minor),
    }
}
