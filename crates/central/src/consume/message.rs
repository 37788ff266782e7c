//! A message as it came: its attributes, its data, and all else that must go on with it where it is put off.

use docket_contracts::integration::EventKind;
use docket_domain::ids::{StoreId, TenantId};
use rdkafka::Message as _;
use rdkafka::message::{BorrowedMessage, Headers as _};
use serde::de::DeserializeOwned;

use super::effects::EffectError;

/// Prefix of the headers that we add where a message is put off; they fall away when it comes back.
pub(super) const OWN: &str = "docket_";
/// The topic that it was published to.
pub(super) const TOPIC: &str = "docket_topic";
/// When it may be tried again, in milliseconds of the Unix epoch.
pub(super) const DUE: &str = "docket_due_ms";
/// Why it was put off or given up.
pub(super) const REASON: &str = "docket_reason";
/// When it was given up, in milliseconds of the Unix epoch.
pub(super) const DEAD: &str = "docket_dead_ms";

/// Bytes as they came, owned.
#[derive(Debug, Clone)]
pub(super) struct Raw {
    pub topic: String,
    pub partition: i32,
    pub offset: i64,
    pub key: Vec<u8>,
    pub payload: Vec<u8>,
    pub headers: Vec<(String, Vec<u8>)>,
}

impl Raw {
    pub(super) fn of(message: &BorrowedMessage<'_>) -> Self {
        let headers = message.headers().map(|headers| {
            let own = |header: rdkafka::message::Header<'_, &[u8]>| {
                (header.key.to_owned(), header.value.unwrap_or_default().to_vec())
            };
            headers.iter().map(own).collect()
        });
        Raw {
            topic: message.topic().to_owned(),
            partition: message.partition(),
            offset: message.offset(),
            key: message.key().unwrap_or_default().to_vec(),
            payload: message.payload().unwrap_or_default().to_vec(),
            headers: headers.unwrap_or_default(),
        }
    }

    /// A header as text.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(key, _)| key == name)?;
        std::str::from_utf8(&found.1).ok()
    }

    /// A header as a number.
    pub(super) fn number(&self, name: &str) -> Option<i64> {
        self.header(name)?.parse().ok()
    }
}

/// A CloudEvent of head office.
#[derive(Debug, Clone)]
pub(super) struct Message {
    pub raw: Raw,
    /// The topic that it was published to, also when it comes out of a delay topic.
    pub topic: String,
    pub key: String,
    pub tenant: TenantId,
    /// None where it is about no store.
    pub store: Option<StoreId>,
    pub source: String,
    pub id: String,
    /// None for a type that this program does not know yet.
    pub kind: Option<EventKind>,
    pub event_type: String,
    pub correlation: String,
}

impl Message {
    /// Reads the attributes; what is wrong is a sentence.
    pub(super) fn read(raw: Raw) -> Result<Self, (Raw, String)> {
        match Self::attributes(&raw) {
            Ok(read) => Ok(read(raw)),
            Err(rule) => Err((raw, rule)),
        }
    }

    fn attributes(raw: &Raw) -> Result<impl FnOnce(Raw) -> Self + use<>, String> {
        let needed = |name: &str| match raw.header(name) {
            Some(text) if !text.is_empty() => Ok(text.to_owned()),
            _ => Err(format!("{name}: is missing")),
        };
        let (source, id, event_type) = (needed("ce_source")?, needed("ce_id")?, needed("ce_type")?);
        let (tenant, store) =
            parties(&source).ok_or_else(|| "ce_source: is no tenant and no store of one".to_owned())?;
        let key = String::from_utf8(raw.key.clone()).map_err(|_| "key: is no text".to_owned())?;
        let topic = raw.header(TOPIC).unwrap_or(&raw.topic).to_owned();
        let correlation = raw.header("ce_correlationid").unwrap_or_default().to_owned();
        let kind = EventKind::from_type(&event_type);
        Ok(move |raw| Message { raw, topic, key, tenant, store, source, id, kind, event_type, correlation })
    }

    /// Its data.
    pub(super) fn data<T: DeserializeOwned>(&self) -> Result<T, EffectError> {
        serde_json::from_slice(&self.raw.payload)
            .map_err(|error| EffectError::Data(format!("data of {}: {error}", self.event_type)))
    }
}

/// Tenant of a `source`, and store where it names one.
fn parties(source: &str) -> Option<(TenantId, Option<StoreId>)> {
    let rest = source.strip_prefix("/tenants/")?;
    let Some((tenant, store)) = rest.split_once("/stores/") else { return Some((rest.parse().ok()?, None)) };
    Some((tenant.parse().ok()?, Some(store.parse().ok()?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raw(headers: &[(&str, &str)]) -> Raw {
        let headers = headers.iter().map(|(key, value)| ((*key).to_owned(), value.as_bytes().to_vec())).collect();
        Raw { topic: "t".into(), partition: 0, offset: 0, key: b"k".to_vec(), payload: b"{}".to_vec(), headers }
    }

    const SOURCE: (&str, &str) =
        ("ce_source", "/tenants/00000000-0000-0000-0000-000000000001/stores/00000000-0000-0000-0000-000000000002");

    #[test]
    fn a_message_names_tenant_store_and_the_topic_it_was_first_published_to() {
        let read = Message::read(raw(&[SOURCE, ("ce_id", "7"), ("ce_type", "order.created"), (TOPIC, "first")]));
        let message = read.expect("it is whole");
        assert_eq!((message.topic.as_str(), message.key.as_str()), ("first", "k"));
        assert_eq!(message.tenant.0.as_u128(), 1);
        assert_eq!(message.kind, Some(EventKind::OrderCreated));
    }

    #[test]
    fn a_type_of_tomorrow_is_read_and_a_missing_attribute_is_named() {
        let later = Message::read(raw(&[SOURCE, ("ce_id", "7"), ("ce_type", "order.parked")])).expect("it is whole");
        assert_eq!(later.kind, None);
        let (_, rule) = Message::read(raw(&[SOURCE, ("ce_type", "order.created")])).expect_err("no id");
        assert_eq!(rule, "ce_id: is missing");
        let (_, rule) =
            Message::read(raw(&[("ce_source", "/x"), ("ce_id", "7"), ("ce_type", "t")])).expect_err("no tenant");
        assert_eq!(rule, "ce_source: is no tenant and no store of one");
    }
}
