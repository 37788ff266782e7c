//! Two tills took the same letter while neither knew of the other.

use std::collections::BTreeSet;
use std::path::Path;

use docket_devices::fixture::{Nature, SHOP, Signer, path};
use docket_devices::folder::Folder;
use docket_devices::row::{
    Act::{Do, Open},
    NOTHING, Row,
};
use docket_devices::shop::{catalogue, order_id};
use docket_devices::till::Till;
use docket_devices::trade::play;
use docket_domain::order::OrderEvent;
use docket_domain::order::event::Opened;
use docket_domain::order::line::OrderType;
use docket_log::DeviceClass;
use serde_json::Value;

static BEFORE: Row = order(40);
static AFTER: Row = order(41);
const OF_THE_OTHER: u32 = 42;

const fn order(number: u32) -> Row {
    Row { number, lines: &["Soup"], linked: &[Open, Do("place")], unlinked: NOTHING, met: NOTHING }
}

async fn sold(folder: &Folder, row: &Row) {
    let till = Till::serve(folder).await;
    play(&till, row, row.linked).await;
    till.end().await;
}

/// The orders of an export, with their labels.
fn orders(export: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(export).expect("the export can be read");
    let lines = text.lines().map(|line| serde_json::from_str(line).expect("an export is JSON Lines"));
    lines.filter(|line: &Value| line["kind"] == "order").collect()
}

fn label(orders: &[Value], number: u32) -> &str {
    let order = orders.iter().find(|order| order["order_id"] == order_id(number).to_string());
    order.and_then(|order| order["label"].as_str()).unwrap_or_else(|| panic!("order {number} is not in {orders:?}"))
}

/// The log of a till that carries this letter, and its order of this day with this label.
fn other_till(letter: &str, label: &str, business_day: i32) -> String {
    let series = format!("{letter}-6f6f6f");
    let mut till =
        Signer::open(&Nature { number: 0x6f, class: DeviceClass::Till, letter, receipt_series: &series, business_day });
    let opened = Opened { label: label.to_owned(), order_type: OrderType::Counter, terms: catalogue().terms() };
    till.order(order_id(OF_THE_OTHER), &OrderEvent::Opened(opened));
    till.lines()
}

#[tokio::test]
async fn orders_that_two_tills_called_alike_are_told_apart_and_the_later_till_takes_another_letter() {
    let home = tempfile::tempdir().expect("a folder");
    let till = Folder::founded(home.path(), "till", &[path(SHOP)]).await;
    sold(&till, &BEFORE).await;
    let export = till.export("before.jsonl").await;
    let before = orders(&export);
    let called = label(&before, BEFORE.number);
    let (letter, _) = called.split_once('-').expect("a letter, a hyphen and a number");
    let day = i32::try_from(before[0]["business_day"].as_i64().expect("a day")).expect("eight digits");
    let other = home.path().join("other.jsonl");
    std::fs::write(&other, other_till(letter, called, day)).expect("a log");

    let bystander = Folder::founded(home.path(), "bystander", &[export]).await;
    bystander.learn(std::slice::from_ref(&other)).await;
    till.learn(&[other]).await;
    sold(&till, &AFTER).await;
    bystander.learn(&[till.export("after.jsonl").await]).await;
    // The letter that the till took then may be the bystander's, which it had not heard of: only who holds the same shows
    // the same.
    till.learn(&[bystander.export("bystander.jsonl").await]).await;

    assert_eq!(till.digest().await, bystander.digest().await);
    for folder in [&till, &bystander] {
        let orders = orders(&folder.export("both.jsonl").await);
        let labels: BTreeSet<&str> = orders.iter().map(|order| order["label"].as_str().expect("a label")).collect();
        assert_eq!(labels.len(), 3, "{} shows {labels:?}", folder.name);
        assert_eq!(label(&orders, OF_THE_OTHER), called, "the first to carry the letter keeps it");
        assert!(label(&orders, BEFORE.number).starts_with(called), "the other is still found by it: {labels:?}");
        assert!(!label(&orders, AFTER.number).starts_with(&format!("{letter}-")), "a new letter: {labels:?}");
    }
}
