//! Reads the topics of a role.

use std::sync::Arc;

use rdkafka::consumer::StreamConsumer;

use super::apply::Applier;
use super::forward::Stopped;
use super::limits::BATCH_MESSAGES;
use super::message::{Message, Raw};
use super::source;
use crate::telemetry::Stop;

/// Reads until it is asked to stop.
pub(super) async fn read(consumer: Arc<StreamConsumer>, applier: Arc<Applier>, stop: Stop) {
    while let Some(batch) = source::next(&consumer, &stop, BATCH_MESSAGES).await {
        if work(&consumer, &applier, batch).await.is_err() {
            break;
        }
    }
    source::close(&consumer);
}

async fn work(consumer: &StreamConsumer, applier: &Applier, batch: Vec<Raw>) -> Result<(), Stopped> {
    let mut run: Vec<Message> = Vec::new();
    for raw in batch {
        match Message::read(raw) {
            Ok(message) => {
                if run.first().is_some_and(|first| first.tenant != message.tenant) {
                    finish(consumer, applier, &mut run).await?;
                }
                run.push(message);
            }
            Err((raw, rule)) => {
                finish(consumer, applier, &mut run).await?;
                applier.malformed(&raw, &rule).await?;
                source::done(consumer, &raw);
            }
        }
    }
    finish(consumer, applier, &mut run).await
}

/// A run of messages of one tenant: together, or else one by one.
async fn finish(consumer: &StreamConsumer, applier: &Applier, run: &mut Vec<Message>) -> Result<(), Stopped> {
    let messages = std::mem::take(run);
    let together = applier.together(&messages).await;
    for message in &messages {
        if !together {
            applier.singly(message).await?;
        }
        source::done(consumer, &message.raw);
    }
    Ok(())
}
