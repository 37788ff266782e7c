//! Reads a delay topic. Its messages have one delay, so the first of a partition is the first that is due.

use std::sync::Arc;
use std::time::Duration;

use rdkafka::consumer::StreamConsumer;

use super::apply::Applier;
use super::forward::Stopped;
use super::message::{DUE, Message, Raw};
use super::source;
use crate::clock;
use crate::telemetry::Stop;

/// Reads the delay topic `stage` until it is asked to stop.
pub(super) async fn read(consumer: StreamConsumer, stage: usize, applier: Arc<Applier>, stop: Stop) {
    while let Some(batch) = source::next(&consumer, &stop, 1).await {
        for raw in batch {
            if work(&consumer, stage, &applier, &stop, raw).await.is_err() {
                return source::close(&consumer);
            }
        }
    }
    source::close(&consumer);
}

async fn work(
    consumer: &StreamConsumer,
    stage: usize,
    applier: &Applier,
    stop: &Stop,
    raw: Raw,
) -> Result<(), Stopped> {
    let due_ms = raw.number(DUE).unwrap_or(0);
    let wait_ms = u64::try_from(due_ms.saturating_sub(clock::wall_ms())).unwrap_or(0);
    tokio::select! {
        () = tokio::time::sleep(Duration::from_millis(wait_ms)) => {}
        () = stop.asked() => return Err(Stopped),
    }
    let raw = match Message::read(raw) {
        Ok(message) => {
            applier.delayed(&message, stage).await?;
            message.raw
        }
        Err((raw, rule)) => {
            applier.malformed(&raw, &rule).await?;
            raw
        }
    };
    source::done(consumer, &raw);
    Ok(())
}
