use docket_central::api::caller::customer_of;
use docket_central::api::order::{CancelOrder, Delivery, ItemChange, NewItem, OrderFilter, OrderPatch};
use docket_central::api::{FaultCode, PageRequest};
use docket_domain::ids::{LineId, OrderId, StoreId};
use docket_domain::order::line::OrderType;
use sqlx::Row as _;
use uuid::Uuid;

use crate::house::{House, MENU, desk, item, key, limits, order};

#[tokio::test]
async fn an_order_is_placed_priced_and_sealed() {
    let house = House::open().await;
    let answer = house.desk.create(&house.customer("user-123"), order(), None).await.expect("it is taken");
    let view = answer.view;
    assert_eq!((view.status.as_str(), view.label.as_str(), view.version), ("confirmed", "HO-001", 1));
    assert_eq!((view.total.as_str(), view.balance.as_str(), view.currency.as_str()), ("25.00", "25.00", "EUR"));
    assert_eq!((view.delivery, view.order_type), (Delivery::WaitingForStore, OrderType::TakeAway));
    assert_eq!(view.customer_id, Some(customer_of(house.tenant, "user-123")));
    assert_eq!(view.shipping_address.as_deref(), Some("1 Main Street"));
    assert_eq!((view.items[0].quantity.as_str(), view.items[0].unit_price.as_str()), ("2", "12.50"));
    assert_eq!(serde_json::to_string(&view).expect("JSON"), answer.json);
    assert_eq!(house.desk.get(&house.customer("user-123"), view.order_id).await.expect("it is there"), view);
    let log = sqlx::query("SELECT payload FROM central.log_rows WHERE payload IS NOT NULL")
        .fetch_all(&house.owner)
        .await
        .expect("rows");
    let told = sqlx::query("SELECT body AS payload FROM central.outbox").fetch_all(&house.owner).await.expect("rows");
    assert!(!told.is_empty());
    for row in log.iter().chain(&told) {
        let text = String::from_utf8(row.get("payload")).expect("text");
        assert!(!text.contains("user-123") && !text.contains("Main Street"), "{text}");
    }
}

#[tokio::test]
async fn a_repeat_under_a_key_is_one_order_and_the_same_bytes_in_every_process() {
    let house = House::open().await;
    let caller = house.customer("user-123");
    let first = house.desk.create(&caller, order(), key("k1")).await.expect("it is taken");
    let again = house.desk.create(&caller, order(), key("k1")).await.expect("a repeat");
    assert_eq!((&again.json, again.replayed, first.replayed), (&first.json, true, false));
    let (other, _) = desk(&house.server.url(), limits()).await;
    house.publish(&MENU.replace("12.50", "13.50")).await;
    let elsewhere = other.create(&caller, order(), key("k1")).await.expect("a repeat, whatever the menu says now");
    assert_eq!(elsewhere.json, first.json);
    let mut changed = order();
    changed.items[0].quantity = 3;
    let fault = other.create(&caller, changed, key("k1")).await.expect_err("another request");
    assert_eq!(fault.code, FaultCode::KeyMismatch);
    let fault = other.create(&caller, order(), key("k2")).await.expect_err("the price is another one");
    assert_eq!(fault.code, FaultCode::PriceChanged);
    assert_eq!(house.count("central.orders").await, 1);
}

#[tokio::test]
async fn many_at_once_under_one_key_are_one_order() {
    let house = House::open().await;
    let (other, _) = desk(&house.server.url(), limits()).await;
    let mut calls = tokio::task::JoinSet::new();
    for call in 0..20 {
        let (desk, caller) = (if call % 2 == 0 { &house.desk } else { &other }.clone(), house.customer("user-123"));
        calls.spawn(async move { desk.create(&caller, order(), key("same")).await });
    }
    let answers = calls.join_all().await;
    let done: Vec<&str> = answers.iter().flatten().map(|answer| answer.json.as_str()).collect();
    assert!(!done.is_empty() && done.iter().all(|json| *json == done[0]));
    assert!(answers.iter().filter_map(|answer| answer.as_ref().err()).all(|fault| fault.code == FaultCode::KeyInUse));
    assert_eq!(house.count("central.orders").await, 1);
}

