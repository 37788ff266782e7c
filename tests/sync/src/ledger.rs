//! What each place holds, read beside the programs: a till's rows, head office's rows, the messages on Kafka.

use std::collections::{BTreeMap, BTreeSet};

use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::message::{Headers as _, Message as _};
use rdkafka::{ClientConfig, Offset, TopicPartitionList};
use rusqlite::{Connection, OpenFlags};
use serde_json::Value;
use sqlx::{Connection as _, Row as _};

use crate::{Office, Till};

/// A row by its identity: log, seq and hash.
pub type RowKey = (Vec<u8>, i64, Vec<u8>);

impl Till {
    pub(crate) fn store(&self) -> Connection {
        Connection::open_with_flags(self.data().join("store.db"), OpenFlags::SQLITE_OPEN_READ_ONLY)
            .expect("the store opens")
    }

    /// All rows that the till holds, of every history of its logs.
    ///
    /// # Panics
    /// If its store can't be read.
    #[must_use]
    pub fn rows(&self) -> BTreeSet<RowKey> {
        let store = self.store();
        let sql = "SELECT log_id, seq, hash FROM events UNION SELECT log_id, seq, hash FROM forked_events";
        let mut statement = store.prepare(sql).expect("the rows are asked for");
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)));
        rows.expect("the rows are read").collect::<Result<_, _>>().expect("each row is read")
    }

    /// Rows that wait for head office.
    ///
    /// # Panics
    /// If its store can't be read.
    #[must_use]
    pub fn waiting(&self) -> i64 {
        self.store().query_row("SELECT count(*) FROM outbox", [], |row| row.get(0)).expect("the outbox is counted")
    }

    /// The id of its store, as head office names it.
    ///
    /// # Panics
    /// If its store can't be read.
    #[must_use]
    pub fn store_id(&self) -> String {
        let found = self.store().query_row("SELECT value FROM folder WHERE name = 'store'", [], |row| row.get(0));
        found.expect("the folder names its store")
    }
}

/// Runs `act` while a transaction of the test holds `lock`, such as `LOCK TABLE central.outbox IN SHARE MODE`.
///
/// # Panics
/// If the database refuses.
pub fn while_locked(url: &str, lock: &'static str, act: impl FnOnce()) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let mut connection = runtime.block_on(sqlx::PgConnection::connect(url)).expect("the database answers");
    let mut transaction = runtime.block_on(connection.begin()).expect("a transaction");
    runtime.block_on(sqlx::query(lock).execute(&mut *transaction)).expect("the lock is held");
    act();
    runtime.block_on(transaction.rollback()).expect("it is let go");
}

/// Runs a future to its end: the tests are plain threads.
fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime").block_on(future)
}

impl Office {
    /// Runs a query and reads its rows.
    ///
    /// # Panics
    /// If the database refuses.
    pub fn ask<T>(&self, sql: &'static str, read: impl Fn(&sqlx::postgres::PgRow) -> T) -> Vec<T> {
        block_on(async {
            let mut connection = sqlx::PgConnection::connect(&self.url()).await.expect("the database answers");
            let rows = sqlx::query(sql).fetch_all(&mut connection).await.expect("the query runs");
            rows.iter().map(read).collect()
        })
    }

    /// Forgets how far a role has read, as its death between effect and offset does.
    ///
    /// # Panics
    /// If the broker refuses, or the role still reads.
    pub fn forget_offsets(&self, role: &str) {
        let brokers = self.kafka.as_ref().expect("this test has a broker").brokers();
        let admin: rdkafka::admin::AdminClient<rdkafka::client::DefaultClientContext> =
            ClientConfig::new().set("bootstrap.servers", brokers).create().expect("a client");
        let group = format!("docket.{role}");
        crate::until("the group is let go", || {
            let gone = block_on(admin.delete_groups(&[&group], &rdkafka::admin::AdminOptions::new()));
            match gone.map_err(|error| error.to_string())?.pop() {
                Some(Err((_, code))) => Err(code.to_string()),
                _ => Ok(()),
            }
        });
    }

    /// A count.
    #[must_use]
    pub fn count(&self, sql: &'static str) -> i64 {
        self.ask(sql, |row| row.get(0)).first().copied().unwrap_or_default()
    }

