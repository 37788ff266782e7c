use std::time::Duration;

use docket_central::api::desk::{TakeLimits, sweep_once};
use docket_central::api::order::Delivery;
use docket_central::db::{Database, Role};
use docket_domain::ids::OrderId;
use docket_domain::order::line::OrderType;
use sqlx::Row as _;

use crate::house::{House, desk, limits, order};

/// At the counter nobody waits at all.
fn impatient() -> TakeLimits {
    TakeLimits { counter: Duration::ZERO, ..limits() }
}

async fn place(house: &House, order_type: OrderType) -> OrderId {
    let mut order = order();
    order.order_type = Some(order_type);
    house.desk.create(&house.customer("user-123"), order, None).await.expect("it is taken").view.order_id
}

#[tokio::test]
async fn what_no_till_took_in_time_is_called_off_once_with_a_reason_and_the_rest_waits_on() {
    let house = House::open_with(impatient()).await;
    let sweeper = Database::connect(&house.server.url(), Role::Sweeper, 1).await.expect("it connects");
    let (late, waits) = (place(&house, OrderType::Counter).await, place(&house, OrderType::TakeAway).await);
    let taken = place(&house, OrderType::Counter).await;
    sqlx::query("UPDATE api.deliveries SET taken_at = now() WHERE order_id = $1")
        .bind(taken.0)
        .execute(&house.owner)
        .await
        .expect("a till has it");
    let (other, _) = desk(&house.server.url(), impatient()).await;
    let (one, two) = tokio::join!(sweep_once(&house.desk, &sweeper), sweep_once(&other, &sweeper));
    assert!(one.expect("it looks") + two.expect("it looks") >= 1);
    assert_eq!(sweep_once(&house.desk, &sweeper).await.expect("it looks"), 0, "nothing is due any more");
    let see = async |id| house.desk.get(&house.admin(), id).await.expect("it is there");
    let off = see(late).await;
    assert_eq!((off.status.as_str(), off.version, off.delivery), ("cancelled", 2, Delivery::WaitingForStore));
    assert_eq!(off.cancel_reason.as_deref(), Some("no till of the store took the order in time"));
    assert_eq!((see(waits).await.status.as_str(), see(taken).await.status.as_str()), ("confirmed", "confirmed"));
    assert_eq!(see(taken).await.delivery, Delivery::AtStore);
    let told = sqlx::query("SELECT event_type FROM central.outbox WHERE key = $1 ORDER BY id")
        .bind(late.0)
        .fetch_all(&house.owner)
        .await
        .expect("rows");
    let told: Vec<String> = told.iter().map(|row| row.get(0)).collect();
    assert_eq!(told, ["order.created", "order.cancelled"], "others hear of it, once");
}

#[tokio::test]
async fn an_answer_is_forgotten_after_a_day_and_not_before() {
    let house = House::open().await;
    let sweeper = Database::connect(&house.server.url(), Role::Sweeper, 1).await.expect("it connects");
    let caller = house.customer("user-123");
    let key = || crate::house::key("k");
    let first = house.desk.create(&caller, order(), key()).await.expect("it is taken");
    let age = async |hours: i32| {
        sqlx::query("UPDATE api.idempotency SET created_at = now() - make_interval(hours => $1)")
            .bind(hours)
            .execute(&house.owner)
            .await
            .expect("it is aged");
        sweep_once(&house.desk, &sweeper).await.expect("it looks");
        house.count("api.idempotency").await
    };
    assert_eq!(age(23).await, 1);
    assert!(house.desk.create(&caller, order(), key()).await.expect("a repeat").replayed);
    assert_eq!(age(25).await, 0);
    let second = house.desk.create(&caller, order(), key()).await.expect("a new order");
    assert_ne!(second.view.order_id, first.view.order_id);
}
