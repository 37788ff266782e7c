//! The shop: what it is called, what it charges in, and which documents are in effect. Its facts stand in the
//! stream of the store.

use serde::{Deserialize, Serialize};

use crate::ids::{DeviceId, LogId, StoreId, SubjectId, TenantId};
use crate::money::Currency;

/// The kind of stream that these facts stand in.
pub const STREAM_KIND: &str = "store";

/// A document that a fact can put into effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DocumentKind {
    /// Products, modifiers, taxes.
    Catalogue,
    /// Who works here.
    Staff,
    /// What the shop is called, and what it charges in.
    Shop,
}

impl DocumentKind {
    /// Every kind.
    pub const ALL: [Self; 3] = [Self::Staff, Self::Catalogue, Self::Shop];

    /// The literal kept in the store.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            DocumentKind::Catalogue => "catalogue",
            DocumentKind::Staff => "staff",
            DocumentKind::Shop => "shop",
        }
    }
}

/// Payload of `store.set_up`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SetUp {
    /// The shop's name on its first day.
    pub name: String,
    /// What it charged in on its first day.
    pub currency: Currency,
    /// IANA time zone.
    pub time_zone: String,
    /// When the business day ends, in minutes after midnight.
    pub cut_over_minutes: i32,
    /// Whether it is a shop to try things in.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub demo: bool,
}

/// What can be changed of a shop once it is set up: a versioned document that a fact publishes as a whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShopDetails {
    /// The shop's name.
    pub name: String,
    /// What it charges in.
    pub currency: Currency,
}

/// Payload of `store.document_published`. The document takes effect when it is held and its hash matches.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DocumentPublished {
    /// Which document.
    pub kind: DocumentKind,
    /// SHA-256 of its bytes, hex.
    pub hash: String,
    /// Its bytes, parts not counted.
    pub size: u64,
    /// 1, 2, 3 …
    pub version: u32,
}

/// Payload of `store.continuity_unproven`: numbers may have been given away that this store does not know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ContinuityUnproven {
    /// Why, in words.
    pub reason: String,
    /// The letter from now on.
    pub letter: String,
    /// The receipt series from now on.
    pub receipt_series: String,
}

/// Payload of `store.damage_found`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DamageFound {
    /// The log, 32 hex digits.
    pub log: String,
    /// The row; 0 where the file was damaged as a whole and `log` is the one that went on.
    pub seq: u64,
    /// What is wrong with it.
    pub reason: String,
}

/// Payload of `store.fork_found`: a log has two rows at one place. Both histories are kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ForkFound {
    /// The log, 32 hex digits.
    pub log: String,
    /// The first place at which two rows stand.
    pub seq: u64,
}

/// Payload of `store.till_joined`: a till that had a store of its own is one of this store from here on. What it wrote before
/// lies in the archive that the former store is now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TillJoined {
    /// The store that it was in.
    pub former_store: StoreId,
    /// The tenant that the logs of that store name.
    pub former_tenant: TenantId,
    /// Its last log there.
    pub last_log: LogId,
    /// The last row of that log.
    pub last_seq: u64,
}

/// Payload of `store.device_revoked`: what a device wrote beyond these heads has no effect. Head office alone says so.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeviceRevoked {
    /// The device.
    pub device: DeviceId,
    /// Its logs that count, each up to a row; nothing of another one does.
    pub heads: Vec<CutOff>,
}

/// Up to which row a log of a revoked device counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CutOff {
    /// The log.
    pub log: LogId,
    /// The last row that counts.
    pub seq: u64,
}

/// Payload of `store.guest_forgotten`: the key that a guest's personal text is sealed with is to be destroyed wherever it is.
/// Head office alone says so.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GuestForgotten {
    /// Whose key.
    pub subject: SubjectId,
}

/// A fact of the store's own stream.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum ShopEvent {
    /// The shop exists.
    SetUp(SetUp),
    /// A document takes effect.
    DocumentPublished(DocumentPublished),
    /// This device could not prove that it lost nothing.
    ContinuityUnproven(ContinuityUnproven),
    /// A row was found damaged.
    DamageFound(DamageFound),
    /// A log was found to have two histories.
    ForkFound(ForkFound),
    /// A till with a past of its own is one of this store.
    TillJoined(TillJoined),
    /// A device is let in no more.
    DeviceRevoked(DeviceRevoked),
    /// A guest was erased.
    GuestForgotten(GuestForgotten),
}

/// Every event type of the store's stream with the schema version that this program writes.
pub const SHOP_EVENT_TYPES: &[(&str, u16)] = &[
    ("store.set_up", 1),
    ("store.document_published", 1),
    ("store.continuity_unproven", 1),
    ("store.damage_found", 1),
    ("store.fork_found", 1),
    ("store.till_joined", 1),
    ("store.device_revoked", 1),
    ("store.guest_forgotten", 1),
];

impl ShopEvent {
    /// The literal kept in the log.
    #[must_use]
    pub fn event_type(&self) -> &'static str {
        match self {
            ShopEvent::SetUp(_) => "store.set_up",
            ShopEvent::DocumentPublished(_) => "store.document_published",
            ShopEvent::ContinuityUnproven(_) => "store.continuity_unproven",
            ShopEvent::DamageFound(_) => "store.damage_found",
            ShopEvent::ForkFound(_) => "store.fork_found",
            ShopEvent::TillJoined(_) => "store.till_joined",
            ShopEvent::DeviceRevoked(_) => "store.device_revoked",
            ShopEvent::GuestForgotten(_) => "store.guest_forgotten",
        }
    }

    /// The payload as it is hashed and stored.
    #[must_use]
    pub fn payload(&self) -> String {
        serde_json::to_string(self).expect("shop events hold only strings and numbers")
    }

    /// Reads a stored payload; `None` for a type that this program does not know.
    ///
    /// # Errors
    /// If the payload is not of the type's shape.
    pub fn decode(event_type: &str, schema_version: u16, payload: &str) -> Result<Option<Self>, serde_json::Error> {
        Ok(Some(match (event_type, schema_version) {
            ("store.set_up", 1) => ShopEvent::SetUp(serde_json::from_str(payload)?),
            ("store.document_published", 1) => ShopEvent::DocumentPublished(serde_json::from_str(payload)?),
            ("store.continuity_unproven", 1) => ShopEvent::ContinuityUnproven(serde_json::from_str(payload)?),
            ("store.damage_found", 1) => ShopEvent::DamageFound(serde_json::from_str(payload)?),
            ("store.fork_found", 1) => ShopEvent::ForkFound(serde_json::from_str(payload)?),
            ("store.till_joined", 1) => ShopEvent::TillJoined(serde_json::from_str(payload)?),
            ("store.device_revoked", 1) => ShopEvent::DeviceRevoked(serde_json::from_str(payload)?),
            ("store.guest_forgotten", 1) => ShopEvent::GuestForgotten(serde_json::from_str(payload)?),
            _ => return Ok(None),
        }))
    }
}
