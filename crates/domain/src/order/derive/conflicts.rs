//! Exceptions: the rows of the design's conflict table, found in the set of facts.

use crate::ids::{EventId, LineId};
use crate::order::event::{Cancelled, LineVoided};
use crate::order::exception::{Exception, ExceptionId, ExceptionKind, Resolution};
use crate::order::held::{Held, Place};
use crate::order::state::OrderState;
use crate::order::view::{Order, OrderStatus, Step};

use super::versions::Versions;
use super::{edits, is_answered, labels, payments};

/// Exceptions found so far; the same facts raise a kind once.
#[derive(Default)]
pub(super) struct Found(Vec<Exception>);

impl Found {
    pub fn raise(&mut self, kind: ExceptionKind, facts: &[EventId], lines: &[LineId]) -> &mut Exception {
        let id = ExceptionId::of(kind, facts);
        let position = self.0.iter().position(|known| known.id == id).unwrap_or_else(|| {
            let mut facts = facts.to_vec();
            facts.sort_unstable();
            let lines = Vec::new();
            self.0.push(Exception { id, kind, facts, lines, amount_minor: 0, closed: None });
            self.0.len() - 1
        });
        let exception = &mut self.0[position];
        exception.lines.extend(lines);
        exception.lines.sort_unstable();
        exception.lines.dedup();
        exception
    }
}

/// All exceptions of the order, open ones first.
pub(super) fn exceptions(state: &OrderState, versions: &Versions<'_>, order: &Order) -> Vec<Exception> {
    let mut found = Found::default();
    let work = work(state, versions, order);
    let mut excess = payments::excess_by_payment(order);
    for cancel in &state.cancelled {
        against_cancel(state, cancel, &work, &mut excess, &mut found);
    }
    for void in &state.lines_voided {
        against_void(state, order, void, &work, &mut found);
    }
    overpaid(state, order, &excess, &mut found);
    edits::find(state, versions, &mut found);
    items_after_close(state, order, &mut found);
    let mut exceptions = found.0;
    for exception in &mut exceptions {
        if let Some(resolution) = closed_by_person(state, &exception.id) {
            exception.closed = Some(resolution);
        }
    }
    exceptions.sort_by(|a, b| (a.closed, a.kind, &a.id).cmp(&(b.closed, b.kind, &b.id)));
    exceptions
}

fn closed_by_person(state: &OrderState, id: &ExceptionId) -> Option<Resolution> {
    let closings = || state.exceptions_closed.iter().filter(|fact| fact.payload.exception == *id);
    let place = labels::latest_place(state, closings().map(|fact| &fact.at))?;
    closings().find(|fact| fact.at.key() == place.key()).map(|fact| fact.payload.resolution)
}

/// A fact of production from 'started' on, and the lines that it is about.
struct Work<'s> {
    at: &'s Place,
    round: u32,
    step: Step,
    lines: Vec<LineId>,
}

fn work<'s>(state: &'s OrderState, versions: &Versions<'_>, order: &Order) -> Vec<Work<'s>> {
    if state.cancelled.is_empty() && state.lines_voided.is_empty() {
        return Vec::new();
    }
    let lines = |of: EventId| -> Vec<LineId> {
        let holders = versions.all.iter().enumerate().filter(|(index, version)| {
            versions.lineage(*index).any(|ancestor| versions.all[ancestor].id == of)
                && order.line(version.line).is_some()
        });
        holders.map(|(_, version)| version.line).collect()
    };
    let mut work = Vec::new();
    let mut push = |at: &'s Place, version: EventId, round: u32, step: Step| {
        work.push(Work { at, round, step, lines: lines(version) });
    };
    for fact in &state.started {
        fact.payload.started.iter().for_each(|item| push(&fact.at, item.version, item.round, Step::Started));
    }
    for fact in &state.ready {
        fact.payload.ready.iter().for_each(|item| push(&fact.at, item.version, item.round, Step::Ready));
    }
    for fact in &state.recalled {
        fact.payload.recalled.iter().for_each(|item| push(&fact.at, item.version, item.round, Step::Started));
    }
    for fact in &state.handed_over {
        fact.payload.handed_over.iter().for_each(|version| push(&fact.at, *version, 0, Step::HandedOver));
    }
    work.sort_by_key(|item| (item.round, item.step, item.at.rank()));
    work
}

