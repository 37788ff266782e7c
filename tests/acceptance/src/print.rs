//! A fingerprint of everything a store holds: equal before and after means that nothing was written.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::Path;

use docket_terminal::data::DATABASE;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OpenFlags};

/// Each table with its number of rows and a hash over them. PIN verifiers are left out: a wrong PIN is counted there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Print(Vec<(String, u64, u64)>);

impl Print {
    /// Reads a store beside whoever has it open.
    ///
    /// # Panics
    /// If it can't be read.
    #[must_use]
    pub fn of(data: &Path) -> Self {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(data.join(DATABASE), flags).expect("the store can be read");
        connection.execute_batch("BEGIN").expect("a snapshot");
        let mut names = connection
            .prepare(
                "SELECT name FROM sqlite_master WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%' AND name NOT IN \
                 ('pin_verifiers', 'documents', 'products', 'products_text', 'sqlite_stat1') ORDER BY name",
            )
            .expect("the schema");
        let names: Vec<String> = names.query_map([], |row| row.get(0)).and_then(Iterator::collect).expect("names");
        Print(names.into_iter().map(|name| table(&connection, name)).collect())
    }

    /// Rows of a table.
    #[must_use]
    pub fn rows(&self, table: &str) -> u64 {
        self.0.iter().find(|(name, ..)| name == table).map_or(0, |(_, rows, _)| *rows)
    }
}

fn table(connection: &Connection, name: String) -> (String, u64, u64) {
    // A log's hashes stand for its rows.
    let columns = if name == "events" { "log_id, seq, hash" } else { "*" };
    let mut statement = connection.prepare(&format!("SELECT {columns} FROM \"{name}\"")).expect("a table");
    let width = statement.column_count();
    let mut rows = statement.query([]).expect("rows");
    let (mut count, mut sum) = (0, 0_u64);
    while let Some(row) = rows.next().expect("a row") {
        let mut hasher = DefaultHasher::new();
        for index in 0..width {
            match row.get_ref(index).expect("a column") {
                ValueRef::Null => 0_u8.hash(&mut hasher),
                ValueRef::Integer(number) => number.hash(&mut hasher),
                ValueRef::Real(_) => panic!("{name} holds a float"),
                ValueRef::Text(bytes) | ValueRef::Blob(bytes) => bytes.hash(&mut hasher),
            }
        }
        count += 1;
        // Added, so that the order in which SQLite gives the rows does not matter.
        sum = sum.wrapping_add(hasher.finish());
    }
    (name, count, sum)
}
