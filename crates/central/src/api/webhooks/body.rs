//! What is asked for and what is shown, as JSON.

use chrono::{DateTime, SecondsFormat};
use docket_contracts::integration::EventKind;
use docket_domain::ids::StoreId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::target::Targets;
use crate::api::fault::{Fault, FaultCode, Violation};
use crate::api::feed::FEED_KINDS;
use crate::api::limits::{WEBHOOK_NAMES_MAX, WEBHOOK_URL_CHARS_MAX};

/// A webhook to be registered. Its JSON is the body of `POST /api/v1/webhooks`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewWebhook {
    /// Where events are brought: https, and no address of a private network.
    #[schema(example = "https://shop.example/hooks", max_length = 2000)]
    pub url: String,
    /// Which kinds it wants; none means all that the change feed has.
    #[serde(default)]
    #[schema(max_items = 200, example = json!(["order.status-changed"]))]
    pub event_types: Vec<String>,
    /// Of which stores; none means all.
    #[serde(default)]
    #[schema(value_type = Option<Vec<Uuid>>, max_items = 200)]
    pub store_ids: Option<Vec<StoreId>>,
}

/// A webhook as it is shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct WebhookView {
    /// The webhook.
    pub webhook_id: Uuid,
    /// Where events are brought.
    pub url: String,
    /// Which kinds it wants.
    pub event_types: Vec<String>,
    /// Of which stores; null means all.
    #[schema(value_type = Option<Vec<Uuid>>)]
    pub store_ids: Option<Vec<StoreId>>,
    /// Whether it is delivered to. A target that answers 410 ends it.
    pub active: bool,
    /// When it was registered, RFC 3339.
    pub created_at: String,
}

/// What the deliveries of a webhook are signed with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct WebhookSecret {
    /// `whsec_` and base64, as the libraries of Standard Webhooks take it.
    pub secret: String,
}

/// How far a delivery is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryState {
    /// It is tried, or tried again later.
    Waiting,
    /// The target answered with 2xx.
    Delivered,
    /// The last try failed.
    GivenUp,
}

impl DeliveryState {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            DeliveryState::Waiting => "waiting",
            DeliveryState::Delivered => "delivered",
            DeliveryState::GivenUp => "given_up",
        }
    }

    pub(super) fn from_text(text: &str) -> Self {
        match text {
            "delivered" => DeliveryState::Delivered,
            "given_up" => DeliveryState::GivenUp,
            _ => DeliveryState::Waiting,
        }
    }
}

/// A delivery as it is shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DeliveryView {
    /// The event, as in the change feed and in the header `webhook-id`.
    pub event_id: Uuid,
    /// Its kind.
    pub event_type: String,
    /// The order.
    pub order_id: Uuid,
    /// How far it is.
    pub state: DeliveryState,
    /// How often it was tried.
    pub tries: i32,
    /// The status of the last answer.
    pub last_status: Option<i32>,
    /// What was wrong with the last try.
    pub last_error: Option<String>,
}

/// A webhook whose fields hold.
pub(super) struct Checked {
    pub url: String,
    pub event_types: Vec<&'static str>,
    pub stores: Option<Vec<Uuid>>,
}

impl NewWebhook {
    pub(super) fn check(&self, targets: Targets) -> Result<Checked, Fault> {
        let mut found = Vec::new();
        let mut fault = |field: &str, rule: String| {
            found.push(Violation { field: field.to_owned(), rule, valid: None });
        };
        if self.url.chars().count() > WEBHOOK_URL_CHARS_MAX {
            fault("url", format!("must have at most {WEBHOOK_URL_CHARS_MAX} characters"));
        } else if let Err(rule) = targets.check(&self.url) {
            fault("url", rule.to_owned());
        }
        let too_many = || format!("must have at most {WEBHOOK_NAMES_MAX} entries");
        let mut event_types: Vec<&'static str> = Vec::new();
        if self.event_types.len() > WEBHOOK_NAMES_MAX {
            fault("event_types", too_many());
        } else {
            for (place, name) in self.event_types.iter().enumerate() {
                match EventKind::from_type(name).filter(|kind| FEED_KINDS.contains(kind)) {
                    Some(kind) if event_types.contains(&kind.as_str()) => {}
                    Some(kind) => event_types.push(kind.as_str()),
                    None => {
                        fault(&format!("event_types[{place}]"), "must be a kind that the change feed has".to_owned())
                    }
                }
            }
        }
        if self.store_ids.as_ref().is_some_and(|stores| stores.len() > WEBHOOK_NAMES_MAX) {
            fault("store_ids", too_many());
        }
        if !found.is_empty() {
            return Err(Fault::fields(FaultCode::InvalidArgument, found));
        }
        if event_types.is_empty() {
            event_types = FEED_KINDS.iter().map(|kind| kind.as_str()).collect();
        }
        let stores = self.store_ids.as_ref().map(|stores| stores.iter().map(|store| store.0).collect());
        Ok(Checked { url: self.url.clone(), event_types, stores })
    }
}

pub(super) fn rfc3339(ms: i64) -> String {
    DateTime::from_timestamp_millis(ms).unwrap_or(DateTime::UNIX_EPOCH).to_rfc3339_opts(SecondsFormat::Millis, true)
}
