//! Orders and the services of other houses: their word counts where they give it, and their silence stops nothing.

use std::collections::BTreeMap;
use std::time::Duration;

use docket_central::api::FaultCode;
use docket_central::api::order::{ItemChange, OrderPatch};
use docket_central::api::ports::{Patience, PortUrls, Ports};
use docket_testkit::house::{self, Behaviour, StandIn};

use crate::house::{House, item, key, order};

async fn with(stock: Option<&StandIn>, menu: Option<&StandIn>) -> House {
    let mut house = House::open().await;
    let urls = PortUrls { stock: stock.map(StandIn::url), menu: menu.map(StandIn::url), payment: None };
    let patience = Patience { one_try: Duration::from_millis(400), ..Patience::default() };
    house.desk = house.desk.with_ports(Ports::open(&urls, patience).expect("addresses"));
    house
}

/// The product of the first item, as the other house is asked about it.
async fn product(house: &House) -> String {
    let view = house.desk.create(&house.admin(), order(), None).await.expect("nobody is asked yet").view;
    view.items[0].product_id.to_string()
}

#[tokio::test]
async fn what_the_stock_is_short_of_is_refused_by_its_item_and_nothing_is_stored() {
    let product = product(&House::open().await).await;
    let stock = house::stock(BTreeMap::from([(product, 3)]));
    let house = with(Some(&stock), None).await;
    house.desk.create(&house.admin(), order(), None).await.expect("two of three");
    let before = (house.count("central.orders").await, house.count("central.log_rows").await);
    // Two lines of one product share what is left.
    let mut more = order();
    more.items = vec![item("prod-002", 9), item("prod-001", 2), item("prod-001", 2)];
    let fault = house.desk.create(&house.admin(), more, key("k")).await.expect_err("four of three");
    assert_eq!(fault.code, FaultCode::Unavailable);
    let fields: Vec<&str> = fault.violations.iter().map(|violation| violation.field.as_str()).collect();
    assert_eq!(fields, ["items[1].product_id", "items[2].product_id"]);
    assert_eq!(fault.violations[0].rule, "is short: 3 are left");
    assert_eq!((house.count("central.orders").await, house.count("central.log_rows").await), before);
    assert_eq!(house.count("api.idempotency").await, 0);
}

#[tokio::test]
async fn what_the_menu_has_withdrawn_is_refused_and_a_repeat_of_what_was_done_is_not() {
    let product = product(&House::open().await).await;
    let menu = house::menu(vec![product]);
    let house = with(None, Some(&menu)).await;
    menu.behave(Behaviour::Fail(500));
    let first =
        house.desk.create(&house.admin(), order(), key("k1")).await.expect("the last published catalogue holds");
    menu.behave(Behaviour::Answer);
    let again = house.desk.create(&house.admin(), order(), key("k1")).await.expect("it was done before");
    assert_eq!(again.json, first.json);
    let fault = house.desk.create(&house.admin(), order(), key("k2")).await.expect_err("breakfast is over");
    assert_eq!((fault.code, fault.violations[0].rule.as_str()), (FaultCode::Unavailable, "is not offered now"));
}

#[tokio::test]
async fn a_house_that_hangs_fails_or_lies_stops_no_order() {
    let (stock, menu) = (house::stock(BTreeMap::new()), house::menu(Vec::new()));
    let house = with(Some(&stock), Some(&menu)).await;
    for behaviour in
        [Behaviour::Hang, Behaviour::Fail(503), Behaviour::Lie(b"{\"items\":[]}".to_vec()), Behaviour::BreakOff]
    {
        stock.behave(behaviour.clone());
        menu.behave(behaviour.clone());
        let taken = house.desk.create(&house.admin(), order(), None).await;
        assert!(taken.is_ok(), "{behaviour:?}: {taken:?}");
    }
    assert!(stock.count() > 0 && menu.count() > 0, "both were asked");
}

fn change(items: Vec<ItemChange>) -> OrderPatch {
    OrderPatch { items, ..OrderPatch::default() }
}

