//! `play --bulk` against the commands: with pinned ids and a pinned clock both leave the same bytes in every table.

use std::path::Path;

use docket_terminal::data::DATABASE;
use docket_terminal::simulated::Virtual;
use docket_terminal::verify::verify_store;
use docket_terminal::{OpenOptions, Terminal, play};
use rusqlite::types::Value;
use rusqlite::{Connection, OpenFlags};

/// 21 November 2026, noon UTC.
const NOON_MS: i64 = 1_795_262_400_000;
const SEED: u64 = 4_711;
/// More than one transaction of the bulk.
const ORDERS: u64 = 620;

/// Segments of a full-text index lie as its transactions fell, and each document names the one that it came with. What
/// the index holds is compared instead: every word of every document with its place.
const SEGMENTS: [&str; 3] = ["orders_text_data", "orders_text_idx", "orders_text_docsize"];

fn options(home: &Path) -> OpenOptions {
    OpenOptions { data: home.join("data"), witness: Some(home.join("witness")), demo: true }
}

fn pin(seed: u64) {
    Virtual::set(NOON_MS);
    Virtual::seed(seed);
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a folder");
    for entry in std::fs::read_dir(from).expect("the folder") {
        let entry = entry.expect("an entry");
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).expect("a copy");
        }
    }
}

/// Every row of every table, by the table's name.
fn content(home: &Path) -> Vec<(String, Vec<Vec<Value>>)> {
    let store = Connection::open_with_flags(home.join("data").join(DATABASE), OpenFlags::SQLITE_OPEN_READ_ONLY)
        .expect("the store opens");
    store
        .execute_batch("CREATE VIRTUAL TABLE temp.words USING fts5vocab(main, orders_text, instance)")
        .expect("the index can be listed");
    let tables = "SELECT name FROM sqlite_schema WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%' ORDER BY name";
    let mut names: Vec<String> = store
        .prepare(tables)
        .and_then(|mut statement| statement.query_map([], |row| row.get(0))?.collect())
        .expect("names of tables");
    names.retain(|name| !SEGMENTS.contains(&name.as_str()));
    names.push("temp.words".into());
    names
        .into_iter()
        .map(|name| {
            let rows = rows(&store, &name).expect("rows of a table");
            (name, rows)
        })
        .collect()
}

fn rows(store: &Connection, table: &str) -> rusqlite::Result<Vec<Vec<Value>>> {
    let mut statement = store.prepare(&format!("SELECT * FROM {table}"))?;
    let columns = statement.column_count();
    statement.query_map([], |row| (0..columns).map(|index| row.get(index)).collect())?.collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bulk_leaves_the_bytes_of_the_commands_and_verifies() {
    let folder = tempfile::tempdir().expect("a folder");
    let (shop, single, bulk) = (folder.path().join("shop"), folder.path().join("single"), folder.path().join("bulk"));
    pin(1);
    Terminal::open(options(&shop)).await.expect("the shop opens").close().await;
    copy(&shop, &single);
    copy(&shop, &bulk);

    pin(2);
    let till = Terminal::open(options(&single)).await.expect("the till opens");
    let by_command = play::play(&till, ORDERS, SEED, |_| {}).await.expect("plays");
    till.close().await;

    pin(2);
    let till = Terminal::open(options(&bulk)).await.expect("the till opens");
    let in_bulk = play::play_in_bulk(&till, ORDERS, SEED, |_| {}).await.expect("plays");
    till.close().await;

    assert_eq!(by_command, in_bulk);
    assert!(by_command.cancelled > 0 && by_command.voided > 0, "the script is too plain: {by_command:?}");
    for ((name, single), (other, bulk)) in content(&single).into_iter().zip(content(&bulk)) {
        assert_eq!((&name, single.len()), (&other, bulk.len()));
        for (place, (row, twin)) in single.iter().zip(&bulk).enumerate() {
            assert_eq!(row, twin, "row {place} of {name}");
        }
    }
    let verified = verify_store(&options(&bulk).data, options(&bulk).witness.as_deref()).expect("a report");
    assert_eq!(verified.faults, Vec::<String>::new());
    assert!(verified.rows > ORDERS * 5, "{} rows", verified.rows);
}
