//! Export: orders and events as JSON Lines. Every hashed column leaves unchanged, so that anyone can verify the chain.

use std::io::Write;
use std::path::Path;

use docket_contracts::{ApiError, ErrorCode};
use docket_domain::ids::OrderId;
use docket_domain::order::Order;
use docket_log::Mode;
use rusqlite::Connection;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::error::{StoreError, refuse};
use crate::import::document_line;
use crate::store::events::{self, Author, StoredLog};
use crate::store::histories::Histories;
use crate::store::peers::{self, Link};
use crate::store::{self, documents};
use crate::verify::{Passed, walk};
use crate::view::{price_json, receipt_text};
use crate::writer::fold;

/// What was exported.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ExportReport {
    /// Orders written.
    pub orders: u64,
    /// Whether a damaged store can't show every order any more. What is left of its rows is written all the same.
    pub orders_missing: bool,
    /// Events written.
    pub events: u64,
    /// Documents written: those in effect with their parts.
    pub documents: u64,
}

/// Writes every order, every event of every log in its order, and the documents in effect, one JSON object a line.
///
/// # Errors
/// If there is no store, it can't be read, or `out` can't be written.
pub fn export(data: &Path, out: &mut dyn Write) -> Result<ExportReport, ApiError> {
    let connection = store::open_reader(data)?;
    connection.execute_batch("BEGIN").map_err(StoreError::from)?;
    let logs = events::logs(&connection)?;
    let mut report = ExportReport::default();
    orders(&connection, &logs, out, &mut report)?;
    for log in &logs {
        rows(&connection, log, out, &mut report)?;
    }
    for body in documents::in_effect(&connection)? {
        line(out, &document_line(&body))?;
        report.documents += 1;
    }
    out.flush().map_err(|error| written(&error))?;
    Ok(report)
}

fn written(error: &std::io::Error) -> ApiError {
    let code =
        if error.kind() == std::io::ErrorKind::StorageFull { ErrorCode::DiskFull } else { ErrorCode::StoreFailed };
    refuse(code, "out", format!("the export can't be written: {error}"))
}

fn line(out: &mut dyn Write, text: &str) -> Result<(), ApiError> {
    out.write_all(text.as_bytes()).and_then(|()| out.write_all(b"\n")).map_err(|error| written(&error))
}

fn orders(
    connection: &Connection,
    logs: &[StoredLog],
    out: &mut dyn Write,
    report: &mut ExportReport,
) -> Result<(), ApiError> {
    let (ids, histories) = match order_ids(connection).and_then(|ids| Ok((ids, Histories::read(connection)?))) {
        Ok(read) => read,
        Err(error) => {
            tracing::error!(error = &error as &dyn std::error::Error, "orders can't be read");
            report.orders_missing = true;
            return Ok(());
        }
    };
    let author = |log| logs.iter().find(|known| known.log == log).map(|known: &StoredLog| -> Author { known.author });
    for id in ids {
        let folded =
            events::stream(connection, id.0).and_then(|stored| fold(id, &stored, |row| author(row.log), &histories));
        match folded {
            Ok((state, _)) => {
                if let Some(order) = state.derive() {
                    line(out, &order_json(&order).to_string())?;
                    report.orders += 1;
                }
            }
            // The rows follow all the same: what is left of a damaged store is what an export is for.
            Err(error) => {
                tracing::error!(error = &error as &dyn std::error::Error, order = %id.0, "an order can't be read");
                report.orders_missing = true;
            }
        }
    }
    Ok(())
}

/// Every order, the oldest first. A damaged row may name none any more.
fn order_ids(connection: &Connection) -> Result<Vec<OrderId>, StoreError> {
    let mut statement = connection.prepare(
        "SELECT stream_id, min(clock) FROM (SELECT stream_id, clock FROM events WHERE event_type = 'order.opened' \
         UNION ALL SELECT stream_id, clock FROM forked_events WHERE event_type = 'order.opened') \
         GROUP BY stream_id ORDER BY 2, 1",
    )?;
    let id_of = |row: &rusqlite::Row<'_>| Ok(row.get_ref(0)?.as_blob().ok().and_then(|id| Uuid::from_slice(id).ok()));
    let ids = statement.query_map([], id_of)?.filter_map(Result::transpose);
    Ok(ids.map(|id| id.map(OrderId)).collect::<Result<_, _>>()?)
}

fn order_json(order: &Order) -> Value {
    let money = |minor| docket_domain::money::Money::new(minor, order.currency()).to_decimal_string();
    let payments: Vec<Value> = order
        .payments
        .iter()
        .map(|payment| {
            json!({
                "payment_id": payment.id,
                "tender": "cash",
                "amount": money(payment.amount_minor),
                "tendered": money(payment.tendered_minor),
                "change": money(payment.change_minor),
                "receipt": receipt_text(&payment.receipt),
                "business_day": payment.business_day,
                "drawer": payment.drawer,
            })
        })
        .collect();
    let lines: Vec<Value> = order
        .lines
        .iter()
        .map(|line| json!({ "line_id": line.id, "version_id": line.version, "name": line.content.name, "quantity": line.content.quantity, "state": line.state() }))
        .collect();
    json!({
        "kind": "order",
        "order_id": order.id,
        "label": order.label(),
        "status": order.status,
        "order_type": order.order_type,
        "table": order.table(),
        "covers": order.covers,
        "rush": order.rush,
        "business_day": order.business_day,
        "version": order.version.to_string(),
        "currency": order.currency(),
        "lines": lines,
        "total": money(order.totals.sums.total_minor),
        "tax": money(order.totals.sums.tax_minor),
        "net": money(order.totals.sums.net_minor),
        "due": money(order.due_minor),
        "captured": money(order.captured_minor),
        "refunded": money(order.refunded_minor),
        "balance": money(order.balance_minor),
        "payments": payments,
        "price": price_json(order),
    })
}

fn rows(
    connection: &Connection,
    log: &StoredLog,
    out: &mut dyn Write,
    report: &mut ExportReport,
) -> Result<(), ApiError> {
    // A damaged row leaves as a stub, so that whoever reads the export can verify the rows behind it. The hashes find
    // it; each signature is looked at only where damage is known.
    let known = connection
        .query_row("SELECT EXISTS (SELECT 1 FROM damaged_rows WHERE log_id = ?1)", [&log.log.0[..]], |row| row.get(0))
        .map_err(StoreError::from)?;
    let mode = if known { Mode::Full } else { Mode::Batch };
    walk(connection, log, mode, |passed| {
        match passed {
            Passed::Good(row) => {
                line(out, &docket_log::wire::row_line(row))?;
                report.events += 1;
            }
            Passed::InPlace(stub) => line(out, &docket_log::wire::stub_line(stub))?,
        }
        Ok(())
    })?;
    branches(connection, log, out, report)
}

/// The further histories of a log, each from the row on where it parts.
fn branches(
    connection: &Connection,
    log: &StoredLog,
    out: &mut dyn Write,
    report: &mut ExportReport,
) -> Result<(), ApiError> {
    let Some(held) = peers::held_log(connection, log.log)? else { return Ok(()) };
    for branch in held.branches.into_iter().filter(|branch| branch.branch > 0) {
        for seq in branch.shared + 1..=branch.head.seq {
            match peers::link_at(connection, log.log, branch, seq)? {
                Some(Link::Row(row)) => {
                    line(out, &docket_log::wire::row_line(&row))?;
                    report.events += 1;
                }
                Some(Link::Stub(stub)) => line(out, &docket_log::wire::stub_line(&stub))?,
                None => {}
            }
        }
    }
    Ok(())
}