/// Cancel ∥ production, and cancel ∥ payment. Each line raises one exception, with the earliest work on it; a line
/// that the guest has is not 'already made' as well.
fn against_cancel(
    state: &OrderState,
    cancel: &Held<Cancelled>,
    work: &[Work<'_>],
    excess: &mut [(EventId, i64)],
    found: &mut Found,
) {
    // A reinstatement is the person's answer: the food stays an order's food.
    let answered = is_answered(state, cancel).then_some(Resolution::Keep);
    let concurrent = || work.iter().filter(|item| state.concurrent(&cancel.at, item.at));
    let mut settled: Vec<LineId> = Vec::new();
    for (kind, handed_over) in [(ExceptionKind::CancelledAfterHandover, true), (ExceptionKind::AlreadyMade, false)] {
        for item in concurrent().filter(|item| (item.step == Step::HandedOver) == handed_over) {
            let open: Vec<LineId> = item.lines.iter().copied().filter(|line| !settled.contains(line)).collect();
            if !open.is_empty() || item.lines.is_empty() {
                settled.extend(&open);
                found.raise(kind, &[cancel.at.id, item.at.id], &open).closed = answered;
            }
        }
    }
    for payment in payments::captured(state) {
        if !state.concurrent(&cancel.at, &payment.at) {
            continue;
        }
        let share = excess.iter_mut().find(|(fact, _)| *fact == payment.at.id);
        // Taken out, so that no other exception claims the same money.
        let amount = share.map_or(0, |(_, share)| std::mem::take(share));
        let exception = found.raise(ExceptionKind::RefundDue, &[cancel.at.id, payment.at.id], &[]);
        exception.amount_minor = amount;
        exception.closed = answered;
    }
}

/// Void ∥ started or later.
fn against_void(state: &OrderState, order: &Order, void: &Held<LineVoided>, work: &[Work<'_>], found: &mut Found) {
    let covers = |line: LineId| {
        let voided = order.line(line).and_then(|line| line.voided.as_ref());
        line == void.payload.line_id || voided.is_some_and(|(fact, _)| *fact == void.at.id)
    };
    let mut settled: Vec<LineId> = Vec::new();
    for item in work.iter().filter(|item| state.concurrent(&void.at, item.at)) {
        let open: Vec<LineId> =
            item.lines.iter().copied().filter(|line| covers(*line) && !settled.contains(line)).collect();
        if !open.is_empty() {
            settled.extend(&open);
            found.raise(ExceptionKind::AlreadyMade, &[void.at.id, item.at.id], &open);
        }
    }
}

/// A payment that takes the sum above the order's total, and an earlier one that its author had not seen.
fn overpaid(state: &OrderState, order: &Order, excess: &[(EventId, i64)], found: &mut Found) {
    let payments = payments::captured(state);
    let mut taken = 0_i64;
    for (index, payment) in payments.iter().enumerate() {
        taken = taken.saturating_add(payment.payload.amount_minor);
        if taken <= order.totals.sums.total_minor {
            continue;
        }
        let earlier = &payments[..index];
        let met = earlier.iter().find(|other| state.concurrent(&other.at, &payment.at));
        if let Some(first) = met {
            let facts = [first.at.id, payment.at.id];
            let share = excess.iter().find(|(fact, _)| *fact == payment.at.id);
            found.raise(ExceptionKind::Overpaid, &facts, &[]).amount_minor = share.map_or(0, |(_, share)| *share);
        }
    }
}

/// A line that was added ∥ the fact that completed the order for its author.
fn items_after_close(state: &OrderState, order: &Order, found: &mut Found) {
    let handovers = state.handed_over.iter().map(|fact| &fact.at);
    let payments = state.cash_paid.iter().map(|fact| &fact.at);
    let mut closings: Vec<&Place> = handovers
        .chain(payments)
        .filter(|closing| {
            state.lines_added.iter().any(|added| state.concurrent(&added.at, closing))
                && state.status_as_seen_from(closing) == Some(OrderStatus::Completed)
        })
        .collect();
    closings.sort_by_key(|closing| closing.rank());
    for added in &state.lines_added {
        let line = added.payload.line_id;
        let closing = closings.iter().find(|closing| state.concurrent(&added.at, closing));
        if let (Some(closing), true) = (closing, order.line(line).is_some()) {
            found.raise(ExceptionKind::ItemAfterClose, &[added.at.id, closing.id], &[line]);
        }
    }
}
