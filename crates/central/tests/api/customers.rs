//! Customers: the aggregate behind the door, what is personal about them, and what follows from a deactivation.

use std::time::Duration;

use axum::http::Method;
use docket_central::api::caller::{ApiRole, Caller, Stores, customer_of};
use docket_central::api::customers::NewCustomer;
use docket_central::api::ports::{Patience, PortUrls, Ports};
use docket_central::api::{FaultCode, Key};
use docket_central::brokers::Brokers;
use docket_central::consume::{self, Role};
use docket_central::relay;
use docket_central::telemetry::{Metrics, Stop};
use docket_domain::ids::SubjectId;
use docket_testkit::kafka;
use serde_json::{Value, json};
use sqlx::AssertSqlSafe;

use crate::door::{Door, created, request};
use crate::house::{House, key, order};

const CUSTOMERS: &str = "/api/v1/customers";

fn ana() -> Value {
    json!({
        "user_id": "user-123",
        "name": "Ana Sá",
        "email": "ana@Example.org",
        "phone": "+493012345678",
        "addresses": [{ "label": "home", "lines": ["Gasse 1"], "city": "Berlin", "postal_code": "10115", "country": "DE" }]
    })
}

#[tokio::test]
async fn a_customer_is_registered_read_and_changed() {
    let house = House::open().await;
    let door = Door::open(&house).await;
    let first = door.post(CUSTOMERS, "k1", &ana()).await;
    let view = created(&first);
    assert_eq!(view["customer_id"], customer_of(house.tenant, "user-123").to_string());
    assert_eq!(
        (&view["email"], &view["active"], &view["version"]),
        (&json!("ana@example.org"), &json!(true), &json!(1))
    );
    let place = first.header("location").to_owned();
    assert_eq!(door.get(&place).await.json(), view);
    let again = door.post(CUSTOMERS, "k1", &ana()).await;
    assert_eq!((again.status, &again.body, again.header("idempotency-replayed")), (201, &first.body, "true"));
    let twice = door.post(CUSTOMERS, "k2", &ana()).await;
    assert_eq!((twice.status, twice.code().as_str(), twice.field().as_str()), (409, "failed_precondition", "user_id"));
    let stale = door.patch(&place, &[("if-match", "\"9\"")], &json!({ "name": "Ana" })).await;
    assert_eq!(stale.status, 412);
    let conflict = door.patch(&place, &[], &json!({ "name": "Ana", "expected_version": 9 })).await;
    assert_eq!((conflict.status, conflict.field().as_str()), (409, "expected_version"));
    let changed = door.patch(&place, &[("if-match", "\"1\"")], &json!({ "phone": null, "addresses": [] })).await;
    assert_eq!((changed.status, changed.header("etag")), (200, "\"2\""));
    let now = changed.json();
    assert_eq!((&now["name"], &now["phone"], &now["addresses"]), (&json!("Ana Sá"), &Value::Null, &json!([])));
    let same = door.patch(&place, &[], &json!({ "name": "Ana Sá" })).await;
    assert_eq!((same.status, same.header("etag")), (200, "\"2\""), "what is so already is no change");
    let wrong = door.patch(&place, &[], &json!({ "name": "", "phone": "1" })).await;
    let fields: Vec<Value> =
        wrong.json()["violations"].as_array().expect("fields").iter().map(|one| one["field"].clone()).collect();
    assert_eq!((wrong.status, fields), (400, vec![json!("name"), json!("phone")]));
    let told = told(&house).await;
    assert_eq!(told, [("customer.registered".to_owned(), 1, true), ("customer.changed".to_owned(), 2, true)]);
}

/// What others heard: kind, version, whether it is active. It names nobody.
async fn told(house: &House) -> Vec<(String, i64, bool)> {
    let rows: Vec<(String, i64, Vec<u8>)> = sqlx::query_as(
        "SELECT event_type, sequence, body FROM central.outbox WHERE topic = 'docket.customers.v1' AND store IS NULL ORDER BY id",
    )
    .fetch_all(&house.owner)
    .await
    .expect("the outbox");
    let read = |(kind, sequence, body): (String, i64, Vec<u8>)| {
        let body: Value = serde_json::from_slice(&body).expect("JSON");
        let members: Vec<&String> = body.as_object().expect("a body").keys().collect();
        assert_eq!(members, ["active", "customer_id", "version"]);
        (kind, sequence, body["active"] == json!(true))
    };
    rows.into_iter().map(read).collect()
}

#[tokio::test]
async fn an_email_address_cools_down_for_a_day() {
    let house = House::open().await;
    let door = Door::open(&house).await;
    let place = door.post(CUSTOMERS, "k1", &ana()).await.header("location").to_owned();
    let to = |email: &str| json!({ "email": email });
    let email = format!("{place}/email");
    assert_eq!(door.post(&email, "e1", &to("b@example.org")).await.status, 200);
    let early = door.post(&email, "e2", &to("c@example.org")).await;
    assert_eq!((early.status, early.field().as_str()), (409, "email"));
    let wait: u64 = early.header("retry-after").parse().expect("seconds");
    assert!((86_000..=86_400).contains(&wait), "{wait}");
    sqlx::query("UPDATE api.customers SET email_changed_ms = email_changed_ms - 86400000")
        .execute(&house.owner)
        .await
        .expect("a day");
    let late = door.post(&email, "e2", &to("c@example.org")).await;
    assert_eq!((late.status, &late.json()["email"]), (200, &json!("c@example.org")), "a refusal is not kept");
}

