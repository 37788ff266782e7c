//! Names of the staff, and personal text of guests while its key exists.

use std::collections::HashMap;
use std::sync::Arc;

use docket_contracts::view::CustomerView;
use docket_domain::ids::{PersonId, SubjectId};
use docket_domain::money::Address;
use docket_domain::order::event::Sealed;
use serde::Deserialize;

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

#[derive(Deserialize)]
struct CustomerText {
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    phone: Option<String>,
    #[serde(default)]
    address: Option<Address>,
}

impl Secrets {
    /// The text, while its key exists.
    pub(crate) fn open(&self, sealed: &Sealed) -> Option<String> {
        subjects::open(sealed, self.0.get(&sealed.subject)?)
    }

    /// The guest; erased if the key was destroyed.
    pub(crate) fn customer(&self, sealed: &Sealed) -> CustomerView {
        let text = self.open(sealed).and_then(|json| serde_json::from_str::<CustomerText>(&json).ok());
        match text {
            Some(text) => CustomerView { name: text.name, phone: text.phone, address: text.address, erased: false },
            None => CustomerView { name: None, phone: None, address: None, erased: true },
        }
    }
}
