//! The change feed: its order, its places, and who sees what.

use std::time::Duration;

use docket_central::api::caller::{ApiRole, Caller, Stores, customer_of};
use docket_central::api::feed::FeedFilter;
use docket_central::api::order::{CancelOrder, FeedEvent};
use docket_contracts::integration::EventKind;
use docket_domain::ids::StoreId;
use uuid::Uuid;

use crate::door::Door;
use crate::house::{House, order};

async fn all(door: &Door, caller: &Caller, filter: &FeedFilter, after: Option<&str>) -> Vec<FeedEvent> {
    door.state.feed.after(caller, filter, after, 100).await.expect("a page").items
}

/// Waits until so many are in sight: other databases of the server have transactions under way too.
pub async fn settled(door: &Door, count: usize) {
    let mut news = door.state.feed.news();
    let waiting = async {
        while all(door, &door.admin, &FeedFilter::default(), None).await.len() < count {
            news.changed().await.expect("the feed is there");
        }
    };
    tokio::time::timeout(Duration::from_secs(60), waiting).await.expect("they come into sight");
}

#[tokio::test]
async fn a_reader_hears_each_change_once_and_in_order_wherever_it_goes_on() {
    let house = House::open().await;
    let (door, elsewhere) = (Door::open(&house).await, Door::open(&house).await);
    let (caller, admin) = (house.customer("user-123"), house.admin());
    let now = door.state.feed.now().await.expect("a place");
    let mut orders = Vec::new();
    for _ in 0..3 {
        orders.push(house.desk.create(&caller, order(), None).await.expect("an order").view.order_id);
    }
    let cancel = CancelOrder { reason: "gone".into(), expected_version: None };
    house.desk.cancel(&caller, orders[0], cancel, None, None).await.expect("a cancel");
    settled(&door, 4).await;
    let whole = all(&door, &admin, &FeedFilter::default(), None).await;
    assert_eq!(all(&door, &admin, &FeedFilter::default(), Some(&now)).await, whole);
    let kinds: Vec<&str> = whole.iter().map(|event| event.event_type.as_str()).collect();
    assert_eq!(kinds, ["order.created", "order.created", "order.created", "order.cancelled"]);
    assert!(whole.windows(2).all(|two| two[0].position < two[1].position), "places rise");
    // One at a time, each page at another process.
    let (mut seen, mut after) = (Vec::new(), None::<String>);
    for turn in 0.. {
        let feed = if turn % 2 == 0 { &door.state.feed } else { &elsewhere.state.feed };
        let page = feed.after(&admin, &FeedFilter::default(), after.as_deref(), 1).await.expect("a page");
        let Some(event) = page.items.into_iter().next() else { break };
        after = Some(event.position.clone());
        seen.push(event);
        assert_eq!(page.next, after.clone().filter(|_| seen.len() < whole.len()));
    }
    assert_eq!(seen, whole);
    let one = FeedFilter { order: Some(orders[0]), ..FeedFilter::default() };
    assert_eq!(all(&door, &admin, &one, None).await.len(), 2);
    let cancelled = FeedFilter { kinds: vec![EventKind::OrderCancelled], ..FeedFilter::default() };
    assert_eq!(all(&door, &admin, &cancelled, None).await.len(), 1);
}

#[tokio::test]
async fn a_commit_that_comes_late_is_not_passed_over() {
    let house = House::open().await;
    let door = Door::open(&house).await;
    let (caller, admin) = (house.customer("user-123"), house.admin());
    // A transaction that has its number, and writes before and commits after another one.
    let mut late = house.owner.begin().await.expect("a transaction");
    let copy = "INSERT INTO central.outbox (tenant, store, business_day, topic, key, event_id, event_type, sequence, \
         correlation_id, time_ms, body) SELECT $1, $2, 20260301, 'docket.orders.v1', $3, $3, 'order.updated', 1, $3, 0, '{}'";
    let id = Uuid::from_u128(77);
    sqlx::query(copy).bind(house.tenant.0).bind(house.store.0).bind(id).execute(&mut *late).await.expect("a row");
    house.desk.create(&caller, order(), None).await.expect("an order");
    let before = all(&door, &admin, &FeedFilter::default(), None).await;
    assert_eq!(before, [], "what is behind an open transaction waits");
    let place = door.state.feed.now().await.expect("a place");
    late.commit().await.expect("it commits");
    settled(&door, 2).await;
    let kinds = |events: Vec<FeedEvent>| events.into_iter().map(|event| event.event_type).collect::<Vec<_>>();
    let whole = kinds(all(&door, &admin, &FeedFilter::default(), None).await);
    assert_eq!(whole, ["order.updated", "order.created"]);
    assert_eq!(kinds(all(&door, &admin, &FeedFilter::default(), Some(&place)).await), whole);
}

