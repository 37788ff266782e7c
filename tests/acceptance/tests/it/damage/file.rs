//! The file itself: short, without a header, with pages of nothing, or gone.

use std::io::{Seek as _, SeekFrom, Write as _};
use std::path::Path;

use rusqlite::Connection;

use super::kit::{Trade, lost};

const PAGE: u64 = 4096;

/// Overwrites a page of a file with zeros; pages are numbered from 1.
pub fn zero(path: &Path, page: u64) {
    let mut file = std::fs::OpenOptions::new().write(true).open(path).expect("the file");
    file.seek(SeekFrom::Start((page - 1) * PAGE)).expect("a place");
    file.write_all(&[0; 4096]).expect("zeros");
}

/// The first page of a table or index.
fn root(path: &Path, name: &str) -> u64 {
    let store = Connection::open(path).expect("the store");
    let page: i64 = store
        .query_row("SELECT rootpage FROM sqlite_schema WHERE name = ?1", [name], |row| row.get(0))
        .expect("the schema names it");
    page.unsigned_abs()
}

/// A damaged file is named, put aside byte for byte, and sold on from.
async fn salvaged(trade: &mut Trade, what: &str, damage: impl Fn(&Path), spoiled: &[usize]) {
    trade.put_back().await;
    let whole = trade.proven();
    let path = trade.database();
    damage(&path);
    let damaged = std::fs::read(&path).unwrap_or_default();
    let faults = trade.shop.verify().faults;
    assert!(!faults.is_empty(), "{what}: verify finds nothing");
    trade.sells_on(spoiled).await;
    let told = trade.incidents().await.join("\n");
    assert!(told.contains("The store's file was damaged") && told.contains("store.db.damaged-1"), "{what}: {told}");
    let aside = trade.data().join("store.db.damaged-1");
    if path.exists() && !damaged.is_empty() {
        assert!(std::fs::read(&aside).expect("it is kept") == damaged, "{what}: the file was changed");
    }
    trade.shop.close().await;
    if spoiled.is_empty() {
        let gone = lost(&whole, &trade.proven());
        assert!(gone.is_empty(), "{what}: {gone:?}");
        assert_eq!(trade.faults(), "", "{what}: all is whole again");
    }
    trade.sells_on(spoiled).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_of_nothing_in_the_place_of_a_tables_first_is_salvaged_and_no_fact_is_lost() {
    let mut trade = Trade::done().await;
    for name in [
        "receipts",
        "outbox",
        "heads",
        "logs",
        "counters",
        "folder",
        "documents",
        "document_heads",
        "pin_verifiers",
        "products",
        "levels",
        "orders",
        "tickets",
        "payments",
    ] {
        salvaged(&mut trade, name, |path| zero(path, root(path, name)), &[]).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_its_header_page_a_file_gives_every_row() {
    let mut trade = Trade::done().await;
    salvaged(&mut trade, "header", |path| zero(path, 1), &[]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_inner_page_of_the_events_costs_what_stood_on_it_at_most() {
    let mut trade = Trade::done().await;
    salvaged(&mut trade, "events", |path| zero(path, root(path, "events")), &[0, 1, 2, 3, 4, 5, 6, 7, 8]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_short_file_gives_what_it_still_holds_and_the_till_sells_on() {
    let mut trade = Trade::done().await;
    let all: Vec<usize> = (0..trade.sales.len()).collect();
    for eighths in [7, 4, 1, 0] {
        let cut = |path: &Path| {
            let file = std::fs::OpenOptions::new().write(true).open(path).expect("the file");
            let bytes = file.metadata().expect("a size").len();
            // In the middle of a page, as a disk that filled up or died leaves it.
            file.set_len((bytes * eighths / 8).saturating_sub(100)).expect("a cut");
        };
        salvaged(&mut trade, &format!("{eighths}/8"), cut, &all).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_gone_leaves_shop_staff_and_menu_and_numbers_begin_anew() {
    let mut trade = Trade::done().await;
    let all: Vec<usize> = (0..trade.sales.len()).collect();
    trade.put_back().await;
    std::fs::remove_file(trade.database()).expect("it goes");
    trade.sells_on(&all).await;
    let told = trade.incidents().await.join("\n");
    assert!(told.contains("missing or empty") && told.contains("New letter B"), "{told}");
    trade.shop.close().await;
    assert_eq!(trade.faults(), "");
}

#[tokio::test(flavor = "multi_thread")]
async fn rubbish_in_the_place_of_the_file_is_put_aside_and_the_till_sells_on() {
    let mut trade = Trade::done().await;
    let all: Vec<usize> = (0..trade.sales.len()).collect();
    let text = b"this is a letter to the tax office, not a database".repeat(100);
    salvaged(&mut trade, "rubbish", |path| std::fs::write(path, &text).expect("a file"), &all).await;
    assert_eq!(std::fs::read(trade.data().join("store.db.damaged-1")).expect("kept"), text);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_salvage_that_was_cut_short_is_ended_or_begun_again() {
    let mut trade = Trade::done().await;
    trade.put_back().await;
    zero(&trade.database(), 1);
    std::fs::write(trade.data().join("store.salvaging"), b"half a file").expect("a file");
    trade.sells_on(&[]).await;
    trade.shop.close().await;
    assert!(!trade.data().join("store.salvaging").exists());
    // The new file was whole, and the program died before it took the old one's place.
    let path = trade.database();
    std::fs::rename(&path, trade.data().join("store.salvaged")).expect("a name");
    std::fs::write(&path, b"the damaged one").expect("a file");
    trade.sells_on(&[]).await;
    assert_eq!(std::fs::read(trade.data().join("store.db.damaged-2")).expect("kept"), b"the damaged one");
}
