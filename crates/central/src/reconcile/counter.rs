//! Counts what comes back out of Kafka: one row per message and day, so that a message that comes twice counts once.
//!
//! It has a consumer group of its own and goes no further in a topic than what it has written down.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use docket_contracts::integration::EventKind;
use docket_domain::ids::{StoreId, TenantId};
use rdkafka::consumer::{CommitMode, Consumer as _, ConsumerContext, StreamConsumer};
use rdkafka::error::KafkaError;
use rdkafka::message::{BorrowedMessage, Headers as _};
use rdkafka::types::RDKafkaErrorCode;
use rdkafka::{ClientContext, Message as _, Offset, TopicPartitionList};
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::limits::{BROKER_MS, LAG_LOOK_MS, MESSAGE_WAIT_MS, MESSAGES_PER_TRANSACTION, PAUSE_MS};
use crate::brokers::Brokers;
use crate::db::Database;
use crate::prove::ProveError;
use crate::telemetry::{ConsumerRole, MessageOutcome, Metrics, Stop};

const GROUP: &str = "docket-reconciler";
const TOPICS: [&str; 5] =
    ["docket.orders.v1", "docket.payments.v1", "docket.customers.v1", "docket.inventory.v1", "docket.notifications.v1"];

/// Says what librdkafka says, but that a topic is not there yet: the relay makes it, and the next look finds it.
struct Quiet;

impl ClientContext for Quiet {
    fn error(&self, error: KafkaError, reason: &str) {
        match error.rdkafka_error_code() {
            Some(RDKafkaErrorCode::UnknownTopicOrPartition | RDKafkaErrorCode::UnknownTopic) => {
                tracing::debug!(%error, reason, "a topic is not there yet");
            }
            _ => tracing::warn!(%error, reason, "Kafka"),
        }
    }
}

impl ConsumerContext for Quiet {}

/// A message that counts for a day.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Counted {
    tenant: TenantId,
    store: StoreId,
    day: i32,
    id: Uuid,
    hash: [u8; 32],
}

/// The business day that a message without the attribute `businessday` counts for: of its order, or of its payment or refund; none for one about no day.
#[must_use]
pub fn message_day(kind: EventKind, data: &Value) -> Option<i32> {
    let holder = match kind {
        EventKind::OrderCreated | EventKind::OrderUpdated => data,
        EventKind::OrderStatusChanged | EventKind::OrderCancelled => data.get("order")?,
        EventKind::PaymentCaptured => data.get("payment")?,
        EventKind::PaymentRefunded => data.get("refund")?,
        EventKind::CustomerRegistered
        | EventKind::CustomerChanged
        | EventKind::CustomerDeactivated
        | EventKind::CustomerReactivated => return None,
    };
    i32::try_from(holder.get("business_day")?.as_i64()?).ok()
}

/// Where the source attribute points: `/tenants/{tenant}/stores/{store}`.
fn place(source: &str) -> Option<(TenantId, StoreId)> {
    let (tenant, store) = source.strip_prefix("/tenants/")?.split_once("/stores/")?;
    Some((TenantId(tenant.parse().ok()?), StoreId(store.parse().ok()?)))
}

fn count(message: &BorrowedMessage<'_>) -> Option<Counted> {
    let headers = message.headers()?;
    let text = |name: &str| {
        let header = headers.iter().find(|header| header.key == name)?;
        std::str::from_utf8(header.value?).ok()
    };
    let (tenant, store) = place(text("ce_source")?)?;
    let id: Uuid = text("ce_id")?.parse().ok()?;
    let body = message.payload()?;
    // The envelope says the day that the outbox has: a body that nobody can read counts for it all the same.
    let stated = text("ce_businessday").and_then(|day| day.parse().ok());
    let day = match stated {
        Some(day) => day,
        None => message_day(EventKind::from_type(text("ce_type")?)?, &serde_json::from_slice(body).ok()?)?,
    };
    let hash = Sha256::new().chain_update(id.as_bytes()).chain_update(body).finalize().into();
    Some(Counted { tenant, store, day, id, hash })
}

/// Reads the topics. Cheap to clone; all clones are one member of the group.
#[derive(Clone)]
pub struct Counter {
    consumer: Arc<StreamConsumer<Quiet>>,
    database: Database,
    metrics: Metrics,
}

