//! The gRPC door, with clients as strangers write them.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::time::Duration;

use docket_api::order::v1 as pb;
use docket_api::order::v1::order_service_client::OrderServiceClient;
use docket_central::api::auth::settings::{KeySource, Rate, Rates};
use docket_central::api::auth::{Access, Trust};
use docket_central::api::feed::Feed;
use docket_central::api::grpc::{DOMAIN, GrpcDoor, GrpcParts};
use docket_central::clock::wall_ms;
use docket_central::db::{Database, Role};
use docket_central::telemetry::{Metrics, Stop};
use futures_util::stream;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tonic::metadata::MetadataValue;
use tonic::transport::{Channel, Endpoint};
use tonic::{Code, Request, Status};
use tonic_types::StatusExt as _;

use crate::house::{House, desk, limits};
use crate::issuer::{SigningKey, but, claims, key_set, settings};

/// The gRPC door of one process of a house.
pub struct Door {
    pub address: SocketAddr,
    pub metrics: Metrics,
    pub key: SigningKey,
    stop: Stop,
    serving: JoinHandle<()>,
}

impl Drop for Door {
    fn drop(&mut self) {
        self.stop.ask();
        self.serving.abort();
    }
}

/// Whom a door lets in.
pub enum Open {
    ToAnybody,
    ToTokens,
}

impl Door {
    pub async fn open(house: &House, open: Open) -> Self {
        Self::with(house, open, Rates { token: Rate { a_second: 1_000, burst: 1_000 }, ..Rates::default() }, |_| {})
            .await
    }

    pub async fn with(house: &House, open: Open, rates: Rates, change: impl FnOnce(&mut GrpcParts)) -> Self {
        let (stop, metrics, key) = (Stop::new(), Metrics::new(), SigningKey::ed25519("ed", 1));
        let trust = match open {
            Open::ToAnybody => Trust::Anybody(house.tenant),
            Open::ToTokens => {
                let folder = tempfile::tempdir().expect("a folder");
                let path = folder.path().join("keys.json");
                std::fs::write(&path, key_set(&[&key]).to_string()).expect("written");
                Trust::open(&settings(KeySource::File(path)), metrics.clone()).await.expect("the keys are there")
            }
        };
        let connect = |role| async move { Database::connect(&house.server.url(), role, 4).await.expect("it connects") };
        let (desk, _) = desk(&house.server.url(), limits()).await;
        let feed = Feed::open(connect(Role::Api).await, stop.clone());
        let access = Access::open(trust, rates, connect(Role::Access).await, metrics.clone(), &stop);
        let mut parts = GrpcParts::new(desk, feed, access, metrics.clone());
        change(&mut parts);
        let door = GrpcDoor::bind("127.0.0.1:0".parse().expect("an address"), None).await.expect("it listens");
        let address = door.address().expect("an address");
        let ended = stop.clone();
        let serving = tokio::spawn(async move { door.serve(parts, ended).await.expect("it serves") });
        Door { address, metrics, key, stop, serving }
    }

    pub fn endpoint(&self) -> Endpoint {
        Endpoint::from_shared(format!("http://{}", self.address)).expect("an address")
    }

    pub async fn client(&self) -> OrderServiceClient<Channel> {
        OrderServiceClient::new(self.endpoint().connect().await.expect("it connects"))
    }

    /// A message with a token of these claims.
    pub fn signed<T>(&self, message: T, claims: &Value) -> Request<T> {
        bearing(message, &self.key.sign(claims))
    }
}

fn bearing<T>(message: T, token: &str) -> Request<T> {
    let mut request = Request::new(message);
    let value = MetadataValue::try_from(format!("Bearer {token}")).expect("a header");
    request.metadata_mut().insert("authorization", value);
    request
}

/// The request of the API's documentation, as `grpcurl` reads it.
pub fn create() -> pb::CreateOrderRequest {
    pb::CreateOrderRequest {
        user_id: "user-123".into(),
        items: vec![pb::Item {
            product_id: "prod-001".into(),
            product_name: "Margherita".into(),
            quantity: 2,
            unit_price: "12.50".into(),
            ..Default::default()
        }],
        shipping_address: "1 Main Street".into(),
        ..Default::default()
    }
}

