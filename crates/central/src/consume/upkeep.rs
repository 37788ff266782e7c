//! What runs beside the reading: how far behind the role is, and forgetting old ids.

use std::sync::Arc;
use std::time::Duration;

use rdkafka::Offset;
use rdkafka::consumer::{Consumer as _, StreamConsumer};
use rdkafka::error::KafkaResult;

use super::Role;
use super::limits::{ASK_MS, INBOX_MS, LAG_MS};
use super::store::Store;
use crate::telemetry::{Metrics, Stop};

/// Until it is asked to stop.
pub(super) async fn keep(role: Role, store: Store, consumer: Arc<StreamConsumer>, stop: Stop, metrics: Metrics) {
    let mut looks = 0_u64;
    while !stop.is_asked() {
        let asked = Arc::clone(&consumer);
        match tokio::task::spawn_blocking(move || lag(&asked)).await {
            Ok(Ok(messages)) => metrics.lag(role.measured(), messages),
            Ok(Err(error)) => tracing::debug!(%error, "the lag is not known"),
            Err(_) => tracing::debug!("the lag is not known"),
        }
        if looks.is_multiple_of(INBOX_MS / LAG_MS) {
            match store.prune_inbox().await {
                Ok(0) => {}
                Ok(rows) => tracing::info!(rows, "old ids were forgotten"),
                Err(error) => tracing::warn!(%error, "old ids were not forgotten"),
            }
        }
        looks += 1;
        tokio::select! {
            () = tokio::time::sleep(Duration::from_millis(LAG_MS)) => {}
            () = stop.asked() => {}
        }
    }
}

/// Messages between what was committed and the end of each partition that is ours.
fn lag(consumer: &StreamConsumer) -> KafkaResult<i64> {
    let patience = Duration::from_millis(ASK_MS);
    let mut behind = 0;
    for partition in consumer.committed(patience)?.elements() {
        let (low, high) = consumer.fetch_watermarks(partition.topic(), partition.partition(), patience)?;
        let at = match partition.offset() {
            Offset::Offset(offset) => offset,
            _ => low,
        };
        behind += (high - at).max(0);
    }
    Ok(behind)
}
