//! Type, table, note, customer, covers and rush: what an order is called and how it is taken.

use crate::order::event::{CoversSet, CustomerSet, NoteSet, OrderEvent, RushSet, Sealed, TableSet, TypeSet};
use crate::order::limits::{MAX_COVERS, MAX_TABLE_CHARS};
use crate::order::line::OrderType;
use crate::order::rejection::Rejection;
use crate::order::view::Order;

use super::Draft;
use super::checks::{sealed, text};

pub(super) fn set_type(order: &Order, order_type: OrderType, to: &mut Draft<'_>) {
    if order.order_type != order_type {
        to.push(OrderEvent::TypeSet(TypeSet { order_type }));
    }
}

/// A table's name without the blanks around it; a blank one is none.
pub(super) fn table_name(table: Option<&str>) -> Result<Option<String>, Rejection> {
    let table = table.map(str::trim).filter(|table| !table.is_empty());
    table.map(|table| text("table", table, MAX_TABLE_CHARS).map(|()| table.to_owned())).transpose()
}

pub(super) fn set_table(order: &Order, table: Option<&str>, to: &mut Draft<'_>) -> Result<(), Rejection> {
    let table = table_name(table)?;
    if order.table() != table.as_deref() {
        to.push(OrderEvent::TableSet(TableSet { table }));
    }
    Ok(())
}

pub(super) fn set_note(order: &Order, note: Option<&Sealed>, to: &mut Draft<'_>) -> Result<(), Rejection> {
    sealed("note", note)?;
    if order.note() != note {
        to.push(OrderEvent::NoteSet(NoteSet { note: note.cloned() }));
    }
    Ok(())
}

pub(super) fn set_customer(order: &Order, customer: Option<&Sealed>, to: &mut Draft<'_>) -> Result<(), Rejection> {
    sealed("customer", customer)?;
    if order.customer() != customer {
        to.push(OrderEvent::CustomerSet(CustomerSet { customer: customer.cloned() }));
    }
    Ok(())
}

pub(super) fn set_covers(order: &Order, covers: Option<u16>, to: &mut Draft<'_>) -> Result<(), Rejection> {
    if covers.is_some_and(|covers| !(1..=MAX_COVERS).contains(&covers)) {
        return Err(Rejection::CoversOutOfRange { max: MAX_COVERS });
    }
    if order.covers != covers {
        to.push(OrderEvent::CoversSet(CoversSet { covers }));
    }
    Ok(())
}

pub(super) fn set_rush(order: &Order, rush: bool, to: &mut Draft<'_>) {
    if order.rush != rush {
        to.push(OrderEvent::RushSet(RushSet { rush }));
    }
}
