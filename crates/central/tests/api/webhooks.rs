//! Webhooks, against a target that a test can tell what to answer.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode};
use axum::routing::post;
use docket_central::api::order::CancelOrder;
use docket_central::api::webhooks::{DeliverSettings, SigningKey, Targets, deliver, verify};
use docket_central::db::{Database, Role};
use docket_central::telemetry::Stop;
use docket_domain::ids::OrderId;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::door::{Door, created, request};
use crate::house::{House, order, secret};

const WEBHOOKS: &str = "/api/v1/webhooks";

/// A request that came.
#[derive(Debug, Clone)]
struct Came {
    headers: HeaderMap,
    body: Vec<u8>,
}

impl Came {
    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().expect("text"))
    }

    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).expect("JSON")
    }
}

/// What it answers to the next requests; 200 where nothing is said.
#[derive(Clone, Default)]
struct Target {
    answers: Arc<Mutex<VecDeque<u16>>>,
    came: Arc<Mutex<Vec<Came>>>,
    news: Arc<tokio::sync::Notify>,
}

impl Target {
    async fn open(answers: &[u16]) -> (Self, String) {
        let target = Target { answers: Arc::new(Mutex::new(answers.iter().copied().collect())), ..Target::default() };
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
        let url = format!("http://{}/hooks", listener.local_addr().expect("an address"));
        let router = Router::new().route("/hooks", post(take)).with_state(target.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        (target, url)
    }

    fn came(&self) -> Vec<Came> {
        self.came.lock().expect("no panic").clone()
    }

    async fn until(&self, count: usize) -> Vec<Came> {
        let waiting = async {
            loop {
                let heard = self.news.notified();
                if self.came().len() >= count {
                    return self.came();
                }
                heard.await;
            }
        };
        tokio::time::timeout(Duration::from_secs(60), waiting)
            .await
            .unwrap_or_else(|_| panic!("{count} did not come: {:?}", self.came()))
    }
}

async fn take(State(target): State<Target>, headers: HeaderMap, body: Bytes) -> StatusCode {
    target.came.lock().expect("no panic").push(Came { headers, body: body.to_vec() });
    let answer = target.answers.lock().expect("no panic").pop_front().unwrap_or(200);
    target.news.notify_waiters();
    StatusCode::from_u16(answer).expect("a status")
}

impl Target {
    async fn until_one(&self, is_it: impl Fn(&Came) -> bool) -> Came {
        let mut count = 1;
        loop {
            let came = self.until(count).await;
            if let Some(one) = came.iter().find(|one| is_it(one)) {
                return one.clone();
            }
            count = came.len() + 1;
        }
    }
}

struct Delivering {
    stop: Stop,
    task: JoinHandle<Result<(), reqwest::Error>>,
}

impl Delivering {
    async fn start(house: &House, door: &Door, pauses_ms: &[u64]) -> Self {
        let database = Database::connect(&house.server.url(), Role::Webhooks, 4).await.expect("it connects");
        let settings = DeliverSettings {
            pauses_ms: pauses_ms.to_vec(),
            poll_ms: 50,
            ..DeliverSettings::new(database, secret(), Targets::Local)
        };
        let stop = Stop::new();
        let task = tokio::spawn(deliver(settings, door.state.feed.news(), stop.clone()));
        Delivering { stop, task }
    }

