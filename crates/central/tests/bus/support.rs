//! What the tests of relay and consumers share: a database and topics of their own on a real PostgreSQL and a real Kafka,
//! orders that are told as the ingest tells them, and waiting for what must come about.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use docket_central::consume::{self, Role};
use docket_central::telemetry::{Metrics, Stop};
use docket_central::{clock, db, relay};
use docket_contracts::integration::{LineBody, OrderBody, PaymentBody, changes};
use docket_domain::ids::{DeviceId, LineId, OrderId, PaymentId, ProductId, StoreId};
use docket_domain::order::line::OrderType;
use docket_domain::order::{LineState, OrderStatus};
use docket_testkit::postgres::TestDatabase;
use docket_testkit::{kafka, postgres};
use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::message::{Headers as _, Message as _};
use rdkafka::{ClientConfig, Offset, TopicPartitionList};
use sqlx::PgPool;
use tokio::task::JoinHandle;
use uuid::Uuid;

/// How long something may take before a test gives it up: a machine that builds meanwhile is slow.
const PATIENCE: Duration = Duration::from_secs(90);
const LOOK: Duration = Duration::from_millis(50);
pub const PARTITIONS: i32 = 4;
pub const DAY: i32 = 20_260_301;
/// 2026-03-01 11:30 UTC.
pub const OPENED_MS: i64 = 1_772_364_600_000;

pub struct Bus {
    pub url: String,
    pub brokers: String,
    pub prefix: String,
    /// As the superuser, whom row-level security lets see everything.
    pub pool: PgPool,
    pub tenant: Uuid,
    pub store: Uuid,
    told: HashMap<OrderId, OrderBody>,
    _database: Option<TestDatabase>,
}

impl Bus {
    /// On the shared servers.
    pub async fn open() -> Self {
        Self::on(&kafka::brokers()).await
    }

    /// With brokers of one's own.
    pub async fn on(brokers: &str) -> Self {
        let database = postgres::database();
        let (url, name) = (database.url(), database.name().replace('_', "-"));
        Self::with(url, name, brokers, Some(database)).await
    }

    pub async fn with(url: String, prefix: String, brokers: &str, database: Option<TestDatabase>) -> Self {
        let bus = Self::bare(url, prefix, brokers, database).await;
        bus.make_topics().await;
        bus
    }

    /// Without topics.
    pub async fn bare(url: String, prefix: String, brokers: &str, database: Option<TestDatabase>) -> Self {
        db::migrate(&url).await.expect("the schema is made");
        let pool = PgPool::connect(&url).await.expect("the database answers");
        let (tenant, store) = (Uuid::from_u128(0xaaaa), Uuid::from_u128(0xbbbb));
        sqlx::query("INSERT INTO central.tenants (tenant, name, sealed_key, public_key) VALUES ($1, 'T', '', $2)")
            .bind(tenant)
            .bind(vec![0_u8; 32])
            .execute(&pool)
            .await
            .expect("a tenant");
        sqlx::query("INSERT INTO central.stores (tenant, store, name, state) VALUES ($1, $2, 'S', 'live')")
            .bind(tenant)
            .bind(store)
            .execute(&pool)
            .await
            .expect("a store");
        Bus { url, brokers: brokers.to_owned(), prefix, pool, tenant, store, told: HashMap::new(), _database: database }
    }

    async fn make_topics(&self) {
        let mut names = vec![self.topic("orders"), self.topic("payments"), self.topic("notifications")];
        for role in [Role::Orders, Role::Analytics, Role::Notify] {
            names.extend(self.consumer([0; 3]).all_topics(role));
        }
        names.sort();
        names.dedup();
        relay::topics::create_with(&self.brokers.as_str().into(), &names, PARTITIONS).await.expect("topics are made");
    }

    pub fn topic(&self, name: &str) -> String {
        format!("{}.{name}.v1", self.prefix)
    }

    pub fn relay(&self) -> relay::Settings {
        relay::Settings { poll_ms: 50, lock_poll_ms: 50, ..relay::Settings::new(&self.url, self.brokers.as_str()) }
    }

    pub fn consumer(&self, delays_ms: [u64; 3]) -> consume::Settings {
        consume::Settings {
            database_url: self.url.clone(),
            brokers: self.brokers.as_str().into(),
            prefix: self.prefix.clone(),
            delays_ms,
        }
    }

