//! The only place that refuses: from an order as it stands and a command to new facts, a rejection, or 'already applied'.

mod checks;
mod kitchen;
mod labels;
mod lines;
mod payment;
mod refund;

use crate::ids::EventId;

use super::action::{Action, money_held, owns};
use super::command::{DecideContext, OrderCommand};
use super::event::{Cancelled, ChangesAcknowledged, ExceptionClosed, LinesFired, OrderEvent, Placed, Reinstated};
use super::exception::{ExceptionId, Resolution};
use super::rejection::Rejection;
use super::transitions::{Permission, permission};
use super::view::{Order, OrderStatus, Step};
use checks::reason;
use payment::Cash;
use refund::Refund;

/// A fact that is to be written, with the id that the facts beside it may name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewFact {
    /// Its id.
    pub id: EventId,
    /// What happened.
    pub event: OrderEvent,
}

/// What a command comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// These facts, in this order, in one group.
    Events(Vec<NewFact>),
    /// The order is as the command wants it; nothing is written.
    AlreadyApplied,
}

/// Facts under way.
struct Draft<'i> {
    ids: &'i mut dyn Iterator<Item = EventId>,
    facts: Vec<NewFact>,
}

impl Draft<'_> {
    fn push(&mut self, event: OrderEvent) -> EventId {
        let id = self.ids.next().expect("the source of event ids is endless");
        self.facts.push(NewFact { id, event });
        id
    }

    fn done(self) -> Decision {
        if self.facts.is_empty() { Decision::AlreadyApplied } else { Decision::Events(self.facts) }
    }
}

/// Decides a command to an order, or to none.
///
/// `ids` gives the ids of the new facts and must not end.
///
/// # Errors
/// A [`Rejection`] that names field and rule.
pub fn decide(
    order: Option<&Order>,
    command: &OrderCommand,
    context: &DecideContext,
    ids: &mut dyn Iterator<Item = EventId>,
) -> Result<Decision, Rejection> {
    let mut draft = Draft { ids, facts: Vec::new() };
    let order = match (order, command) {
        (None, OrderCommand::Create { label, order_type, table, terms, lines, .. }) => {
            let opening = lines::Opening { label, order_type: *order_type, table, terms, lines };
            lines::create(opening, &mut draft)?;
            return Ok(draft.done());
        }
        (None, _) => return Err(Rejection::OrderNotFound),
        (Some(_), OrderCommand::Create { .. }) => return Err(Rejection::OrderExists),
        (Some(order), _) => order,
    };
    // A retry is answered whatever has become of the order since.
    if let Some(answer) = Cash::of(command).and_then(|cash| payment::repeated(order, &cash)) {
        return answer;
    }
    if let Some(answer) = Refund::of(command).and_then(|asked| refund::repeated(order, &asked)) {
        return answer;
    }
    match permission(order, command.action()) {
        Permission::Allowed => decide_allowed(order, command, context, draft),
        Permission::Quiet => Ok(Decision::AlreadyApplied),
        Permission::Forbidden(status) => Err(forbidden(command.action(), status)),
    }
}

fn forbidden(command: Action, status: OrderStatus) -> Rejection {
    match (command, status) {
        (Action::Cancel, OrderStatus::Completed) => Rejection::OrderCompleted,
        _ => Rejection::StatusForbids { command, status },
    }
}

fn decide_allowed(
    order: &Order,
    command: &OrderCommand,
    context: &DecideContext,
    mut draft: Draft<'_>,
) -> Result<Decision, Rejection> {
    let to = &mut draft;
    match command {
        OrderCommand::Create { .. } => return Err(Rejection::OrderExists),
        OrderCommand::AddLine(line) => lines::add(order, line, to)?,
        OrderCommand::ChangeLine(line) => lines::change(order, line, to)?,
        OrderCommand::SplitLine { line_id, new_line_id, quantity } => {
            lines::split(order, (*line_id, *new_line_id, *quantity), context, to)?;
        }
        OrderCommand::VoidLine { line_id, reason } => {
            lines::void(order, *line_id, reason.as_deref(), to)?;
        }
        OrderCommand::SetType(order_type) => labels::set_type(order, *order_type, to),
        OrderCommand::SetTable(table) => labels::set_table(order, table.as_deref(), to)?,
        OrderCommand::SetNote(note) => labels::set_note(order, note.as_ref(), to)?,
        OrderCommand::SetCustomer(customer) => {
            labels::set_customer(order, customer.as_ref(), to)?;
        }
        OrderCommand::SetCovers(covers) => labels::set_covers(order, *covers, to)?,
        OrderCommand::SetRush(rush) => labels::set_rush(order, *rush, to),
        OrderCommand::Place => place(order, to)?,
        OrderCommand::Confirm => {
            not_empty(order)?;
            fire_new(order, to);
        }
        OrderCommand::Send => {
            place(order, to)?;
            fire_new(order, to);
        }
        OrderCommand::Start { lines } => kitchen::start(order, lines, to)?,
        OrderCommand::Ready { lines } => kitchen::ready(order, lines, to)?,
        OrderCommand::BumpLine { line_id } => {
            kitchen::ready(order, std::slice::from_ref(line_id), to)?;
        }
        OrderCommand::Recall { lines } => kitchen::recall(order, lines, to)?,
        OrderCommand::HandOver { lines } => kitchen::hand_over(order, lines, to)?,
        OrderCommand::AcknowledgeChanges { facts } => acknowledge(order, facts, to)?,
        OrderCommand::Cancel { reason } => cancel(order, reason, context, to)?,
        OrderCommand::Reinstate { reason } => reinstate(order, reason.as_deref(), to)?,
        OrderCommand::CloseException { exception, resolution } => {
            close_exception(order, exception, *resolution, to)?;
        }
        OrderCommand::PayCash { .. } => {
            let cash = Cash::of(command).expect("the command is PayCash");
            payment::pay_cash(order, &cash, context, to)?;
        }
        OrderCommand::Refund { .. } => {
            let asked = Refund::of(command).expect("the command is Refund");
            refund::refund(order, &asked, context, to)?;
        }
        OrderCommand::Complete => payment::complete(order, to)?,
    }
    Ok(draft.done())
}

