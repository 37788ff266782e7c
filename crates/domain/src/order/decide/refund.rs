//! Giving cash back: what the house owes goes out as it is, anything beyond it is a credit for goods as well.

use crate::ids::PaymentId;
use crate::order::action::owns;
use crate::order::command::{DecideContext, OrderCommand};
use crate::order::event::{ExceptionClosed, OrderEvent, Refunded};
use crate::order::exception::{Exception, ExceptionKind, Resolution};
use crate::order::limits::MAX_DRAWER_CHARS;
use crate::order::rejection::Rejection;
use crate::order::view::Order;

use super::payment::may_move_money;
use super::{Decision, Draft, checks};

/// A refund as the command states it.
pub(super) struct Refund<'c> {
    pub refund_id: PaymentId,
    pub payment_id: PaymentId,
    pub amount_minor: Option<i64>,
    pub drawer: &'c str,
    pub reason: &'c str,
}

impl<'c> Refund<'c> {
    pub fn of(command: &'c OrderCommand) -> Option<Self> {
        match command {
            OrderCommand::Refund { refund_id, payment_id, amount_minor, drawer, reason } => Some(Self {
                refund_id: *refund_id,
                payment_id: *payment_id,
                amount_minor: *amount_minor,
                drawer,
                reason,
            }),
            _ => None,
        }
    }
}

/// The answer to a refund whose id is known: it is a retry if it is the same refund, else a mistake of the client.
pub(super) fn repeated(order: &Order, asked: &Refund<'_>) -> Option<Result<Decision, Rejection>> {
    if order.payments.iter().any(|payment| payment.id == asked.refund_id) {
        return Some(Err(Rejection::RefundExists));
    }
    let known = order.refunds.iter().find(|refund| refund.id == asked.refund_id)?;
    let same = known.payment == asked.payment_id
        && asked.amount_minor.is_none_or(|amount| amount == known.payout_minor)
        && known.drawer == asked.drawer;
    Some(if same { Ok(Decision::AlreadyApplied) } else { Err(Rejection::RefundExists) })
}

pub(super) fn refund(
    order: &Order,
    asked: &Refund<'_>,
    context: &DecideContext,
    to: &mut Draft<'_>,
) -> Result<(), Rejection> {
    may_move_money(order)?;
    if !owns(order, context) {
        return Err(Rejection::NotOwner);
    }
    checks::name("drawer", asked.drawer, MAX_DRAWER_CHARS)?;
    let payout_minor = payout(order, asked)?;
    let reason = checks::reason(Some(asked.reason))?.ok_or(Rejection::ReasonRequired)?;
    let credit_minor = credit(order, payout_minor);
    to.push(OrderEvent::Refunded(Refunded {
        refund_id: asked.refund_id,
        payment_id: asked.payment_id,
        credit_minor,
        payout_minor,
        drawer: asked.drawer.to_owned(),
        reason,
    }));
    for exception in order.open_exceptions().filter(|exception| settles(order, payout_minor, credit_minor, exception)) {
        let closed = ExceptionClosed { exception: exception.id.clone(), resolution: Resolution::Keep };
        to.push(OrderEvent::ExceptionClosed(closed));
    }
    Ok(())
}

/// What goes out: the amount that was asked for, else all that is left of the payment.
fn payout(order: &Order, asked: &Refund<'_>) -> Result<i64, Rejection> {
    let payment = order.payments.iter().find(|payment| payment.id == asked.payment_id);
    let max_minor = payment.ok_or(Rejection::PaymentNotFound)?.left_minor();
    if max_minor == 0 {
        return Err(Rejection::PaymentRefunded);
    }
    let payout_minor = asked.amount_minor.unwrap_or(max_minor);
    let fits = (1..=max_minor).contains(&payout_minor);
    if fits { Ok(payout_minor) } else { Err(Rejection::RefundAmount { max_minor }) }
}

/// By how much the due falls. While the guest still owes, nothing is credited: food that nobody wants is voided, and
/// what was paid for it by mistake is to be paid again.
fn credit(order: &Order, payout_minor: i64) -> i64 {
    if order.balance_minor > 0 { 0 } else { payout_minor.saturating_sub(order.owed_minor()).max(0) }
}

/// Whether the payout leaves nothing to do about the exception. Money that was owed is given back, all of it; or the
/// guest pays nothing for what was handed over under a cancel.
fn settles(order: &Order, payout_minor: i64, credit_minor: i64, exception: &Exception) -> bool {
    match exception.kind {
        ExceptionKind::RefundDue | ExceptionKind::Overpaid => {
            order.owed_minor() > 0 && payout_minor >= order.owed_minor()
        }
        ExceptionKind::CancelledAfterHandover => credit_minor > 0 && credit_minor >= order.due_minor,
        ExceptionKind::AlreadyMade
        | ExceptionKind::ChangedAfterFiring
        | ExceptionKind::ConflictingEdit
        | ExceptionKind::ItemAfterClose => false,
    }
}
