//! What a command answers. It is stored with the command's receipt, and a repeat of the command id returns it unchanged.

use docket_domain::ids::{OrderId, PaymentId, SessionId};
use docket_domain::money::Money;
use serde::{Deserialize, Serialize};

use crate::view::{MenuCheck, OrderStatus, PersonView};

/// The outcome of a command that was accepted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
pub struct CommandOutcome {
    /// Whether it wrote facts; false means that everything it asks for already held.
    pub applied: bool,
    /// The order it acted on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<OrderOutcome>,
    /// The payment it took.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payment: Option<PaymentOutcome>,
    /// The refund it gave.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refund: Option<RefundOutcome>,
    /// The session it opened. Never stored.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session: Option<SessionOutcome>,
    /// The PIN that it set. Never stored: it is shown once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_pin: Option<FirstPinOutcome>,
    /// What an import found. Lines for people.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// What a check of a menu found. Never stored.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub menu: Option<Box<MenuCheck>>,
}

impl CommandOutcome {
    /// Of a command that has nothing further to say; one that has names its part beside it.
    #[must_use]
    pub const fn plain(applied: bool) -> Self {
        Self {
            applied,
            order: None,
            payment: None,
            refund: None,
            session: None,
            first_pin: None,
            notes: Vec::new(),
            menu: None,
        }
    }
}

/// An order after a command.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
pub struct OrderOutcome {
    /// The order.
    pub order_id: OrderId,
    /// Its short number.
    pub label: String,
    /// Its status now.
    pub status: OrderStatus,
    /// Token of the set of facts held now; name it as `expected_version`.
    pub version: String,
}

/// A payment that was taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
pub struct PaymentOutcome {
    /// The payment.
    pub payment_id: PaymentId,
    /// What was captured.
    pub amount: Money,
    /// What the guest handed over.
    pub tendered: Money,
    /// What goes back to the guest.
    pub change: Money,
    /// Legal receipt, `series-number`.
    pub receipt: String,
}

/// A refund that is to be handed to the guest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
pub struct RefundOutcome {
    /// The refund.
    pub refund_id: PaymentId,
    /// The payment that it goes back from.
    pub payment_id: PaymentId,
    /// What goes back to the guest.
    pub amount: Money,
}

/// A PIN that was set on this device, to be shown once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
pub struct FirstPinOutcome {
    /// Who signs in with it.
    pub name: String,
    /// The PIN.
    pub pin: String,
}

/// A session that was opened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
pub struct SessionOutcome {
    /// Carried by each call (`Docket-Session` over HTTP).
    pub session_id: SessionId,
    /// Who signed in.
    pub person: PersonView,
    /// Where.
    pub station: String,
}
