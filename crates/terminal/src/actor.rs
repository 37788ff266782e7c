//! Who acts, as the log's `actor` column keeps it: `role:person@station`.

use docket_domain::ids::PersonId;
use docket_domain::staff::Role;

/// A signed-in person at a station, or the program itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Actor {
    /// A person of the staff.
    Person {
        /// Who.
        person_id: PersonId,
        /// What they may do.
        role: Role,
        /// At which window.
        station: String,
    },
    /// Work of the program, such as opening a log.
    Program(&'static str),
}

impl Actor {
    /// The text for the log. Stations hold no `:` or `@` (checked at sign-in), so it parses back.
    #[must_use]
    pub fn to_text(&self) -> String {
        match self {
            Actor::Person { person_id, role, station } => {
                format!("{}:{}@{station}", role.as_str(), person_id.0.as_simple())
            }
            Actor::Program(name) => format!("program:{name}"),
        }
    }
}

/// What a stored actor text says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StoredActor {
    /// Role then, or `program`.
    pub role: String,
    /// The person.
    pub person_id: Option<PersonId>,
    /// The station.
    pub station: Option<String>,
}

/// Reads a stored actor text; what can't be read is left out, because history is never refused.
#[must_use]
pub fn parse(text: &str) -> StoredActor {
    let Some((role, rest)) = text.split_once(':') else { return StoredActor::default() };
    let (person, station) = rest.split_once('@').map_or((rest, None), |(person, station)| (person, Some(station)));
    StoredActor {
        role: role.to_owned(),
        person_id: person.parse().ok().map(PersonId),
        station: station.map(str::to_owned),
    }
}