fn reason(status: &Status) -> String {
    let details = status.get_error_details();
    let info = details.error_info().unwrap_or_else(|| panic!("{status:?} has a reason"));
    assert_eq!(info.domain, DOMAIN);
    info.reason.clone()
}

fn fields(status: &Status) -> Vec<String> {
    let details = status.get_error_details();
    let found = details.bad_request().map(|bad| bad.field_violations.clone()).unwrap_or_default();
    found.into_iter().map(|violation| violation.field).collect()
}

#[tokio::test]
async fn an_order_is_placed_read_listed_changed_and_called_off() {
    let house = House::open().await;
    let door = Door::open(&house, Open::ToAnybody).await;
    let mut client = door.client().await;
    let placed = client.create_order(create()).await.expect("it is taken").into_inner().order.expect("an order");
    assert_eq!((placed.total.as_str(), placed.currency.as_str(), placed.version), ("25.00", "EUR", 1));
    assert_eq!((placed.delivery.as_str(), placed.shipping_address.as_str()), ("waiting_for_store", "1 Main Street"));
    let get = pb::GetOrderRequest { order_id: placed.order_id.clone() };
    assert_eq!(client.get_order(get.clone()).await.expect("it is there").into_inner().order, Some(placed.clone()));
    let list = pb::ListOrdersRequest { status: placed.status.clone(), ..Default::default() };
    let listed = client.list_orders(list).await.expect("a page").into_inner().orders;
    assert_eq!(listed, std::slice::from_ref(&placed));
    let mut item = create().items.remove(0);
    item.quantity = 3;
    let change = pb::UpdateOrderRequest {
        order_id: placed.order_id.clone(),
        expected_version: placed.version,
        items: vec![pb::ItemChange { line_id: String::new(), item: Some(item) }],
        ..Default::default()
    };
    let changed =
        client.update_order(change.clone()).await.expect("it is changed").into_inner().order.expect("an order");
    assert_eq!((changed.total.as_str(), changed.items.len()), ("62.50", 2));
    let late = client.update_order(change).await.expect_err("it was decided on another version");
    assert_eq!((late.code(), reason(&late)), (Code::Aborted, "version_conflict".into()));
    let cancel = pb::CancelOrderRequest {
        order_id: placed.order_id.clone(),
        reason: "the guest has left".into(),
        expected_version: changed.version,
        ..Default::default()
    };
    let called_off = client.cancel_order(cancel).await.expect("it is called off").into_inner().order.expect("an order");
    assert_eq!((called_off.status.as_str(), called_off.cancel_reason.as_str()), ("cancelled", "the guest has left"));
}

