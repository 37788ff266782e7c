//! Anchor of K3: a message produced and consumed, and nothing else.
//!
//! It does: one idempotent producer that waits for no second message, every replica's answer, a topic with as many
//! partitions as ours has, and one consumer that reads all of them, as ours is read.
//!
//! It leaves out: till, head office, database.

use std::time::Duration;

use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::config::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::message::Message as _;
use rdkafka::producer::DefaultProducerContext;
use rdkafka::producer::{BaseRecord, ThreadedProducer};
use rdkafka::{Offset, TopicPartitionList};
use tokio::runtime::Runtime;

use crate::error::BenchError;
use crate::stopwatch::Stopwatch;

/// Partitions of a topic, as the relay makes them.
pub const PARTITIONS: i32 = 12;
/// How long a message may be on its way.
const PATIENCE: Duration = Duration::from_secs(30);
/// Between two looks for a topic.
const LOOK: Duration = Duration::from_millis(100);
const TOPIC: &str = "bench.bare";

/// Reads a topic from its end on.
pub struct Listener(BaseConsumer);

impl Listener {
    /// Reads every partition from now on. A topic that has just been made is not known everywhere at once.
    pub fn open(brokers: &str, topic: &str) -> Result<Self, BenchError> {
        let watch = Stopwatch::start();
        loop {
            match Self::try_open(brokers, topic) {
                Err(error) if watch.elapsed() > PATIENCE => return Err(error),
                Err(_) => std::thread::sleep(LOOK),
                opened => return opened,
            }
        }
    }

    fn try_open(brokers: &str, topic: &str) -> Result<Self, BenchError> {
        let consumer: BaseConsumer = ClientConfig::new()
            .set("bootstrap.servers", brokers)
            .set("group.id", "bench")
            .set("enable.auto.commit", "false")
            .create()?;
        let mut partitions = TopicPartitionList::new();
        for partition in 0..PARTITIONS {
            // The end as it is now: one that is looked up later would skip what came meanwhile.
            let (_, end) = consumer.fetch_watermarks(topic, partition, PATIENCE)?;
            partitions.add_partition_offset(topic, partition, Offset::Offset(end))?;
        }
        consumer.assign(&partitions)?;
        Ok(Self(consumer))
    }

    /// Waits for the message of a key.
    pub fn wait_for(&self, key: &str) -> Result<(), BenchError> {
        let watch = Stopwatch::start();
        while watch.elapsed() < PATIENCE {
            match self.0.poll(PATIENCE) {
                Some(Ok(message)) if message.key() == Some(key.as_bytes()) => return Ok(()),
                Some(Err(error)) => return Err(error.into()),
                _ => {}
            }
        }
        Err(BenchError::NotComparable(format!("no message of {key} came")))
    }
}

/// Produces and listens.
pub struct RoundTrip {
    producer: ThreadedProducer<DefaultProducerContext>,
    listener: Listener,
    sent: u64,
}

impl RoundTrip {
    /// Makes the topic.
    pub fn open(runtime: &Runtime, brokers: &str) -> Result<Self, BenchError> {
        let mut config = ClientConfig::new();
        config.set("bootstrap.servers", brokers).set("enable.idempotence", "true").set("acks", "all");
        config.set("linger.ms", "0");
        let admin: AdminClient<DefaultClientContext> = config.create()?;
        let topic = NewTopic::new(TOPIC, PARTITIONS, TopicReplication::Fixed(1));
        let options = AdminOptions::new().operation_timeout(Some(PATIENCE));
        runtime.block_on(admin.create_topics([&topic], &options))?;
        let listener = Listener::open(brokers, TOPIC)?;
        Ok(Self { producer: config.create()?, listener, sent: 0 })
    }

    /// Sends one message with a body like those of ours, and waits until it is read; gives the nanoseconds.
    pub fn once(&mut self, body: &[u8]) -> Result<u64, BenchError> {
        self.sent += 1;
        let key = self.sent.to_string();
        let watch = Stopwatch::start();
        self.producer.send(BaseRecord::to(TOPIC).key(&key).payload(body)).map_err(|(error, _)| error)?;
        self.listener.wait_for(&key)?;
        Ok(watch.nanos())
    }
}