#[tokio::test]
async fn a_customer_acts_for_itself_alone_and_staff_switches_nobody_off() {
    let house = House::open().await;
    let door = Door::open(&house).await;
    let (customers, tenant) = (&door.state.customers, house.tenant);
    let own = house.customer("user-123");
    let new: NewCustomer = serde_json::from_value(ana()).expect("a body");
    let key = || Key::parse("k").expect("a key");
    let other = house.customer("user-124");
    let fault = customers.register(&other, &new, key()).await.expect_err("another's");
    assert_eq!((fault.code, fault.violations[0].field.as_str()), (FaultCode::Forbidden, "user_id"));
    customers.register(&own, &new, key()).await.expect("its own");
    let id = customer_of(tenant, "user-123");
    assert_eq!(customers.get(&own, id).await.expect("its own").name.as_deref(), Some("Ana Sá"));
    assert_eq!(customers.get(&other, id).await.expect_err("another's").code, FaultCode::NotFound);
    assert_eq!(customers.deactivate(&own, id, None, key()).await.expect_err("no right").code, FaultCode::Forbidden);
    let staff = Caller { role: ApiRole::Staff, stores: Stores::Only([house.store].into()), ..house.admin() };
    assert!(customers.get(&staff, id).await.is_ok());
    assert_eq!(customers.deactivate(&staff, id, None, key()).await.expect_err("no right").code, FaultCode::Forbidden);
    assert_eq!(customers.erase(&staff, id, None).await.expect_err("no right").code, FaultCode::Forbidden);
    let device = Caller { role: ApiRole::Device, ..staff };
    assert_eq!(customers.get(&device, id).await.expect_err("no right").code, FaultCode::Forbidden);
    // Another tenant's admin has a customer of that key as little as anybody.
    let elsewhere = Caller { tenant: docket_domain::ids::TenantId(uuid::Uuid::from_u128(9)), ..house.admin() };
    assert_eq!(customers.get(&elsewhere, id).await.expect_err("another tenant's").code, FaultCode::NotFound);
}

#[tokio::test]
async fn nothing_personal_is_left_of_an_erased_customer() {
    let house = House::open().await;
    let door = Door::open(&house).await;
    let place = door.post(CUSTOMERS, "k1", &ana()).await.header("location").to_owned();
    let payment = docket_testkit::house::payment();
    let urls = PortUrls { payment: Some(payment.url()), ..PortUrls::default() };
    let desk = house.desk.clone().with_ports(Ports::open(&urls, Patience::default()).expect("an address"));
    let customer = house.customer("user-123");
    let placed = desk.create(&customer, order(), key("o1")).await.expect("an order").view;
    let asked = key("p1").expect("a key");
    desk.payment(&customer, placed.order_id, None, asked).await.expect("a page");
    let texts = ["Ana Sá", "ana@example.org", "+493012345678", "Gasse 1", "1 Main Street", "https://pay.example/"];
    for text in texts {
        assert!(!holding(&house, text).await.is_empty(), "{text} is looked for in the right places");
    }
    let erased = door.send(request(Method::DELETE, &place, &[("if-match", "\"1\"")], None)).await;
    assert_eq!((erased.status, erased.body.as_str()), (204, ""));
    for text in texts {
        assert_eq!(holding(&house, text).await, Vec::<String>::new(), "{text}");
    }
    assert_eq!(house.count("api.subjects").await, 0, "what the log holds sealed opens for nobody");
    let view = door.get(&place).await.json();
    assert_eq!((&view["erased"], &view["active"], &view["name"]), (&json!(true), &json!(false), &Value::Null));
    let again = door.send(request(Method::DELETE, &place, &[], None)).await;
    assert_eq!(again.status, 204);
    let back = door.post(&format!("{place}/activate"), "a", &json!({})).await;
    assert_eq!((back.status, back.code().as_str()), (409, "failed_precondition"));
    let kinds: Vec<String> = told(&house).await.into_iter().map(|(kind, ..)| kind).collect();
    assert_eq!(kinds, ["customer.registered", "customer.deactivated"]);
}

/// The tables that hold a text anywhere in a row.
async fn holding(house: &House, text: &str) -> Vec<String> {
    let tables: Vec<String> = sqlx::query_scalar(
        "SELECT schemaname || '.' || tablename FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')",
    )
    .fetch_all(&house.owner)
    .await
    .expect("tables");
    let mut found = Vec::new();
    for table in tables {
        let sql = format!("SELECT count(*) FROM {table} t WHERE t::text LIKE $1 OR t::text LIKE $2");
        let hex: String = text.bytes().map(|byte| format!("{byte:02x}")).collect();
        let count: i64 = sqlx::query_scalar(AssertSqlSafe(sql))
            .bind(format!("%{text}%"))
            .bind(format!("%{hex}%"))
            .fetch_one(&house.owner)
            .await
            .expect("it reads");
        if count > 0 {
            found.push(table);
        }
    }
    found
}