#[tokio::test]
async fn a_refusal_names_fields_code_and_valid_values_and_changes_nothing() {
    let house = House::open().await;
    let door = Door::open(&house, Open::ToAnybody).await;
    let mut client = door.client().await;
    let mut cases: Vec<(pb::CreateOrderRequest, Code, &str, &str)> = Vec::new();
    let mut with = |change: &dyn Fn(&mut pb::CreateOrderRequest), code, reason, field| {
        let mut request = create();
        change(&mut request);
        cases.push((request, code, reason, field));
    };
    let invalid = (Code::InvalidArgument, "invalid_argument");
    let changed = (Code::FailedPrecondition, "price_changed");
    with(&|order| order.items[0].unit_price = "9.99".into(), changed.0, changed.1, "items[0].unit_price");
    with(&|order| order.items[0].product_name = "Marinara".into(), changed.0, changed.1, "items[0].product_name");
    with(&|order| order.items[0].unit_price = "12.500000000001".into(), invalid.0, invalid.1, "items[0].unit_price");
    with(&|order| order.items[0].quantity = 0, invalid.0, invalid.1, "items[0].quantity");
    with(&|order| order.items[0].quantity = -1, invalid.0, invalid.1, "items[0].quantity");
    with(&|order| order.items[0].quantity = i32::MAX, invalid.0, invalid.1, "items[0].quantity");
    with(&|order| order.items[0].product_name = "a\0b".into(), invalid.0, invalid.1, "items[0].product_name");
    with(
        &|order| order.items[0].product_id = "'; DROP TABLE orders; --".into(),
        invalid.0,
        invalid.1,
        "items[0].product_id",
    );
    with(&|order| order.items.clear(), invalid.0, invalid.1, "items");
    with(&|order| order.store_id = "front".into(), invalid.0, invalid.1, "store_id");
    with(&|order| order.idempotency_key = "two words".into(), invalid.0, invalid.1, "idempotency_key");
    for (request, code, expected, field) in cases {
        let status = client.create_order(request).await.expect_err(field);
        assert_eq!((status.code(), reason(&status).as_str()), (code, expected), "{status:?}");
        assert_eq!(fields(&status)[0], field);
    }
    let mut many = create();
    many.items = vec![many.items.remove(0); 10_000];
    let status = client.create_order(many).await.expect_err("too many items");
    assert!(matches!(status.code(), Code::InvalidArgument | Code::ResourceExhausted | Code::OutOfRange), "{status:?}");
    let mut long = create();
    long.items[0].product_name = "x".repeat(1_000_000);
    client.create_order(long).await.expect_err("too long a name");
    let page = pb::ListOrdersRequest { page_token: "another query's".into(), ..Default::default() };
    let status = client.list_orders(page).await.expect_err("no token of this query");
    assert_eq!(fields(&status), ["page_token"]);
    assert_eq!(house.count("central.orders").await, 0);
}

#[tokio::test]
async fn two_doors_give_one_answer_to_one_key() {
    let house = House::open().await;
    let (one, other) = (Door::open(&house, Open::ToAnybody).await, Door::open(&house, Open::ToAnybody).await);
    let keyed = pb::CreateOrderRequest { idempotency_key: "k1".into(), ..create() };
    let first = one.client().await.create_order(keyed.clone()).await.expect("it is taken").into_inner();
    assert_eq!(other.client().await.create_order(keyed).await.expect("a repeat").into_inner(), first);
    let mut in_metadata = Request::new(create());
    in_metadata.metadata_mut().insert("idempotency-key", "k1".parse().expect("a header"));
    assert_eq!(other.client().await.create_order(in_metadata).await.expect("a repeat").into_inner(), first);
    let mut another = pb::CreateOrderRequest { idempotency_key: "k1".into(), ..create() };
    another.items[0].quantity = 3;
    let status = one.client().await.create_order(another).await.expect_err("another request");
    assert_eq!(reason(&status), "idempotency_key_mismatch");
    assert_eq!(house.count("central.orders").await, 1);
}