#[tokio::test]
async fn many_orders_at_once_share_transactions_and_get_numbers_of_their_own() {
    let house = House::open().await;
    let (other, _) = desk(&house.server.url(), limits()).await;
    let mut calls = tokio::task::JoinSet::new();
    for call in 0..60 {
        let (desk, caller) = (if call % 2 == 0 { &house.desk } else { &other }.clone(), house.customer("user-123"));
        calls.spawn(async move { desk.create(&caller, order(), key(&format!("key-{call}"))).await });
    }
    let answers = calls.join_all().await;
    let labels: std::collections::BTreeSet<String> =
        answers.into_iter().map(|answer| answer.expect("it is taken").view.label).collect();
    assert_eq!(labels.len(), 60);
    assert_eq!(house.count("central.orders WHERE status = 'confirmed'").await, 60);
    assert_eq!(house.count("api.idempotency").await, 60);
    assert_eq!(house.count("central.logs WHERE own").await, 2, "one log a process");
}

#[tokio::test]
async fn the_numbers_of_a_day_have_no_gap_and_go_on_behind_orders_of_before_there_was_a_counter() {
    let house = House::open().await;
    let caller = house.customer("user-123");
    let label = async || house.desk.create(&caller, order(), None).await.expect("it is taken").view.label;
    assert_eq!((label().await, label().await), ("HO-001".to_owned(), "HO-002".to_owned()));
    let mut none = order();
    none.items[0].quantity = 0;
    house.desk.create(&caller, none, None).await.expect_err("nothing is ordered");
    assert_eq!(label().await, "HO-003");
    sqlx::query("DELETE FROM central.own_labels").execute(&house.owner).await.expect("the counter is gone");
    assert_eq!((label().await, label().await), ("HO-004".to_owned(), "HO-005".to_owned()));
}

#[tokio::test]
async fn what_can_not_be_ordered_is_refused_by_field_and_changes_nothing() {
    let house = House::open().await;
    let caller = house.customer("user-123");
    let mut changed = order();
    changed.items[0].product_name = Some("Marinara".into());
    changed.items[0].unit_price = Some("9.99".into());
    let fault = house.desk.create(&caller, changed, None).await.expect_err("it is another price");
    assert_eq!(fault.code, FaultCode::PriceChanged);
    let valid: Vec<(&str, Option<&str>)> =
        fault.violations.iter().map(|found| (found.field.as_str(), found.valid.as_deref())).collect();
    let expected = [("items[0].product_name", Some("Margherita")), ("items[0].unit_price", Some("12.50"))];
    assert_eq!(valid, expected);
    let with = |change: &dyn Fn(&mut NewItem)| {
        let mut order = order();
        change(&mut order.items[0]);
        order
    };
    let cases = [
        (with(&|item| item.product_id = "prod-999".into()), "items[0].product_id"),
        (with(&|item| item.quantity = 0), "items[0].quantity"),
        (with(&|item| item.quantity = 1_000), "items[0].quantity"),
        (with(&|item| item.unit_price = Some("12.500000000001".into())), "items[0].unit_price"),
        (with(&|item| item.product_name = Some("a\0".into())), "items[0].product_name"),
        (with(&|item| item.product_name = Some("x".repeat(1_000_000))), "items[0].product_name"),
        (
            with(&|item| {
                item.choices = serde_json::from_str("[{\"group_id\":\"extra\",\"option_id\":\"x\"}]").expect("JSON");
            }),
            "items[0].choices",
        ),
    ];
    for (order, field) in cases {
        let fault = house.desk.create(&caller, order, key("k")).await.expect_err("it is refused");
        assert_eq!((fault.code, fault.violations[0].field.as_str()), (FaultCode::InvalidArgument, field));
    }
    let mut many = order();
    many.items = vec![item("prod-001", 1); 10_000];
    assert_eq!(house.desk.create(&caller, many, None).await.expect_err("too many").violations[0].field, "items");
    let fault = house.desk.create(&house.customer("other"), order(), None).await.expect_err("another's name");
    assert_eq!((fault.code, fault.violations[0].field.as_str()), (FaultCode::Forbidden, "user_id"));
    assert_eq!(house.count("central.orders").await + house.count("api.idempotency").await, 0);
}

