//! One try of one delivery: a CloudEvent in structured mode, signed.

use std::time::Duration;

use chrono::{DateTime, SecondsFormat};
use docket_contracts::integration::{EventKind, schema_uri, sequence_text, source};
use docket_domain::ids::{StoreId, TenantId};
use serde::Serialize;
use serde_json::value::RawValue;

use super::sign::SigningKey;
use super::target::{Guarded, Targets};
use crate::api::feed::Told;
use crate::api::limits::{WEBHOOK_ANSWER_MS, WEBHOOK_ERROR_CHARS_MAX};

/// What a target said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Answer {
    /// It took the event.
    Taken(u16),
    /// It wants no more events.
    Gone,
    /// It did not take it, or was not reached.
    Failed(Option<u16>, String),
}

/// Sends deliveries.
#[derive(Debug, Clone)]
pub(super) struct Sender {
    client: reqwest::Client,
    targets: Targets,
}

#[derive(Serialize)]
struct CloudEvent<'a> {
    specversion: &'static str,
    id: String,
    source: String,
    #[serde(rename = "type")]
    kind: &'a str,
    subject: String,
    time: String,
    datacontenttype: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    dataschema: Option<String>,
    sequence: String,
    data: &'a RawValue,
}

/// The body of a delivery.
pub(super) fn body(tenant: TenantId, told: &Told) -> Result<Vec<u8>, serde_json::Error> {
    let time = DateTime::from_timestamp_millis(told.time_ms).unwrap_or(DateTime::UNIX_EPOCH);
    serde_json::to_vec(&CloudEvent {
        specversion: "1.0",
        id: told.event_id.to_string(),
        source: source(tenant, StoreId(told.store)),
        kind: &told.event_type,
        subject: told.key.to_string(),
        time: time.to_rfc3339_opts(SecondsFormat::Millis, true),
        datacontenttype: "application/json",
        dataschema: EventKind::from_type(&told.event_type).map(schema_uri),
        sequence: sequence_text(u64::try_from(told.sequence).unwrap_or(0)),
        data: serde_json::from_str(&told.data)?,
    })
}

impl Sender {
    /// A client that follows no redirect and no proxy, and resolves no name into the house.
    pub(super) fn new(targets: Targets) -> Result<Self, reqwest::Error> {
        let patience = Duration::from_millis(WEBHOOK_ANSWER_MS);
        let client = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .https_only(targets == Targets::Public)
            .dns_resolver(Guarded(targets).shared())
            .timeout(patience)
            .connect_timeout(patience)
            .pool_idle_timeout(Duration::from_secs(30))
            .pool_max_idle_per_host(2)
            .user_agent(concat!("docket-webhooks/", env!("CARGO_PKG_VERSION")))
            .build()?;
        Ok(Sender { client, targets })
    }

    /// One try. Only the status of the answer is looked at.
    pub(super) async fn send(&self, url: &str, key: &SigningKey, id: &str, timestamp_s: i64, body: Vec<u8>) -> Answer {
        let url = match self.targets.check(url) {
            Ok(url) => url,
            Err(rule) => return Answer::Failed(None, format!("the address {rule}")),
        };
        let sent = self
            .client
            .post(url)
            .header("content-type", "application/cloudevents+json")
            .header("webhook-id", id)
            .header("webhook-timestamp", timestamp_s.to_string())
            .header("webhook-signature", key.sign(id, timestamp_s, &body))
            .body(body)
            .send()
            .await;
        match sent {
            Ok(answer) => match answer.status().as_u16() {
                410 => Answer::Gone,
                status @ 200..300 => Answer::Taken(status),
                status => Answer::Failed(Some(status), format!("the target answered {status}")),
            },
            Err(error) => Answer::Failed(None, told(&error)),
        }
    }
}

/// Why, without the address: that stands beside it.
fn told(error: &reqwest::Error) -> String {
    let first: &(dyn std::error::Error + 'static) = error;
    let root = std::iter::successors(Some(first), |error| error.source()).last().unwrap_or(first);
    let text = if error.is_timeout() { "the target took too long".to_owned() } else { root.to_string() };
    text.chars().filter(|sign| !sign.is_control()).take(WEBHOOK_ERROR_CHARS_MAX).collect()
}