#[tokio::test]
async fn a_change_is_asked_about_by_what_it_brings_and_refused_by_its_items() {
    let product = product(&House::open().await).await;
    let stock = house::stock(BTreeMap::from([(product.clone(), 3)]));
    let menu = house::menu(Vec::new());
    let house = with(Some(&stock), Some(&menu)).await;
    let placed = house.desk.create(&house.admin(), order(), None).await.expect("two of three").view;
    let (id, line) = (placed.order_id, placed.items[0].line_id);
    let update = async |patch, key| house.desk.update(&house.admin(), id, patch, None, key).await;
    let before = (house.count("central.log_rows").await, stock.count());
    // The line's new quantity and one more line of the product share what is left.
    let more = change(vec![
        ItemChange { line_id: None, item: item("prod-002", 9) },
        ItemChange { line_id: Some(line), item: item("prod-001", 3) },
        ItemChange { line_id: None, item: item("prod-001", 1) },
    ]);
    let fault = update(more.clone(), key("u")).await.expect_err("four of three");
    assert_eq!(fault.code, FaultCode::Unavailable);
    let found: Vec<(&str, &str)> = fault.violations.iter().map(|one| (one.field.as_str(), one.rule.as_str())).collect();
    let short = "is short: 3 are left";
    assert_eq!(found, [("items[1].item.product_id", short), ("items[2].item.product_id", short)]);
    assert_eq!((house.count("central.log_rows").await, stock.count()), (before.0, before.1 + 1));
    assert_eq!(house.count("api.idempotency").await, 0);
    // A version that is gone is told before anybody is asked.
    let stale = OrderPatch { expected_version: Some(7), ..more };
    assert_eq!(update(stale, None).await.expect_err("another version").code, FaultCode::VersionConflict);
    assert_eq!(stock.count(), before.1 + 1);
    let one = || change(vec![ItemChange { line_id: None, item: item("prod-001", 1) }]);
    let done = update(one(), key("u")).await.expect("one of three");
    // What was done is answered as before, whatever the houses say now.
    let none_left = serde_json::json!({ "items": [{ "product_id": product, "left": 0 }] });
    stock.behave(Behaviour::Lie(none_left.to_string().into_bytes()));
    assert_eq!(update(one(), key("v")).await.expect_err("there are none").code, FaultCode::Unavailable);
    let again = update(one(), key("u")).await;
    assert_eq!(again.expect("a repeat").json, done.json);
}

#[tokio::test]
async fn who_takes_less_of_what_is_in_the_order_needs_nobodys_word() {
    let product = product(&House::open().await).await;
    let (stock, menu) = (house::stock(BTreeMap::from([(product.clone(), 0)])), house::menu(vec![product]));
    let house = with(Some(&stock), Some(&menu)).await;
    stock.behave(Behaviour::Fail(400));
    menu.behave(Behaviour::Fail(400));
    let placed = house.desk.create(&house.admin(), order(), None).await.expect("the fallbacks hold").view;
    stock.behave(Behaviour::Answer);
    menu.behave(Behaviour::Answer);
    let asked = (stock.count(), menu.count());
    let to = |line_id, quantity| change(vec![ItemChange { line_id: Some(line_id), item: item("prod-001", quantity) }]);
    let line = placed.items[0].line_id;
    let more = house.desk.update(&house.admin(), placed.order_id, to(line, 3), None, None).await;
    assert_eq!(more.expect_err("there are none").code, FaultCode::Unavailable);
    let less = house.desk.update(&house.admin(), placed.order_id, to(line, 1), None, None).await.expect("less").view;
    assert_eq!((less.items[0].quantity.as_str(), less.version), ("1", 2));
    assert_eq!((stock.count(), menu.count()), (asked.0 + 1, asked.1 + 1), "asked about the one that wanted more");
}

#[tokio::test]
async fn a_house_that_hangs_or_lies_stops_no_change() {
    let (stock, menu) = (house::stock(BTreeMap::new()), house::menu(Vec::new()));
    let house = with(Some(&stock), Some(&menu)).await;
    let placed = house.desk.create(&house.admin(), order(), None).await.expect("it is taken").view;
    for behaviour in [Behaviour::Hang, Behaviour::Lie(b"{\"items\":[]}".to_vec())] {
        stock.behave(behaviour.clone());
        menu.behave(behaviour.clone());
        let patch = change(vec![ItemChange { line_id: None, item: item("prod-002", 1) }]);
        let done = house.desk.update(&house.admin(), placed.order_id, patch, None, None).await;
        assert!(done.is_ok(), "{behaviour:?}: {done:?}");
    }
}