fn replace(line_id: LineId, quantity: i32, expected_version: Option<u64>) -> OrderPatch {
    let items = vec![ItemChange { line_id: Some(line_id), item: item("prod-001", quantity) }];
    OrderPatch { items, expected_version, ..OrderPatch::default() }
}

#[tokio::test]
async fn of_two_updates_at_once_in_two_processes_one_wins_and_the_other_is_told() {
    let house = House::open().await;
    let caller = house.customer("user-123");
    let placed = house.desk.create(&caller, order(), None).await.expect("it is taken").view;
    let (other, _) = desk(&house.server.url(), limits()).await;
    let line = placed.items[0].line_id;
    let (one, two) = tokio::join!(
        house.desk.update(&caller, placed.order_id, replace(line, 3, Some(1)), None, None),
        other.update(&caller, placed.order_id, replace(line, 4, None), Some(1), None),
    );
    let (won, told) = match (one, two) {
        (Ok(won), Err(fault)) => (won, (fault.code, FaultCode::PreconditionFailed)),
        (Err(fault), Ok(won)) => (won, (fault.code, FaultCode::VersionConflict)),
        other => panic!("one wins: {other:?}"),
    };
    assert_eq!(told.0, told.1);
    let now = house.desk.get(&caller, placed.order_id).await.expect("it is there");
    assert_eq!((now.version, &now), (2, &won.view));
    assert_eq!((now.status.as_str(), now.items.len()), ("confirmed", 1));
}

#[tokio::test]
async fn an_order_is_changed_and_called_off() {
    let house = House::open().await;
    let caller = house.customer("user-123");
    let placed = house.desk.create(&caller, order(), None).await.expect("it is taken").view;
    let patch = OrderPatch {
        items: vec![ItemChange { line_id: None, item: item("prod-003", 1) }],
        remove_line_ids: vec![placed.items[0].line_id],
        order_type: Some(OrderType::Counter),
        shipping_address: Some("2 Side Street".into()),
        ..OrderPatch::default()
    };
    let changed = house.desk.update(&caller, placed.order_id, patch, None, key("u")).await.expect("it is changed").view;
    assert_eq!((changed.total.as_str(), changed.order_type), ("2.40", OrderType::Counter));
    assert_eq!(changed.shipping_address.as_deref(), Some("2 Side Street"));
    assert_eq!(house.desk.get(&caller, placed.order_id).await.expect("it is there"), changed);
    let empty = OrderPatch { remove_line_ids: vec![changed.items[0].line_id], ..OrderPatch::default() };
    let fault = house.desk.update(&caller, placed.order_id, empty, None, None).await.expect_err("nothing is left");
    assert_eq!((fault.code, fault.violations[0].field.as_str()), (FaultCode::InvalidArgument, "items"));
    let unknown = replace(LineId(Uuid::from_u128(1)), 1, None);
    let fault = house.desk.update(&caller, placed.order_id, unknown, None, None).await.expect_err("no such line");
    assert_eq!((fault.code, fault.violations[0].field.as_str()), (FaultCode::InvalidArgument, "items[0].line_id"));
    let off = CancelOrder { reason: "changed my mind".into(), expected_version: None };
    let answer = house.desk.cancel(&caller, placed.order_id, off.clone(), None, key("c")).await.expect("it is off");
    assert_eq!(
        (answer.view.status.as_str(), answer.view.cancel_reason.as_deref()),
        ("cancelled", Some("changed my mind"))
    );
    let again = house.desk.cancel(&caller, placed.order_id, off, None, key("c")).await.expect("a repeat");
    assert_eq!(again.json, answer.json);
    let late = replace(changed.items[0].line_id, 2, None);
    let fault = house.desk.update(&caller, placed.order_id, late, None, None).await.expect_err("it is off");
    assert_eq!(fault.code, FaultCode::FailedPrecondition);
}