    /// Writes to the outbox what the change of an order gives to tell, as the ingest does.
    pub async fn tell(&mut self, now: OrderBody) {
        let Some((now, made)) = changes(self.told.get(&now.order_id), now) else { return };
        for change in made {
            let topic = change.kind.topic().replacen("docket", &self.prefix, 1);
            let body = change.data.into_bytes();
            self.put(&topic, now.order_id.0, change.kind.as_str(), now.version, body).await;
        }
        self.told.insert(now.order_id, now);
    }

    /// Writes one row to the outbox.
    pub async fn put(&self, topic: &str, key: Uuid, event_type: &str, sequence: u64, body: Vec<u8>) -> Uuid {
        put(&self.pool, (self.tenant, self.store), topic, key, event_type, sequence, body).await
    }

    pub async fn count(&self, sql: &'static str) -> i64 {
        sqlx::query_scalar(sql).fetch_one(&self.pool).await.expect("a count")
    }

    /// Waits until a count is as wanted.
    pub async fn until(&self, sql: &'static str, wanted: i64) {
        let mut last = 0;
        for _ in 0..looks() {
            last = self.count(sql).await;
            if last == wanted {
                return;
            }
            tokio::time::sleep(LOOK).await;
        }
        panic!("{sql}: {last}, not {wanted}");
    }

    /// Waits until the relay has nothing left.
    pub async fn until_published(&self) {
        self.until("SELECT count(*) FROM central.outbox WHERE published_at IS NULL", 0).await;
    }

    /// At least `least` messages of a topic from its beginning, each partition in its order.
    pub async fn messages(&self, topic: &str, least: usize) -> Vec<Seen> {
        let (brokers, topic) = (self.brokers.clone(), topic.to_owned());
        tokio::task::spawn_blocking(move || read(&brokers, &topic, least)).await.expect("the reader ends in order")
    }
}

/// Writes one row to the outbox, on whatever connection.
pub async fn put<'c>(
    connection: impl sqlx::PgExecutor<'c>,
    (tenant, store): (Uuid, Uuid),
    topic: &str,
    key: Uuid,
    event_type: &str,
    sequence: u64,
    body: Vec<u8>,
) -> Uuid {
    let id = clock::new_id();
    sqlx::query(
        "INSERT INTO central.outbox (tenant, store, business_day, topic, key, event_id, event_type, sequence, \
                correlation_id, time_ms, body) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
    )
    .bind(tenant)
    .bind(store)
    .bind(DAY)
    .bind(topic)
    .bind(key)
    .bind(id)
    .bind(event_type)
    .bind(i64::try_from(sequence).expect("small"))
    .bind(id)
    .bind(OPENED_MS)
    .bind(body)
    .execute(connection)
    .await
    .expect("a row of the outbox");
    id
}

fn looks() -> u128 {
    PATIENCE.as_millis() / LOOK.as_millis()
}

/// Waits until something holds.
pub async fn until(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    for _ in 0..looks() {
        if holds().await {
            return;
        }
        tokio::time::sleep(LOOK).await;
    }
    panic!("{what}: it did not come about");
}

/// A message as a plain consumer sees it.
#[derive(Debug, Clone)]
pub struct Seen {
    pub partition: i32,
    pub key: String,
    pub headers: BTreeMap<String, String>,
    pub body: Vec<u8>,
}

impl Seen {
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }

    pub fn id(&self) -> &str {
        self.header("ce_id")
    }

    pub fn sequence(&self) -> u64 {
        self.header("ce_sequence").parse().expect("digits")
    }
}

fn read(brokers: &str, topic: &str, least: usize) -> Vec<Seen> {
    let consumer: BaseConsumer = ClientConfig::new()
        .set("bootstrap.servers", brokers)
        .set("group.id", "docket-test-reader")
        .set("enable.auto.commit", "false")
        .create()
        .expect("a consumer");
    let mut from = TopicPartitionList::new();
    for partition in 0..PARTITIONS {
        from.add_partition_offset(topic, partition, Offset::Beginning).expect("a place");
    }
    consumer.assign(&from).expect("assigned");
    let mut seen = Vec::new();
    let mut quiet = 0;
    // Having enough of them, it looks a moment longer for more than there should be.
    while seen.len() < least || quiet < 3 {
        match consumer.poll(Duration::from_millis(200)) {
            Some(Ok(message)) => {
                quiet = 0;
                let headers = message.headers().map(|headers| {
                    let text = |value: Option<&[u8]>| String::from_utf8_lossy(value.unwrap_or_default()).into_owned();
                    headers.iter().map(|header| (header.key.to_owned(), text(header.value))).collect()
                });
                seen.push(Seen {
                    partition: message.partition(),
                    key: String::from_utf8_lossy(message.key().unwrap_or_default()).into_owned(),
                    headers: headers.unwrap_or_default(),
                    body: message.payload().unwrap_or_default().to_vec(),
                });
            }
            _ => quiet += 1,
        }
        assert!(quiet < 300, "{topic}: {} messages, not {least}", seen.len());
    }
    seen
}

