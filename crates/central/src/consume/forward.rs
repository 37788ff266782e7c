//! Puts messages into the delay topics and the dead-letter topic, as they came, with a reason.

use std::time::Duration;

use rdkafka::error::KafkaError;
use rdkafka::message::{Header, OwnedHeaders};
use rdkafka::producer::{FutureProducer, FutureRecord};

use super::limits::{AWAY_PAUSE_MS, FORWARD_MS, REASON_CHARS_MAX};
use super::message::{DEAD, DUE, OWN, REASON, Raw, TOPIC};
use super::{DELAYS, Role, Settings};
use crate::clock;
use crate::telemetry::Stop;

/// Asked to stop before Kafka took the message; its offset stays, and it comes again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stopped;

/// A producer for what is put off.
pub(super) struct Forwarder {
    producer: FutureProducer,
    delay_topics: [String; 3],
    delays_ms: [u64; 3],
    dead_topic: String,
}

impl Forwarder {
    pub(super) fn new(role: Role, settings: &Settings) -> Result<Self, KafkaError> {
        let producer = settings
            .brokers
            .client()
            .set("client.id", "docket-forwarder")
            .set("enable.idempotence", "true")
            .set("acks", "all")
            // The same key in the same place of each topic, so that its messages keep their order.
            .set("partitioner", "murmur2_random")
            .set("message.timeout.ms", FORWARD_MS.to_string())
            .set("reconnect.backoff.max.ms", "1000")
            .set("linger.ms", "1")
            .create()?;
        let delay_topics = [0, 1, 2].map(|stage| settings.delay_topic(role, stage));
        Ok(Forwarder { producer, delay_topics, delays_ms: settings.delays_ms, dead_topic: settings.dead_topic(role) })
    }

    /// The last delay's number.
    pub(super) const LAST: usize = DELAYS.len() - 1;

    /// To be tried again after the delay of `stage`.
    pub(super) async fn delay(
        &self,
        raw: &Raw,
        topic: &str,
        stage: usize,
        reason: &str,
        stop: &Stop,
    ) -> Result<(), Stopped> {
        let stage = stage.min(Self::LAST);
        let delay_ms = i64::try_from(self.delays_ms[stage]).unwrap_or(i64::MAX);
        let due_ms = clock::wall_ms().saturating_add(delay_ms);
        let own = [(TOPIC, topic.to_owned()), (DUE, due_ms.to_string()), (REASON, cut(reason))];
        self.put(&self.delay_topics[stage], raw, &own, Some(stop)).await
    }

    /// Given up.
    pub(super) async fn bury(&self, raw: &Raw, topic: &str, reason: &str, stop: &Stop) -> Result<(), Stopped> {
        let own = [(TOPIC, topic.to_owned()), (DEAD, clock::wall_ms().to_string()), (REASON, cut(reason))];
        self.put(&self.dead_topic, raw, &own, Some(stop)).await
    }

    /// To be tried now, as if it had never failed.
    pub(super) async fn replay(&self, raw: &Raw, topic: &str) -> Result<(), Stopped> {
        let own = [(TOPIC, topic.to_owned()), (DUE, clock::wall_ms().to_string())];
        self.put(&self.delay_topics[0], raw, &own, None).await
    }

    /// Tries until Kafka has it; without a `stop` as well.
    async fn put(&self, topic: &str, raw: &Raw, own: &[(&str, String)], stop: Option<&Stop>) -> Result<(), Stopped> {
        loop {
            let record = FutureRecord::to(topic).key(&raw.key).payload(&raw.payload).headers(headers(raw, own));
            let sent = self.producer.send(record, Duration::from_millis(FORWARD_MS)).await;
            let Err((error, _)) = sent else { return Ok(()) };
            tracing::warn!(%error, topic, "a message could not be put off; trying again");
            if stop.is_some_and(Stop::is_asked) {
                return Err(Stopped);
            }
            tokio::time::sleep(Duration::from_millis(AWAY_PAUSE_MS)).await;
        }
    }
}

fn headers(raw: &Raw, own: &[(&str, String)]) -> OwnedHeaders {
    let came = raw.headers.iter().filter(|(key, _)| !key.starts_with(OWN));
    let headers =
        came.fold(OwnedHeaders::new(), |headers, (key, value)| headers.insert(Header { key, value: Some(value) }));
    own.iter().fold(headers, |headers, (key, value)| headers.insert(Header { key, value: Some(value) }))
}

fn cut(reason: &str) -> String {
    reason.chars().take(REASON_CHARS_MAX).collect()
}
