//! Consumers of a group, and how offsets are kept: only behind a message whose effect is committed.

use std::time::Duration;

use futures_util::FutureExt as _;
use rdkafka::consumer::{CommitMode, Consumer, ConsumerContext, StreamConsumer};
use rdkafka::error::{KafkaError, KafkaResult};
use rdkafka::types::RDKafkaErrorCode;

use super::Settings;
use super::limits::{
    ASK_MS, ASK_PAUSE_MS, ASK_TRIES, AWAY_PAUSE_MS, BATCH_MESSAGES, COMMIT_MS, POLL_MAX_MS, SESSION_MS,
};
use super::message::Raw;
use crate::telemetry::Stop;

/// A member of `group` that reads `topics`. Between two reads as much as `delay_ms` may pass, and the usual time on top.
pub(super) fn open(
    settings: &Settings,
    group: &str,
    topics: &[String],
    delay_ms: u64,
) -> Result<StreamConsumer, KafkaError> {
    let consumer: StreamConsumer = settings
        .brokers
        .client()
        .set("client.id", "docket-consumer")
        .set("group.id", group)
        .set("enable.auto.commit", "true")
        .set("auto.commit.interval.ms", COMMIT_MS.to_string())
        .set("enable.auto.offset.store", "false")
        .set("auto.offset.reset", "earliest")
        .set("session.timeout.ms", SESSION_MS.to_string())
        .set("heartbeat.interval.ms", (SESSION_MS / 4).to_string())
        .set("max.poll.interval.ms", (POLL_MAX_MS + delay_ms).to_string())
        .set("reconnect.backoff.max.ms", "1000")
        .set("topic.metadata.refresh.interval.ms", "10000")
        .create()?;
    let names: Vec<&str> = topics.iter().map(String::as_str).collect();
    consumer.subscribe(&names)?;
    Ok(consumer)
}

/// The next message, with what is there already behind it; nothing if it was asked to stop.
pub(super) async fn next(consumer: &StreamConsumer, stop: &Stop, most: usize) -> Option<Vec<Raw>> {
    loop {
        let first = tokio::select! {
            biased;
            () = stop.asked() => return None,
            first = consumer.recv() => first,
        };
        match first {
            Ok(message) => {
                let mut batch = vec![Raw::of(&message)];
                drop(message);
                while batch.len() < most.min(BATCH_MESSAGES) {
                    match consumer.recv().now_or_never() {
                        Some(Ok(message)) => batch.push(Raw::of(&message)),
                        _ => break,
                    }
                }
                return Some(batch);
            }
            Err(error) => {
                // Kafka tells us that it is away and comes back by itself.
                tracing::warn!(%error, "Kafka has nothing to read");
                tokio::time::sleep(Duration::from_millis(AWAY_PAUSE_MS)).await;
            }
        }
    }
}

/// Notes that a message is done with; the offset is committed in the background.
pub(super) fn done(consumer: &StreamConsumer, raw: &Raw) {
    if let Err(error) = consumer.store_offset(&raw.topic, raw.partition, raw.offset) {
        // The partition belongs to another by now, who reads the message again and finds its id in the inbox.
        tracing::debug!(%error, topic = raw.topic, partition = raw.partition, "an offset was not noted");
    }
}

/// First and next offset of each partition of a topic. A topic that is new gets its leaders in a moment; it is asked again.
/// Blocks.
pub(super) fn extents<C: ConsumerContext>(
    consumer: &impl Consumer<C>,
    topic: &str,
) -> KafkaResult<Vec<(i32, i64, i64)>> {
    let mut tries = 0;
    loop {
        let failed = match try_extents(consumer, topic) {
            Err(error) if is_passing(&error) => error,
            answer => return answer,
        };
        tries += 1;
        if tries >= ASK_TRIES {
            return Err(failed);
        }
        std::thread::sleep(Duration::from_millis(ASK_PAUSE_MS));
    }
}

fn try_extents<C: ConsumerContext>(consumer: &impl Consumer<C>, topic: &str) -> KafkaResult<Vec<(i32, i64, i64)>> {
    let patience = Duration::from_millis(ASK_MS);
    let metadata = consumer.fetch_metadata(Some(topic), patience)?;
    let mut extents = Vec::new();
    for partition in metadata.topics().iter().flat_map(|topic| topic.partitions()) {
        let (low, high) = consumer.fetch_watermarks(topic, partition.id(), patience)?;
        extents.push((partition.id(), low, high));
    }
    Ok(extents)
}

fn is_passing(error: &KafkaError) -> bool {
    use RDKafkaErrorCode::{LeaderNotAvailable, NotLeaderForPartition, UnknownTopicOrPartition};
    let code = error.rdkafka_error_code();
    code.is_some_and(|code| matches!(code, NotLeaderForPartition | LeaderNotAvailable | UnknownTopicOrPartition))
}

/// Commits what was noted, at the end.
pub(super) fn close(consumer: &StreamConsumer) {
    if let Err(error) = consumer.commit_consumer_state(CommitMode::Sync) {
        tracing::debug!(%error, "nothing was committed at the end");
    }
}