    async fn end(self) {
        self.stop.ask();
        self.task.await.expect("no panic").expect("it ends in order");
    }
}

async fn register(door: &Door, url: &str, key: &str) -> (String, SigningKey) {
    let said = door.post(WEBHOOKS, key, &json!({ "url": url })).await;
    created(&said);
    let place = said.header("location").to_owned();
    let secret = door.get(&format!("{place}/secret")).await.json()["secret"].as_str().expect("a secret").to_owned();
    (place, SigningKey::parse(&secret).expect("a key"))
}

async fn place_order(house: &House) -> OrderId {
    house.desk.create(&house.customer("user-123"), order(), None).await.expect("an order").view.order_id
}

async fn cancel_order(house: &House, id: OrderId) {
    let cancel = CancelOrder { reason: "gone".into(), expected_version: None };
    house.desk.cancel(&house.customer("user-123"), id, cancel, None, None).await.expect("a cancel");
}

/// Waits until a delivery is in this state.
async fn until_state(door: &Door, place: &str, state: &str) -> Value {
    for _ in 0..1_200 {
        let page = door.get(&format!("{place}/deliveries?state={state}")).await.json();
        if let Some(first) = page["items"].as_array().and_then(|items| items.first()) {
            return first.clone();
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("no delivery is {state}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_is_brought_signed() {
    let house = House::open().await;
    let door = Door::open(&house).await;
    place_order(&house).await;
    let (target, url) = Target::open(&[]).await;
    let (place, key) = register(&door, &url, "w1").await;
    let delivering = Delivering::start(&house, &door, &[10; 7]).await;
    let id = place_order(&house).await;
    // What was committed a moment before may come too: other databases of the server have transactions under way.
    let is_ours = |one: &Came| one.json()["subject"] == json!(id.to_string());
    let came = target.until_one(is_ours).await;
    let (first, event) = (&came, came.json());
    assert_eq!(event["type"], json!("order.created"));
    assert_eq!((&event["specversion"], &event["data"]["version"]), (&json!("1.0"), &json!(1)));
    assert_eq!(
        (first.header("webhook-id"), first.header("content-type")),
        (event["id"].as_str().expect("an id"), "application/cloudevents+json")
    );
    let time: i64 = first.header("webhook-timestamp").parse().expect("seconds");
    let signature = first.header("webhook-signature");
    assert!(verify(&key, signature, first.header("webhook-id"), time, &first.body));
    assert!(!verify(&key, signature, first.header("webhook-id"), time - 300, &first.body), "an old one played again");
    let delivered = until_state(&door, &place, "delivered").await;
    assert_eq!((&delivered["tries"], &delivered["last_status"]), (&json!(1), &json!(200)));
    delivering.end().await;
    let kept: Vec<u8> =
        sqlx::query_scalar("SELECT sealed_secret FROM api.webhooks").fetch_one(&house.owner).await.expect("it");
    let shown = key.to_string();
    assert!(!String::from_utf8_lossy(&kept).contains(&shown[6..20]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_failed_delivery_is_tried_again_and_its_order_waits_behind_it() {
    let house = House::open().await;
    let door = Door::open(&house).await;
    let (target, url) = Target::open(&[500, 503]).await;
    let (place, _) = register(&door, &url, "w1").await;
    let id = place_order(&house).await;
    cancel_order(&house, id).await;
    let delivering = Delivering::start(&house, &door, &[10; 7]).await;
    let came = target.until(4).await;
    let kinds: Vec<Value> = came.iter().map(|one| one.json()["type"].clone()).collect();
    assert_eq!(kinds, ["order.created", "order.created", "order.created", "order.cancelled"]);
    let ids: Vec<&str> = came.iter().map(|one| one.header("webhook-id")).collect();
    assert!(ids[0] == ids[1] && ids[1] == ids[2] && ids[2] != ids[3]);
    let first = until_state(&door, &place, "delivered").await;
    assert_eq!(first["tries"], json!(3));
    delivering.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_delivery_is_given_up_at_the_limit_and_comes_again_when_it_is_asked_for() {
    let house = House::open().await;
    let door = Door::open(&house).await;
    let (target, url) = Target::open(&[500, 500, 500]).await;
    let (place, _) = register(&door, &url, "w1").await;
    let id = place_order(&house).await;
    let delivering = Delivering::start(&house, &door, &[10, 10]).await;
    let lost = until_state(&door, &place, "given_up").await;
    assert_eq!((&lost["tries"], &lost["last_status"]), (&json!(3), &json!(500)));
    cancel_order(&house, id).await;
    let came = target.until(4).await;
    assert_eq!(came[3].json()["type"], "order.cancelled", "the next one of the order goes on");
    let replay = format!("{place}/deliveries/{}/replay", lost["event_id"].as_str().expect("an id"));
    let said = door.post(&replay, "r1", &json!({})).await;
    assert_eq!((said.status, &said.json()["state"]), (202, &json!("waiting")));
    let came = target.until(5).await;
    assert_eq!(came[4].header("webhook-id"), came[0].header("webhook-id"));
    assert_eq!(door.post(&replay, "r1", &json!({})).await.header("idempotency-replayed"), "true");
    let unknown = format!("{place}/deliveries/{}/replay", uuid::Uuid::from_u128(5));
    assert_eq!(door.post(&unknown, "r2", &json!({})).await.status, 404);
    delivering.end().await;
    assert_eq!(target.came().len(), 5);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_deliverers_bring_each_event_once_and_a_target_that_is_gone_ends_the_webhook() {
    let house = House::open().await;
    let door = Door::open(&house).await;
    let (target, url) = Target::open(&[]).await;
    let (ended, gone_url) = Target::open(&[410]).await;
    register(&door, &url, "w1").await;
    let (gone, _) = register(&door, &gone_url, "w2").await;
    let (one, other) = (Delivering::start(&house, &door, &[10]).await, Delivering::start(&house, &door, &[10]).await);
    for _ in 0..10 {
        place_order(&house).await;
    }
    let came = target.until(10).await;
    let mut ids: Vec<&str> = came.iter().map(|one| one.header("webhook-id")).collect();
    ids.sort_unstable();
    ids.dedup();
    until_state(&door, &gone, "given_up").await;
    assert_eq!(door.get(&gone).await.json()["active"], json!(false));
    one.end().await;
    other.end().await;
    assert_eq!((ids.len(), target.came().len()), (10, 10));
    assert!(!ended.came().is_empty());
}

#[tokio::test]
async fn a_webhook_is_an_admins_business_and_goes_where_it_may() {
    let house = House::open().await;
    let door = Door::open(&house).await;
    let strict =
        docket_central::api::webhooks::Webhooks::new(house.logs.ingest().database().clone(), secret(), Targets::Public);
    let key = || docket_central::api::Key::parse("k").expect("a key");
    for url in ["http://shop.example/", "https://127.0.0.1/", "https://169.254.169.254/", "https://[::1]/", "nonsense"]
    {
        let new = serde_json::from_value(json!({ "url": url })).expect("a body");
        let fault = strict.register(&house.admin(), &new, key()).await.expect_err(url);
        assert_eq!(fault.violations[0].field, "url", "{url}");
        let fault = strict.register(&house.customer("user-123"), &new, key()).await.expect_err("no right");
        assert_eq!(fault.code, docket_central::api::FaultCode::Forbidden);
    }
    let wrong = door
        .post(WEBHOOKS, "k", &json!({ "url": "https://shop.example/", "event_types": ["order.created", "x"] }))
        .await;
    assert_eq!((wrong.status, wrong.field().as_str()), (400, "event_types[1]"));
    let (place, _) = register(&door, "https://shop.example/hooks", "w1").await;
    let listed = door.get(WEBHOOKS).await.json();
    assert_eq!(listed["items"].as_array().map(Vec::len), Some(1));
    assert!(!listed.to_string().contains("whsec"));
    assert_eq!(door.get(&format!("{place}/deliveries?page_size=2")).await.json()["items"], json!([]));
    let gone = door.send(request(Method::DELETE, &place, &[], None)).await;
    assert_eq!(gone.status, 204);
    assert_eq!(door.get(&place).await.status, 404);
    assert_eq!(house.count("api.webhooks").await, 0);
    assert!(house.count("api.audit WHERE operation = 'manage_webhooks'").await >= 3);
}
