//! The producer, and how a row of the outbox becomes a message: CloudEvents 1.0 in binary mode.

use std::collections::HashMap;
use std::time::Duration;

use chrono::{DateTime, SecondsFormat};
use docket_contracts::integration::{EventKind, schema_uri, sequence_text, source, tenant_source};
use docket_domain::ids::{StoreId, TenantId};
use rdkafka::error::KafkaError;
use rdkafka::message::{Header, OwnedHeaders};
use rdkafka::producer::{FutureProducer, FutureRecord, Producer as _, PurgeConfig};
use uuid::Uuid;

use super::limits::MESSAGE_BYTES_MAX;
use super::page::Row;
use crate::brokers::Brokers;
use crate::telemetry::traces::continue_from;

/// What became of a page.
#[derive(Debug, Default)]
pub(super) struct Sent {
    /// Ids of the rows that Kafka holds, without those behind a failed one of the same order.
    pub published: Vec<i64>,
    /// Orders with a failed message: the first one's row, and why.
    pub stopped: HashMap<Uuid, (i64, String)>,
}

impl Sent {
    fn stop(&mut self, row: &Row, reason: String) {
        let first = self.stopped.entry(row.key).or_insert_with(|| (row.id, reason.clone()));
        if row.id < first.0 {
            *first = (row.id, reason);
        }
    }
}

/// An idempotent producer.
pub(super) struct Publisher {
    producer: FutureProducer,
}

impl Publisher {
    pub(super) fn new(brokers: &Brokers) -> Result<Self, KafkaError> {
        let producer = brokers
            .client()
            .set("client.id", "docket-relay")
            .set("enable.idempotence", "true")
            .set("acks", "all")
            // As Java clients do, so that they find an order where we put it.
            .set("partitioner", "murmur2_random")
            // A broker that is away is waited for, in order; giving up one message would let the next overtake it.
            .set("message.timeout.ms", "0")
            .set("message.max.bytes", MESSAGE_BYTES_MAX.to_string())
            .set("topic.metadata.propagation.max.ms", "5000")
            .set("reconnect.backoff.max.ms", "1000")
            .set("linger.ms", "1")
            .create()?;
        Ok(Publisher { producer })
    }

    /// Sends rows, which stand in the order of their ids, and waits until Kafka has answered for each.
    pub(super) async fn send(&self, rows: &[Row]) -> Sent {
        let mut sent = Sent::default();
        let mut on_their_way = Vec::with_capacity(rows.len());
        for row in rows {
            // What is known to fail is not overtaken.
            if sent.stopped.contains_key(&row.key) {
                continue;
            }
            let key = row.key.to_string();
            let record = FutureRecord::to(&row.topic).key(&key).payload(&row.body).headers(headers(row));
            match self.producer.send_result(record) {
                Ok(delivery) => on_their_way.push((row, delivery, span_of(row))),
                Err((error, _)) => {
                    sent.stopped.insert(row.key, (row.id, error.to_string()));
                }
            }
        }
        for (row, delivery, _span) in on_their_way {
            let failure = match delivery.await {
                Ok(Ok(_)) => None,
                Ok(Err((error, _))) => Some(error.to_string()),
                Err(_) => Some("the producer was dropped".to_owned()),
            };
            // One that arrived behind a failed one goes again behind it, under the same id.
            match failure {
                Some(reason) => sent.stop(row, reason),
                None if sent.stopped.get(&row.key).is_none_or(|(first, _)| row.id < *first) => {
                    sent.published.push(row.id);
                }
                None => {}
            }
        }
        sent
    }

    /// Why the producer can't go on, if it can't.
    pub(super) fn fatal(&self) -> Option<String> {
        self.producer.client().fatal_error().map(|(_, reason)| reason)
    }

    /// Drops what is queued and what is on its way.
    pub(super) fn purge(&self) {
        self.producer.purge(PurgeConfig::default().queue().inflight());
        // Gives those who wait their answer.
        self.producer.poll(Duration::ZERO);
    }
}

