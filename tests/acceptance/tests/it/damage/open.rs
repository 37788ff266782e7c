//! Damage that shows while the till is open: it goes on, in the same sessions.

use rusqlite::Connection;
use serde_json::json;

use super::file::zero;
use super::kit::{Trade, verified};

/// Overwrites the first page of a table behind the till's back, and makes the till drop what it holds of the file.
fn ruin(trade: &Trade, table: &str) {
    let path = trade.database();
    let page: i64 = {
        let store = Connection::open(&path).expect("the store");
        store.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).expect("a checkpoint");
        let sql = "SELECT rootpage FROM sqlite_schema WHERE name = ?1";
        store.query_row(sql, [table], |row| row.get(0)).expect("a table")
    };
    zero(&path, page.unsigned_abs());
    let store = Connection::open(&path).expect("the store");
    store.execute("UPDATE folder SET value = value WHERE name = 'run'", []).expect("a change");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_that_meets_damage_is_done_in_the_salvaged_store() {
    let mut trade = Trade::done().await;
    for table in ["receipts", "heads", "counters", "outbox"] {
        trade.put_back().await;
        trade.shop.open().await.expect("opens");
        let before = trade.shop.opened(&["Espresso"]).await;
        let (log, _) = trade.shop.head().await;
        ruin(&trade, table);
        let outcome = trade.shop.must("pay_cash", before.cash()).await;
        assert!(outcome.applied, "{table}");
        let (next, _) = trade.shop.head().await;
        assert_ne!(log, next, "{table}: damage closes its log");
        trade.goes_on_selling(&[]).await;
        let told = trade.incidents().await.join("\n");
        assert!(told.contains("The store's file was damaged"), "{table}: {told}");
        trade.shop.reopen().await;
        trade.goes_on_selling(&[]).await;
        trade.shop.close().await;
        assert_eq!(trade.faults(), "", "{table}: all is whole");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_search_index_that_holds_what_it_does_not_know_of_stops_no_sale() {
    let mut trade = Trade::done().await;
    trade.put_back().await;
    let store = Connection::open(trade.database()).expect("the store");
    // An entry for the first page of each segment that comes next.
    let sql = "WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 200) \
               INSERT OR IGNORE INTO orders_text_idx (segid, term, pgno) SELECT n, x'', 2 FROM n";
    assert!(store.execute(sql, []).expect("an insert") > 100);
    drop(store);
    trade.sells_on(&[]).await;
    let told = trade.incidents().await.join("\n");
    assert!(told.contains("The store's file was damaged"), "{told}");
    trade.shop.close().await;
    assert_eq!(trade.faults(), "", "all is whole");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_query_that_meets_damage_is_answered_from_the_salvaged_store() {
    let mut trade = Trade::done().await;
    for (table, query) in [("orders", "orders"), ("tickets", "kitchen_board"), ("events_by_stream", "order")] {
        trade.put_back().await;
        trade.shop.open().await.expect("opens");
        let order = trade.sales[0].order.clone();
        trade.shop.session(docket_domain::staff::Role::Manager).await;
        ruin(&trade, table);
        let input = if query == "order" { order.on() } else { json!({}) };
        trade.shop.ask(query, input).await;
        trade.goes_on_selling(&[]).await;
        assert!(trade.incidents().await.join("\n").contains("The store's file was damaged"), "{table}");
        trade.shop.close().await;
        assert_eq!(trade.faults(), "", "{table}: all is whole");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_verification_that_finds_a_broken_page_has_it_salvaged() {
    let mut trade = Trade::done().await;
    trade.put_back().await;
    trade.shop.open().await.expect("opens");
    ruin(&trade, "levels");
    verified(&trade.shop).await;
    assert!(trade.incidents().await.join("\n").contains("The store's file was damaged"));
    trade.goes_on_selling(&[]).await;
}
