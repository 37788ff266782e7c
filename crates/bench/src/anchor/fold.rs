//! Anchor of R1: a bare fold on one core.
//!
//! It does: every event once, in the log's order, by one statement of the columns that a fold needs; decodes each
//! payload into plain structs; folds it into its order in a hash map (type, table, lines with the step of each, what
//! was paid, cancelled); and writes, in one transaction with the till's pragmas, the same rows into tables and indexes
//! as the till's, the full-text index among them, each row once. It makes status, label, type, table, summary, search
//! text and payments of an order itself; the bench fails if they are not the till's.
//!
//! It leaves out: prices, taxes and tickets (their values stand ready in memory, taken from the till's own rows), who
//! saw what, conflicts and exceptions, versions, recalls, splits and every other fact that `play` doesn't make, logs of
//! other devices, hashes and signatures; digests of before and after; slices and shadow tables, so that nobody else
//! could sell meanwhile; progress.

use std::collections::HashMap;
use std::path::Path;

use rusqlite::{Connection, OpenFlags, params};
use serde::Deserialize;

use crate::anchor::replay;
use crate::error::BenchError;

type Id = [u8; 16];

/// What a bare fold can't make: it follows from the catalogue's prices and the rules of the kitchen.
struct Given {
    currency: String,
    total_minor: i64,
    balance_minor: i64,
    exceptions: i64,
    opened_by: Option<Vec<u8>>,
}

/// Values that stand ready, and the tables' own statements.
pub struct Prepared {
    given: HashMap<Id, Given>,
    tickets: Vec<(Id, String, i64, String)>,
    schema: Vec<String>,
}

/// Reads what is given from the till's own rows.
pub fn prepare(database: &Path) -> Result<Prepared, BenchError> {
    let connection =
        Connection::open_with_flags(database, OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    let mut statement = connection
        .prepare("SELECT order_id, currency, total_minor, balance_minor, exceptions, opened_by FROM orders")?;
    let given = statement
        .query_map([], |row| {
            let given = Given {
                currency: row.get(1)?,
                total_minor: row.get(2)?,
                balance_minor: row.get(3)?,
                exceptions: row.get(4)?,
                opened_by: row.get(5)?,
            };
            Ok((row.get(0)?, given))
        })?
        .collect::<Result<_, _>>()?;
    let mut statement = connection.prepare("SELECT order_id, lane, sort_ms, body FROM tickets")?;
    let tickets = statement
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))?
        .collect::<Result<_, _>>()?;
    let mut statement = connection.prepare(
        "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL AND tbl_name IN \
         ('orders', 'orders_text', 'tickets', 'exceptions', 'payments') ORDER BY type DESC, rowid",
    )?;
    let schema = statement.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
    Ok(Prepared { given, tickets, schema })
}

/// The tables that the anchor fills, by the till's names.
pub const TABLES: [&str; 5] = ["orders", "orders_text", "tickets", "exceptions", "payments"];

/// Makes empty tables of the same form in a store of their own.
pub fn empty_tables(to: &Connection, prepared: &Prepared) -> Result<(), BenchError> {
    for sql in &prepared.schema {
        to.execute_batch(sql)?;
    }
    Ok(())
}

#[derive(Deserialize)]
struct Opened {
    label: String,
    order_type: String,
}

#[derive(Deserialize)]
struct Added {
    line_id: String,
    content: Content,
}

#[derive(Deserialize)]
struct Content {
    name: String,
    quantity: String,
}

#[derive(Deserialize)]
struct OfLine {
    line_id: String,
}

#[derive(Deserialize)]
struct Table {
    table: String,
}

#[derive(Deserialize)]
struct Paid {
    payment_id: uuid::Uuid,
    amount_minor: i64,
    drawer: String,
}

#[derive(Deserialize)]
struct HandedOver {
    handed_over: Vec<serde::de::IgnoredAny>,
}

#[derive(Default)]
struct Order {
    label: String,
    order_type: String,
    table: Option<String>,
    lines: Vec<(String, Content)>,
    step: Step,
    placed: bool,
    cancelled: bool,
    payments: Vec<(Id, i32, String, i64)>,
    opened_at_ms: i64,
    business_day: i32,
}

#[derive(Default, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Step {
    #[default]
    New,
    Fired,
    Started,
    Ready,
    HandedOver,
}

