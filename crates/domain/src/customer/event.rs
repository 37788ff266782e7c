//! What became of a customer.

use super::contact::Email;
use super::state::Person;

/// An event of a customer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CustomerEvent {
    /// It is known, and orders are taken.
    Registered(Person),
    /// The person as it is now.
    Changed(Person),
    /// Another e-mail address.
    EmailChanged {
        /// The address.
        email: Email,
        /// When, in milliseconds of the Unix epoch.
        changed_ms: i64,
    },
    /// Orders are taken again.
    Activated,
    /// No new orders are taken.
    Deactivated,
    /// The person is forgotten.
    Erased,
}
