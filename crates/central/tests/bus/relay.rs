//! The relay on a real PostgreSQL and a real Kafka.

use std::collections::{HashMap, HashSet};

use crate::support::{Bus, DAY, PARTITIONS, Seen, in_status, order, put, sold, start_relay, until};
use docket_central::relay::{self, message_hash};
use docket_domain::order::OrderStatus;
use docket_sync::HashSum;
use docket_testkit::kafka::Kafka;
use docket_testkit::postgres::Postgres;
use uuid::Uuid;

/// Tells the life of so many orders, step by step, so that their messages mix: five messages for orders, one for money.
async fn tell_lives(bus: &mut Bus, orders: std::ops::Range<u128>) {
    let steps = [OrderStatus::Confirmed, OrderStatus::Preparing, OrderStatus::Ready];
    for number in orders.clone() {
        bus.tell(order(number)).await;
    }
    for status in steps {
        for number in orders.clone() {
            bus.tell(in_status(order(number), status)).await;
        }
    }
    for number in orders {
        bus.tell(sold(number)).await;
    }
}

/// First sight of each message, and whether per key they came in the order of their sequence.
fn in_order(seen: &[Seen]) -> Vec<&Seen> {
    let mut ids = HashSet::new();
    let first: Vec<&Seen> = seen.iter().filter(|message| ids.insert(message.id().to_owned())).collect();
    let mut last: HashMap<&str, u64> = HashMap::new();
    for message in &first {
        let before = last.insert(&message.key, message.sequence()).unwrap_or(0);
        assert!(before < message.sequence(), "{}: {} behind {before}", message.key, message.sequence());
    }
    first
}

