//! What fails: tries, delays, waiting keys, dead letters and their replay, on a real PostgreSQL and a real Kafka.

use crate::support::{Bus, order, start_consumer, start_relay, until};
use docket_central::consume::{Role, dlq};
use uuid::Uuid;

const DELAYS: [u64; 3] = [400, 400, 400];

/// A version of an order as a message, or a message that no consumer can read.
async fn tell(bus: &Bus, number: u128, version: u64, is_poison: bool) -> Uuid {
    let mut body = order(number);
    body.version = version;
    let data = if is_poison { b"{\"order_id\": 7}".to_vec() } else { serde_json::to_vec(&body).expect("plain JSON") };
    bus.put(&bus.topic("orders"), body.order_id.0, "order.updated", version, data).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_poison_message_holds_its_key_while_others_flow_and_ends_with_its_reason() {
    let bus = Bus::open().await;
    let relay = start_relay(bus.relay());
    let consumer = start_consumer(Role::Orders, bus.consumer(DELAYS));
    tell(&bus, 1, 1, false).await;
    let poison = tell(&bus, 1, 2, true).await;
    let behind = tell(&bus, 1, 3, false).await;
    for number in 2..30 {
        tell(&bus, number, 1, false).await;
    }
    bus.until("SELECT count(*) FROM orders_read.inbox", 30).await;
    bus.until("SELECT count(*) FROM orders_read.parked", 0).await;
    // The one behind had its effect after all of the others, because it waited; they did not.
    let later: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM orders_read.inbox WHERE received_at < \
                (SELECT received_at FROM orders_read.inbox WHERE message_id = $1)",
    )
    .bind(behind.to_string())
    .fetch_one(&bus.pool)
    .await
    .expect("a count");
    assert_eq!(later, 29);
    assert_eq!(bus.count("SELECT version FROM orders_read.orders WHERE label = 'A-001'").await, 3);
    let letters = dlq::list(Role::Orders, &bus.consumer(DELAYS)).await.expect("the list");
    assert_eq!(letters.len(), 1);
    assert_eq!((letters[0].id.clone(), letters[0].is_done), (poison.to_string(), false));
    assert!(letters[0].reason.starts_with("data of order.updated: "), "{}", letters[0].reason);
    assert!(letters[0].whole().contains("{\"order_id\": 7}"));
    let dead = bus.messages(&format!("{}.orders.dead", bus.prefix), 1).await;
    assert_eq!((dead.len(), dead[0].id()), (1, poison.to_string().as_str()));
    assert_eq!(dead[0].header("docket_topic"), bus.topic("orders"));
    consumer.end().await;
    relay.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cause_that_goes_away_in_time_leaves_no_dead_letter_and_keeps_the_order() {
    let bus = Bus::open().await;
    let relay = start_relay(bus.relay());
    let consumer = start_consumer(Role::Orders, bus.consumer([1_000, 60_000, 60_000]));
    sqlx::query("ALTER TABLE orders_read.items RENAME TO items_away").execute(&bus.pool).await.expect("renamed");
    for version in 1..=3 {
        tell(&bus, 1, version, false).await;
    }
    bus.until("SELECT count(*) FROM orders_read.parked", 3).await;
    assert_eq!(bus.count("SELECT count(*) FROM orders_read.orders").await, 0);
    sqlx::query("ALTER TABLE orders_read.items_away RENAME TO items").execute(&bus.pool).await.expect("renamed");
    bus.until("SELECT count(*) FROM orders_read.inbox", 3).await;
    bus.until("SELECT count(*) FROM orders_read.parked", 0).await;
    assert_eq!(bus.count("SELECT version FROM orders_read.orders").await, 3);
    let order: Vec<i64> = sqlx::query_scalar(
        "SELECT o.sequence FROM orders_read.inbox i JOIN central.outbox o ON o.event_id::text = i.message_id \
          ORDER BY i.received_at",
    )
    .fetch_all(&bus.pool)
    .await
    .expect("the order of effects");
    assert_eq!(order, [1, 2, 3]);
    assert!(dlq::list(Role::Orders, &bus.consumer(DELAYS)).await.expect("the list").is_empty());
    consumer.end().await;
    relay.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dead_letter_that_is_replayed_has_its_effect() {
    let bus = Bus::open().await;
    let relay = start_relay(bus.relay());
    let consumer = start_consumer(Role::Orders, bus.consumer([100, 100, 100]));
    sqlx::query("ALTER TABLE orders_read.orders ADD CONSTRAINT no_first CHECK (label <> 'A-001')")
        .execute(&bus.pool)
        .await
        .expect("a rule");
    let refused = tell(&bus, 1, 1, false).await;
    tell(&bus, 2, 1, false).await;
    let settings = bus.consumer([100, 100, 100]);
    until("a dead letter", async || dlq::list(Role::Orders, &settings).await.expect("the list").len() == 1).await;
    bus.until("SELECT count(*) FROM orders_read.parked", 0).await;
    let letters = dlq::list(Role::Orders, &settings).await.expect("the list");
    assert!(letters[0].reason.contains("no_first"), "{}", letters[0].reason);
    sqlx::query("ALTER TABLE orders_read.orders DROP CONSTRAINT no_first").execute(&bus.pool).await.expect("no rule");
    dlq::replay(Role::Orders, &settings, &letters).await.expect("it goes again");
    bus.until("SELECT count(*) FROM orders_read.orders WHERE label = 'A-001'", 1).await;
    let letters = dlq::list(Role::Orders, &settings).await.expect("the list");
    assert_eq!((letters.len(), letters[0].id.clone(), letters[0].is_done), (1, refused.to_string(), true));
    // A second replay finds its id in the inbox.
    dlq::replay(Role::Orders, &settings, &letters).await.expect("it goes again");
    let repeated = "docket_consumer_messages_total{outcome=\"repeated\",role=\"orders\"} 1";
    until("it is known", async || consumer.metric(repeated)).await;
    consumer.end().await;
    relay.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_no_event_of_ours_is_a_dead_letter_at_once() {
    use rdkafka::ClientConfig;
    use rdkafka::producer::{FutureProducer, FutureRecord};

    let bus = Bus::open().await;
    let relay = start_relay(bus.relay());
    let consumer = start_consumer(Role::Orders, bus.consumer([60_000; 3]));
    let producer: FutureProducer =
        ClientConfig::new().set("bootstrap.servers", &bus.brokers).create().expect("a producer");
    let topic = bus.topic("orders");
    let record = FutureRecord::to(&topic).key("x").payload("hello");
    producer.send(record, std::time::Duration::from_secs(30)).await.expect("sent");
    tell(&bus, 1, 1, false).await;
    bus.until("SELECT count(*) FROM orders_read.orders", 1).await;
    let settings = bus.consumer(DELAYS);
    until("a dead letter", async || dlq::list(Role::Orders, &settings).await.expect("the list").len() == 1).await;
    let letters = dlq::list(Role::Orders, &settings).await.expect("the list");
    assert_eq!(letters[0].reason, "ce_source: is missing");
    consumer.end().await;
    relay.end().await;
}
