//! The guest of an order, as it stands sealed in the log: tills and head office write and read it by this one shape.

use serde::{Deserialize, Serialize};

use crate::money::Address;

/// Who the guest is and where the order goes to. It is JSON under the guest's key, and has at least one part.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Guest {
    /// What to call out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Where to call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    /// Where a delivery goes to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<Address>,
}

impl Guest {
    /// Whether nothing is said of the guest.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.name.is_none() && self.phone.is_none() && self.address.is_none()
    }

    /// The text that is sealed.
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).expect("texts make JSON")
    }

    /// Reads what was unsealed; `None` if it is of another shape.
    #[must_use]
    pub fn from_json(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }
}