impl Counter {
    /// Joins the group; nothing is read yet.
    ///
    /// # Errors
    /// [`ProveError::Kafka`] if the brokers' addresses can't be used.
    pub fn try_new(brokers: &Brokers, database: Database, metrics: Metrics) -> Result<Self, ProveError> {
        let consumer: StreamConsumer<Quiet> = brokers
            .client()
            .set("group.id", GROUP)
            .set("enable.auto.commit", "false")
            .set("auto.offset.reset", "earliest")
            .set("allow.auto.create.topics", "false")
            // A topic that is made later is found within this time.
            .set("topic.metadata.refresh.interval.ms", "5000")
            .create_with_context(Quiet)
            .map_err(|error| ProveError::Kafka(error.to_string()))?;
        consumer.subscribe(&TOPICS).map_err(|error| ProveError::Kafka(error.to_string()))?;
        Ok(Counter { consumer: Arc::new(consumer), database, metrics })
    }

    /// Counts until it is asked to stop, which it heeds between two transactions.
    pub async fn run(&self, stop: &Stop) {
        while !stop.is_asked() {
            let (counted, offsets) = tokio::select! {
                read = self.read() => read,
                () = stop.asked() => return,
            };
            while let Err(error) = self.write(&counted).await {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "what came from Kafka could not be noted; trying again"
                );
                tokio::select! {
                    () = tokio::time::sleep(Duration::from_millis(PAUSE_MS)) => {}
                    () = stop.asked() => return,
                }
            }
            self.commit(&offsets);
        }
    }

    /// The next messages, as many as are there, and the offsets behind them.
    async fn read(&self) -> (Vec<Counted>, HashMap<(String, i32), i64>) {
        let (mut counted, mut offsets) = (Vec::new(), HashMap::new());
        for number in 0..MESSAGES_PER_TRANSACTION {
            let received = if number == 0 {
                Ok(self.consumer.recv().await)
            } else {
                tokio::time::timeout(Duration::from_millis(MESSAGE_WAIT_MS), self.consumer.recv()).await
            };
            let message = match received {
                Err(_) => break,
                Ok(Ok(message)) => message,
                Ok(Err(error)) => {
                    // A topic that is not there yet, or a broker that is away: it goes on by itself.
                    tracing::debug!(%error, "Kafka");
                    tokio::time::sleep(Duration::from_millis(MESSAGE_WAIT_MS)).await;
                    continue;
                }
            };
            offsets.insert((message.topic().to_owned(), message.partition()), message.offset() + 1);
            match count(&message) {
                Some(found) => counted.push(found),
                None => {
                    self.metrics.message(ConsumerRole::Reconciler, MessageOutcome::Dead);
                    tracing::warn!(
                        topic = message.topic(),
                        partition = message.partition(),
                        offset = message.offset(),
                        "a message of no day, or in no form that is known"
                    );
                }
            }
        }
        (counted, offsets)
    }

    async fn write(&self, counted: &[Counted]) -> Result<(), sqlx::Error> {
        let mut tenants: BTreeMap<TenantId, Vec<&Counted>> = BTreeMap::new();
        for message in counted {
            tenants.entry(message.tenant).or_default().push(message);
        }
        for (tenant, messages) in tenants {
            let mut transaction = self.database.tenant(tenant).await?;
            let done = sqlx::query(
                "INSERT INTO central.kafka_tallies (tenant, store, business_day, event_id, hash) \
                 SELECT $1, * FROM unnest($2::uuid[], $3::integer[], $4::uuid[], $5::bytea[]) ON CONFLICT DO NOTHING",
            )
            .bind(tenant.0)
            .bind(messages.iter().map(|message| message.store.0).collect::<Vec<_>>())
            .bind(messages.iter().map(|message| message.day).collect::<Vec<_>>())
            .bind(messages.iter().map(|message| message.id).collect::<Vec<_>>())
            .bind(messages.iter().map(|message| message.hash.to_vec()).collect::<Vec<_>>())
            .execute(&mut *transaction)
            .await?;
            transaction.commit().await?;
            let new = usize::try_from(done.rows_affected()).unwrap_or(usize::MAX);
            for number in 0..messages.len() {
                let outcome = if number < new { MessageOutcome::Applied } else { MessageOutcome::Repeated };
                self.metrics.message(ConsumerRole::Reconciler, outcome);
            }
        }
        Ok(())
    }

    fn commit(&self, offsets: &HashMap<(String, i32), i64>) {
        if offsets.is_empty() {
            return;
        }
        let mut list = TopicPartitionList::new();
        for ((topic, partition), offset) in offsets {
            if let Err(error) = list.add_partition_offset(topic, *partition, Offset::Offset(*offset)) {
                tracing::warn!(%error, topic, partition, "an offset can't be stated");
            }
        }
        if let Err(error) = self.consumer.commit(&list, CommitMode::Async) {
            // They come again, and count once.
            tracing::debug!(%error, "offsets were not committed");
        }
    }

    /// Waits until the group has counted every message that is there now.
    ///
    /// # Errors
    /// [`ProveError::Kafka`] if it takes longer than `patience`.
    pub async fn counted_to_the_end(&self, patience: Duration) -> Result<(), ProveError> {
        let looks = patience.as_millis() / u128::from(LAG_LOOK_MS) + 1;
        let mut last = String::from("nothing was heard of the brokers");
        for _ in 0..looks {
            match self.lag().await {
                Ok(0) => return Ok(()),
                Ok(lag) => last = format!("{lag} messages are not counted yet"),
                Err(error) => last = error.to_string(),
            }
            tokio::time::sleep(Duration::from_millis(LAG_LOOK_MS)).await;
        }
        Err(ProveError::Kafka(last))
    }

    /// Tells the gauge how far the group is behind.
    ///
    /// # Errors
    /// [`ProveError::Kafka`] if the brokers do not answer.
    pub async fn tell_lag(&self) -> Result<(), ProveError> {
        self.metrics.lag(ConsumerRole::Reconciler, self.lag().await?);
        Ok(())
    }

    async fn lag(&self) -> Result<i64, ProveError> {
        let consumer = self.consumer.clone();
        let asked = tokio::task::spawn_blocking(move || lag_of(&consumer)).await;
        asked
            .map_err(|error| ProveError::Kafka(error.to_string()))?
            .map_err(|error| ProveError::Kafka(error.to_string()))
    }
}

