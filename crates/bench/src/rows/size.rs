//! D1: what an event costs on the disk, outbox and receipts and all, against bare rows.

use std::path::Path;

use rusqlite::{Connection, OpenFlags};

use crate::anchor::bare_rows;
use crate::error::BenchError;
use crate::figure::Figure;
use crate::history::History;
use crate::report::{Must, Row};
use crate::rig;

/// What is not counted: documents (the catalogue and the staff list) and the search over products.
const CATALOGUE: &str =
    "name = 'documents' OR name LIKE 'sqlite_autoindex_documents%' OR name LIKE 'products%' OR name = 'document_heads'";

/// Measures the row. Sizes don't vary, so one round is enough.
pub fn row(dir: &Path, history: &History) -> Result<Row, BenchError> {
    let store = rig::database(&history.folder);
    let connection = Connection::open(&store)?;
    connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
    drop(connection);
    let connection = Connection::open_with_flags(&store, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    // Pages that a rebuild freed are used again; they belong to no event.
    let sql = format!("SELECT sum(pgsize) FROM dbstat WHERE NOT ({CATALOGUE})");
    let bytes: i64 = connection.query_row(&sql, [], |row| row.get(0))?;
    let events: i64 = connection.query_row("SELECT count(*) FROM events", [], |row| row.get(0))?;
    let bare = dir.join("bare_rows.db");
    let anchor = bare_rows::write(&store, &bare)?;
    std::fs::remove_file(&bare).map_err(BenchError::file("remove", &bare))?;
    let per_event = |bytes: u64| Figure::part(bytes, events.unsigned_abs());
    let (ours, anchor) = (per_event(bytes.unsigned_abs()), per_event(anchor));
    Ok(Row {
        id: "D1",
        measure: "bytes an event on disk after a checkpoint, outbox included, catalogue not",
        ours,
        anchor,
        unit: "bytes",
        ratio: ours.over(anchor),
        must: Must::AtMostTimes(Figure(2_200)),
    })
}