    /// All rows that head office holds.
    #[must_use]
    pub fn rows(&self) -> BTreeSet<RowKey> {
        let rows =
            self.ask("SELECT log_id, seq, hash FROM central.log_rows", |row| (row.get(0), row.get(1), row.get(2)));
        rows.into_iter().collect()
    }

    /// Each order as its last message told it.
    #[must_use]
    pub fn told(&self) -> BTreeMap<String, Value> {
        let sql = "SELECT order_id::text, told FROM central.orders WHERE told IS NOT NULL";
        let told = self.ask(sql, |row| (row.get::<String, _>(0), row.get::<String, _>(1)));
        told.into_iter().map(|(id, body)| (id, serde_json::from_str(&body).expect("told is JSON"))).collect()
    }

    /// Says what of a till's rows head office lacks.
    ///
    /// # Errors
    /// How many are missing, or wait.
    pub fn holds_all_of(&self, till: &Till) -> Result<(), String> {
        let (here, there) = (till.rows(), self.rows());
        let missing = here.difference(&there).count();
        let waiting = till.waiting();
        if missing == 0 && waiting == 0 { Ok(()) } else { Err(format!("{missing} missing, {waiting} waiting")) }
    }

    /// Says what a till lacks of head office's rows of its store, of every history of each log. With
    /// [`Office::holds_all_of`] the two hold the same.
    ///
    /// # Errors
    /// How many are missing.
    pub fn is_held_by(&self, till: &Till) -> Result<(), String> {
        let sql = "SELECT r.log_id, r.seq, r.hash, l.store::text FROM central.log_rows r \
             JOIN central.logs l USING (tenant, log_id)";
        let rows = self.ask(sql, |row| ((row.get(0), row.get(1), row.get(2)), row.get::<String, _>(3)));
        let (here, store) = (till.rows(), till.store_id());
        let missing = rows.iter().filter(|(row, of)| *of == store && !here.contains(row)).count();
        if missing == 0 { Ok(()) } else { Err(format!("{missing} missing at the till")) }
    }

    /// Every message of a topic, each once, with how often it stood there.
    ///
    /// # Panics
    /// If there is no broker, or it does not answer.
    #[must_use]
    pub fn messages(&self, topic: &str) -> Vec<Told> {
        let kafka = self.kafka.as_ref().expect("this test has a broker");
        let consumer: BaseConsumer = ClientConfig::new()
            .set("bootstrap.servers", kafka.brokers())
            .set("group.id", "ledger")
            .set("enable.auto.commit", "false")
            .create()
            .expect("a consumer");
        let patience = std::time::Duration::from_secs(20);
        let metadata = consumer.fetch_metadata(Some(topic), patience).expect("the broker answers");
        let mut wanted = 0;
        let mut list = TopicPartitionList::new();
        for partition in metadata.topics()[0].partitions() {
            let (low, high) = consumer.fetch_watermarks(topic, partition.id(), patience).expect("watermarks");
            wanted += high - low;
            list.add_partition_offset(topic, partition.id(), Offset::Beginning).expect("an offset");
        }
        consumer.assign(&list).expect("the partitions are read");
        let mut found = Vec::new();
        while i64::try_from(found.len()).expect("a small count") < wanted {
            let message = consumer.poll(patience).expect("the messages come in time").expect("a message");
            let headers = message.headers().expect("CloudEvents have headers");
            let text = |name: &str| {
                let header = headers.iter().find(|header| header.key == name);
                header.and_then(|header| header.value).map(|value| String::from_utf8_lossy(value).into_owned())
            };
            found.push(Told {
                key: message.key().map(|key| String::from_utf8_lossy(key).into_owned()).unwrap_or_default(),
                partition: message.partition(),
                id: text("ce_id").expect("ce_id"),
                kind: text("ce_type").expect("ce_type"),
                sequence: text("ce_sequence").expect("ce_sequence"),
                data: serde_json::from_slice(message.payload().unwrap_or_default()).expect("the data is JSON"),
            });
        }
        found
    }
}

/// A message on Kafka.
#[derive(Debug, Clone)]
pub struct Told {
    /// The order.
    pub key: String,
    /// Where it stood.
    pub partition: i32,
    /// `ce_id`.
    pub id: String,
    /// `ce_type`.
    pub kind: String,
    /// `ce_sequence`.
    pub sequence: String,
    /// Its data.
    pub data: Value,
}
