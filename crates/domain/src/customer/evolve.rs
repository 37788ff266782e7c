//! What is so after an event.

use super::event::CustomerEvent;
use super::state::Customer;
use crate::ids::SubjectId;

impl Customer {
    /// The customer `id` after an event. It never refuses.
    #[must_use]
    pub fn evolve(before: Option<Customer>, id: SubjectId, event: CustomerEvent) -> Self {
        let unknown = || Customer { id, version: 0, active: false, person: None, email_changed_ms: None };
        let mut now = before.unwrap_or_else(unknown);
        now.version += 1;
        match event {
            CustomerEvent::Registered(person) => {
                now.person = Some(person);
                now.active = true;
            }
            CustomerEvent::Changed(person) => now.person = Some(person),
            CustomerEvent::EmailChanged { email, changed_ms } => {
                if let Some(person) = &mut now.person {
                    person.email = email;
                }
                now.email_changed_ms = Some(changed_ms);
            }
            CustomerEvent::Activated => now.active = true,
            CustomerEvent::Deactivated => now.active = false,
            CustomerEvent::Erased => {
                now.person = None;
                now.active = false;
                now.email_changed_ms = None;
            }
        }
        now
    }
}