#[tokio::test]
async fn no_orders_of_a_deactivated_customer_are_taken() {
    let house = House::open().await;
    let door = Door::open(&house).await;
    let place = door.post(CUSTOMERS, "k1", &ana()).await.header("location").to_owned();
    let orders = "/api/v1/orders";
    let body = serde_json::to_value(order()).expect("JSON");
    assert_eq!(door.post(orders, "o1", &body).await.status, 201);
    let off = door.post(&format!("{place}/deactivate"), "d1", &json!({})).await;
    assert_eq!((off.status, &off.json()["active"]), (200, &json!(false)));
    let refused = door.post(orders, "o2", &body).await;
    assert_eq!(
        (refused.status, refused.code().as_str(), refused.field().as_str()),
        (409, "failed_precondition", "user_id")
    );
    assert_eq!(door.post(orders, "o1", &body).await.status, 201, "what was done before is answered as before");
    assert_eq!(door.post(&format!("{place}/activate"), "a1", &json!({})).await.status, 200);
    assert_eq!(door.post(orders, "o2", &body).await.status, 201);
    assert_eq!(house.count("central.orders").await, 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn open_orders_of_a_deactivated_customer_are_flagged_by_a_consumer_of_its_event() {
    let house = House::open().await;
    let door = Door::open(&house).await;
    let brokers = Brokers::from(kafka::brokers().as_str());
    let prefix = house.server.name().replace('_', "-");
    let settings = consume::Settings {
        database_url: house.server.url(),
        brokers: brokers.clone(),
        prefix: prefix.clone(),
        delays_ms: [0; 3],
    };
    let mut topics = settings.all_topics(Role::Customers);
    topics.push(format!("{prefix}.payments.v1"));
    relay::topics::create_with(&brokers, &topics, 3).await.expect("topics");
    // The brokers serve other tests too, so this house's messages go to topics of its own.
    let own = format!(
        "CREATE FUNCTION own_topic() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
         NEW.topic := replace(NEW.topic, 'docket.', '{prefix}.'); RETURN NEW; END $$; \
         CREATE TRIGGER own_topic BEFORE INSERT ON central.outbox FOR EACH ROW EXECUTE FUNCTION own_topic()"
    );
    sqlx::raw_sql(AssertSqlSafe(own)).execute(&house.owner).await.expect("a trigger");
    let stop = Stop::new();
    let publishing =
        relay::Settings { poll_ms: 50, lock_poll_ms: 50, ..relay::Settings::new(&house.server.url(), &brokers) };
    let relaying = tokio::spawn({
        let stop = stop.clone();
        async move { relay::run(&publishing, stop, Metrics::new()).await }
    });
    let consuming = tokio::spawn({
        let stop = stop.clone();
        async move { consume::run(Role::Customers, &settings, stop, Metrics::new()).await }
    });
    let place = door.post(CUSTOMERS, "k1", &ana()).await.header("location").to_owned();
    let caller = house.customer("user-123");
    let open = house.desk.create(&caller, order(), None).await.expect("an order").view.order_id;
    let gone = house.desk.create(&caller, order(), None).await.expect("an order").view.order_id;
    let theirs = house.desk.create(&house.admin(), order_of("user-124"), None).await.expect("an order").view.order_id;
    let cancel = json!({ "reason": "changed my mind" });
    assert_eq!(door.post(&format!("/api/v1/orders/{gone}/cancel"), "c1", &cancel).await.status, 200);
    assert_eq!(door.post(&format!("{place}/deactivate"), "d1", &json!({})).await.status, 200);
    let flagged = until(&door, &place, 1).await;
    assert_eq!(flagged[0]["order_id"], open.to_string());
    let id: SubjectId = customer_of(house.tenant, "user-124");
    assert_eq!(door.get(&format!("{CUSTOMERS}/{id}/flagged-orders")).await.json()["items"], json!([]), "{theirs}");
    assert_eq!(door.post(&format!("{place}/activate"), "a1", &json!({})).await.status, 200);
    until(&door, &place, 0).await;
    stop.ask();
    relaying.await.expect("no panic").expect("the relay ends in order");
    consuming.await.expect("no panic").expect("the consumer ends in order");
}

fn order_of(user: &str) -> docket_central::api::order::NewOrder {
    docket_central::api::order::NewOrder { user_id: user.into(), ..order() }
}

/// Waits until so many orders are flagged.
async fn until(door: &Door, place: &str, count: usize) -> Vec<Value> {
    for _ in 0..1_800 {
        let said = door.get(&format!("{place}/flagged-orders")).await;
        let items = said.json()["items"].as_array().expect("orders").clone();
        if items.len() == count {
            return items;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("{count} orders are not flagged");
}
