//! Tills of one shop that trade apart and exchange what they wrote: nothing comes twice, no order of arrival matters.

use docket_acceptance::{Order, Peer, Shop, fresh};
use docket_contracts::Change;
use docket_contracts::view::OrderStatus;
use docket_domain::order::OrderEvent;
use docket_domain::order::event::Opened;
use docket_domain::order::line::OrderType;
use serde_json::{Value, json};

use crate::peers::terms;

/// The rows of an export.
fn rows(export: &str) -> Vec<Value> {
    export
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).expect("JSON"))
        .filter(|line| line["kind"] == "row")
        .collect()
}

/// An export cut into its groups: documents first, each alone.
fn groups(export: &str) -> Vec<String> {
    let mut groups = Vec::new();
    let mut open = String::new();
    for line in export.lines() {
        let kind: Value = serde_json::from_str(line).expect("JSON");
        open.push_str(line);
        open.push('\n');
        if kind["kind"] != "row" || !kind["signature"].is_null() {
            groups.push(std::mem::take(&mut open));
        }
    }
    groups
}

/// Another order of the same things, the same for the same number.
fn shuffled(mut groups: Vec<String>, mut number: usize) -> String {
    let mut out = String::new();
    while !groups.is_empty() {
        number = number.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let next = (number >> 33) % groups.len();
        out.push_str(&groups.swap_remove(next));
    }
    out
}

