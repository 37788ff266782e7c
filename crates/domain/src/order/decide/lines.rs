//! Opening an order and working on its lines.

use std::sync::Arc;

use crate::ids::LineId;
use crate::money::Quantity;
use crate::order::action::owns;
use crate::order::command::{DecideContext, NewLine};
use crate::order::event::{
    LineAdded, LineReplaced, LineSplit, LineSplitOff, LineVoided, Opened, OrderEvent, TableSet, Terms,
};
use crate::order::limits::{MAX_LABEL_CHARS, MAX_LINES};
use crate::order::line::OrderType;
use crate::order::rejection::Rejection;
use crate::order::view::{Line, Order, Step};

use super::Draft;
use super::checks::{self, reason};
use super::labels::table_name;

/// What an order is opened with.
pub(super) struct Opening<'c> {
    pub label: &'c str,
    pub order_type: OrderType,
    pub table: &'c Option<String>,
    pub terms: &'c Terms,
    pub lines: &'c [NewLine],
}

pub(super) fn create(opening: Opening<'_>, to: &mut Draft<'_>) -> Result<(), Rejection> {
    checks::name("label", opening.label, MAX_LABEL_CHARS)?;
    let table = table_name(opening.table.as_deref())?;
    if opening.lines.len() > MAX_LINES {
        return Err(Rejection::TooManyLines { max: MAX_LINES });
    }
    for (index, line) in opening.lines.iter().enumerate() {
        checks::content(&line.content)?;
        if opening.lines[..index].iter().any(|earlier| earlier.line_id == line.line_id) {
            return Err(Rejection::LineExists);
        }
    }
    checks::order_amount(opening.terms.currency, opening.lines.iter().map(|line| &*line.content))?;
    to.push(OrderEvent::Opened(Opened {
        label: opening.label.to_owned(),
        order_type: opening.order_type,
        terms: opening.terms.clone(),
    }));
    if table.is_some() {
        to.push(OrderEvent::TableSet(TableSet { table }));
    }
    opening.lines.iter().for_each(|line| push_line(line, to));
    Ok(())
}

fn push_line(line: &NewLine, to: &mut Draft<'_>) {
    let content = Arc::clone(&line.content);
    to.push(OrderEvent::LineAdded(LineAdded { line_id: line.line_id, content }));
}

pub(super) fn add(order: &Order, line: &NewLine, to: &mut Draft<'_>) -> Result<(), Rejection> {
    if order.line(line.line_id).is_some() {
        return Err(Rejection::LineExists);
    }
    has_room(order)?;
    checks::content(&line.content)?;
    fits_order(order, line)?;
    push_line(line, to);
    Ok(())
}

/// The order's amount with this line in place of its earlier content.
fn fits_order(order: &Order, line: &NewLine) -> Result<(), Rejection> {
    let others = order.live_lines().filter(|other| other.id != line.line_id).map(|other| &*other.content);
    checks::order_amount(order.currency(), others.chain([&*line.content]))
}

fn has_room(order: &Order) -> Result<(), Rejection> {
    if order.lines.len() >= MAX_LINES {
        return Err(Rejection::TooManyLines { max: MAX_LINES });
    }
    Ok(())
}

fn live(order: &Order, id: LineId) -> Result<&Line, Rejection> {
    let line = order.line(id).ok_or(Rejection::LineNotFound)?;
    if line.is_live() { Ok(line) } else { Err(Rejection::LineVoided) }
}

pub(super) fn change(order: &Order, line: &NewLine, to: &mut Draft<'_>) -> Result<(), Rejection> {
    let known = live(order, line.line_id)?;
    match known.production.step {
        Step::New => {}
        Step::HandedOver => return Err(Rejection::LineHandedOver),
        Step::Fired | Step::Started | Step::Ready => return Err(Rejection::LineInKitchen),
    }
    checks::content(&line.content)?;
    fits_order(order, line)?;
    if known.content != line.content {
        to.push(OrderEvent::LineReplaced(LineReplaced {
            line_id: line.line_id,
            replaces: known.version,
            content: Arc::clone(&line.content),
        }));
    }
    Ok(())
}

pub(super) fn split(
    order: &Order,
    (line_id, new_line_id, moved): (LineId, LineId, Quantity),
    context: &DecideContext,
    to: &mut Draft<'_>,
) -> Result<(), Rejection> {
    let line = live(order, line_id)?;
    if line.production.step == Step::HandedOver {
        return Err(Rejection::LineHandedOver);
    }
    if order.line(new_line_id).is_some() {
        return Err(Rejection::LineExists);
    }
    has_room(order)?;
    if !owns(order, context) {
        return Err(Rejection::NotOwner);
    }
    checks::quantity(moved)?;
    let stays = line.content.quantity.checked_sub(moved).ok().filter(|rest| rest.is_positive());
    let stays = stays.ok_or(Rejection::SplitQuantity)?;
    let splits = line.version;
    let split = to.push(OrderEvent::LineSplit(LineSplit { line_id, splits, quantity: stays }));
    to.push(OrderEvent::LineSplitOff(LineSplitOff { line_id: new_line_id, split, splits, quantity: moved }));
    Ok(())
}

pub(super) fn void(order: &Order, line_id: LineId, why: Option<&str>, to: &mut Draft<'_>) -> Result<(), Rejection> {
    let line = order.line(line_id).ok_or(Rejection::LineNotFound)?;
    if !line.is_live() {
        return Ok(());
    }
    let reason = reason(why)?;
    match line.production.step {
        Step::New => {}
        Step::Fired | Step::Started | Step::Ready => {
            reason.as_ref().ok_or(Rejection::ReasonRequired)?;
        }
        Step::HandedOver => return Err(Rejection::LineHandedOver),
    }
    to.push(OrderEvent::LineVoided(LineVoided { line_id, reason }));
    Ok(())
}