/// Something that runs until it is asked to stop, or is broken off.
pub struct Running<E> {
    pub stop: Stop,
    pub metrics: Metrics,
    task: JoinHandle<Result<(), E>>,
}

impl<E: std::fmt::Debug> Running<E> {
    pub async fn end(self) {
        self.stop.ask();
        self.task.await.expect("it did not panic").expect("it ended in order");
    }

    /// Breaks it off wherever it is.
    pub async fn kill(self) {
        self.task.abort();
        assert!(self.task.await.expect_err("it was broken off").is_cancelled());
    }

    pub fn metric(&self, line: &str) -> bool {
        self.metrics.render().expect("text").lines().any(|found| found == line)
    }
}

pub fn start_relay(settings: relay::Settings) -> Running<relay::RelayError> {
    let (stop, metrics) = (Stop::new(), Metrics::new());
    let (told, counted) = (stop.clone(), metrics.clone());
    let task = tokio::spawn(async move { relay::run(&settings, told, counted).await });
    Running { stop, metrics, task }
}

pub fn start_consumer(role: Role, settings: consume::Settings) -> Running<consume::ConsumeError> {
    let (stop, metrics) = (Stop::new(), Metrics::new());
    let (told, counted) = (stop.clone(), metrics.clone());
    let task = tokio::spawn(async move { consume::run(role, &settings, told, counted).await });
    Running { stop, metrics, task }
}

/// Order number `number`: placed, two of a product at 4.50.
pub fn order(number: u128) -> OrderBody {
    OrderBody {
        order_id: OrderId(Uuid::from_u128(0x0ade_0000 + number)),
        store_id: StoreId(Uuid::from_u128(0xbbbb)),
        version: 0,
        label: format!("A-{number:03}"),
        order_type: OrderType::DineIn,
        status: OrderStatus::Pending,
        currency: "EUR".to_owned(),
        business_day: DAY,
        opened_at_ms: OPENED_MS,
        utc_offset_minutes: Some(345),
        table: None,
        covers: Some(2),
        customer_id: None,
        lines: vec![LineBody {
            line_id: LineId(Uuid::from_u128(0x11e0_0000 + number)),
            product_id: ProductId(Uuid::from_u128(0x9000 + number % 3)),
            name: "Coffee".to_owned(),
            quantity: "2".to_owned(),
            unit_price_minor: 450,
            modifiers: Vec::new(),
            state: LineState::New,
            total_minor: 900,
        }],
        net_minor: 900,
        tax_minor: 0,
        total_minor: 900,
        due_minor: 900,
        captured_minor: 0,
        refunded_minor: 0,
        balance_minor: 900,
        payments: Vec::new(),
        refunds: Vec::new(),
        open_exceptions: 0,
        cancel_reason: None,
    }
}

/// Order number `number`: paid, and over.
pub fn sold(number: u128) -> OrderBody {
    in_status(paid(order(number)), OrderStatus::Completed)
}

/// The same order with a status.
pub fn in_status(mut order: OrderBody, status: OrderStatus) -> OrderBody {
    order.status = status;
    order
}

/// The same order, paid.
pub fn paid(mut order: OrderBody) -> OrderBody {
    order.captured_minor = order.due_minor;
    order.balance_minor = 0;
    order.payments.push(PaymentBody {
        payment_id: PaymentId(Uuid::from_u128(order.order_id.0.as_u128() + 0xca50_0000_0000)),
        amount_minor: order.due_minor,
        tender: "cash".to_owned(),
        drawer: "1".to_owned(),
        device_id: DeviceId(Uuid::from_u128(0xdddd)),
        paid_at_ms: OPENED_MS + 60_000,
        business_day: DAY,
        receipt_series: "A".to_owned(),
        receipt_number: 1,
    });
    order
}
