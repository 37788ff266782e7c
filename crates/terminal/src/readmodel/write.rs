//! Replacing an order's contribution to the read models, and only where it changed.

use docket_contracts::Topic;
use docket_domain::ids::OrderId;
use rusqlite::{Connection, OptionalExtension as _, params};

use super::record::{OrderRecord, Records};
use super::schema::Tables;
use crate::error::StoreError;

/// What the read models hold of an order, as far as this process knows.
#[derive(Debug, Clone, Default)]
pub struct Written {
    known: Option<(i64, Records)>,
    /// Nothing is there to be replaced.
    nothing: bool,
    changed: Vec<Topic>,
}

impl Written {
    /// Nothing is known: the first write replaces everything.
    #[must_use]
    pub fn unknown() -> Self {
        Written::default()
    }

    /// The tables hold nothing of the order: nothing has to be taken away first.
    #[must_use]
    pub fn nothing() -> Self {
        Written { nothing: true, ..Written::default() }
    }

    /// What the write that gave this changed for a window.
    pub fn changed(&self) -> impl Iterator<Item = Topic> + '_ {
        self.changed.iter().copied()
    }
}

/// Writes the records of an order in the place of those that were there.
///
/// # Errors
/// If the store fails; the caller rolls back.
pub fn replace(
    connection: &Connection,
    tables: Tables,
    before: &Written,
    records: Records,
) -> Result<Written, StoreError> {
    let known = before.known.as_ref();
    let order_no = order_row(
        connection,
        tables,
        known.map(|(number, records)| (*number, &records.order)),
        &records.order,
        before,
    )?;
    let unchanged = known.map(|(_, records)| records);
    let mut changed = vec![Topic::Orders, Topic::Status];
    if unchanged.is_none_or(|old| old.ticket != records.ticket) {
        changed.push(Topic::Kitchen);
        let had_none = before.nothing || unchanged.is_some_and(|old| old.ticket.is_none());
        ticket_row(connection, tables, &records, had_none)?;
    }
    if unchanged.is_none_or(|old| old.exceptions != records.exceptions) {
        changed.push(Topic::Exceptions);
        exception_rows(connection, tables, &records, before.nothing)?;
    }
    if unchanged.is_none_or(|old| old.payments != records.payments) {
        payment_rows(connection, tables, &records, before.nothing)?;
    }
    Ok(Written { known: Some((order_no, records)), nothing: false, changed })
}

/// Takes an order away that no fact in force opens; says whether it was there.
///
/// # Errors
/// If the store fails.
pub fn remove(connection: &Connection, tables: Tables, order: OrderId) -> Result<bool, StoreError> {
    let (p, id) = (tables.0, &order.0.as_bytes()[..]);
    let sql = format!("DELETE FROM {p}orders WHERE order_id = ?1 RETURNING order_no");
    let number: Option<i64> = connection.prepare_cached(&sql)?.query_row([id], |row| row.get(0)).optional()?;
    let Some(number) = number else { return Ok(false) };
    connection.prepare_cached(&format!("DELETE FROM {p}orders_text WHERE rowid = ?1"))?.execute([number])?;
    for table in ["tickets", "exceptions", "payments"] {
        connection.prepare_cached(&format!("DELETE FROM {p}{table} WHERE order_id = ?1"))?.execute([id])?;
    }
    Ok(true)
}

fn order_row(
    connection: &Connection,
    tables: Tables,
    known: Option<(i64, &OrderRecord)>,
    record: &OrderRecord,
    before: &Written,
) -> Result<i64, StoreError> {
    let p = tables.0;
    if let Some((number, old)) = known
        && old == record
    {
        return Ok(number);
    }
    let open = !matches!(
        record.status,
        docket_domain::order::OrderStatus::Completed | docket_domain::order::OrderStatus::Cancelled
    );
    let number = put_order(connection, tables, record, open, before.nothing)?;
    if known.is_none_or(|(_, old)| old.search != record.search) {
        if !before.nothing {
            connection.prepare_cached(&format!("DELETE FROM {p}orders_text WHERE rowid = ?1"))?.execute([number])?;
        }
        connection
            .prepare_cached(&format!("INSERT INTO {p}orders_text (rowid, text) VALUES (?1, ?2)"))?
            .execute(params![number, record.search])?;
    }
    Ok(number)
}