#[tokio::test(flavor = "multi_thread")]
async fn three_tills_that_traded_apart_show_one_digest_whatever_the_order_of_their_exchange() {
    let first = Shop::demo().await;
    first.at(OrderStatus::Completed).await;
    let open = first.at(OrderStatus::Confirmed).await;
    let founding = first.exported();
    let second = Shop::joined(&[&founding]).await;
    let third = Shop::joined(&[&founding]).await;
    assert_eq!(second.summary(), first.summary());

    first.must("cancel", open.with(json!({ "reason": "guest left" }))).await;
    second.at(OrderStatus::Completed).await;
    second.must("start", open.on()).await;
    third.at(OrderStatus::Cancelled).await;
    third.must("set_table", open.with(json!({ "table": "7" }))).await;

    let exports = [first.exported(), second.exported(), third.exported()];
    first.take_in(&exports[2]).await;
    first.take_in(&exports[1]).await;
    let all = groups(&exports.concat());
    let report = second.take_in(&shuffled(all.clone(), 1)).await;
    assert!(report.is_whole(), "{report:?}");
    for group in groups(&shuffled(all, 2)) {
        third.take_in(&group).await;
    }
    let again = third.take_in(&shuffled(groups(&exports.concat()), 3)).await;
    assert!(again.is_whole(), "{again:?}");

    let summary = first.summary();
    assert_eq!(summary.order_count, 4);
    assert_eq!((second.summary(), third.summary()), (summary.clone(), summary.clone()));
    for shop in [&first, &second, &third] {
        let view = shop.view(&open).await;
        assert_eq!((&view["status"], &view["table"]), (&json!("cancelled"), &json!("7")));
        assert_eq!(view["exceptions"][0]["kind"], "already_made");
        assert!(shop.verify().faults.is_empty(), "{:?}", shop.verify().faults);
        let rebuilt = docket_terminal::rebuild::run(shop.till(), |_, _| {}).await.expect("rebuilds");
        assert_eq!((&rebuilt.before, &rebuilt.after), (&summary.digest, &summary.digest));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_that_comes_again_stores_nothing_and_writes_nothing() {
    let first = Shop::demo().await;
    first.at(OrderStatus::Ready).await;
    let export = first.exported();
    let second = Shop::joined(&[&export]).await;
    let before = second.print();
    let report = second.take_in(&export).await;
    assert_eq!((report.stored, report.held, report.orders_touched), (0, report.rows, 0));
    assert!(report.rows > 5, "{report:?}");
    assert_eq!(second.print(), before);
    // A till that gets its own rows back has nothing to learn either.
    let report = first.take_in(&second.exported()).await;
    assert_eq!((report.logs_new, report.stored), (1, 1));
    assert!(report.renewed.is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_till_that_acts_on_anothers_order_writes_down_what_it_had_folded() {
    let first = Shop::demo().await;
    let order = first.at(OrderStatus::Confirmed).await;
    let (log, _) = first.head().await;
    let second = Shop::joined(&[&first.exported()]).await;
    second.must("start", order.on()).await;
    second.must("ready", order.on()).await;

    let last_of_first = rows(&first.exported())
        .iter()
        .filter(|row| row["stream_id"] == json!(order.id))
        .map(|row| row["seq"].as_u64().expect("a number"))
        .max();
    let second_rows = rows(&second.exported());
    let fact = |name: &str| second_rows.iter().find(|row| row["event_type"] == name).expect("written")["seen"].clone();
    assert_eq!(fact("order.preparation_started"), json!(format!("{log}:{}", last_of_first.expect("rows"))));
    assert_eq!(fact("order.lines_ready"), Value::Null);

    first.take_in(&second.exported()).await;
    first.must("hand_over", order.on()).await;
    assert_eq!(first.view(&order).await["exceptions"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_imported_is_told_to_windows_and_no_outbox_row_waits_for_it() {
    let first = Shop::demo().await;
    let order = first.at(OrderStatus::Confirmed).await;
    let second = Shop::joined(&[&first.exported()]).await;
    let waiting = second.ask("status", json!({})).await["outbox_waiting"].clone();
    first.must("start", order.on()).await;

    let mut feed = second.till().changes(None);
    second.take_in(&first.exported()).await;
    let told = loop {
        if let Some(Change::Changed { order_id: Some(id), .. }) = feed.next().await {
            break id;
        }
    };
    assert_eq!(told.0, order.id);
    assert_eq!(second.view(&order).await["status"], "preparing");
    assert_eq!(second.ask("status", json!({})).await["outbox_waiting"], waiting);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_menu_that_one_till_publishes_takes_effect_on_the_others() {
    let first = Shop::demo().await;
    let second = Shop::joined(&[&first.exported()]).await;
    let menu = json!({
        "id": "evening", "name": "Evening", "currency": "EUR", "categories": [{ "id": "c", "name": "Wine" }],
        "items": [{ "id": "w", "name": "Riesling", "category": "c", "price": "6.50" }],
    });
    let imported = first.till().import_menu(&menu.to_string(), None).await;
    assert!(imported.is_ok(), "{imported:?}");
    assert_eq!(second.ask("products", json!({ "text": "Riesling" })).await["rows"], json!([]));
    let report = second.take_in(&first.exported()).await;
    assert!(report.documents > 0, "{report:?}");
    let found = second.ask("products", json!({ "text": "Riesling" })).await;
    assert_eq!(found["rows"][0]["name"], "Riesling");

    // What the second publishes then counts on from it, and wins everywhere.
    let menu = menu.to_string().replace("Riesling", "Silvaner");
    second.till().import_menu(&menu, None).await.expect("published");
    first.take_in(&second.exported()).await;
    assert_eq!(first.ask("products", json!({ "text": "Silvaner" })).await["rows"][0]["name"], "Silvaner");
    let catalogue = |shop: Value| shop["version"].clone();
    assert_eq!(catalogue(first.ask("catalogue", json!({})).await), catalogue(second.ask("catalogue", json!({})).await));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_till_that_joins_has_a_letter_and_a_series_of_its_own_and_no_secret_of_the_others() {
    let first = Shop::demo().await;
    let order = first.at(OrderStatus::Draft).await;
    first.must("set_customer", order.with(json!({ "name": "Ada Lovelace" }))).await;
    let export = first.exported();
    assert!(!export.contains("Ada Lovelace"));
    let second = Shop::joined(&[&export]).await;
    let third = Shop::joined(&[&export, &second.exported()]).await;
    let mut letters = Vec::new();
    for shop in [&first, &second, &third] {
        letters.push(shop.ask("status", json!({})).await["letter"].as_str().expect("a letter").to_owned());
    }
    letters.sort();
    letters.dedup();
    assert_eq!(letters.len(), 3, "{letters:?}");
    assert!(!second.view(&order).await.to_string().contains("Ada Lovelace"));
    assert!(second.till().set_first_pin().await.expect("asked").is_none(), "a PIN is set once");
}

/// An order that a peer opened under a label of its own choice.
fn open_order(peer: &mut Peer, label: &str) -> Order {
    let order = Order { id: fresh(), lines: Vec::new() };
    let opened = Opened { label: label.into(), order_type: OrderType::Counter, terms: terms() };
    peer.write(order.id, &OrderEvent::Opened(opened), None);
    order
}

#[tokio::test(flavor = "multi_thread")]
async fn two_devices_with_one_letter_never_show_one_order_number() {
    let first = Shop::demo().await;
    let order = first.opened(&["Espresso"]).await;
    let letter = first.ask("status", json!({})).await["letter"].as_str().expect("a letter").to_owned();
    let label = first.view(&order).await["label"].as_str().expect("a label").to_owned();
    let founding = first.exported();
    let second = Shop::joined(&[&founding]).await;

    // Its clock says that the peer carried the letter before the till did.
    let mut peer = Peer::of(&first, 31, &letter);
    let theirs = open_order(&mut peer, &label);
    let report = first.take_in(&peer.export()).await;
    assert!(report.renewed.is_some(), "{report:?}");
    let (ours, theirs_label) = (first.view(&order).await, first.view(&theirs).await);
    assert_eq!((&ours["label"], &theirs_label["label"]), (&json!(format!("{label}/2")), &json!(label)));
    assert_ne!(first.ask("status", json!({})).await["letter"], json!(letter));
    let next = first.opened(&["Espresso"]).await;
    assert!(!first.view(&next).await["label"].as_str().expect("a label").starts_with(&format!("{letter}-")));

    second.take_in(&peer.export()).await;
    second.take_in(&first.exported()).await;
    first.take_in(&second.exported()).await;
    assert_eq!(second.summary(), first.summary());
    assert_eq!(second.view(&order).await["label"], ours["label"]);
    let rebuilt = docket_terminal::rebuild::run(first.till(), |_, _| {}).await.expect("rebuilds");
    assert_eq!(rebuilt.before, rebuilt.after);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restored_till_that_gets_its_lost_rows_back_sells_on_under_numbers_it_never_used() {
    let mut first = Shop::demo().await;
    first.at(OrderStatus::Completed).await;
    first.close().await;
    let copy = tempfile::tempdir().expect("a folder");
    docket_acceptance::copy_folder(first.home(), copy.path());
    first.open().await.expect("opens");
    first.at(OrderStatus::Completed).await;
    let export = first.exported();
    let series = first.ask("status", json!({})).await["letter"].clone();
    let held = first.summary();
    first.close().await;
    // Data and witness both go back, so that the till can't notice by itself.
    for folder in ["data", "witness"] {
        std::fs::remove_dir_all(first.home().join(folder)).expect("removed");
        docket_acceptance::copy_folder(&copy.path().join(folder), &first.home().join(folder));
    }
    first.open().await.expect("opens");
    assert_eq!(first.ask("status", json!({})).await["letter"], series);
    let report = first.take_in(&export).await;
    assert!(report.renewed.is_some(), "{report:?}");
    assert_eq!(first.summary(), held);
    let status = first.ask("status", json!({})).await;
    assert_ne!(status["letter"], series);
    assert_eq!(status["incidents"][0]["kind"], "continuity_unproven");
    assert!(first.verify().faults.is_empty(), "{:?}", first.verify().faults);
    first.at(OrderStatus::Completed).await;
    let again = first.take_in(&export).await;
    assert_eq!((again.stored, again.renewed), (0, None));
    first.reopen().await;
    assert!(first.verify().faults.is_empty(), "{:?}", first.verify().faults);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_of_the_first_schema_is_brought_up_to_date_at_its_next_start() {
    let mut shop = Shop::demo().await;
    let order = shop.at(OrderStatus::Confirmed).await;
    shop.while_closed(|store| {
        let tables = "DROP TABLE letters; DROP TABLE clocks_ahead; DROP TABLE stubs; DROP TABLE forked_events; DROP TABLE branches; \
                      DELETE FROM _sqlx_migrations WHERE version > 1;";
        store.execute_batch(tables).expect("as it was");
    })
    .await;
    shop.must("start", order.on()).await;
    assert!(shop.verify().faults.is_empty());
    let letter = shop.ask("status", json!({})).await["letter"].clone();
    let carried: i64 = shop.on_disk(|store| {
        let sql = "SELECT count(*) FROM letters WHERE letter = ?1";
        store.query_row(sql, [letter.as_str().expect("a letter")], |row| row.get(0)).expect("a count")
    });
    assert_eq!(carried, 1);
}