fn not_empty(order: &Order) -> Result<(), Rejection> {
    if order.live_lines().next().is_none() { Err(Rejection::OrderEmpty) } else { Ok(()) }
}

fn place(order: &Order, to: &mut Draft<'_>) -> Result<(), Rejection> {
    not_empty(order)?;
    if !order.placed {
        to.push(OrderEvent::Placed(Placed {}));
    }
    Ok(())
}

fn fire_new(order: &Order, to: &mut Draft<'_>) {
    let new = order.live_lines().filter(|line| line.production.step == Step::New);
    let fired: Vec<EventId> = new.map(|line| line.version).collect();
    if !fired.is_empty() {
        to.push(OrderEvent::LinesFired(LinesFired { fired }));
    }
}

fn acknowledge(order: &Order, facts: &[EventId], to: &mut Draft<'_>) -> Result<(), Rejection> {
    let open = || order.kitchen_changes.iter().map(|change| change.fact);
    if facts.is_empty() && open().next().is_none() {
        return Err(Rejection::NothingToDo { command: Action::AcknowledgeChanges });
    }
    let seen = |fact: &EventId| order.acknowledged_changes.binary_search(fact).is_ok();
    if facts.iter().any(|fact| !seen(fact) && !open().any(|open| open == *fact)) {
        return Err(Rejection::ChangeNotFound);
    }
    let acknowledged: Vec<EventId> = open().filter(|open| facts.is_empty() || facts.contains(open)).collect();
    if !acknowledged.is_empty() {
        to.push(OrderEvent::ChangesAcknowledged(ChangesAcknowledged { acknowledged }));
    }
    Ok(())
}

fn cancel(order: &Order, why: &str, context: &DecideContext, to: &mut Draft<'_>) -> Result<(), Rejection> {
    let steps = || order.live_lines().map(|line| line.production.step);
    if steps().any(|step| step == Step::HandedOver) {
        return Err(Rejection::PartHandedOver);
    }
    if money_held(order) {
        return Err(Rejection::PaymentCaptured);
    }
    if steps().any(|step| step >= Step::Fired) && !owns(order, context) {
        return Err(Rejection::NotOwner);
    }
    let reason = reason(Some(why))?.ok_or(Rejection::ReasonRequired)?;
    to.push(OrderEvent::Cancelled(Cancelled { reason }));
    Ok(())
}

fn reinstate(order: &Order, why: Option<&str>, to: &mut Draft<'_>) -> Result<(), Rejection> {
    if order.cancels.is_empty() {
        return Err(Rejection::NothingToDo { command: Action::Reinstate });
    }
    let reinstates = order.cancels.iter().map(|cancel| cancel.fact).collect();
    to.push(OrderEvent::Reinstated(Reinstated { reinstates, reason: reason(why)? }));
    Ok(())
}

fn close_exception(
    order: &Order,
    id: &ExceptionId,
    resolution: Resolution,
    to: &mut Draft<'_>,
) -> Result<(), Rejection> {
    let known = order.exceptions.iter().find(|exception| exception.id == *id);
    match known.ok_or(Rejection::ExceptionNotFound)?.closed {
        None => {
            let exception = id.clone();
            to.push(OrderEvent::ExceptionClosed(ExceptionClosed { exception, resolution }));
            Ok(())
        }
        Some(closed) if closed == resolution => Ok(()),
        Some(_) => Err(Rejection::ExceptionClosed),
    }
}