#[tokio::test]
async fn a_list_goes_page_by_page_and_a_token_goes_with_its_query_only() {
    let house = House::open().await;
    let (mine, admin) = (house.customer("user-123"), house.admin());
    for _ in 0..5 {
        house.desk.create(&mine, order(), None).await.expect("it is taken");
    }
    let mut another = order();
    another.user_id = "user-456".into();
    another.order_type = Some(OrderType::Counter);
    house.desk.create(&admin, another, None).await.expect("it is taken");
    let page = |size, token: Option<String>| PageRequest { size, token };
    let all = house.desk.list(&admin, OrderFilter::default(), page(0, None)).await.expect("a page");
    assert_eq!((all.items.len(), all.next), (6, None));
    let first = house.desk.list(&mine, OrderFilter::default(), page(2, None)).await.expect("a page");
    let token = first.next.clone().expect("there is more");
    let second = house.desk.list(&mine, OrderFilter::default(), page(3, Some(token.clone()))).await.expect("a page");
    assert_eq!((first.items.len(), second.items.len(), second.next), (2, 3, None));
    let ids: Vec<OrderId> = first.items.iter().chain(&second.items).map(|order| order.order_id).collect();
    let expected: Vec<OrderId> =
        all.items.iter().filter(|order| order.order_type == OrderType::TakeAway).map(|order| order.order_id).collect();
    assert_eq!(ids, expected, "newest first, none twice, and the customer's own only");
    assert_eq!(first.items[0].items.len(), 1, "items are there");
    let other = OrderFilter { status: Some("ready".into()), ..OrderFilter::default() };
    let refused = house.desk.list(&mine, other, page(2, Some(token.clone()))).await.expect_err("another query");
    assert_eq!(refused.violations[0].field, "page_token");
    let refused = house.desk.list(&admin, OrderFilter::default(), page(2, Some(token))).await.expect_err("another's");
    assert_eq!(refused.violations[0].field, "page_token");
    let odd = OrderFilter { status: Some("cooking".into()), ..OrderFilter::default() };
    assert_eq!(house.desk.list(&admin, odd, page(0, None)).await.expect_err("no status").violations[0].field, "status");
    let counter = OrderFilter {
        status: Some("confirmed".into()),
        order_type: Some(OrderType::Counter),
        store_id: Some(house.store),
        customer_id: Some(customer_of(house.tenant, "user-456")),
        from_ms: Some(0),
        to_ms: Some(i64::MAX),
    };
    assert_eq!(house.desk.list(&admin, counter, page(0, None)).await.expect("a page").items.len(), 1);
}

#[tokio::test]
async fn a_store_is_named_where_there_are_several_and_foreign_ones_are_refused() {
    let house = House::open().await;
    let second = StoreId(Uuid::from_u128(2));
    house.add_store(second).await;
    let fault = house.desk.create(&house.customer("user-123"), order(), None).await.expect_err("which store");
    assert_eq!(fault.violations[0].field, "store_id");
    let mut here = order();
    here.store_id = Some(house.store);
    let placed = house.desk.create(&house.customer("user-123"), here.clone(), None).await.expect("it is taken").view;
    let mut elsewhere = house.admin();
    elsewhere.role = docket_central::api::ApiRole::Staff;
    elsewhere.stores = docket_central::api::Stores::Only([second].into());
    let fault = house.desk.create(&elsewhere, here, None).await.expect_err("not its store");
    assert_eq!((fault.code, fault.violations[0].field.as_str()), (FaultCode::Forbidden, "store_id"));
    let fault = house.desk.get(&elsewhere, placed.order_id).await.expect_err("not its order");
    assert_eq!(fault.code, FaultCode::NotFound);
    let fault = house.desk.get(&house.customer("other"), placed.order_id).await.expect_err("not its order");
    assert_eq!(fault.code, FaultCode::NotFound);
}
