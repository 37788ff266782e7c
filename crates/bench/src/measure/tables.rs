//! How much a store holds: rows and bytes of every table, to show that two runs did the same work.

use std::path::Path;

use rusqlite::{Connection, OpenFlags};

use crate::error::BenchError;

/// One table's content in numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Content {
    table: String,
    rows: i64,
    bytes: i64,
}

impl Content {
    /// The table's name.
    pub fn table(&self) -> &str {
        &self.table
    }
}

/// The content of every table of a store that nobody writes now, those of virtual tables too.
pub fn content(database: &Path) -> Result<Vec<Content>, BenchError> {
    let connection = Connection::open_with_flags(database, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let mut statement = connection.prepare(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%' ORDER BY name",
    )?;
    let names: Vec<String> = statement.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
    names.into_iter().map(|table| one(&connection, table)).collect()
}

fn one(connection: &Connection, table: String) -> Result<Content, BenchError> {
    let mut statement = connection.prepare("SELECT name FROM pragma_table_info(?1)")?;
    let columns: Vec<String> = statement.query_map([&table], |row| row.get(0))?.collect::<Result<_, _>>()?;
    let lengths: Vec<String> =
        columns.iter().map(|name| format!("coalesce(length(CAST(\"{name}\" AS BLOB)), 0)")).collect();
    let sql = format!("SELECT count(*), coalesce(sum({}), 0) FROM \"{table}\"", lengths.join(" + "));
    let (rows, bytes) = connection.query_row(&sql, [], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(Content { table, rows, bytes })
}

/// The rows of one table.
pub fn rows_of(content: &[Content], table: &str) -> i64 {
    content.iter().find(|content| content.table == table).map_or(0, |content| content.rows)
}

/// Fails naming the first table in which the two differ.
pub fn same(what: &str, one: &[Content], other: &[Content]) -> Result<(), BenchError> {
    if let Some((a, b)) = one.iter().zip(other).find(|(a, b)| a != b) {
        return Err(BenchError::NotComparable(format!("{what}: {a:?} is not {b:?}")));
    }
    if one.len() != other.len() {
        return Err(BenchError::NotComparable(format!("{what}: {} tables are not {}", one.len(), other.len())));
    }
    Ok(())
}
