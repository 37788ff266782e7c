//! Who works here: adding people, changing them, and what that means for windows that are open.

use docket_contracts::command::{AddPerson, ChangePerson};
use docket_contracts::view::{PersonView, StaffMemberView, StaffView};
use docket_contracts::{ApiError, Command, CommandOutcome, ErrorCode};
use docket_domain::ids::CommandId;
use docket_domain::staff::{MAX_NAME_CHARS, Person, Role, StaffList, StaffRejection};

use crate::actor::Actor;
use crate::error::{most, refuse};
use crate::pins;
use crate::setup::name_of;
use crate::terminal::Terminal;
use crate::writer::{Call, StoreAct};

impl Terminal {
    /// Adds or changes someone. The PIN's verifier takes long to make, so it is made before the writer is asked.
    pub(crate) async fn change_staff(
        &self,
        actor: Actor,
        command_id: CommandId,
        request_hash: [u8; 32],
        mut command: Command,
    ) -> Result<CommandOutcome, ApiError> {
        let given = match &mut command {
            Command::AddPerson(input) => Some(std::mem::take(&mut input.pin)),
            Command::ChangePerson(input) => input.pin.take(),
            _ => None,
        };
        // What is refused whatever the PIN costs nobody the time of making a verifier.
        changed(&self.shop().staff, &command)?;
        let verifier = match given {
            None => None,
            Some(pin) => {
                pins::check_form(&pin)?;
                let secret = self.inner.secret;
                let made = tokio::task::spawn_blocking(move || pins::verifier(&secret, &pin)).await;
                Some(made.map_err(|error| refuse(ErrorCode::StoreFailed, "", error.to_string()))??)
            }
        };
        let act = Some(StoreAct::Staff(verifier));
        let call = Call { command_id, request_hash, actor, expected_version: None, command, act };
        let outcome = self.inner.writer.call(call).await?;
        self.inner.sessions.follow(&self.shop().staff);
        Ok(outcome)
    }

    pub(crate) fn staff_view(&self) -> StaffView {
        let shop = self.shop();
        let people = shop.staff.people.iter().map(|person| StaffMemberView {
            person: PersonView { person_id: person.id, name: person.name.clone(), role: person.role },
            active: person.active,
        });
        StaffView { people: people.collect(), roles: Role::ALL.to_vec() }
    }
}

/// The list after a command, and whether it is another one.
///
/// # Errors
/// The rule that is broken, with its field.
pub(crate) fn changed(staff: &StaffList, command: &Command) -> Result<(StaffList, bool), ApiError> {
    let mut next = staff.clone();
    match command {
        Command::AddPerson(AddPerson { person_id, name, role, .. }) => {
            let name = name_of("name", name, MAX_NAME_CHARS)?;
            next.people.push(Person { id: *person_id, name, role: *role, active: true });
        }
        Command::ChangePerson(ChangePerson { person_id, name, role, active, .. }) => {
            let person = next
                .people
                .iter_mut()
                .find(|person| person.id == *person_id)
                .ok_or_else(|| refuse(ErrorCode::UnknownPerson, "person_id", "nobody on the staff has this id"))?;
            if let Some(name) = name {
                person.name = name_of("name", name, MAX_NAME_CHARS)?;
            }
            person.role = role.unwrap_or(person.role);
            person.active = active.unwrap_or(person.active);
        }
        _ => return Err(refuse(ErrorCode::UnknownCommand, "name", "this command does not act on the staff")),
    }
    next.check().map_err(|rejection| rejected(&rejection))?;
    let differs = next != *staff;
    if differs {
        next.version += 1;
    }
    Ok((next, differs))
}

fn rejected(rejection: &StaffRejection) -> ApiError {
    match rejection {
        StaffRejection::Name { .. } => {
            refuse(ErrorCode::NameInvalid, "name", rejection.to_string()).with(most(MAX_NAME_CHARS))
        }
        StaffRejection::Duplicate { .. } => {
            refuse(ErrorCode::PersonExists, "person_id", "someone on the staff has this id already")
        }
        StaffRejection::TooMany => refuse(ErrorCode::TooManyPeople, "person_id", rejection.to_string())
            .with(most(docket_domain::staff::MAX_PEOPLE)),
        StaffRejection::NoManager => {
            refuse(ErrorCode::LastManager, "role", "a manager who may sign in must be left on the staff")
        }
    }
}

#[cfg(test)]
mod tests {
    use docket_domain::ids::PersonId;
    use docket_domain::staff::MAX_PEOPLE;

    use super::*;

    fn person(number: usize) -> Person {
        let id = PersonId(uuid::Uuid::from_u128(number as u128));
        let role = if number == 0 { Role::Manager } else { Role::Cashier };
        Person { id, name: format!("P{number}"), role, active: true }
    }

    fn add(number: usize) -> Command {
        let Person { id: person_id, name, role, .. } = person(number);
        Command::AddPerson(AddPerson { person_id, name, role, pin: String::new() })
    }

    #[test]
    fn a_full_list_takes_nobody() {
        let mut staff = StaffList { version: 1, people: (0..MAX_PEOPLE - 1).map(person).collect() };
        let (full, differs) = changed(&staff, &add(MAX_PEOPLE)).expect("there is room for one");
        assert!(differs && full.version == 2);
        staff = full;
        let error = changed(&staff, &add(MAX_PEOPLE + 1)).expect_err("there is no room");
        assert_eq!((error.code, error.field.as_str()), (ErrorCode::TooManyPeople, "person_id"));
    }

    #[test]
    fn what_changes_nothing_is_the_same_list() {
        let staff = StaffList { version: 3, people: vec![person(0)] };
        let same = Command::ChangePerson(ChangePerson {
            person_id: person(0).id,
            name: Some("P0".into()),
            role: None,
            active: Some(true),
            pin: None,
        });
        assert_eq!(changed(&staff, &same).expect("nothing is wrong"), (staff, false));
    }
}
