//! What proves that nothing is missing: counts of a day, and how safe each event of an order is.

use std::path::PathBuf;

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
use docket_contracts::statement::{
    Counted, Money, STATEMENT_FORMAT, STATEMENT_KIND, SignedStatement, StatedLog, Statement, ToldMoney, signed_bytes,
};
use docket_domain::ids::{DeviceId, StoreId};
use docket_sync::{HashSum, Item};
use docket_terminal::statement::{self, Signed};
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

#[tokio::test(flavor = "multi_thread")]
async fn a_statement_counts_only_by_the_key_that_was_pinned_at_enrolment() {
    let (shop, office) = enrolled().await;
    sell(&shop, 2).await;
    in_step(&shop, &office).await;
    let (data, day, device, store) = shop.on_disk(|at| {
        let data = PathBuf::from(at.path().expect("a file")).parent().expect("in a folder").to_owned();
        let one = |sql: &str| at.query_row(sql, [], |row| row.get::<_, String>(0)).expect("a value").parse();
        let day: i32 = at.query_row("SELECT max(business_day) FROM events", [], |row| row.get(0)).expect("a day");
        let device = one("SELECT value FROM folder WHERE name = 'device'").expect("an id");
        (data, day, device, one("SELECT value FROM folder WHERE name = 'store'").expect("an id"))
    });
    let tally = docket_terminal::tally::tally(&data, day, None).expect("a tally");
    assert_eq!(tally.waiting_rows, 0);
    let counted = |log: &docket_terminal::tally::LogDay| Counted { count: log.rows, hash_sum: log.sum.to_string() };
    let money = Money { captured_minor: tally.captured_minor, refunded_minor: tally.refunded_minor };
    let logs = tally.logs.iter().map(|log| StatedLog {
        log: log.log,
        branch: 0,
        device: DeviceId(device),
        own: false,
        held: counted(log),
        told: Some(counted(log)),
    });
    let statement = Statement {
        kind: STATEMENT_KIND.to_owned(),
        format: STATEMENT_FORMAT,
        tenant: office.tenant(),
        store: StoreId(store),
        business_day: day,
        version: 1,
        made_at_ms: 1,
        currency: tally.currency.clone(),
        logs: logs.collect(),
        money,
        told_money: vec![ToldMoney { device: DeviceId(device), money }],
        outbox: Counted::default(),
        kafka: Counted::default(),
        equal: true,
    };
    let body = serde_json::to_string(&statement).expect("text");
    let signed_with = |seed: &[u8; 32]| {
        let key = Ed25519KeyPair::from_seed_unchecked(seed).expect("a seed");
        let (signature, public_key) = (key.sign(&signed_bytes(&body)), key.public_key());
        let (signature, public_key) = (hex::encode(signature), hex::encode(public_key));
        serde_json::to_string(&SignedStatement { body: body.clone(), signature, public_key }).expect("text")
    };
    let good = statement::check(&data, &tally, &signed_with(&office.key().to_seed())).expect("a statement");
    assert_eq!((good.signed, good.findings), (Signed::Good, Vec::new()));
    // It brings its own key along, and that proves nothing.
    let forged = statement::check(&data, &tally, &signed_with(&[1; 32])).expect("a statement");
    assert_eq!(forged.signed, Signed::False);
}
