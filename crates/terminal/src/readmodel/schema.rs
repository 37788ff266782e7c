//! The tables of the read models. They live outside the migrations, because they can be made from the log.

use rusqlite::Connection;

use crate::error::StoreError;
use crate::store::meta;

/// A set of read-model tables, by the prefix of their names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tables(pub &'static str);

/// The set that queries read.
pub const MAIN: Tables = Tables("");
/// The set that a rebuild fills.
pub const SHADOW: Tables = Tables("shadow_");

const NAMES: [&str; 5] = ["orders", "orders_text", "tickets", "exceptions", "payments"];

/// Makes a set. Index names carry a number of their own, because a rename keeps them.
///
/// # Errors
/// If the store fails.
pub fn create(connection: &Connection, tables: Tables) -> Result<(), StoreError> {
    let p = tables.0;
    let number = generation(connection)? + 1;
    meta::set_folder(connection, "read_model_generation", &number.to_string())?;
    connection.execute_batch(&format!(
        "CREATE TABLE {p}orders (
            order_no         INTEGER PRIMARY KEY,
            order_id         BLOB NOT NULL UNIQUE,
            label            TEXT NOT NULL,
            status           TEXT NOT NULL,
            open             INTEGER NOT NULL,
            order_type       TEXT NOT NULL,
            table_name       TEXT,
            summary          TEXT NOT NULL,
            currency         TEXT NOT NULL,
            total_minor      INTEGER NOT NULL,
            balance_minor    INTEGER NOT NULL,
            exceptions       INTEGER NOT NULL,
            opened_by        BLOB,
            opened_at_ms     INTEGER NOT NULL,
            business_day     INTEGER NOT NULL
        ) STRICT;
        CREATE INDEX orders_by_day_{number} ON {p}orders (business_day);
        CREATE INDEX orders_by_status_{number} ON {p}orders (status, business_day);
        CREATE INDEX orders_open_{number} ON {p}orders (business_day) WHERE open = 1;
        CREATE INDEX orders_by_type_{number} ON {p}orders (order_type, business_day);
        CREATE INDEX orders_by_person_{number} ON {p}orders (opened_by, business_day);
        CREATE VIRTUAL TABLE {p}orders_text USING fts5 (text, content = '', contentless_delete = 1, prefix = '1 2 3 4 5 6 7 8',
            tokenize = 'unicode61 remove_diacritics 2');
        CREATE TABLE {p}tickets (
            order_id   BLOB PRIMARY KEY,
            lane       TEXT NOT NULL,
            sort_ms    INTEGER NOT NULL,
            body       TEXT NOT NULL
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX tickets_by_lane_{number} ON {p}tickets (lane, sort_ms);
        CREATE TABLE {p}exceptions (
            exception_id  TEXT PRIMARY KEY,
            order_id      BLOB NOT NULL,
            kind          TEXT NOT NULL,
            amount_minor  INTEGER NOT NULL,
            currency      TEXT NOT NULL,
            label         TEXT NOT NULL,
            closed        TEXT
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX exceptions_by_order_{number} ON {p}exceptions (order_id);
        CREATE INDEX exceptions_open_{number} ON {p}exceptions (exception_id) WHERE closed IS NULL;
        CREATE TABLE {p}payments (
            order_id        BLOB NOT NULL,
            payment_id      BLOB NOT NULL,
            business_day    INTEGER NOT NULL,
            drawer          TEXT NOT NULL,
            tender          TEXT NOT NULL,
            captured_minor  INTEGER NOT NULL,
            refunded_minor  INTEGER NOT NULL,
            PRIMARY KEY (order_id, payment_id)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX payments_by_day_{number} ON {p}payments (business_day);"
    ))?;
    Ok(())
}

/// How many sets were made so far; 0 means that there is none.
///
/// # Errors
/// If the store fails.
pub fn generation(connection: &Connection) -> Result<u32, StoreError> {
    Ok(meta::folder(connection, "read_model_generation")?.and_then(|text| text.parse().ok()).unwrap_or(0))
}

/// Drops a set, if it is there.
///
/// # Errors
/// If the store fails.
pub fn drop_tables(connection: &Connection, tables: Tables) -> Result<(), StoreError> {
    for name in NAMES {
        connection.execute_batch(&format!("DROP TABLE IF EXISTS {}{name}", tables.0))?;
    }
    Ok(())
}

/// Puts the shadow set in the place of the main one.
///
/// # Errors
/// If the store fails.
pub fn swap(connection: &Connection) -> Result<(), StoreError> {
    drop_tables(connection, MAIN)?;
    for name in NAMES {
        connection.execute_batch(&format!("ALTER TABLE {}{name} RENAME TO {name}", SHADOW.0))?;
    }
    Ok(())
}