/// Messages between what the group has committed and the ends of the topics. A topic that is not there has none.
fn lag_of(consumer: &StreamConsumer<Quiet>) -> Result<i64, rdkafka::error::KafkaError> {
    let patience = Duration::from_millis(BROKER_MS);
    let metadata = consumer.fetch_metadata(None, patience)?;
    let mut wanted = TopicPartitionList::new();
    for topic in metadata.topics().iter().filter(|topic| TOPICS.contains(&topic.name())) {
        for partition in topic.partitions() {
            wanted.add_partition(topic.name(), partition.id());
        }
    }
    if wanted.count() == 0 {
        return Ok(0);
    }
    let mut lag = 0_i64;
    for element in consumer.committed_offsets(wanted, patience)?.elements() {
        let (low, high) = consumer.fetch_watermarks(element.topic(), element.partition(), patience)?;
        let committed = match element.offset() {
            Offset::Offset(offset) => offset.max(low),
            _ => low,
        };
        lag = lag.saturating_add((high - committed).max(0));
    }
    Ok(lag)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_message_counts_for_the_day_of_what_it_is_about() {
        let cases = [
            (EventKind::OrderCreated, json!({ "business_day": 20_261_121 })),
            (EventKind::OrderCancelled, json!({ "order": { "business_day": 20_261_121 } })),
            (EventKind::PaymentCaptured, json!({ "payment": { "business_day": 20_261_121 } })),
            (EventKind::PaymentRefunded, json!({ "refund": { "business_day": 20_261_121 } })),
        ];
        for (kind, data) in cases {
            assert_eq!(message_day(kind, &data), Some(20_261_121), "{kind:?}");
        }
        assert_eq!(message_day(EventKind::PaymentCaptured, &json!({ "business_day": 1 })), None);
        assert_eq!(message_day(EventKind::CustomerChanged, &json!({})), None);
    }

    #[test]
    fn the_source_names_tenant_and_store() {
        let (tenant, store) = (TenantId(Uuid::from_u128(1)), StoreId(Uuid::from_u128(2)));
        let source = docket_contracts::integration::source(tenant, store);
        assert_eq!(place(&source), Some((tenant, store)));
        assert_eq!(place("/tenants/x/stores/y"), None);
    }
}
