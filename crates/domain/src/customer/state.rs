//! What is known of a customer.

use super::contact::{Addresses, Email, Name, Phone};
use crate::ids::SubjectId;

/// A customer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Customer {
    /// Its key, which orders name.
    pub id: SubjectId,
    /// Rises with each event.
    pub version: u64,
    /// Whether new orders of it are taken.
    pub active: bool,
    /// The person; none once it was erased.
    pub person: Option<Person>,
    /// When the e-mail address was changed last, in milliseconds of the Unix epoch; registering it is no change.
    pub email_changed_ms: Option<i64>,
}

/// What is personal about a customer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// The name.
    pub name: Name,
    /// The e-mail address.
    pub email: Email,
    /// The phone number.
    pub phone: Option<Phone>,
    /// Where things are brought.
    pub addresses: Addresses,
}
