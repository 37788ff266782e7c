//! R1: a rebuild of every read model over a million events, against a bare fold.

use std::path::Path;

use docket_terminal::{OpenOptions, Terminal, rebuild};
use rusqlite::Connection;
use tokio::runtime::Runtime;

use crate::anchor::fold::{self, Prepared};
use crate::error::BenchError;
use crate::figure::{Figure, median};
use crate::history::History;
use crate::measure::pressure::rounds;
use crate::measure::tables;
use crate::report::{Must, Row};
use crate::rig;
use crate::stopwatch::Stopwatch;

/// Measures the row.
pub fn row(runtime: &Runtime, dir: &Path, history: &History, wanted: usize) -> Result<Row, BenchError> {
    let store = rig::database(&history.folder);
    let prepared = fold::prepare(&store)?;
    let done = rounds(wanted, || round(runtime, dir, history, &prepared))?;
    Ok(Row {
        id: "R1",
        measure: "rebuild of all read models, 1,000,000 events, events a second",
        ours: median(done.iter().map(|pair| pair.0)),
        anchor: median(done.iter().map(|pair| pair.1)),
        unit: "events/s",
        ratio: median(done.iter().map(|(ours, anchor)| ours.over(*anchor))),
        must: Must::AtLeastTimes(Figure(300)),
    })
}

/// Events a second of the till and of the bare fold.
fn round(
    runtime: &Runtime,
    dir: &Path,
    history: &History,
    prepared: &Prepared,
) -> Result<(Figure, Figure), BenchError> {
    let options =
        OpenOptions { data: history.folder.join("data"), witness: Some(history.folder.join("witness")), demo: false };
    let (report, ours) = runtime.block_on(async {
        let terminal = Terminal::open(options).await.map_err(BenchError::refused("open"))?;
        let watch = Stopwatch::start();
        let report = rebuild::run(&terminal, |_, _| {}).await;
        let nanos = watch.nanos();
        terminal.close().await;
        Ok::<_, BenchError>((report.map_err(BenchError::refused("rebuild"))?, nanos))
    })?;
    if report.before != report.after {
        return Err(BenchError::NotComparable("a rebuild gave other read models".into()));
    }
    let store = rig::database(&history.folder);
    let bare = dir.join("bare.db");
    remove(&bare)?;
    let connection = Connection::open(&bare)?;
    fold::empty_tables(&connection, prepared)?;
    drop(connection);
    let watch = Stopwatch::start();
    let events = fold::rebuild(&store, &bare, prepared)?;
    let anchor = watch.nanos();
    if events != report.events {
        return Err(BenchError::NotComparable(format!("the bare fold read {events} of {} events", report.events)));
    }
    same_rows(&store, &bare)?;
    remove(&bare)?;
    Ok((per_second(events, ours), per_second(events, anchor)))
}

fn per_second(events: u64, nanos: u64) -> Figure {
    Figure::part(events.saturating_mul(1_000_000), nanos / 1_000)
}

/// The bare fold must have made what the till shows, byte for byte but for the order of the rows.
fn same_rows(store: &Path, bare: &Path) -> Result<(), BenchError> {
    let (ours, anchor) = (tables::content(store)?, tables::content(bare)?);
    let kept = |content: Vec<tables::Content>| -> Vec<tables::Content> {
        content.into_iter().filter(|content| fold::TABLES.contains(&content.table())).collect()
    };
    tables::same("rebuilt and bare", &kept(ours), &kept(anchor))?;
    let connection = Connection::open(bare)?;
    connection.execute("ATTACH DATABASE ?1 AS till", [store.display().to_string()])?;
    let sql = "SELECT count(*) FROM till.orders t JOIN main.orders b USING (order_id) \
               WHERE (t.label, t.status, t.open, t.order_type, t.table_name, t.summary, t.opened_at_ms, t.business_day) \
               IS NOT (b.label, b.status, b.open, b.order_type, b.table_name, b.summary, b.opened_at_ms, b.business_day)";
    match connection.query_row(sql, [], |row| row.get::<_, i64>(0))? {
        0 => Ok(()),
        others => Err(BenchError::NotComparable(format!("{others} orders of the bare fold are not the till's"))),
    }
}

fn remove(database: &Path) -> Result<(), BenchError> {
    for suffix in ["", "-wal", "-shm"] {
        let path = database.with_file_name(format!("bare.db{suffix}"));
        match std::fs::remove_file(&path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(BenchError::file("remove", &path)(error));
            }
            _ => {}
        }
    }
    Ok(())
}
