//! Anchor of Q1: the bare full-text query.
//!
//! It does: one prepared statement on a read-only connection to the same file: the trigram index is matched, in the
//! menu's order, as many hits as the till's page needs, and each hit's product id is read.
//!
//! It leaves out: the look-up of the text as a bar code, session and policy, another thread that runs the query, prices and
//! the other fields of a product, and JSON.

use std::path::Path;

use rusqlite::{Connection, OpenFlags};

use crate::error::BenchError;

/// An open store.
pub struct Search(Connection);

impl Search {
    /// Opens it.
    pub fn open(database: &Path) -> Result<Self, BenchError> {
        Ok(Self(Connection::open_with_flags(
            database,
            OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX,
        )?))
    }

    /// Ids of the products whose name holds the text.
    pub fn hits(&self, text: &str, most: usize) -> Result<Vec<[u8; 16]>, BenchError> {
        let mut statement = self.0.prepare_cached(
            "SELECT p.product_id FROM products_text t JOIN products p ON p.product_no = t.rowid \
             WHERE products_text MATCH ?1 ORDER BY t.rowid LIMIT ?2",
        )?;
        let quoted = format!("\"{text}\"");
        let rows = statement.query_map((quoted, i64::try_from(most).unwrap_or(i64::MAX)), |row| row.get(0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}
