//! What can be asked of a customer.

use super::contact::{Addresses, Email, Name, Phone};
use super::state::Person;

/// A command to a customer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CustomerCommand {
    /// Makes it known.
    Register(Person),
    /// Changes what is given, and leaves the rest. The e-mail address has a command of its own.
    Change {
        /// Another name.
        name: Option<Name>,
        /// Another phone number, or none any more.
        phone: Option<Option<Phone>>,
        /// All its addresses.
        addresses: Option<Addresses>,
    },
    /// Another e-mail address.
    ChangeEmail(Email),
    /// Orders are taken again.
    Activate,
    /// No new orders are taken.
    Deactivate,
    /// Forgets the person. What remains is a key, and that no orders are taken.
    Erase,
}
