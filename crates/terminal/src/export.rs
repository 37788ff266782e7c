//! Export: orders and events as JSON Lines. Every hashed column leaves unchanged, so that anyone can verify the chain.

use std::io::Write;
use std::path::Path;

use docket_contracts::{ApiError, ErrorCode};
use docket_domain::ids::OrderId;
use docket_domain::order::Order;
use rusqlite::Connection;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::error::{StoreError, refuse};
use crate::store::events::{self, Author, COLUMNS, StoredLog, row_from};
use crate::store::{self};
use crate::view::{price_json, receipt_text};
use crate::writer::fold;

/// What was exported.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ExportReport {
    /// Orders written.
    pub orders: u64,
    /// Events written.
    pub events: u64,
}

/// Writes every order, then every event of every log in its order, one JSON object a line.
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
    let mut statement = connection
        .prepare("SELECT DISTINCT stream_id FROM events WHERE event_type = 'order.opened' ORDER BY clock, stream_id")
        .map_err(StoreError::from)?;
    let ids: Vec<[u8; 16]> =
        statement.query_map([], |row| row.get(0)).and_then(Iterator::collect).map_err(StoreError::from)?;
    let author = |log| logs.iter().find(|known| known.log == log).map(|known: &StoredLog| -> Author { known.author });
    for id in ids {
        let id = OrderId(Uuid::from_bytes(id));
        let stored = events::stream(connection, id.0)?;
        let (state, _) = fold(id, &stored, |row| author(row.log))?;
        if let Some(order) = state.derive() {
            line(out, &order_json(&order).to_string())?;
            report.orders += 1;
        }
    }
    Ok(())
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
    let sql = format!("SELECT {COLUMNS} FROM events WHERE log_id = ?1 ORDER BY seq");
    let mut statement = connection.prepare(&sql).map_err(StoreError::from)?;
    let mut stored = statement.query([&log.log.0[..]]).map_err(StoreError::from)?;
    while let Some(row) = stored.next().map_err(StoreError::from)? {
        let row = row_from(row).map_err(StoreError::from)?;
        line(out, &docket_log::wire::row_line(&row))?;
        report.events += 1;
    }
    Ok(())
}
