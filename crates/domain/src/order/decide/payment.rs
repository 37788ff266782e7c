//! Taking cash, and the end of an order.

use crate::ids::PaymentId;
use crate::order::action::owns;
use crate::order::command::{DecideContext, OrderCommand};
use crate::order::event::{CashPaid, LinesHandedOver, OrderEvent, ReceiptNumber};
use crate::order::limits::{MAX_AMOUNT_MINOR, MAX_DRAWER_CHARS};
use crate::order::rejection::Rejection;
use crate::order::view::{Order, Step};

use super::{Decision, Draft, checks, fire_new, not_empty, place};

/// Cash as the command states it.
pub(super) struct Cash<'c> {
    pub payment_id: PaymentId,
    pub tendered_minor: i64,
    pub amount_minor: Option<i64>,
    pub drawer: &'c str,
    pub receipt: &'c ReceiptNumber,
}

impl<'c> Cash<'c> {
    pub fn of(command: &'c OrderCommand) -> Option<Self> {
        match command {
            OrderCommand::PayCash { payment_id, tendered_minor, amount_minor, drawer, receipt } => Some(Self {
                payment_id: *payment_id,
                tendered_minor: *tendered_minor,
                amount_minor: *amount_minor,
                drawer,
                receipt,
            }),
            _ => None,
        }
    }
}

/// The answer to a payment whose id is known: it is a retry if it is the same payment, else a mistake of the client.
pub(super) fn repeated(order: &Order, cash: &Cash<'_>) -> Option<Result<Decision, Rejection>> {
    let known = order.payments.iter().find(|payment| payment.id == cash.payment_id)?;
    let same = known.tendered_minor == cash.tendered_minor
        && cash.amount_minor.is_none_or(|amount| amount == known.amount_minor)
        && known.drawer == cash.drawer;
    Some(if same { Ok(Decision::AlreadyApplied) } else { Err(Rejection::PaymentExists) })
}

/// Whether this program knows enough of the order to take money for it, or to give some back.
pub(super) fn may_move_money(order: &Order) -> Result<(), Rejection> {
    if order.update_needed {
        return Err(Rejection::UpdateNeeded);
    }
    if let Some(fault) = &order.pricing_error {
        return Err(Rejection::PricingFailed { fault: fault.to_string() });
    }
    Ok(())
}

pub(super) fn pay_cash(
    order: &Order,
    cash: &Cash<'_>,
    context: &DecideContext,
    to: &mut Draft<'_>,
) -> Result<(), Rejection> {
    may_move_money(order)?;
    not_empty(order)?;
    if !owns(order, context) {
        return Err(Rejection::NotOwner);
    }
    checks::name("drawer", cash.drawer, MAX_DRAWER_CHARS)?;
    let amount_minor = amount(order.balance_minor, cash.tendered_minor, cash.amount_minor)?;
    let grand_total = cash.receipt.grand_total_minor.checked_add(amount_minor);
    let grand_total_minor = grand_total.ok_or(Rejection::GrandTotalExhausted)?;
    if order.cancels.is_empty() {
        // Paid food is food that the kitchen knows of.
        place(order, to)?;
        fire_new(order, to);
    }
    to.push(OrderEvent::CashPaid(CashPaid {
        payment_id: cash.payment_id,
        amount_minor,
        tendered_minor: cash.tendered_minor,
        drawer: cash.drawer.to_owned(),
        receipt: ReceiptNumber { grand_total_minor, ..cash.receipt.clone() },
    }));
    Ok(())
}

/// What is captured: the amount that was asked for, else as much of the balance as was tendered.
fn amount(balance_minor: i64, tendered_minor: i64, asked: Option<i64>) -> Result<i64, Rejection> {
    let within = |field, amount: i64, max_minor: i64| {
        let fits = (1..=max_minor).contains(&amount);
        if fits { Ok(amount) } else { Err(Rejection::PaymentAmount { field, max_minor }) }
    };
    if balance_minor <= 0 {
        return Err(Rejection::NothingToPay);
    }
    within("tendered", tendered_minor, MAX_AMOUNT_MINOR)?;
    match asked {
        None => Ok(tendered_minor.min(balance_minor)),
        Some(asked) => {
            within("amount", asked, balance_minor)?;
            if asked > tendered_minor { Err(Rejection::TenderedTooSmall) } else { Ok(asked) }
        }
    }
}

pub(super) fn complete(order: &Order, to: &mut Draft<'_>) -> Result<(), Rejection> {
    may_move_money(order)?;
    not_empty(order)?;
    if order.balance_minor > 0 {
        return Err(Rejection::BalanceOpen { balance_minor: order.balance_minor });
    }
    if !order.cancels.is_empty() {
        // What the guest did not get is off; there is nothing to hand over.
        return Ok(());
    }
    fire_new(order, to);
    let rest = order.live_lines().filter(|line| line.production.step < Step::HandedOver);
    let handed_over: Vec<_> = rest.map(|line| line.version).collect();
    if !handed_over.is_empty() {
        to.push(OrderEvent::LinesHandedOver(LinesHandedOver { handed_over }));
    }
    Ok(())
}