/// The way of a message to Kafka, in the trace of what it tells; it lasts until Kafka has answered.
fn span_of(row: &Row) -> Option<tracing::Span> {
    let traceparent = row.traceparent.as_deref()?;
    let span = tracing::info_span!("kafka.publish", topic = row.topic, kind = row.event_type);
    continue_from(&span, traceparent);
    Some(span)
}

/// The attributes. A row is one of ours, whatever its type: an unknown type has no schema to name.
pub(super) fn headers(row: &Row) -> OwnedHeaders {
    let time = DateTime::from_timestamp_millis(row.time_ms).unwrap_or(DateTime::UNIX_EPOCH);
    let sequence = u64::try_from(row.sequence).unwrap_or(0);
    let tenant = TenantId(row.tenant);
    let mut list = vec![
        ("ce_specversion", "1.0".to_owned()),
        ("ce_id", row.event_id.to_string()),
        ("ce_source", row.store.map_or_else(|| tenant_source(tenant), |store| source(tenant, StoreId(store)))),
        ("ce_type", row.event_type.clone()),
        ("ce_subject", row.key.to_string()),
        ("ce_time", time.to_rfc3339_opts(SecondsFormat::Millis, true)),
        ("ce_partitionkey", row.key.to_string()),
        ("ce_sequence", sequence_text(sequence)),
        ("ce_correlationid", row.correlation_id.to_string()),
        // The one attribute that the Kafka binding of CloudEvents writes without the prefix.
        ("content-type", "application/json".to_owned()),
    ];
    if let Some(kind) = EventKind::from_type(&row.event_type) {
        list.push(("ce_dataschema", schema_uri(kind)));
    }
    if let Some(day) = row.business_day {
        list.push(("ce_businessday", day.to_string()));
    }
    if let Some(causation) = row.causation_id {
        list.push(("ce_causationid", causation.to_string()));
    }
    if let Some(traceparent) = &row.traceparent {
        list.push(("ce_traceparent", traceparent.clone()));
        list.push(("traceparent", traceparent.clone()));
    }
    let empty = OwnedHeaders::new_with_capacity(list.len());
    list.iter().fold(empty, |headers, (key, value)| headers.insert(Header { key, value: Some(value) }))
}

#[cfg(test)]
mod tests {
    use rdkafka::message::Headers as _;

    use super::*;

    #[test]
    fn a_row_becomes_a_cloud_event_in_binary_mode() {
        let row = Row {
            id: 1,
            tenant: Uuid::from_u128(1),
            store: Some(Uuid::from_u128(2)),
            business_day: Some(20_260_301),
            topic: "docket.orders.v1".into(),
            key: Uuid::from_u128(3),
            event_id: Uuid::from_u128(4),
            event_type: "order.created".into(),
            sequence: 7,
            correlation_id: Uuid::from_u128(5),
            causation_id: None,
            traceparent: Some("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".into()),
            time_ms: 1_772_332_200_123,
            body: b"{}".to_vec(),
        };
        let headers = headers(&row);
        let text = |name: &str| {
            let found = headers.iter().find(|header| header.key == name)?;
            found.value.map(|value| String::from_utf8_lossy(value).into_owned())
        };
        for (name, value) in [
            ("ce_specversion", "1.0"),
            ("ce_id", "00000000-0000-0000-0000-000000000004"),
            ("ce_type", "order.created"),
            ("ce_subject", "00000000-0000-0000-0000-000000000003"),
            ("ce_time", "2026-03-01T02:30:00.123Z"),
            ("ce_sequence", "00000000000000000007"),
            ("ce_dataschema", "urn:docket:schema:order.created:v1"),
            ("content-type", "application/json"),
            ("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"),
        ] {
            assert_eq!(text(name).as_deref(), Some(value), "{name}");
        }
        assert!(text("ce_source").is_some_and(|source| source.starts_with("/tenants/") && source.ends_with("0002")));
        assert_eq!(text("ce_causationid"), None);
    }
}
