//! Orders and the services of other houses: their word counts where they give it, and their silence stops nothing.

use std::collections::BTreeMap;
use std::time::Duration;

use docket_central::api::FaultCode;
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
