//! The status: the first row of the design's table that applies.

use crate::order::view::{Line, Order, OrderStatus, Step};

/// Whether a live line was handed over.
pub(super) fn any_handed_over(lines: &[Line]) -> bool {
    lines.iter().any(|line| line.is_live() && line.production.step == Step::HandedOver)
}

/// Writes status and mark into the order, whose lines and money are set.
pub(super) fn set_status(order: &mut Order) {
    let cancelled = !order.cancels.is_empty() && !any_handed_over(&order.lines);
    let counting = || order.lines.iter().filter(|line| line.counts);
    let served = counting().next().is_some() && counting().all(|line| line.production.step == Step::HandedOver);
    let paid = order.pricing_error.is_none() && order.captured_minor >= order.due_minor;
    let mut fired = counting().filter(|line| line.production.step >= Step::Fired).peekable();
    let any_fired = fired.peek().is_some();
    let all_ready = any_fired && fired.all(|line| line.production.step >= Step::Ready);
    let any_begun = counting().any(|line| line.production.step >= Step::Started);
    order.status = if cancelled {
        OrderStatus::Cancelled
    } else if !order.placed {
        OrderStatus::Draft
    } else if served && paid {
        OrderStatus::Completed
    } else if all_ready {
        OrderStatus::Ready
    } else if any_begun {
        OrderStatus::Preparing
    } else if any_fired {
        OrderStatus::Confirmed
    } else {
        OrderStatus::Pending
    };
    order.served_unpaid = served && !paid && !cancelled;
}
