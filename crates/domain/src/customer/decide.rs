//! What a command brings about.

use super::command::CustomerCommand;
use super::event::CustomerEvent;
use super::limits::EMAIL_COOL_DOWN_MS;
use super::rejection::CustomerRejection;
use super::state::{Customer, Person};

/// The event of a command that came at `now_ms`, in milliseconds of the Unix epoch; none where it is so already.
///
/// # Errors
/// [`CustomerRejection`].
pub fn decide(
    customer: Option<&Customer>,
    command: CustomerCommand,
    now_ms: i64,
) -> Result<Option<CustomerEvent>, CustomerRejection> {
    let Some(customer) = customer else {
        return match command {
            CustomerCommand::Register(person) => Ok(Some(CustomerEvent::Registered(person))),
            _ => Err(CustomerRejection::NotRegistered),
        };
    };
    let person = customer.person.as_ref().ok_or(CustomerRejection::Erased);
    match command {
        CustomerCommand::Register(_) => Err(person.err().unwrap_or(CustomerRejection::AlreadyRegistered)),
        CustomerCommand::Change { name, phone, addresses } => {
            let person = person?;
            let changed = Person {
                name: name.unwrap_or_else(|| person.name.clone()),
                email: person.email.clone(),
                phone: phone.unwrap_or_else(|| person.phone.clone()),
                addresses: addresses.unwrap_or_else(|| person.addresses.clone()),
            };
            Ok((changed != *person).then_some(CustomerEvent::Changed(changed)))
        }
        CustomerCommand::ChangeEmail(email) => {
            if person?.email == email {
                return Ok(None);
            }
            let again_ms = customer.email_changed_ms.map(|changed_ms| changed_ms.saturating_add(EMAIL_COOL_DOWN_MS));
            match again_ms.filter(|again_ms| now_ms < *again_ms) {
                Some(again_ms) => Err(CustomerRejection::EmailChangedLately { again_ms }),
                None => Ok(Some(CustomerEvent::EmailChanged { email, changed_ms: now_ms })),
            }
        }
        CustomerCommand::Activate => person.map(|_| (!customer.active).then_some(CustomerEvent::Activated)),
        CustomerCommand::Deactivate => person.map(|_| customer.active.then_some(CustomerEvent::Deactivated)),
        CustomerCommand::Erase => Ok(customer.person.is_some().then_some(CustomerEvent::Erased)),
    }
}