#[tokio::test]
async fn each_caller_follows_what_it_may_see() {
    let house = House::open().await;
    let door = Door::open(&house).await;
    let (one, other) = (house.customer("user-123"), house.customer("user-124"));
    let mine = house.desk.create(&one, order(), None).await.expect("an order").view.order_id;
    settled(&door, 1).await;
    let of = async |caller: &Caller, filter: &FeedFilter| {
        let events = all(&door, caller, filter, None).await;
        events.into_iter().map(|event| event.order_id).collect::<Vec<_>>()
    };
    let everything = FeedFilter::default();
    assert_eq!(of(&one, &everything).await, [mine]);
    assert_eq!(of(&other, &everything).await, []);
    let asked = FeedFilter { customer: Some(customer_of(house.tenant, "user-123")), ..FeedFilter::default() };
    assert_eq!(of(&other, &asked).await, []);
    let staff = |store| Caller { role: ApiRole::Staff, stores: Stores::Only([store].into()), ..house.admin() };
    assert_eq!(of(&staff(house.store), &everything).await, [mine]);
    assert_eq!(of(&staff(StoreId(Uuid::from_u128(4))), &everything).await, []);
    let elsewhere = Caller { tenant: docket_domain::ids::TenantId(Uuid::from_u128(9)), ..house.admin() };
    assert_eq!(of(&elsewhere, &everything).await, []);
    // Messages about customers are no changes of orders.
    let new = serde_json::json!({ "name": "Ana", "email": "ana@example.org" });
    assert_eq!(door.post("/api/v1/customers", "k", &new).await.status, 201);
    assert_eq!(of(&house.admin(), &everything).await, [mine]);
}

#[tokio::test]
async fn a_place_that_is_none_or_too_old_is_refused() {
    let house = House::open().await;
    let door = Door::open(&house).await;
    house.desk.create(&house.customer("user-123"), order(), None).await.expect("an order");
    house.desk.create(&house.customer("user-123"), order(), None).await.expect("an order");
    settled(&door, 2).await;
    let page = door.get("/api/v1/events?page_size=1").await;
    let first = page.json()["position"].as_str().expect("a place").to_owned();
    assert!(page.header("link").contains(&format!("after={first}")), "{page:?}");
    for after in ["x", "", &"f".repeat(32), &"7".repeat(32)] {
        let said = door.get(&format!("/api/v1/events?after={after}")).await;
        assert_eq!((said.status, said.field().as_str()), (400, "after"), "{after}");
    }
    let kinds = door.get("/api/v1/events?types=order.created,customer.changed").await;
    assert_eq!((kinds.status, kinds.field().as_str()), (400, "types"));
    assert_eq!(
        door.get(&format!("/api/v1/events?after={first}")).await.json()["items"].as_array().map(Vec::len),
        Some(1)
    );
    // As the relay's pruning leaves it.
    let pruned = "WITH gone AS (DELETE FROM central.outbox RETURNING tenant, xid, id) INSERT INTO central.feed_floor \
         SELECT tenant, xid, id FROM gone ORDER BY xid DESC, id DESC LIMIT 1";
    sqlx::query(pruned).execute(&house.owner).await.expect("it is pruned");
    let old = door.get(&format!("/api/v1/events?after={first}")).await;
    assert_eq!((old.status, old.field().as_str()), (400, "after"));
    let anew = door.get("/api/v1/events").await;
    assert_eq!((anew.status, &anew.json()["items"]), (200, &serde_json::json!([])));
}

#[tokio::test]
async fn whoever_waits_hears_of_news() {
    let house = House::open().await;
    let door = Door::open(&house).await;
    let mut news = door.state.feed.news();
    news.mark_unchanged();
    house.desk.create(&house.customer("user-123"), order(), None).await.expect("an order");
    let heard = async {
        while all(&door, &house.admin(), &FeedFilter::default(), None).await.is_empty() {
            news.changed().await.expect("the feed is there");
        }
    };
    tokio::time::timeout(Duration::from_secs(60), heard).await.expect("it is heard of");
}
