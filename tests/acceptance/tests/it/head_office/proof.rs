//! What proves that nothing is missing: counts of a day, and how safe each event of an order is.

use docket_sync::{HashSum, Item};
use serde_json::json;

use super::{enrolled, in_step, sell};

#[tokio::test(flavor = "multi_thread")]
async fn a_till_counts_a_day_as_its_rows_say() {
    let (shop, office) = enrolled().await;
    sell(&shop, 3).await;
    in_step(&shop, &office).await;
    let day: i32 = shop
        .on_disk(|store| store.query_row("SELECT max(business_day) FROM events", [], |row| row.get(0)).expect("a day"));
    office.ask_tally(day);
    office.until("a tally", |held| held.tallies.len() == 1).await;
    sell(&shop, 1).await;
    in_step(&shop, &office).await;
    office.ask_tally(day);
    office.until("a tally more", |held| held.tallies.len() == 2).await;
    let (captured, refunded): (i64, i64) = shop.on_disk(|store| {
        let sql = "SELECT sum(captured_minor), sum(refunded_minor) FROM payments";
        store.query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?))).expect("sums")
    });
    office.look(|held| {
        let tally = &held.tallies[1];
        assert_eq!((tally.business_day, tally.captured_minor, tally.refunded_minor), (day, captured, refunded));
        assert!(captured > 0);
        for count in &tally.logs {
            let log = docket_log::LogId(count.log_id[..].try_into().expect("16 bytes"));
            let mut sum = HashSum::default();
            let rows: Vec<_> = held.logs[&log].iter().collect();
            rows.iter().for_each(|item| sum.add(&item.head().hash));
            assert_eq!((count.rows, &count.hash_sum[..]), (rows.len() as u64, &sum.0[..]), "log {log}");
        }
        assert_eq!(tally.logs.len(), held.logs.len());
        assert!(held.tallies[0].captured_minor < captured);
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn a_history_says_which_events_head_office_holds() {
    let (shop, mut office) = enrolled().await;
    let order = shop.opened(&["Espresso"]).await;
    in_step(&shop, &office).await;
    office.stop().await;
    shop.must("pay_cash", order.cash()).await;
    let history = shop.ask("history", order.on()).await;
    let levels: Vec<_> = history.as_array().expect("entries").iter().map(|entry| entry["level"].clone()).collect();
    assert_eq!(levels.first(), Some(&json!("C")), "{levels:?}");
    assert_eq!(levels.last(), Some(&json!("L")), "{levels:?}");
    office.open_again().await;
    in_step(&shop, &office).await;
    let history = shop.ask("history", order.on()).await;
    assert!(history.as_array().expect("entries").iter().all(|entry| entry["level"] == "C"), "{history}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_belongs_to_the_trace_of_the_command_that_wrote_its_last_row() {
    let (shop, office) = enrolled().await;
    sell(&shop, 2).await;
    in_step(&shop, &office).await;
    office.look(|held| {
        assert!(!held.traces.is_empty());
        for (last, traceparent) in &held.traces {
            let Item::Row(row) = last else { panic!("nothing is damaged here") };
            let trace = row.correlation_id.simple().to_string();
            assert!(traceparent.starts_with(&format!("00-{trace}-")) && traceparent.ends_with("-01"), "{traceparent}");
            assert_eq!(traceparent.len(), 55, "{traceparent}");
        }
    });
}
