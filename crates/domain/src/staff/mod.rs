//! Staff: who may sign in, and in which role. PINs are no part of it; their verifiers lie in a side table of the store.

use serde::{Deserialize, Serialize};

use crate::ids::PersonId;

/// Characters of a person's name.
pub const MAX_NAME_CHARS: usize = 60;
/// People in one staff list.
pub const MAX_PEOPLE: usize = 500;

/// What a person does in the house. [`crate::policy`] says what that allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Runs the house.
    Manager,
    /// Sells and serves.
    Cashier,
    /// Cooks.
    Kitchen,
}

impl Role {
    /// Every role.
    pub const ALL: [Self; 3] = [Self::Manager, Self::Cashier, Self::Kitchen];

    /// The name as in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Manager => "manager",
            Self::Cashier => "cashier",
            Self::Kitchen => "kitchen",
        }
    }
}

impl std::fmt::Display for Role {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A member of staff.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Person {
    /// Who.
    pub id: PersonId,
    /// The name as it stands on the sign-in page.
    pub name: String,
    /// What the person does.
    pub role: Role,
    /// Whether the person may sign in. People who left stay in the list, because history names them.
    #[serde(default = "active", skip_serializing_if = "Clone::clone")]
    pub active: bool,
}

fn active() -> bool {
    true
}

/// The staff of a store: a versioned document that a fact publishes as a whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StaffList {
    /// Rises with every publication.
    pub version: u32,
    /// The people in the order of the sign-in page.
    pub people: Vec<Person>,
}

/// Why a staff list is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StaffRejection {
    /// A name is blank or too long.
    #[error("people[{index}].name must have 1 to {MAX_NAME_CHARS} characters")]
    Name {
        /// Place in the list.
        index: usize,
    },
    /// A person stands there twice.
    #[error("people[{index}].id must not stand there twice")]
    Duplicate {
        /// Place in the list.
        index: usize,
    },
    /// The list is too long.
    #[error("people must have at most {MAX_PEOPLE} entries")]
    TooMany,
    /// Nobody could ever change the list again.
    #[error("people must hold an active manager")]
    NoManager,
}

impl StaffList {
    /// Requires names, distinct ids, and an active manager.
    ///
    /// # Errors
    /// The first rule that is broken.
    pub fn check(&self) -> Result<(), StaffRejection> {
        if self.people.len() > MAX_PEOPLE {
            return Err(StaffRejection::TooMany);
        }
        for (index, person) in self.people.iter().enumerate() {
            let named = !person.name.trim().is_empty() && person.name.chars().count() <= MAX_NAME_CHARS;
            if !named {
                return Err(StaffRejection::Name { index });
            }
            if self.people[..index].iter().any(|earlier| earlier.id == person.id) {
                return Err(StaffRejection::Duplicate { index });
            }
        }
        let manages = |person: &Person| person.active && person.role == Role::Manager;
        if self.people.iter().any(manages) { Ok(()) } else { Err(StaffRejection::NoManager) }
    }

    /// The person with this id, whether or not they may sign in.
    #[must_use]
    pub fn person(&self, id: PersonId) -> Option<&Person> {
        self.people.iter().find(|person| person.id == id)
    }

    /// The people who may sign in.
    pub fn active(&self) -> impl Iterator<Item = &Person> {
        self.people.iter().filter(|person| person.active)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn person(number: u128, role: Role) -> Person {
        let id = PersonId(uuid::Uuid::from_u128(number));
        Person { id, name: format!("P{number}"), role, active: true }
    }

    fn list(people: Vec<Person>) -> StaffList {
        StaffList { version: 1, people }
    }

    #[test]
    fn a_list_needs_an_active_manager() {
        let mut staff = list(vec![person(1, Role::Manager), person(2, Role::Kitchen)]);
        assert_eq!(staff.check(), Ok(()));
        staff.people[0].active = false;
        assert_eq!(staff.check(), Err(StaffRejection::NoManager));
    }

    #[test]
    fn a_person_stands_in_it_once_and_has_a_name() {
        let twice = list(vec![person(1, Role::Manager), person(1, Role::Cashier)]);
        assert_eq!(twice.check(), Err(StaffRejection::Duplicate { index: 1 }));
        let mut unnamed = list(vec![person(1, Role::Manager)]);
        unnamed.people[0].name = " ".into();
        assert_eq!(unnamed.check(), Err(StaffRejection::Name { index: 0 }));
    }

    #[test]
    fn json_says_only_what_is_not_the_rule() {
        let mut staff = list(vec![person(1, Role::Manager)]);
        let json = serde_json::to_string(&staff).unwrap();
        assert!(!json.contains("active"), "{json}");
        assert_eq!(serde_json::from_str::<StaffList>(&json).unwrap(), staff);
        staff.people[0].active = false;
        let json = serde_json::to_string(&staff).unwrap();
        assert_eq!(serde_json::from_str::<StaffList>(&json).unwrap(), staff);
    }
}
