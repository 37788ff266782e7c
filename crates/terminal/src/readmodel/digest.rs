//! One hash over every read model: two devices with the same facts, or a rebuild, show the same.

use std::collections::HashSet;

use aws_lc_rs::digest::{Context, SHA256};
use rusqlite::Connection;
use rusqlite::types::ValueRef;

use super::schema::Tables;
use crate::error::StoreError;
use crate::store::former;

/// What is hashed, each in an order that does not depend on arrival, with the column that names the order. Row numbers are
/// not part of it.
const PARTS: [(&str, usize, &str); 4] = [
    (
        "orders",
        0,
        "order_id, label, status, open, order_type, table_name, summary, currency, total_minor, balance_minor, exceptions, opened_by, \
         opened_at_ms, business_day",
    ),
    ("tickets", 0, "order_id, lane, sort_ms, body"),
    ("exceptions", 1, "exception_id, order_id, kind, amount_minor, currency, label, closed"),
    ("payments", 0, "order_id, payment_id, business_day, drawer, tender, captured_minor, refunded_minor"),
];

/// The digest of a set of tables, as hex. Orders of stores that this till was in before are left out: no other device of
/// the store holds them.
///
/// # Errors
/// If the store fails.
pub fn digest(connection: &Connection, tables: Tables) -> Result<String, StoreError> {
    let former: HashSet<[u8; 16]> = former::orders(connection)?.into_iter().map(|id| *id.0.as_bytes()).collect();
    let mut context = Context::new(&SHA256);
    for (table, order, columns) in PARTS {
        context.update(table.as_bytes());
        let mut statement = connection.prepare(&format!("SELECT {columns} FROM {}{table} ORDER BY 1, 2", tables.0))?;
        let count = statement.column_count();
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let of = row.get_ref(order)?.as_blob().ok().and_then(|id| <[u8; 16]>::try_from(id).ok());
            if of.is_some_and(|of| former.contains(&of)) {
                continue;
            }
            for index in 0..count {
                update(&mut context, row.get_ref(index)?);
            }
        }
    }
    Ok(hex::encode(context.finish().as_ref()))
}

fn update(context: &mut Context, value: ValueRef<'_>) {
    let mut length = |bytes: &[u8], kind: u8| {
        context.update(&[kind]);
        context.update(&u64::try_from(bytes.len()).expect("a length fits 64 bits").to_be_bytes());
        context.update(bytes);
    };
    match value {
        ValueRef::Null => length(&[], 0),
        ValueRef::Integer(number) => length(&number.to_be_bytes(), 1),
        ValueRef::Real(number) => length(&number.to_be_bytes(), 2),
        ValueRef::Text(text) => length(text, 3),
        ValueRef::Blob(blob) => length(blob, 4),
    }
}
