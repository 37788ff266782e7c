//! Names of the staff, and personal text of guests while its key exists.

use std::collections::HashMap;
use std::sync::Arc;

use docket_contracts::view::CustomerView;
use docket_domain::ids::{PersonId, SubjectId};
use docket_domain::order::Guest;
use docket_domain::order::event::Sealed;

use crate::subjects;

/// Names by person.
#[derive(Clone)]
pub(crate) struct People(pub(crate) Arc<HashMap<PersonId, String>>);

impl People {
    pub(crate) fn name(&self, person: Option<PersonId>) -> Option<String> {
        person.and_then(|person| self.0.get(&person).cloned())
    }
}

/// Keys of the guests that an answer needs.
#[derive(Default)]
pub(crate) struct Secrets(pub(crate) HashMap<SubjectId, [u8; subjects::KEY_BYTES]>);

impl Secrets {
    /// The text, while its key exists.
    pub(crate) fn open(&self, sealed: &Sealed) -> Option<String> {
        subjects::open(sealed, self.0.get(&sealed.subject)?)
    }

    /// The guest; erased if the key was destroyed.
    pub(crate) fn customer(&self, sealed: &Sealed) -> CustomerView {
        match self.open(sealed).as_deref().and_then(Guest::from_json) {
            Some(guest) => CustomerView { name: guest.name, phone: guest.phone, address: guest.address, erased: false },
            None => CustomerView { name: None, phone: None, address: None, erased: true },
        }
    }
}
