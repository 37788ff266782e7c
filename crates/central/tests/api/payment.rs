//! Paying ahead: a page of another house's payment service, or the plain word that there is none.

use std::time::Duration;

use axum::http::Method;
use docket_central::api::order::CancelOrder;
use docket_central::api::ports::{Patience, PortUrls, Ports};
use docket_central::api::{ApiRole, FaultCode, Key, Stores};
use docket_domain::ids::{OrderId, StoreId};
use docket_testkit::house::{self, Behaviour, StandIn};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::door::{Door, Said, request};
use crate::house::{House, key, order};

struct Shop {
    house: House,
    door: Door,
    payment: StandIn,
    id: OrderId,
}

impl Shop {
    /// A store with an order over 25.00 EUR, and a payment service.
    async fn open() -> Self {
        let payment = house::payment();
        let urls = PortUrls { payment: Some(payment.url()), ..PortUrls::default() };
        let patience = Patience { one_try: Duration::from_millis(400), ..Patience::default() };
        let mut house = House::open().await;
        house.desk = house.desk.with_ports(Ports::open(&urls, patience).expect("an address"));
        let door = Door::open(&house).await;
        let placed = house.desk.create(&house.customer("user-123"), order(), None).await.expect("it is taken").view;
        Shop { house, door, payment, id: placed.order_id }
    }

    async fn ask(&self, key: &str, more: &[(&str, &str)]) -> Said {
        let headers: Vec<(&str, &str)> = [("idempotency-key", key)].into_iter().chain(more.iter().copied()).collect();
        let path = format!("/api/v1/orders/{}/payment", self.id);
        self.door.answer(request(Method::POST, &path, &headers, None)).await
    }

    /// What is due, whatever was sold.
    async fn due(&self, minor: i64) {
        let sql = "UPDATE central.orders SET told = jsonb_set(told::jsonb, '{balance_minor}', $1::text::jsonb)::text";
        sqlx::query(sql).bind(minor.to_string()).execute(&self.house.owner).await.expect("it is changed");
    }

    async fn kept(&self) -> i64 {
        self.house.count("api.idempotency WHERE operation = 'request_order_payment'").await
    }
}

#[tokio::test]
async fn a_page_over_what_is_due_is_asked_for_once_and_given_again_byte_for_byte() {
    let shop = Shop::open().await;
    let first = shop.ask("k1", &[("if-match", "\"1\"")]).await;
    let id = shop.id.to_string();
    let page = json!({
        "order_id": id, "reference": format!("pay-{id}"), "url": format!("https://pay.example/{id}"),
        "amount": "25.00", "currency": "EUR",
    });
    assert_eq!((first.status, first.json(), first.header("idempotency-replayed")), (200, page, ""));
    let asked = shop.payment.asked();
    let question: Value = serde_json::from_slice(&asked[0].body).expect("JSON");
    let wanted = json!({ "order_id": id, "store_id": shop.house.store, "amount": "25.00", "currency": "EUR" });
    assert_eq!(question, wanted);
    // The service is gone, nothing is due any more, another process is asked: the first answer is the answer.
    shop.payment.behave(Behaviour::Fail(500));
    shop.due(0).await;
    let again = shop.ask("k1", &[("if-match", "\"1\"")]).await;
    assert_eq!((again.status, &again.body, again.header("idempotency-replayed")), (200, &first.body, "true"));
    let (other, _) = crate::house::desk(&shop.house.server.url(), crate::house::limits()).await;
    let k1 = || Key::parse("k1").expect("a key");
    let dev = docket_central::api::Caller { subject: "dev".into(), ..shop.house.admin() };
    let elsewhere = other.payment(&dev, shop.id, Some(1), k1()).await.expect("a repeat");
    assert_eq!((elsewhere.answer.body, elsewhere.replayed), (first.body, true));
    assert_eq!(shop.payment.count(), 1, "asked once");
    // Under the same key another request is none of it.
    let mismatch = shop.ask("k1", &[]).await;
    assert_eq!((mismatch.status, mismatch.code().as_str()), (422, "idempotency_key_mismatch"));
    let audited = "api.audit WHERE operation = 'request_order_payment' AND outcome = 'done'";
    assert_eq!(shop.house.count(audited).await, 1);
}

#[tokio::test]
async fn the_same_debt_has_the_same_key_over_there_and_another_sum_has_another_one() {
    let shop = Shop::open().await;
    for key in ["k1", "k2"] {
        assert_eq!(shop.ask(key, &[]).await.status, 200);
    }
    shop.due(1_250).await;
    let part = shop.ask("k3", &[]).await;
    assert_eq!((part.status, &part.json()["amount"]), (200, &json!("12.50")));
    let asked = shop.payment.asked();
    let keys: Vec<&str> = asked.iter().map(|one| one.header("idempotency-key").expect("a key")).collect();
    assert_eq!(keys[0], keys[1]);
    assert_ne!(keys[0], keys[2]);
}