/// Kafka's own partitioner, as its Java client has it.
fn murmur2(bytes: &[u8]) -> i32 {
    const M: u32 = 0x5bd1_e995;
    let mut hash = 0x9747_b28c_u32 ^ u32::try_from(bytes.len()).expect("short");
    let mut chunks = bytes.chunks_exact(4);
    for chunk in &mut chunks {
        let mut k = u32::from_le_bytes(chunk.try_into().expect("four")).wrapping_mul(M);
        k ^= k >> 24;
        hash = hash.wrapping_mul(M) ^ k.wrapping_mul(M);
    }
    let rest = chunks.remainder();
    if !rest.is_empty() {
        for (index, byte) in rest.iter().enumerate() {
            hash ^= u32::from(*byte) << (8 * index);
        }
        hash = hash.wrapping_mul(M);
    }
    hash ^= hash >> 13;
    hash = hash.wrapping_mul(M);
    hash ^= hash >> 15;
    i32::try_from(hash & 0x7fff_ffff).expect("31 bits") % PARTITIONS
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_message_arrives_once_in_order_per_key_where_java_looks_for_it() {
    let mut bus = Bus::open().await;
    let relay = start_relay(bus.relay());
    tell_lives(&mut bus, 0..20).await;
    relay::wake(&bus.pool).await;
    bus.until_published().await;
    let orders = bus.messages(&bus.topic("orders"), 100).await;
    assert_eq!(orders.len(), 100);
    assert_eq!(in_order(&orders).len(), 100);
    assert_eq!(bus.messages(&bus.topic("payments"), 20).await.len(), 20);
    for message in &orders {
        assert_eq!(message.partition, murmur2(message.key.as_bytes()), "{}", message.key);
        assert_eq!(message.header("ce_specversion"), "1.0");
        assert_eq!(message.header("ce_partitionkey"), message.key);
        assert!(message.header("ce_source").starts_with("/tenants/00000000-0000-0000-0000-00000000aaaa/stores/"));
        assert!(serde_json::from_slice::<serde_json::Value>(&message.body).is_ok());
    }
    assert!(relay.metric("docket_relay_published_total 120"));
    relay.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_commit_that_comes_late_is_not_skipped() {
    let bus = Bus::open().await;
    let relay = start_relay(bus.relay());
    let (late, early) = (Uuid::from_u128(1), Uuid::from_u128(2));
    let topic = bus.topic("orders");
    let mut open = bus.pool.begin().await.expect("a transaction");
    put(&mut *open, (bus.tenant, bus.store), &topic, late, "order.created", 1, b"{}".to_vec()).await;
    bus.put(&topic, early, "order.created", 1, b"{}".to_vec()).await;
    bus.until_published().await;
    let before = bus.messages(&topic, 1).await;
    assert_eq!(before.iter().map(|seen| seen.key.clone()).collect::<Vec<_>>(), [early.to_string()]);
    open.commit().await.expect("committed");
    let after = bus.messages(&topic, 2).await;
    assert!(after.iter().any(|seen| seen.key == late.to_string()));
    relay.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_broker_that_is_away_is_waited_for_and_nothing_is_lost() {
    let mut broker = Kafka::start();
    let mut bus = Bus::on(&broker.brokers()).await;
    let relay = start_relay(bus.relay());
    tell_lives(&mut bus, 0..5).await;
    bus.until_published().await;
    broker.stop();
    tell_lives(&mut bus, 5..15).await;
    // The relay has them in hand by now, or will: nothing is published while there is nobody to publish to.
    assert_eq!(bus.count("SELECT count(*) FROM central.outbox WHERE published_at IS NULL").await, 60);
    broker.start_again();
    bus.until_published().await;
    // And once as a crash leaves it.
    broker.kill();
    tell_lives(&mut bus, 15..20).await;
    broker.start_again();
    bus.until_published().await;
    let seen = bus.messages(&bus.topic("orders"), 100).await;
    assert_eq!(in_order(&seen).len(), 100);
    assert_eq!(bus.messages(&bus.topic("payments"), 20).await.len(), 20);
    relay.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_relay_killed_between_sending_and_marking_sends_again_under_the_same_ids() {
    let mut bus = Bus::open().await;
    tell_lives(&mut bus, 0..4).await;
    // Rows can be read but not marked.
    let mut barrier = bus.pool.begin().await.expect("a transaction");
    sqlx::query("LOCK TABLE central.outbox IN SHARE MODE").execute(&mut *barrier).await.expect("locked");
    let first = start_relay(bus.relay());
    let topic = bus.topic("orders");
    assert_eq!(bus.messages(&topic, 20).await.len(), 20);
    first.kill().await;
    // Its statement still waits in the server, which has yet to notice.
    sqlx::query(
        "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND database = \
                 (SELECT oid FROM pg_database WHERE datname = current_database())",
    )
    .execute(&mut *barrier)
    .await
    .expect("ended");
    barrier.rollback().await.expect("rolled back");
    let second = start_relay(bus.relay());
    bus.until_published().await;
    let seen = bus.messages(&topic, 40).await;
    assert_eq!(seen.len(), 40);
    assert_eq!(in_order(&seen).len(), 20);
    second.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_relays_one_is_active_and_the_other_takes_over() {
    const ACTIVE: &str = "docket_relay_active 1";
    let mut bus = Bus::open().await;
    let one = start_relay(bus.relay());
    until("the first is active", async || one.metric(ACTIVE)).await;
    let other = start_relay(bus.relay());
    tell_lives(&mut bus, 0..5).await;
    bus.until_published().await;
    assert!(one.metric(ACTIVE) && !other.metric(ACTIVE));
    one.end().await;
    tell_lives(&mut bus, 5..10).await;
    bus.until_published().await;
    assert!(other.metric(ACTIVE));
    let seen = bus.messages(&bus.topic("orders"), 50).await;
    assert_eq!((seen.len(), in_order(&seen).len()), (50, 50));
    other.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_relay_whose_lock_is_cut_gives_way_and_nothing_is_lost() {
    let mut bus = Bus::open().await;
    let relays = [start_relay(bus.relay()), start_relay(bus.relay())];
    for round in 0..4 {
        sqlx::query(
            "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND database = \
                     (SELECT oid FROM pg_database WHERE datname = current_database())",
        )
        .execute(&bus.pool)
        .await
        .expect("cut");
        tell_lives(&mut bus, round * 5..round * 5 + 5).await;
    }
    bus.until_published().await;
    let seen = bus.messages(&bus.topic("orders"), 100).await;
    let ids: HashSet<&str> = seen.iter().map(Seen::id).collect();
    assert_eq!(ids.len(), 100);
    for relay in relays {
        relay.end().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_crashes_is_waited_for_and_nothing_is_lost() {
    let mut server = Postgres::start();
    let url = server.url("postgres");
    let prefix = format!("crash-{}", std::process::id());
    let mut bus = Bus::with(url, prefix, &docket_testkit::kafka::brokers(), None).await;
    let relay = start_relay(bus.relay());
    tell_lives(&mut bus, 0..5).await;
    for round in 1..3 {
        server.kill();
        server.restart();
        bus.pool.close().await;
        bus.pool = sqlx::PgPool::connect(&bus.url).await.expect("it is back");
        tell_lives(&mut bus, round * 5..round * 5 + 5).await;
    }
    bus.until_published().await;
    let seen = bus.messages(&bus.topic("orders"), 75).await;
    let ids: HashSet<&str> = seen.iter().map(Seen::id).collect();
    assert_eq!(ids.len(), 75);
    relay.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_that_kafka_refuses_holds_up_its_own_order_only() {
    let bus = Bus::open().await;
    let (large, small) = (Uuid::from_u128(1), Uuid::from_u128(2));
    let topic = bus.topic("orders");
    bus.put(&topic, large, "order.created", 1, b"{}".to_vec()).await;
    bus.put(&topic, large, "order.updated", 2, vec![b' '; 1_200_000]).await;
    bus.put(&topic, large, "order.updated", 3, b"{}".to_vec()).await;
    for sequence in 1..=50 {
        bus.put(&topic, small, "order.updated", sequence, b"{}".to_vec()).await;
    }
    let relay = start_relay(relay::Settings { stopped_ms: 100, ..bus.relay() });
    bus.until("SELECT count(*) FROM central.outbox WHERE published_at IS NULL", 2).await;
    let seen = bus.messages(&topic, 51).await;
    assert_eq!((seen.len(), in_order(&seen).len()), (51, 51));
    // Once it is cured, the order goes on where it stood.
    sqlx::query("UPDATE central.outbox SET body = '{}' WHERE length(body) > 1000000")
        .execute(&bus.pool)
        .await
        .expect("cured");
    bus.until_published().await;
    let seen = bus.messages(&topic, 53).await;
    assert_eq!((seen.len(), in_order(&seen).len()), (53, 53));
    relay.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_pruned_leaves_its_count_and_the_sum_of_its_hashes() {
    let mut bus = Bus::open().await;
    tell_lives(&mut bus, 0..3).await;
    let rows: Vec<(Uuid, Vec<u8>)> =
        sqlx::query_as("SELECT event_id, body FROM central.outbox").fetch_all(&bus.pool).await.expect("rows");
    let mut sum = HashSum::default();
    for (id, body) in &rows {
        sum.add(&message_hash(*id, body));
    }
    let relay = start_relay(relay::Settings { kept_ms: 0, prune_every_ms: 0, ..bus.relay() });
    bus.until("SELECT count(*) FROM central.outbox", 0).await;
    // A second pruning of the same day joins the first.
    let id = bus.put(&bus.topic("orders"), Uuid::from_u128(9), "order.created", 1, b"{}".to_vec()).await;
    sum.add(&message_hash(id, b"{}"));
    bus.until("SELECT count(*) FROM central.outbox", 0).await;
    let left: (i32, i64, Vec<u8>) =
        sqlx::query_as("SELECT business_day, messages, hash_sum FROM central.outbox_pruned")
            .fetch_one(&bus.pool)
            .await
            .expect("one day");
    assert_eq!(left, (DAY, 19, sum.0.to_vec()));
    relay.end().await;
}
