//! Starts, copies and damage: what was sold stays, numbers never come twice, and damage never stops selling.

use docket_acceptance::{Peer, Shop, copy_folder, fresh};
use docket_contracts::CommandRequest;
use docket_contracts::view::OrderStatus;
use docket_domain::ids::CommandId;
use docket_domain::order::OrderEvent;
use docket_domain::order::event::Opened;
use docket_domain::order::line::OrderType;
use serde_json::{Value, json};

use crate::peers::terms;

async fn incidents(shop: &Shop) -> Vec<(String, String)> {
    let status = shop.ask("status", json!({})).await;
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    status["incidents"]
        .as_array()
        .expect("incidents")
        .iter()
        .map(|incident| (text(&incident["kind"]), text(&incident["text"])))
        .collect()
}

/// Sells a coffee; its order number and its receipt.
async fn sell(shop: &Shop) -> (String, String) {
    let order = shop.opened(&["Espresso"]).await;
    let outcome = shop.must("pay_cash", order.cash()).await;
    (outcome.order.expect("the order").label, outcome.payment.expect("a payment").receipt)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_finds_every_order_and_goes_on_counting() {
    let mut shop = Shop::demo().await;
    let mut orders = Vec::new();
    for status in OrderStatus::ALL {
        let order = shop.at(status).await;
        orders.push((shop.view(&order).await, order));
    }
    let (list, board) = (shop.ask("orders", json!({})).await, shop.ask("kitchen_board", json!({})).await);
    let (label, receipt) = sell(&shop).await;
    assert_eq!(label, "A-008");
    shop.reopen().await;
    for (before, order) in &orders {
        assert_eq!(shop.view(order).await, *before);
    }
    assert_eq!(
        shop.ask("orders", json!({ "limit": 8 })).await["rows"].as_array().map(|rows| rows[1..].to_vec()),
        list["rows"].as_array().cloned()
    );
    assert_eq!(shop.ask("kitchen_board", json!({})).await["ready"], board["ready"]);
    let (next, next_receipt) = sell(&shop).await;
    assert_eq!(next, "A-009");
    let number = |text: &str| text.rsplit_once('-').expect("series-number").1.parse::<u32>().expect("a number");
    assert_eq!(number(&next_receipt), number(&receipt) + 1);
    assert_eq!((incidents(&shop).await, shop.verify().faults), (vec![], vec![]));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_old_copy_that_is_put_back_opens_a_new_letter_and_series() {
    let mut shop = Shop::demo().await;
    sell(&shop).await;
    shop.close().await;
    let (data, copy) = (shop.options().data.clone(), shop.home().join("copy"));
    copy_folder(&data, &copy);
    shop.open().await.expect("opens");
    let mut given_away = Vec::new();
    for _ in 0..3 {
        given_away.push(sell(&shop).await);
    }
    shop.close().await;
    copy_folder(&copy, &data);
    assert!(
        shop.verify().faults.iter().any(|fault| fault.contains("continuity is unproven")),
        "{:?}",
        shop.verify().faults
    );
    shop.open().await.expect("opens");
    let (label, receipt) = sell(&shop).await;
    assert!(label.starts_with("B-") && receipt.starts_with("B-") && receipt.ends_with("-000001"), "{label} {receipt}");
    assert!(given_away.iter().all(|(old, old_receipt)| *old != label && *old_receipt != receipt));
    let found = incidents(&shop).await;
    assert_eq!(found.len(), 1);
    assert!(found[0].0 == "continuity_unproven" && found[0].1.contains("New letter B"), "{found:?}");
    assert_eq!(shop.verify().faults, Vec::<String>::new(), "what is there now holds");
    shop.reopen().await;
    assert_eq!(incidents(&shop).await.len(), 1, "proven again");
    assert!(sell(&shop).await.0.starts_with("B-"));
}

#[tokio::test(flavor = "multi_thread")]
async fn without_its_witness_a_store_proves_nothing() {
    let mut shop = Shop::demo().await;
    sell(&shop).await;
    shop.close().await;
    let witness = shop.options().witness.clone().expect("a folder");
    std::fs::remove_dir_all(&witness).expect("it goes");
    assert!(shop.verify().faults[0].contains("there is no witness"), "{:?}", shop.verify().faults);
    shop.open().await.expect("opens");
    let (label, receipt) = sell(&shop).await;
    let letters = label.split('-').next().expect("a label begins with its letters");
    assert_eq!(letters.len(), 2, "nobody knows which letters were given away: a pair is drawn, but {label}");
    assert!(receipt.starts_with(&format!("{letters}-")), "{receipt}");
    assert_eq!(incidents(&shop).await[0].0, "continuity_unproven");
}

/// Changes a letter in the payload of a row; gives the row's log and seq.
fn tear(store: &rusqlite::Connection, event_type: &str) -> (String, i64) {
    let found = "SELECT hex(log_id), seq FROM events WHERE event_type = ?1 ORDER BY clock DESC LIMIT 1";
    let (log, seq): (String, i64) =
        store.query_row(found, [event_type], |row| Ok((row.get(0)?, row.get(1)?))).expect("a row");
    let sql = "UPDATE events SET payload = replace(payload, '\"', '”') WHERE hex(log_id) = ?1 AND seq = ?2";
    assert_eq!(store.execute(sql, rusqlite::params![log, seq]).expect("an update"), 1);
    (log.to_lowercase(), seq)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_torn_row_in_the_tail_is_listed_and_the_till_sells_on() {
    let mut shop = Shop::demo().await;
    let sold = shop.at(OrderStatus::Completed).await;
    let torn = shop.at(OrderStatus::Confirmed).await;
    let mut row = None;
    shop.while_closed(|store| row = Some(tear(store, "order.lines_fired"))).await;
    let (log, seq) = row.expect("a row was torn");
    let found = incidents(&shop).await;
    assert!(
        found
            .iter()
            .any(|(kind, text)| kind == "row_damaged" && text.contains(&log) && text.contains(&format!("Row {seq} "))),
        "{found:?}"
    );
    let report = shop.verify();
    assert!(report.faults[0].contains(&log) && report.faults[0].contains(&seq.to_string()), "{:?}", report.faults);
    assert_eq!(shop.view(&sold).await["status"], "completed");
    shop.ask("orders", json!({})).await;
    shop.ask_as(docket_domain::staff::Role::Manager, "order", torn.on())
        .await
        .expect("an order with a torn row is still shown");
    let (label, _) = sell(&shop).await;
    assert!(label.starts_with("A-"), "{label}: damage is no lost number");
    shop.reopen().await;
    assert_eq!(incidents(&shop).await.len(), found.len(), "it is told once");
    sell(&shop).await;
    assert_eq!(shop.verify().faults, report.faults, "and nothing else is wrong");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_torn_row_in_a_closed_log_is_found_by_the_patrol() {
    let mut shop = Shop::demo().await;
    shop.at(OrderStatus::Completed).await;
    shop.reopen().await;
    let mut row = None;
    // The log before the last: no start reads it.
    shop.while_closed(|store| row = Some(tear(store, "order.lines_handed_over"))).await;
    assert_eq!(incidents(&shop).await, vec![]);
    let (log, seq) = row.expect("a row was torn");
    let mut feed = shop.till().changes(None);
    while incidents(&shop).await.is_empty() {
        feed.next().await.expect("the till tells");
    }
    let (kind, text) = incidents(&shop).await.remove(0);
    assert!(kind == "row_damaged" && text.contains(&log) && text.contains(&format!("Row {seq} ")), "{text}");
    sell(&shop).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_patrol_takes_a_log_that_grows_meanwhile_for_no_damage() {
    let mut shop = Shop::demo().await;
    shop.at(OrderStatus::Completed).await;
    // It rests behind each log, so that it comes to that of the other device some time after it began.
    for _ in 0..8 {
        shop.reopen().await;
    }
    let mut peer = Peer::of(&shop, 7, "P");
    shop.take_in(&peer.export()).await;
    let mut row = None;
    shop.while_closed(|store| row = Some(tear(store, "order.lines_handed_over"))).await;
    // It tells what it has found when it has been everywhere.
    while incidents(&shop).await.is_empty() {
        let opened = Opened { label: "P-001".into(), order_type: OrderType::Counter, terms: terms() };
        peer.write(fresh(), &OrderEvent::Opened(opened), None);
        shop.take_in(&peer.export()).await;
        tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    }
    let (found, (log, seq)) = (incidents(&shop).await, row.expect("a row was torn"));
    assert!(found.len() == 1 && found[0].1.contains(&log) && found[0].1.contains(&format!("Row {seq} ")), "{found:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_that_is_torn_while_the_till_is_open_closes_its_log_and_the_till_sells_on() {
    let shop = Shop::demo().await;
    shop.at(OrderStatus::Completed).await;
    let (open, _) = shop.head().await;
    let mut feed = shop.till().changes(None);
    let (log, seq) = shop.on_disk(|store| tear(store, "order.cash_paid"));
    shop.must("verify", json!({})).await;
    while !shop.ask("status", json!({})).await["last_verify"].as_str().is_some_and(|text| text.contains("fault")) {
        feed.next().await.expect("the till tells");
    }
    let status = shop.ask("status", json!({})).await;
    let text = status["last_verify"].as_str().expect("a report");
    assert!(text.contains(&log) && text.contains(&seq.to_string()), "{text}");
    assert!(incidents(&shop).await.iter().any(|(kind, _)| kind == "row_damaged"));
    let (next, _) = shop.head().await;
    assert!(next != open && open.to_string() == log, "a new log took the place of the torn one");
    let (label, receipt) = sell(&shop).await;
    assert!(label == "A-002" && receipt.starts_with("A-") && receipt.ends_with("-000002"), "{label} {receipt}");
    assert_eq!(shop.verify().faults.len(), 1, "the torn row, and nothing else");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_that_is_sent_again_after_a_restart_gets_its_first_answer() {
    let mut shop = Shop::demo().await;
    let order = shop.opened(&["Espresso"]).await;
    let request = CommandRequest { command_id: CommandId(fresh()), expected_version: None, input: order.cash() };
    let first = shop.request("pay_cash", request.clone()).await.expect("paid");
    shop.must("complete", order.on()).await;
    shop.reopen().await;
    let before = shop.print();
    assert_eq!(shop.request("pay_cash", request).await.expect("a retry"), first, "as it was, not as it is");
    assert_eq!(shop.print(), before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_rebuild_gives_the_same_digest_while_sales_go_on() {
    let shop = Shop::demo().await;
    docket_terminal::play::play(shop.till(), 60, 3, |_| {}).await.expect("plays");
    let still = docket_terminal::rebuild::run(shop.till(), |_, _| {}).await.expect("rebuilds");
    assert_eq!(still.before, still.after);
    let seller = shop.till().clone();
    let selling =
        tokio::spawn(async move { docket_terminal::play::play(&seller, 60, 4, |_| {}).await.expect("plays") });
    let mut rebuilds = 0;
    while !selling.is_finished() {
        docket_terminal::rebuild::run(shop.till(), |_, _| {}).await.expect("rebuilds beside the sales");
        rebuilds += 1;
    }
    selling.await.expect("the seller ends");
    let after = docket_terminal::rebuild::run(shop.till(), |_, _| {}).await.expect("rebuilds");
    assert_eq!((after.before, after.orders), (after.after, 120), "after {rebuilds} rebuilds beside sales");
}

#[tokio::test(flavor = "multi_thread")]
async fn read_models_of_another_fold_are_rebuilt_at_the_start() {
    let mut shop = Shop::demo().await;
    docket_terminal::play::play(shop.till(), 20, 9, |_| {}).await.expect("plays");
    let right = docket_terminal::rebuild::run(shop.till(), |_, _| {}).await.expect("rebuilds").after;
    shop.while_closed(|store| {
        store.execute_batch("UPDATE folder SET value = '0' WHERE name = 'fold_version'; UPDATE orders SET total_minor = total_minor + 1;").expect("older rows");
    })
    .await;
    let mut feed = shop.till().changes(None);
    let version = || {
        shop.on_disk(|store| {
            store
                .query_row("SELECT value FROM folder WHERE name = 'fold_version'", [], |row| row.get::<_, String>(0))
                .expect("a version")
        })
    };
    while version() == "0" {
        feed.next().await.expect("the till tells");
    }
    let again = docket_terminal::rebuild::run(shop.till(), |_, _| {}).await.expect("rebuilds");
    assert_eq!((again.before, again.after), (right.clone(), right));
}