#[tokio::test]
async fn a_service_that_lies_fails_hangs_or_is_not_there_gives_no_page_and_its_silence_is_not_kept() {
    let shop = Shop::open().await;
    let page = |amount: &str, currency: &str| {
        let page = json!({ "reference": "p", "url": "https://pay.example/1", "amount": amount, "currency": currency });
        Behaviour::Lie(page.to_string().into_bytes())
    };
    for behaviour in [page("2.50", "EUR"), page("25.00", "USD"), Behaviour::Fail(500), Behaviour::Hang] {
        shop.payment.behave(behaviour.clone());
        // Twice the limit of a call is for a busy machine; a port without a limit would hang for ever.
        let said = tokio::time::timeout(Patience::default().all_tries * 2, shop.ask("k1", &[])).await;
        let said = said.expect("an answer in time");
        assert_eq!((said.status, said.code().as_str()), (503, "payment_unavailable"), "{behaviour:?}");
        assert!(said.json()["detail"].as_str().is_some_and(|text| text.ends_with("can be paid at the store")));
        assert!(!said.body.contains("http"), "no page: {}", said.body);
    }
    assert_eq!((shop.kept().await, shop.payment.count()), (0, 4));
    shop.payment.behave(Behaviour::Answer);
    assert_eq!(shop.ask("k1", &[]).await.status, 200, "the same key asks anew");
    assert_eq!(shop.kept().await, 1);
    let off = House::open().await;
    let placed = off.desk.create(&off.admin(), order(), None).await.expect("it is taken").view;
    let fault = off.desk.payment(&off.admin(), placed.order_id, None, Key::parse("k").expect("a key")).await;
    let fault = fault.expect_err("nobody is configured");
    assert_eq!((fault.code, fault.retry_after), (FaultCode::NoPaymentPage, None));
}

#[tokio::test]
async fn where_nothing_is_due_nobody_is_asked() {
    let shop = Shop::open().await;
    for minor in [0, -500] {
        shop.due(minor).await;
        let said = shop.ask("k1", &[]).await;
        assert_eq!(
            (said.status, said.code().as_str(), said.field().as_str()),
            (409, "failed_precondition", "order_id")
        );
    }
    shop.due(2_500).await;
    let stale = shop.ask("k1", &[("if-match", "\"7\"")]).await;
    assert_eq!((stale.status, stale.code().as_str()), (412, "precondition_failed"));
    let off = CancelOrder { reason: "gone".into(), expected_version: None };
    shop.house.desk.cancel(&shop.house.admin(), shop.id, off, None, None).await.expect("it is off");
    shop.due(2_500).await;
    let said = shop.ask("k1", &[]).await;
    assert_eq!((said.status, said.code().as_str()), (409, "failed_precondition"));
    assert!(said.json()["violations"][0]["rule"].as_str().is_some_and(|rule| rule.contains("called off")), "{said:?}");
    assert_eq!((shop.kept().await, shop.payment.count()), (0, 0));
}

#[tokio::test]
async fn anothers_order_is_not_there_to_be_paid() {
    let shop = Shop::open().await;
    let ask = async |caller| shop.house.desk.payment(&caller, shop.id, None, key("k").expect("a key")).await;
    let staff = |store| {
        let stores = Stores::Only([store].into());
        docket_central::api::Caller { role: ApiRole::Staff, stores, ..shop.house.customer("clerk") }
    };
    let device = docket_central::api::Caller { role: ApiRole::Device, ..shop.house.customer("till") };
    for caller in [shop.house.customer("user-456"), staff(StoreId(Uuid::from_u128(7))), device] {
        assert_eq!(ask(caller.clone()).await.expect_err("not its order").code, FaultCode::NotFound, "{caller:?}");
    }
    assert_eq!(shop.payment.count(), 0);
    for caller in [shop.house.customer("user-123"), staff(shop.house.store), shop.house.admin()] {
        assert!(ask(caller.clone()).await.is_ok(), "{caller:?}");
    }
}

#[tokio::test]
async fn two_processes_asked_at_once_under_one_key_give_one_answer() {
    let shop = Shop::open().await;
    let (other, _) = crate::house::desk(&shop.house.server.url(), crate::house::limits()).await;
    let urls = PortUrls { payment: Some(shop.payment.url()), ..PortUrls::default() };
    let other = other.with_ports(Ports::open(&urls, Patience::default()).expect("an address"));
    let mut calls = tokio::task::JoinSet::new();
    for call in 0..12 {
        let (desk, caller, id) =
            (if call % 2 == 0 { &shop.house.desk } else { &other }.clone(), shop.house.admin(), shop.id);
        calls.spawn(async move { desk.payment(&caller, id, None, key("same").expect("a key")).await });
    }
    let answers = calls.join_all().await;
    let done: Vec<&str> = answers.iter().flatten().map(|given| given.answer.body.as_str()).collect();
    assert!(!done.is_empty() && done.iter().all(|body| *body == done[0]), "{done:?}");
    assert!(answers.iter().filter_map(|given| given.as_ref().err()).all(|fault| fault.code == FaultCode::KeyInUse));
    assert_eq!(shop.kept().await, 1);
}
