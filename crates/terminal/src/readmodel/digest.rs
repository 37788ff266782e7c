//! One hash over every read model: two devices with the same facts, or a rebuild, show the same.

use aws_lc_rs::digest::{Context, SHA256};
use rusqlite::Connection;
use rusqlite::types::ValueRef;

use super::schema::Tables;
use crate::error::StoreError;

/// What is hashed, each in an order that does not depend on arrival. Row numbers are not part of it.
const PARTS: [(&str, &str); 4] = [
    (
        "orders",
        "order_id, label, status, open, order_type, table_name, summary, currency, total_minor, balance_minor, exceptions, opened_by, \
         opened_at_ms, business_day",
    ),
    ("tickets", "order_id, lane, sort_ms, body"),
    ("exceptions", "exception_id, order_id, kind, amount_minor, currency, label, closed"),
    ("payments", "order_id, payment_id, business_day, drawer, tender, captured_minor, refunded_minor"),
];

/// The digest of a set of tables, as hex.
///
/// # Errors
/// If the store fails.
pub fn digest(connection: &Connection, tables: Tables) -> Result<String, StoreError> {
    let mut context = Context::new(&SHA256);
    for (table, columns) in PARTS {
        context.update(table.as_bytes());
        let mut statement = connection.prepare(&format!("SELECT {columns} FROM {}{table} ORDER BY 1, 2", tables.0))?;
        let count = statement.column_count();
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
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
