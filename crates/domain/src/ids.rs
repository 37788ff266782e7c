//! Typed identifiers: UUIDs that can't be mixed up. They are made outside (UUIDv7 in the terminal or by a client).

use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! typed_ids {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, specta::Type,
        )]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }

        impl std::str::FromStr for $name {
            type Err = uuid::Error;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map($name)
            }
        }
    )+};
}

typed_ids! {
    /// An order: the stream that its facts belong to.
    OrderId,
    /// A line of an order; it keeps its id through every edit.
    LineId,
    /// A payment of an order. Two facts with one payment id are one payment.
    PaymentId,
    /// A fact in the log. The id of an add or replace fact is also the id of the line *version* it made.
    EventId,
    /// A command as its client named it; a repeat of the id returns the first outcome.
    CommandId,
    /// A member of staff.
    PersonId,
    /// A product of the catalogue.
    ProductId,
    /// A device: one data folder with its key.
    DeviceId,
    /// A store: the devices that share one set of logs.
    StoreId,
    /// A tenant: the owner of stores.
    TenantId,
    /// A signed-in person or station at one window.
    SessionId,
    /// A person outside the staff whose data is sealed under a key of its own.
    SubjectId,
}

/// A log: the first 16 bytes of SHA-256(public key ‖ nonce), written as 32 hex digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LogId(pub [u8; 16]);

impl std::fmt::Display for LogId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl std::fmt::Debug for LogId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "LogId({self})")
    }
}

/// Why a text is not a log id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a log id is 32 hex digits")]
pub struct LogIdError;

impl std::str::FromStr for LogId {
    type Err = LogIdError;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let bytes = text.as_bytes();
        if bytes.len() != 32 || !bytes.iter().all(u8::is_ascii_hexdigit) {
            return Err(LogIdError);
        }
        let mut id = [0_u8; 16];
        for (index, byte) in id.iter_mut().enumerate() {
            *byte = u8::from_str_radix(&text[index * 2..index * 2 + 2], 16).map_err(|_| LogIdError)?;
        }
        Ok(LogId(id))
    }
}

impl Serialize for LogId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for LogId {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}
