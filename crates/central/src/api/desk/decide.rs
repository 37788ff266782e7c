//! From a command to facts, by the rules of orders: the same `decide` as at a till. Several commands of the domain make one
//! act; each is decided on what the ones before have come to.

use std::sync::Arc;

use docket_domain::ids::{DeviceId, EventId, LineId, OrderId};
use docket_domain::order::command::{DecideContext, NewLine, OrderCommand};
use docket_domain::order::event::Sealed;
use docket_domain::order::line::LineContent;
use docket_domain::order::view::{Order, Step};
use docket_domain::order::{Decision, NewFact, OrderState, Rejection, decide};
use docket_log::LogId;

use super::job::{Create, Update};
use super::menu::Menu;
use crate::api::fault::{Fault, FaultCode, Violation};
use crate::clock::new_id;
use crate::down::order::foreseen;

/// Facts of one order that are being decided.
pub(super) struct Deciding {
    state: OrderState,
    device: DeviceId,
    facts: Vec<NewFact>,
}

impl Deciding {
    /// On an order as it stands. Head office acts as `device`.
    pub(super) fn new(state: OrderState, device: DeviceId) -> Self {
        Deciding { state, device, facts: Vec::new() }
    }

    pub(super) fn order(&self) -> Option<Order> {
        self.state.derive()
    }

    /// Decides a command; what it refers to stands at `path` of the request.
    pub(super) fn run(&mut self, command: &OrderCommand, path: Option<&str>) -> Result<(), Fault> {
        let order = self.state.derive();
        let mut ids = std::iter::repeat_with(|| EventId(new_id()));
        let context = DecideContext { device: self.device };
        let decision = decide(order.as_ref(), command, &context, &mut ids).map_err(|error| refused(&error, path))?;
        let Decision::Events(facts) = decision else { return Ok(()) };
        for fact in facts {
            let mut seen = foreseen(&fact, self.facts.len(), self.device);
            seen.seen = self.state.seen_by(LogId([0; 16]));
            self.state.evolve(seen);
            self.facts.push(fact);
        }
        Ok(())
    }

    pub(super) fn into_facts(self) -> Vec<NewFact> {
        self.facts
    }
}

/// The facts of an order that is placed: opened, its guest and note, and sent to the kitchen.
pub(super) fn create(
    create: &Create,
    menu: &Menu,
    contents: &[Arc<LineContent>],
    label: String,
    people: People,
    device: DeviceId,
) -> Result<Vec<NewFact>, Fault> {
    let lines = create.line_ids.iter().zip(contents);
    let mut deciding = Deciding::new(OrderState::new(create.order_id), device);
    let opening = OrderCommand::Create {
        order_id: create.order_id,
        label,
        order_type: create.order_type,
        table: None,
        terms: menu.catalogue.terms(),
        lines: lines.map(|(line_id, content)| NewLine { line_id: *line_id, content: content.clone() }).collect(),
    };
    deciding.run(&opening, None)?;
    deciding.run(&OrderCommand::SetCustomer(Some(people.customer)), None)?;
    if people.note.is_some() {
        deciding.run(&OrderCommand::SetNote(people.note), None)?;
    }
    deciding.run(&OrderCommand::Send, None)?;
    Ok(deciding.into_facts())
}

/// What is said of people, sealed.
pub(super) struct People {
    pub customer: Sealed,
    pub note: Option<Sealed>,
}