/// Writes the row of an order and gives its number.
fn put_order(
    connection: &Connection,
    tables: Tables,
    record: &OrderRecord,
    open: bool,
    new: bool,
) -> Result<i64, StoreError> {
    let p = tables.0;
    let insert = format!(
        "INSERT INTO {p}orders (order_id, label, status, open, order_type, table_name, summary, currency, total_minor, balance_minor, \
         exceptions, opened_by, opened_at_ms, business_day) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)"
    );
    let person = record.opened_by.map(|person| person.0.into_bytes());
    let values = params![
        &record.order_id.0.as_bytes()[..],
        record.label,
        record.status.as_str(),
        open,
        type_text(record.order_type),
        record.table,
        record.summary,
        record.currency,
        record.total_minor,
        record.balance_minor,
        i64::try_from(record.open_exceptions).unwrap_or(i64::MAX),
        person.as_ref().map(|id| &id[..]),
        record.opened_at_ms,
        record.business_day,
    ];
    if new {
        // Without a savepoint of its own, which the other form opens: at each savepoint the full-text index writes a
        // segment for the few words that it holds, and merges them all later.
        connection.prepare_cached(&insert)?.execute(values)?;
        return Ok(connection.last_insert_rowid());
    }
    let number = connection
        .prepare_cached(&format!(
            "{insert} \
             ON CONFLICT (order_id) DO UPDATE SET label = excluded.label, status = excluded.status, open = excluded.open, \
             order_type = excluded.order_type, table_name = excluded.table_name, summary = excluded.summary, \
             total_minor = excluded.total_minor, balance_minor = excluded.balance_minor, exceptions = excluded.exceptions, \
             opened_by = excluded.opened_by, opened_at_ms = excluded.opened_at_ms, business_day = excluded.business_day \
             RETURNING order_no"
        ))?
        .query_row(values, |row| row.get(0))?;
    Ok(number)
}

/// The stored text of an order type.
#[must_use]
pub(crate) fn type_text(order_type: docket_domain::order::line::OrderType) -> &'static str {
    use docket_domain::order::line::OrderType;
    match order_type {
        OrderType::Counter => "counter",
        OrderType::DineIn => "dine_in",
        OrderType::TakeAway => "take_away",
    }
}

fn ticket_row(connection: &Connection, tables: Tables, records: &Records, had_none: bool) -> Result<(), StoreError> {
    let p = tables.0;
    let id = &records.order.order_id.0.as_bytes()[..];
    match &records.ticket {
        None if had_none => {}
        None => {
            connection.prepare_cached(&format!("DELETE FROM {p}tickets WHERE order_id = ?1"))?.execute([id])?;
        }
        Some((lane, sort_ms, body)) => {
            let body = serde_json::to_string(body).expect("a ticket holds texts and numbers");
            connection
                .prepare_cached(&format!(
                    "INSERT INTO {p}tickets (order_id, lane, sort_ms, body) VALUES (?1, ?2, ?3, ?4) ON CONFLICT (order_id) DO UPDATE SET \
                     lane = excluded.lane, sort_ms = excluded.sort_ms, body = excluded.body"
                ))?
                .execute(params![id, lane, sort_ms, body])?;
        }
    }
    Ok(())
}

fn exception_rows(
    connection: &Connection,
    tables: Tables,
    records: &Records,
    had_none: bool,
) -> Result<(), StoreError> {
    let p = tables.0;
    let id = &records.order.order_id.0.as_bytes()[..];
    if !had_none {
        connection.prepare_cached(&format!("DELETE FROM {p}exceptions WHERE order_id = ?1"))?.execute([id])?;
    }
    for exception in &records.exceptions {
        connection
            .prepare_cached(&format!(
                "INSERT INTO {p}exceptions (exception_id, order_id, kind, amount_minor, currency, label, closed) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)"
            ))?
            .execute(params![
                exception.id.0,
                id,
                text_of(&exception.kind),
                exception.amount_minor,
                records.order.currency,
                records.order.label,
                exception.closed.as_ref().map(text_of),
            ])?;
    }
    Ok(())
}

/// The text of a unit enum, as in JSON.
pub(crate) fn text_of(value: &impl serde::Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(text)) => text,
        _ => unreachable!("only unit enums are stored by name"),
    }
}

fn payment_rows(connection: &Connection, tables: Tables, records: &Records, had_none: bool) -> Result<(), StoreError> {
    let p = tables.0;
    let id = &records.order.order_id.0.as_bytes()[..];
    if !had_none {
        connection.prepare_cached(&format!("DELETE FROM {p}payments WHERE order_id = ?1"))?.execute([id])?;
    }
    for payment in &records.payments {
        connection
            .prepare_cached(&format!(
                "INSERT INTO {p}payments (order_id, payment_id, business_day, drawer, tender, captured_minor, refunded_minor) \
                 VALUES (?1, ?2, ?3, ?4, 'cash', ?5, ?6)"
            ))?
            .execute(params![
                id,
                &payment.row_id[..],
                payment.business_day,
                payment.drawer,
                payment.captured_minor,
                payment.refunded_minor,
            ])?;
    }
    Ok(())
}