#[tokio::test]
async fn without_a_token_nobody_orders_and_with_one_only_for_whom_it_is() {
    let house = House::open().await;
    let door = Door::open(&house, Open::ToTokens).await;
    let mut client = door.client().await;
    let status = client.create_order(create()).await.expect_err("there is no token");
    assert_eq!((status.code(), reason(&status)), (Code::Unauthenticated, "unauthenticated".into()));
    let of = |subject: &str, role: &str| claims(house.tenant, subject, role);
    client.create_order(door.signed(create(), &of("user-123", "customer"))).await.expect("their own");
    let status = client.create_order(door.signed(create(), &of("user-124", "customer"))).await.expect_err("another's");
    assert_eq!((status.code(), fields(&status)), (Code::PermissionDenied, vec!["user_id".to_owned()]));
    client.create_order(door.signed(create(), &of("office", "admin"))).await.expect("an admin orders for anybody");
    let staff = but(of("clerk", "staff"), "stores", json!([house.store]));
    client.create_order(door.signed(create(), &staff)).await.expect("so does staff of the store");
    let elsewhere = pb::CreateOrderRequest { store_id: house.store.to_string(), ..create() };
    let status = client.create_order(door.signed(elsewhere, &of("clerk", "staff"))).await.expect_err("another's store");
    assert_eq!((status.code(), fields(&status)), (Code::PermissionDenied, vec!["store_id".to_owned()]));
    let audience = but(of("user-123", "customer"), "aud", json!("billing"));
    let status = client.create_order(door.signed(create(), &audience)).await.expect_err("another audience");
    assert_eq!(status.code(), Code::Unauthenticated);
    assert_eq!(house.count("central.orders").await, 3);
    assert_eq!(
        house.count("api.audit WHERE outcome = 'done' AND operation = 'create_order' AND object IS NOT NULL").await,
        3
    );
    // Refusals for want of a right are written behind the answer.
    while house.count("api.audit WHERE outcome = 'forbidden' AND subject IN ('user-124', 'clerk')").await < 2 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn too_many_calls_are_told_when_to_come_again_at_whichever_door() {
    let house = House::open().await;
    let rates = Rates { token: Rate { a_second: 1, burst: 8 }, ..Rates::default() };
    let one = Door::with(&house, Open::ToTokens, rates, |_| {}).await;
    let other = Door::with(&house, Open::ToTokens, rates, |_| {}).await;
    let token = claims(house.tenant, "user-123", "customer");
    let (mut passed, mut refused) = (0, Vec::new());
    for door in [&one, &other].into_iter().cycle().take(40) {
        let asked = door.client().await.list_orders(door.signed(pb::ListOrdersRequest::default(), &token)).await;
        match asked {
            Ok(_) => passed += 1,
            Err(status) => refused.push(status),
        }
    }
    assert!((8..=20).contains(&passed), "{passed} passed");
    let status = &refused[0];
    assert_eq!((status.code(), reason(status)), (Code::ResourceExhausted, "rate_limited".into()));
    let delay = status.get_error_details().retry_info().and_then(|info| info.retry_delay).expect("when to come again");
    assert!(delay > Duration::ZERO && delay <= Duration::from_secs(1), "{delay:?}");
}

#[tokio::test]
async fn health_and_reflection_answer_without_a_token() {
    let house = House::open().await;
    let door = Door::open(&house, Open::ToTokens).await;
    let channel = door.endpoint().connect().await.expect("it connects");
    let mut health = tonic_health::pb::health_client::HealthClient::new(channel.clone());
    let service = "order.v1.OrderService".to_owned();
    let check = tonic_health::pb::HealthCheckRequest { service: service.clone() };
    let serving = tonic_health::pb::health_check_response::ServingStatus::Serving as i32;
    assert_eq!(health.check(check).await.expect("it answers").into_inner().status, serving);
    {
        use tonic_reflection::pb::v1::server_reflection_client::ServerReflectionClient;
        use tonic_reflection::pb::v1::server_reflection_request::MessageRequest;
        use tonic_reflection::pb::v1::server_reflection_response::MessageResponse;
        let ask = tonic_reflection::pb::v1::ServerReflectionRequest {
            host: String::new(),
            message_request: Some(MessageRequest::ListServices(String::new())),
        };
        let mut answers = ServerReflectionClient::new(channel.clone())
            .server_reflection_info(stream::iter([ask]))
            .await
            .expect("it answers")
            .into_inner();
        let answer = answers.message().await.expect("an answer").expect("one").message_response;
        let Some(MessageResponse::ListServicesResponse(list)) = answer else { panic!("{answer:?}") };
        assert!(list.service.iter().any(|found| found.name == service), "{list:?}");
    }
    {
        use tonic_reflection::pb::v1alpha::server_reflection_client::ServerReflectionClient;
        use tonic_reflection::pb::v1alpha::server_reflection_request::MessageRequest;
        use tonic_reflection::pb::v1alpha::server_reflection_response::MessageResponse;
        let ask = tonic_reflection::pb::v1alpha::ServerReflectionRequest {
            host: String::new(),
            message_request: Some(MessageRequest::FileContainingSymbol(service)),
        };
        let mut answers = ServerReflectionClient::new(channel)
            .server_reflection_info(stream::iter([ask]))
            .await
            .expect("it answers")
            .into_inner();
        let answer = answers.message().await.expect("an answer").expect("one").message_response;
        assert!(matches!(answer, Some(MessageResponse::FileDescriptorResponse(_))), "{answer:?}");
    }
}

async fn place(client: &mut OrderServiceClient<Channel>) -> String {
    client.create_order(create()).await.expect("it is taken").into_inner().order.expect("an order").order_id
}

#[tokio::test]
async fn a_watch_tells_what_happens_and_goes_on_at_another_process() {
    let house = House::open().await;
    let (one, other) = (Door::open(&house, Open::ToAnybody).await, Door::open(&house, Open::ToAnybody).await);
    let (mut client, mut elsewhere) = (one.client().await, other.client().await);
    let mut watch = client.watch_orders(pb::WatchOrdersRequest::default()).await.expect("it opens").into_inner();
    let first = place(&mut elsewhere).await;
    let event = watch.message().await.expect("no end").expect("an event");
    assert_eq!((event.event_type.as_str(), event.order.expect("its order").order_id), ("order.created", first.clone()));
    let position = event.position;
    drop(watch);
    drop(one);
    let second = place(&mut elsewhere).await;
    let cancel = pb::CancelOrderRequest { order_id: first.clone(), reason: "gone".into(), ..Default::default() };
    elsewhere.cancel_order(cancel).await.expect("it is called off");
    let resumed = pb::WatchOrdersRequest { after: position, ..Default::default() };
    let mut watch = elsewhere.watch_orders(resumed).await.expect("it goes on").into_inner();
    let mut seen = Vec::new();
    loop {
        let event = watch.message().await.expect("no end").expect("an event");
        let cancelled = event.event_type == "order.cancelled";
        seen.push(event.order.expect("its order").order_id);
        if cancelled {
            break;
        }
    }
    assert!(seen.contains(&second) && seen.last() == Some(&first), "{seen:?}");
    let only = pb::WatchOrdersRequest { after: "nowhere".into(), ..Default::default() };
    let status = elsewhere.watch_orders(only).await.expect_err("no position");
    assert_eq!(fields(&status), ["after"]);
}

#[tokio::test]
async fn a_slow_reader_is_ended_in_clear_words_and_misses_nothing_when_it_comes_again() {
    let house = House::open().await;
    let door = Door::with(&house, Open::ToAnybody, Rates::default(), |parts| {
        parts.pace.waiting = 2;
        parts.pace.stall = Duration::from_millis(50);
    })
    .await;
    let mut client = door.client().await;
    // Its window is so small that hardly anything is on its way.
    let slow = door.endpoint().initial_stream_window_size(1_024).connect().await.expect("it connects");
    let mut slow = OrderServiceClient::new(slow);
    let mut watch = slow.watch_orders(pb::WatchOrdersRequest::default()).await.expect("it opens").into_inner();
    let mut placed = BTreeSet::new();
    while !door.metrics.render().expect("text").contains("docket_api_watch_ends_total{reason=\"slow\"} 1") {
        placed.insert(place(&mut client).await);
        assert!(placed.len() < 500, "it was not ended");
    }
    let mut after = String::new();
    let mut seen = BTreeSet::new();
    let ended = loop {
        match watch.message().await {
            Ok(Some(event)) => {
                after.clone_from(&event.position);
                seen.insert(event.order.expect("its order").order_id);
            }
            Ok(None) => panic!("it ended without a word"),
            Err(status) => break status,
        }
    };
    assert_eq!((ended.code(), reason(&ended)), (Code::Aborted, "slow_reader".into()));
    assert!(seen.len() < placed.len());
    let resumed = pb::WatchOrdersRequest { after, ..Default::default() };
    let mut watch = client.watch_orders(resumed).await.expect("it goes on").into_inner();
    while seen != placed {
        let event = watch.message().await.expect("no end").expect("an event");
        seen.insert(event.order.expect("its order").order_id);
    }
}

#[tokio::test]
async fn a_watch_shows_its_own_orders_only_and_ends_with_its_token() {
    let house = House::open().await;
    let door = Door::open(&house, Open::ToTokens).await;
    let mut client = door.client().await;
    let of = |subject: &str| claims(house.tenant, subject, "customer");
    let watch = door.signed(pb::WatchOrdersRequest::default(), &of("user-124"));
    let mut watch = client.watch_orders(watch).await.expect("it opens").into_inner();
    let theirs = pb::CreateOrderRequest { user_id: "user-124".into(), ..create() };
    client.create_order(door.signed(create(), &of("user-123"))).await.expect("another's order");
    let own = client.create_order(door.signed(theirs, &of("user-124"))).await.expect("their own order");
    let event = watch.message().await.expect("no end").expect("an event");
    assert_eq!(event.order.expect("its order").order_id, own.into_inner().order.expect("an order").order_id);
    // The skew of clocks is 30 s, so this one is good for some seconds more.
    let short = but(of("user-125"), "exp", json!(wall_ms() / 1_000 - 27));
    let watch = door.signed(pb::WatchOrdersRequest::default(), &short);
    let mut watch = client.watch_orders(watch).await.expect("it opens").into_inner();
    let status = watch.message().await.expect_err("the token is over");
    assert_eq!(status.code(), Code::Unauthenticated);
}

#[tokio::test]
async fn a_stream_of_messages_without_an_end_is_refused() {
    let house = House::open().await;
    let door = Door::with(&house, Open::ToAnybody, Rates::default(), |parts| {
        parts.call_time = Some(Duration::from_millis(500));
    })
    .await;
    let channel = door.endpoint().connect().await.expect("it connects");
    let path = || axum::http::uri::PathAndQuery::from_static("/order.v1.OrderService/ListOrders");
    let codec = tonic_prost::ProstCodec::<pb::ListOrdersRequest, pb::ListOrdersResponse>::default;
    let big = || pb::ListOrdersRequest { page_token: "x".repeat(100_000), ..Default::default() };
    let mut client = tonic::client::Grpc::new(channel.clone());
    client.ready().await.expect("it is ready");
    let endless = stream::iter(std::iter::repeat_with(big));
    let status = client.client_streaming(Request::new(endless), path(), codec()).await.expect_err("it has no end");
    assert_eq!((status.code(), reason(&status)), (Code::ResourceExhausted, "too_large".into()), "{status:?}");
    client.ready().await.expect("it is ready");
    let silent = stream::pending::<pb::ListOrdersRequest>();
    let status = client.client_streaming(Request::new(silent), path(), codec()).await.expect_err("nothing comes");
    assert_eq!((status.code(), reason(&status)), (Code::DeadlineExceeded, "call_too_long".into()), "{status:?}");
    // The door stands.
    place(&mut OrderServiceClient::new(channel)).await;
}

#[tokio::test]
async fn who_says_nothing_or_a_byte_now_and_then_loses_the_connection() {
    let house = House::open().await;
    let door = Door::with(&house, Open::ToAnybody, Rates::default(), |parts| {
        parts.patience.preface = Duration::from_millis(300);
        parts.patience.silence = Duration::from_millis(600);
    })
    .await;
    let preface = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    let settings = [0, 0, 0, 4, 0, 0, 0, 0, 0];
    for (name, whole) in [("nothing", false), ("dribble", false), ("preface and nothing more", true)] {
        let mut tcp = TcpStream::connect(door.address).await.expect("it connects");
        if whole {
            tcp.write_all(preface).await.expect("sent");
            tcp.write_all(&settings).await.expect("sent");
        }
        let (mut reads, mut writes) = tcp.into_split();
        let dribble = async {
            // A byte of the preface at a time, slower than it may take.
            for byte in preface {
                tokio::time::sleep(Duration::from_millis(100)).await;
                if name != "dribble" || writes.write_all(&[*byte]).await.is_err() {
                    break;
                }
            }
            std::future::pending::<()>().await;
        };
        let mut heard = Vec::new();
        let ended = tokio::select! {
            ended = reads.read_to_end(&mut heard) => ended,
            () = dribble => unreachable!("it is pending"),
        };
        // Closed in order or not: it is over, and the door did it.
        drop(ended);
    }
    place(&mut door.client().await).await;
}