/// Scans, decodes, folds and writes; gives how many events were read.
pub fn rebuild(from: &Path, to: &Path, prepared: &Prepared) -> Result<u64, BenchError> {
    let reader = Connection::open_with_flags(from, OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    let mut orders: HashMap<Id, Order> = HashMap::new();
    let mut order_of_arrival = Vec::new();
    let mut statement = reader.prepare(
        "SELECT stream_id, event_type, payload, wall_time_ms, business_day, stream_kind FROM events ORDER BY log_id, seq",
    )?;
    let mut rows = statement.query([])?;
    let mut events = 0;
    while let Some(row) = rows.next()? {
        events += 1;
        if text(row, 5)? != "order" {
            continue;
        }
        let id: Id = row.get(0)?;
        let order = orders.entry(id).or_insert_with(|| {
            order_of_arrival.push(id);
            Order::default()
        });
        evolve(order, row)?;
    }
    let writer = replay::open(to)?;
    writer.execute_batch("BEGIN IMMEDIATE")?;
    write(&writer, &orders, &order_of_arrival, prepared)?;
    writer.execute_batch("COMMIT")?;
    Ok(events)
}

fn text<'a>(row: &'a rusqlite::Row<'_>, index: usize) -> Result<&'a str, BenchError> {
    row.get_ref(index)?.as_str().map_err(|error| BenchError::NotComparable(error.to_string()))
}

fn decode<'a, T: Deserialize<'a>>(payload: &'a str) -> Result<T, BenchError> {
    serde_json::from_str(payload).map_err(|error| BenchError::NotComparable(format!("{payload}: {error}")))
}

fn evolve(order: &mut Order, row: &rusqlite::Row<'_>) -> Result<(), BenchError> {
    let payload = text(row, 2)?;
    match text(row, 1)? {
        "order.opened" => {
            let opened: Opened = decode(payload)?;
            (order.label, order.order_type) = (opened.label, opened.order_type);
            (order.opened_at_ms, order.business_day) = (row.get(3)?, row.get(4)?);
        }
        "order.line_added" => {
            let added: Added = decode(payload)?;
            order.lines.push((added.line_id, added.content));
        }
        "order.line_voided" => {
            let voided: OfLine = decode(payload)?;
            order.lines.retain(|(id, _)| *id != voided.line_id);
        }
        "order.table_set" => order.table = Some(decode::<Table>(payload)?.table),
        "order.placed" => order.placed = true,
        "order.lines_fired" => order.step = order.step.max(Step::Fired),
        "order.preparation_started" => order.step = order.step.max(Step::Started),
        "order.lines_ready" => order.step = order.step.max(Step::Ready),
        "order.lines_handed_over" => {
            if !decode::<HandedOver>(payload)?.handed_over.is_empty() {
                order.step = Step::HandedOver;
            }
        }
        "order.cash_paid" => {
            let paid: Paid = decode(payload)?;
            order.payments.push((paid.payment_id.into_bytes(), row.get(4)?, paid.drawer, paid.amount_minor));
        }
        "order.cancelled" => order.cancelled = true,
        "order.changes_acknowledged" => {}
        other => return Err(BenchError::NotComparable(format!("play made an {other}, which the bare fold lacks"))),
    }
    Ok(())
}

impl Order {
    fn status(&self, balance_minor: i64) -> &'static str {
        match self.step {
            _ if self.cancelled => "cancelled",
            Step::HandedOver if balance_minor <= 0 => "completed",
            Step::HandedOver | Step::Ready => "ready",
            Step::Started => "preparing",
            Step::Fired => "confirmed",
            Step::New if self.placed => "pending",
            Step::New => "draft",
        }
    }

    fn summary_and_search(&self) -> (String, String) {
        let (mut summary, mut search) = (String::new(), self.label.clone());
        if let Some(table) = &self.table {
            search.push(' ');
            search.push_str(table);
        }
        for (_, line) in &self.lines {
            if !summary.is_empty() {
                summary.push_str(", ");
            }
            summary.push_str(&line.quantity);
            summary.push_str(" × ");
            summary.push_str(&line.name);
            search.push(' ');
            search.push_str(&line.name);
        }
        (summary, search)
    }
}

fn write(
    connection: &Connection,
    orders: &HashMap<Id, Order>,
    order_of_arrival: &[Id],
    prepared: &Prepared,
) -> Result<(), BenchError> {
    let mut row = connection.prepare(
        "INSERT INTO orders (order_id, label, status, open, order_type, table_name, summary, currency, total_minor, \
         balance_minor, exceptions, opened_by, opened_at_ms, business_day) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)",
    )?;
    let mut search_row = connection.prepare("INSERT INTO orders_text (rowid, text) VALUES (?1, ?2)")?;
    let mut payment = connection.prepare(
        "INSERT INTO payments (order_id, payment_id, business_day, drawer, tender, captured_minor, refunded_minor) \
         VALUES (?1, ?2, ?3, ?4, 'cash', ?5, 0)",
    )?;
    for id in order_of_arrival {
        let order = &orders[id];
        let given = prepared
            .given
            .get(id)
            .ok_or_else(|| BenchError::NotComparable("the till has no row of an order that was opened".into()))?;
        let status = order.status(given.balance_minor);
        let (summary, search) = order.summary_and_search();
        row.execute(params![
            id,
            order.label,
            status,
            !matches!(status, "completed" | "cancelled"),
            order.order_type,
            order.table,
            summary,
            given.currency,
            given.total_minor,
            given.balance_minor,
            given.exceptions,
            given.opened_by,
            order.opened_at_ms,
            order.business_day,
        ])?;
        search_row.execute(params![connection.last_insert_rowid(), search])?;
        for (payment_id, day, drawer, amount_minor) in &order.payments {
            payment.execute(params![id, payment_id, day, drawer, amount_minor])?;
        }
    }
    let mut ticket =
        connection.prepare("INSERT INTO tickets (order_id, lane, sort_ms, body) VALUES (?1, ?2, ?3, ?4)")?;
    for (id, lane, sort_ms, body) in &prepared.tickets {
        ticket.execute(params![id, lane, sort_ms, body])?;
    }
    Ok(())
}