/// The facts of a change. `guest` is who the order is for now, where that changes.
pub(super) fn update(
    state: OrderState,
    update: &Update,
    contents: &[Arc<LineContent>],
    guest: Option<Sealed>,
    device: DeviceId,
) -> Result<Vec<NewFact>, Fault> {
    let mut deciding = Deciding::new(state, device);
    if let Some(guest) = guest {
        deciding.run(&OrderCommand::SetCustomer(Some(guest)), Some("shipping_address"))?;
    }
    if let Some(order_type) = update.patch.order_type {
        deciding.run(&OrderCommand::SetType(order_type), Some("order_type"))?;
    }
    let removed = update.patch.remove_line_ids.iter().enumerate();
    for (index, line_id) in removed {
        take_out(&mut deciding, *line_id, "taken out of the order", &format!("remove_line_ids[{index}]"))?;
    }
    for (index, (change, content)) in update.patch.items.iter().zip(contents).enumerate() {
        let path = format!("items[{index}]");
        let line = NewLine { line_id: update.line_ids[index], content: content.clone() };
        match change.line_id {
            None => deciding.run(&OrderCommand::AddLine(line), Some(&path))?,
            Some(line_id) => replace(&mut deciding, line_id, line, &format!("{path}.line_id"))?,
        }
    }
    if !update.patch.items.is_empty() || !update.patch.remove_line_ids.is_empty() {
        // Fires what is new; an order with nothing left in it is to be cancelled instead.
        deciding.run(&OrderCommand::Send, None)?;
    }
    Ok(deciding.into_facts())
}

fn step(deciding: &Deciding, line_id: LineId, path: &str) -> Result<Step, Fault> {
    let order = deciding.order().ok_or_else(|| refused(&Rejection::OrderNotFound, None))?;
    let line = order.line(line_id).ok_or_else(|| refused(&Rejection::LineNotFound, Some(path)))?;
    if line.is_live() { Ok(line.production.step) } else { Err(refused(&Rejection::LineVoided, Some(path))) }
}

/// Takes a line out that nobody cooks yet.
fn take_out(deciding: &mut Deciding, line_id: LineId, why: &str, path: &str) -> Result<(), Fault> {
    if step(deciding, line_id, path)? > Step::Fired {
        return Err(refused(&Rejection::LineInKitchen, Some(path)));
    }
    deciding.run(&OrderCommand::VoidLine { line_id, reason: Some(why.to_owned()) }, Some(path))
}

/// Gives a line another content. The kitchen may have been told of it: then it goes, and the new one is told as a line of its
/// own, so that no cook reads a ticket that changes under the eyes.
fn replace(deciding: &mut Deciding, line_id: LineId, new: NewLine, path: &str) -> Result<(), Fault> {
    if step(deciding, line_id, path)? == Step::New {
        return deciding.run(&OrderCommand::ChangeLine(NewLine { line_id, ..new }), Some(path));
    }
    take_out(deciding, line_id, "changed", path)?;
    deciding.run(&OrderCommand::AddLine(new), Some(path))
}

/// The facts of a cancel.
pub(super) fn cancel(state: OrderState, reason: &str, device: DeviceId) -> Result<Vec<NewFact>, Fault> {
    let mut deciding = Deciding::new(state, device);
    deciding.run(&OrderCommand::Cancel { reason: reason.to_owned() }, None)?;
    Ok(deciding.into_facts())
}

/// A rejection of the domain as a fault of the API.
pub(super) fn refused(rejection: &Rejection, path: Option<&str>) -> Fault {
    let code = match rejection {
        Rejection::OrderNotFound => FaultCode::NotFound,
        Rejection::LineNotFound
        | Rejection::ReasonRequired
        | Rejection::TextTooLong { .. }
        | Rejection::TextEmpty { .. }
        | Rejection::QuantityNotPositive
        | Rejection::QuantityTooLarge { .. }
        | Rejection::TooManyLines { .. }
        | Rejection::TooManyModifiers { .. }
        | Rejection::PriceOutOfRange { .. }
        | Rejection::OrderTooLarge { .. }
        | Rejection::OrderEmpty => FaultCode::InvalidArgument,
        _ => FaultCode::FailedPrecondition,
    };
    let field = match rejection.field() {
        "lines" => "items",
        "modifiers" => "items.choices",
        other => other,
    };
    let field = path.map_or_else(|| field.to_owned(), str::to_owned);
    Fault::fields(code, vec![Violation { field, rule: rejection.rule(), valid: None }])
}

/// No order of this id that the caller may know of.
pub(super) fn not_found(_: OrderId) -> Fault {
    Fault::new(FaultCode::NotFound, "no order has this id")
}
