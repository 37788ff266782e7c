//! The consumers on a real PostgreSQL and a real Kafka.

use crate::support::{Bus, in_status, order, paid, sold, start_consumer, start_relay, until};
use docket_central::consume::{self, ConsumeError, Role};
use docket_domain::ids::SubjectId;
use docket_domain::order::OrderStatus;
use docket_testkit::postgres::Postgres;
use uuid::Uuid;

const NO_DELAY: [u64; 3] = [200, 200, 200];

/// Ten orders: all placed, all but the tenth paid, the first called off after that.
async fn tell_a_day(bus: &mut Bus) {
    for number in 0..10 {
        bus.tell(order(number)).await;
    }
    for number in 0..9 {
        bus.tell(sold(number)).await;
    }
    let mut cancelled = in_status(paid(order(0)), OrderStatus::Cancelled);
    cancelled.cancel_reason = Some("wrong table".to_owned());
    bus.tell(cancelled).await;
}

const MESSAGES: i64 = 20;

/// The figures as texts, in an order of their own.
async fn figures(bus: &Bus) -> Vec<String> {
    let sales = "SELECT concat_ws('|', store, business_day, hour_utc, hour, order_type, product, currency, orders, quantity, \
                        total_minor) FROM analytics.sales ORDER BY 1";
    let takings = "SELECT concat_ws('|', store, business_day, currency, captured_minor, refunded_minor) \
                   FROM analytics.takings ORDER BY 1";
    let mut all: Vec<String> = sqlx::query_scalar(sales).fetch_all(&bus.pool).await.expect("sales");
    all.extend(sqlx::query_scalar::<_, String>(takings).fetch_all(&bus.pool).await.expect("takings"));
    all
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_order_is_read_as_it_was_told_last_with_items_and_the_customers_key() {
    let mut bus = Bus::open().await;
    let relay = start_relay(bus.relay());
    let consumer = start_consumer(Role::Orders, bus.consumer(NO_DELAY));
    let mut of_a_guest = order(1);
    of_a_guest.customer_id = Some(SubjectId(Uuid::from_u128(77)));
    bus.tell(of_a_guest.clone()).await;
    bus.tell(in_status(paid(of_a_guest), OrderStatus::Ready)).await;
    bus.tell(order(2)).await;
    bus.until("SELECT count(*) FROM orders_read.inbox", 3).await;
    let row: (String, i64, i64, String, Uuid) = sqlx::query_as(
        "SELECT o.status, o.version, o.captured_minor, trim_scale(i.quantity)::text, o.customer \
           FROM orders_read.orders o JOIN orders_read.items i USING (tenant, order_id) WHERE o.label = 'A-001'",
    )
    .fetch_one(&bus.pool)
    .await
    .expect("one order with one item");
    assert_eq!(row, ("ready".to_owned(), 2, 900, "2".to_owned(), Uuid::from_u128(77)));
    assert_eq!(bus.count("SELECT count(*) FROM orders_read.customers").await, 1);
    consumer.end().await;
    relay.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_last_version_wins_whatever_comes_behind_it() {
    let bus = Bus::open().await;
    let relay = start_relay(bus.relay());
    let consumer = start_consumer(Role::Orders, bus.consumer(NO_DELAY));
    for version in [3, 1, 2] {
        let mut body = order(1);
        (body.version, body.covers) = (version, Some(u16::try_from(version).expect("small")));
        let data = serde_json::to_vec(&body).expect("plain JSON");
        bus.put(&bus.topic("orders"), body.order_id.0, "order.updated", version, data).await;
    }
    bus.until("SELECT count(*) FROM orders_read.inbox", 3).await;
    assert_eq!(bus.count("SELECT version * 10 + covers FROM orders_read.orders").await, 33);
    consumer.end().await;
    relay.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn messages_that_come_again_because_the_offset_was_lost_count_once() {
    let mut bus = Bus::open().await;
    let relay = start_relay(bus.relay());
    let first = start_consumer(Role::Analytics, bus.consumer(NO_DELAY));
    tell_a_day(&mut bus).await;
    bus.until("SELECT count(*) FROM analytics.inbox", MESSAGES + 9).await;
    let before = figures(&bus).await;
    first.end().await;
    // Where a consumer that was killed behind the commit stands: the effects are there, the offsets are not.
    forget_offsets(&bus, Role::Analytics).await;
    let second = start_consumer(Role::Analytics, bus.consumer(NO_DELAY));
    let repeated =
        format!("docket_consumer_messages_total{{outcome=\"repeated\",role=\"analytics\"}} {}", MESSAGES + 9);
    until("all are read again", async || second.metric(&repeated)).await;
    assert_eq!(figures(&bus).await, before);
    assert_eq!(bus.count("SELECT count(*) FROM analytics.inbox").await, MESSAGES + 9);
    second.end().await;
    relay.end().await;
}

async fn forget_offsets(bus: &Bus, role: Role) {
    use rdkafka::ClientConfig;
    use rdkafka::admin::{AdminClient, AdminOptions};
    use rdkafka::client::DefaultClientContext;

    let admin: AdminClient<DefaultClientContext> =
        ClientConfig::new().set("bootstrap.servers", &bus.brokers).create().expect("a client");
    let group = format!("{}.{}", bus.prefix, role.name());
    let gone = admin.delete_groups(&[&group], &AdminOptions::new()).await.expect("an answer");
    assert!(gone.iter().all(Result::is_ok), "{gone:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_consumer_broken_off_at_any_moment_leaves_neither_holes_nor_doubles() {
    let mut bus = Bus::open().await;
    let relay = start_relay(bus.relay());
    tell_a_day(&mut bus).await;
    bus.until_published().await;
    for least in [1, 5, 12] {
        let consumer = start_consumer(Role::Analytics, bus.consumer(NO_DELAY));
        until("some were read", async || bus.count("SELECT count(*) FROM analytics.inbox").await >= least).await;
        consumer.kill().await;
    }
    let last = start_consumer(Role::Analytics, bus.consumer(NO_DELAY));
    bus.until("SELECT count(*) FROM analytics.inbox", MESSAGES + 9).await;
    assert_eq!(bus.count("SELECT sum(total_minor)::bigint FROM analytics.sales").await, 8 * 900);
    assert_eq!(bus.count("SELECT sum(captured_minor)::bigint FROM analytics.takings").await, 9 * 900);
    last.end().await;
    relay.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rebuild_from_the_topics_gives_the_same_figures() {
    let mut bus = Bus::open().await;
    let relay = start_relay(bus.relay());
    let consumer = start_consumer(Role::Analytics, bus.consumer(NO_DELAY));
    tell_a_day(&mut bus).await;
    bus.until("SELECT count(*) FROM analytics.inbox", MESSAGES + 9).await;
    let before = figures(&bus).await;
    // Opened at 11:30 UTC where the clock is five and three quarter hours ahead.
    assert_eq!(bus.count("SELECT DISTINCT (hour_utc * 100 + hour)::bigint FROM analytics.sales").await, 11 * 100 + 17);
    assert_eq!(bus.count("SELECT sum(total_minor)::bigint FROM analytics.sales").await, 8 * 900);
    assert_eq!(bus.count("SELECT sum(captured_minor)::bigint FROM analytics.takings").await, 9 * 900);
    let settings = bus.consumer(NO_DELAY);
    let busy = consume::rebuild(Role::Analytics, &settings).await;
    assert!(matches!(busy, Err(ConsumeError::Busy)), "{busy:?}");
    consumer.end().await;
    // Something that no message tells: only a rebuild that begins empty loses it.
    sqlx::query("UPDATE analytics.sold_lines SET total_minor = total_minor + 1")
        .execute(&bus.pool)
        .await
        .expect("spoilt");
    assert_ne!(figures(&bus).await, before);
    consume::rebuild(Role::Analytics, &settings).await.expect("it begins anew");
    assert_eq!(bus.count("SELECT count(*) FROM analytics.inbox").await, 0);
    let again = start_consumer(Role::Analytics, settings.clone());
    bus.until("SELECT count(*) FROM analytics.inbox", MESSAGES + 9).await;
    assert_eq!(figures(&bus).await, before);
    again.end().await;
    assert!(matches!(consume::rebuild(Role::Notify, &settings).await, Err(ConsumeError::NothingToRebuild)));
    relay.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn people_are_told_each_thing_once() {
    let mut bus = Bus::open().await;
    let relay = start_relay(bus.relay());
    let consumer = start_consumer(Role::Notify, bus.consumer(NO_DELAY));
    bus.tell(order(1)).await;
    for status in [OrderStatus::Ready, OrderStatus::Preparing, OrderStatus::Ready] {
        bus.tell(in_status(order(1), status)).await;
    }
    bus.until("SELECT count(*) FROM notify.inbox", 4).await;
    let told: Vec<String> =
        sqlx::query_scalar("SELECT what FROM notify.told ORDER BY what").fetch_all(&bus.pool).await.expect("told");
    assert_eq!(told, ["order ready", "order received"]);
    consumer.end().await;
    relay.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_is_away_uses_up_no_try() {
    let mut server = Postgres::start();
    let database = server.database();
    let prefix = format!("away-{}", database.name().replace('_', "-"));
    let mut bus = Bus::with(database.url(), prefix, &docket_testkit::kafka::brokers(), None).await;
    let relay = start_relay(bus.relay());
    let consumer = start_consumer(Role::Orders, bus.consumer(NO_DELAY));
    tell_a_day(&mut bus).await;
    bus.until_published().await;
    bus.until("SELECT count(*) FROM orders_read.inbox", MESSAGES).await;
    // Away for the consumer, not for the relay: it may not sign in, and its sessions are cut.
    server.kill();
    server.restart();
    bus.pool.close().await;
    bus.pool = sqlx::PgPool::connect(&bus.url).await.expect("it is back");
    sqlx::query("ALTER ROLE docket_orders RENAME TO docket_orders_away").execute(&bus.pool).await.expect("renamed");
    bus.tell(order(20)).await;
    bus.until_published().await;
    let waiting = bus.messages(&bus.topic("orders"), 21).await;
    assert_eq!(waiting.len(), 21);
    sqlx::query("ALTER ROLE docket_orders_away RENAME TO docket_orders").execute(&bus.pool).await.expect("renamed");
    bus.until("SELECT count(*) FROM orders_read.inbox", MESSAGES + 1).await;
    consumer.end().await;
    relay.end().await;
    for name in ["retry.5s", "dead"] {
        let topic = format!("{}.orders.{name}", bus.prefix);
        assert_eq!(bus.messages(&topic, 0).await.len(), 0, "{topic}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_role_may_touch_what_belongs_to_another() {
    let bus = Bus::open().await;
    let across: Vec<String> = sqlx::query_scalar(
        "SELECT r.rolname || ' on ' || n.nspname || '.' || c.relname \
           FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace, pg_roles r \
          WHERE c.relkind IN ('r', 'p', 'v') AND n.nspname IN ('central', 'orders_read', 'analytics', 'notify', 'customers_read') \
            AND r.rolname IN ('docket_ingest', 'docket_relay', 'docket_reconciler', 'docket_orders', 'docket_analytics', \
                              'docket_notify', 'docket_customers') \
            AND n.nspname <> CASE r.rolname WHEN 'docket_orders' THEN 'orders_read' WHEN 'docket_analytics' THEN 'analytics' \
                                            WHEN 'docket_notify' THEN 'notify' WHEN 'docket_customers' THEN 'customers_read' \
                                            ELSE 'central' END \
            AND NOT (r.rolname = 'docket_ingest' AND n.nspname = 'customers_read') \
            AND (has_table_privilege(r.oid, c.oid, 'SELECT, INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER') \
                 OR has_schema_privilege(r.oid, n.oid, 'USAGE, CREATE'))",
    )
    .fetch_all(&bus.pool)
    .await
    .expect("rights");
    assert_eq!(across, Vec::<String>::new());
    let owned: i64 = bus
        .count(
            "SELECT count(*) FROM pg_class c JOIN pg_roles r ON r.oid = c.relowner WHERE r.rolname LIKE 'docket\\_%'",
        )
        .await;
    assert_eq!(owned, 0);
    let open: i64 = bus
        .count(
            "SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace \
              WHERE c.relkind = 'r' AND n.nspname IN ('orders_read', 'analytics', 'notify', 'customers_read') \
                AND NOT (c.relrowsecurity AND c.relforcerowsecurity)",
        )
        .await;
    assert_eq!(open, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_role_sees_the_tenant_of_its_transaction_and_no_other() {
    let mut bus = Bus::open().await;
    let relay = start_relay(bus.relay());
    let consumer = start_consumer(Role::Orders, bus.consumer(NO_DELAY));
    bus.tell(order(1)).await;
    bus.until("SELECT count(*) FROM orders_read.inbox", 1).await;
    let database = docket_central::db::Database::connect(&bus.url, docket_central::db::Role::Orders, 1).await;
    let database = database.expect("the role may sign in");
    let count = "SELECT count(*) FROM orders_read.orders";
    for (tenant, wanted) in [(bus.tenant, 1_i64), (Uuid::from_u128(5), 0)] {
        let mut open = database.tenant(docket_domain::ids::TenantId(tenant)).await.expect("a transaction");
        assert_eq!(sqlx::query_scalar::<_, i64>(count).fetch_one(&mut *open).await.expect("a count"), wanted);
    }
    let none: i64 = sqlx::query_scalar(count).fetch_one(database.pool()).await.expect("a count");
    assert_eq!(none, 0);
    consumer.end().await;
    relay.end().await;
}
