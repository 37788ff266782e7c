//! Sessions: who is signed in at which window. They live in memory and end with the program.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use docket_domain::ids::{PersonId, SessionId};
use docket_domain::staff::{Role, StaffList};

use crate::actor::Actor;
use crate::clock::new_id;
use crate::limits::SESSIONS_MAX;

/// A signed-in person at a window.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Carried by each call.
    pub id: SessionId,
    /// Who.
    pub person_id: PersonId,
    /// Name, for the screen.
    pub name: String,
    /// What they may do.
    pub role: Role,
    /// Which window.
    pub station: String,
    order: u64,
}

impl Session {
    /// The actor that this session's facts carry.
    #[must_use]
    pub fn actor(&self) -> Actor {
        Actor::Person { person_id: self.person_id, role: self.role, station: self.station.clone() }
    }
}

/// Every open session.
#[derive(Default)]
pub struct Sessions {
    open: Mutex<(u64, HashMap<SessionId, Session>)>,
}

impl Sessions {
    /// Opens a session; where there are too many, the oldest ends. The one that the window had at this station ends
    /// with it; it goes on where the same person unlocks the window.
    pub fn open(
        &self,
        former: Option<SessionId>,
        person_id: PersonId,
        name: String,
        role: Role,
        station: String,
    ) -> Session {
        let mut guard = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let (counter, sessions) = &mut *guard;
        *counter += 1;
        if let Some(former) = former.and_then(|id| sessions.remove(&id)) {
            if former.station != station {
                sessions.insert(former.id, former);
            } else if former.person_id == person_id {
                let session = Session { name, role, order: *counter, ..former };
                sessions.insert(session.id, session.clone());
                return session;
            }
        }
        // A v4 id: a session is a secret, and the time in a v7 id would give half of it away.
        let mut secret = [0_u8; 16];
        let id = match aws_lc_rs::rand::fill(&mut secret) {
            Ok(()) => SessionId(uuid::Builder::from_random_bytes(secret).into_uuid()),
            Err(_) => SessionId(new_id()),
        };
        let session = Session { id, person_id, name, role, station, order: *counter };
        if sessions.len() >= SESSIONS_MAX
            && let Some(oldest) = sessions.values().min_by_key(|session| session.order).map(|session| session.id)
        {
            sessions.remove(&oldest);
        }
        sessions.insert(id, session.clone());
        session
    }

    /// The session, if it is open.
    pub fn get(&self, id: SessionId) -> Option<Session> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner).1.get(&id).cloned()
    }

    /// Takes up what has changed about the people: whoever may not sign in any more is signed out.
    pub fn follow(&self, staff: &StaffList) {
        let mut guard = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        guard.1.retain(|_, session| {
            let Some(person) = staff.active().find(|person| person.id == session.person_id) else { return false };
            session.name.clone_from(&person.name);
            session.role = person.role;
            true
        });
    }

    /// Ends a session.
    pub fn close(&self, id: SessionId) {
        self.open.lock().unwrap_or_else(PoisonError::into_inner).1.remove(&id);
    }
}
