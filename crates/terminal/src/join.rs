//! A further device of a shop: an empty folder takes its store, its tenant and a free letter from exports of the
//! devices that are there already.

use std::collections::HashSet;
use std::io::BufRead;

use docket_contracts::{ApiError, ErrorCode, Topic};
use docket_domain::ids::{PersonId, StoreId, TenantId};
use docket_domain::staff::Role;
use docket_log::PublicKey;
use rusqlite::params;

use crate::data::{self, DATABASE, HeadOffice};
use crate::error::{StoreError, refuse};
use crate::import::{Letters, survey_openings};
use crate::pins;
use crate::setup::{DEMO_PEOPLE, random_pin};
use crate::store::{self, meta};
use crate::terminal::{OpenOptions, Terminal};
use crate::writer::{free_letter, letter_name};

/// The shop that exports are of.
#[derive(Debug, Clone, Default)]
pub struct ShopFound {
    shop: Option<(TenantId, StoreId)>,
    letters: Letters,
}

/// A PIN that was set, to be shown once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FirstPin {
    /// Who signs in with it.
    pub name: String,
    /// The PIN. It is kept nowhere.
    pub pin: String,
}

impl std::fmt::Display for FirstPin {
    /// As a tool of the command line says it.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} signs in with PIN {}; it is shown this once and kept nowhere", self.name, self.pin)
    }
}

/// Letters among which a joining device begins to look for a free one.
const LETTERS: u8 = 26;

impl ShopFound {
    /// Looks through an export for the shop that it is of and for the letters that its devices carry.
    ///
    /// # Errors
    /// `bad_input` if the reader fails or the exports are of several shops.
    pub fn survey(&mut self, reader: impl BufRead) -> Result<(), ApiError> {
        let unreadable = |error| refuse(ErrorCode::BadInput, "FILE", format!("the file can't be read: {error}"));
        for opened in survey_openings(reader, &mut self.letters).map_err(unreadable)? {
            match self.shop {
                None => self.shop = Some(opened),
                Some(shop) if shop == opened => {}
                Some(_) => {
                    return Err(refuse(ErrorCode::BadInput, "FILE", "store: the files are exports of several shops"));
                }
            }
        }
        Ok(())
    }
}

/// Whether a folder holds no store yet.
#[must_use]
pub fn is_empty(options: &OpenOptions) -> bool {
    !options.data.join(DATABASE).exists()
}

/// Makes an empty folder a further device of a shop. [`Terminal::open`] then opens it, and [`Terminal::import_log`]
/// brings the shop itself.
///
/// # Errors
/// `bad_input` if no log of a shop was found, `shop_exists` if the folder holds a store; else as the disk says.
pub async fn found(options: &OpenOptions, shop: &ShopFound) -> Result<(), ApiError> {
    let Some((tenant, store)) = shop.shop else {
        let rule = "no log of a shop is in the files: the first row of a log says which shop it is of";
        return Err(refuse(ErrorCode::BadInput, "FILE", rule));
    };
    let lock = data::lock_folder(&options.data)?;
    if !is_empty(options) {
        return Err(refuse(ErrorCode::ShopExists, "data", "the folder holds a store already"));
    }
    let keys = data::open_keys(&options.data, false)?;
    store::migrate(&options.data).await?;
    let connection = store::open_writer(&options.data)?;
    let letter = letter_beside(&keys.device.public(), &shop.letters.0);
    let texts = [("tenant", tenant.to_string()), ("store", store.to_string()), ("letters", letter.to_string())];
    connection.execute_batch("BEGIN IMMEDIATE").map_err(StoreError::from)?;
    for (name, value) in texts {
        meta::set_folder(&connection, name, &value)?;
    }
    connection.execute_batch("COMMIT").map_err(StoreError::from)?;
    drop(lock);
    Ok(())
}

/// A letter for a device that joins a shop whose other devices carry these. Two that join without knowing of each other
/// seldom begin to look at one place.
pub(crate) fn letter_beside(own: &PublicKey, taken: &HashSet<String>) -> u32 {
    first_letter(u32::from(own.0[0] % LETTERS) + 1, taken)
}

/// The first free letter from `first` on, once round the alphabet, and then behind Z.
fn first_letter(first: u32, taken: &HashSet<String>) -> u32 {
    let all = u32::from(LETTERS);
    let round = (first..=all).chain(1..first);
    round
        .into_iter()
        .find(|number| !taken.contains(&letter_name(*number)))
        .unwrap_or_else(|| free_letter(all + 1, taken))
}

impl Terminal {
    /// Sets a PIN for a manager where nobody has one: PINs never leave their device, so a device that has joined has
    /// none. In a demo shop everyone gets the PIN that is printed for them.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn set_first_pin(&self) -> Result<Option<FirstPin>, ApiError> {
        let shop = self.shop();
        let none = self.has_no_pins().await?;
        let Some(set_up) = shop.set_up.as_ref().filter(|_| none) else { return Ok(None) };
        let mut pins: Vec<(PersonId, String, String)> = Vec::new();
        if set_up.demo {
            for (name, _, pin) in DEMO_PEOPLE {
                let known = shop.staff.active().find(|person| person.name == name);
                pins.extend(known.map(|person| (person.id, person.name.clone(), pin.to_owned())));
            }
        } else if let Some(manager) = shop.staff.active().find(|person| person.role == Role::Manager) {
            pins.push((manager.id, manager.name.clone(), random_pin()?));
        }
        let Some((_, name, pin)) = pins.first().cloned() else { return Ok(None) };
        let secret = self.inner.secret;
        let verifiers = tokio::task::spawn_blocking(move || {
            pins.into_iter()
                .map(|(person, _, pin)| Ok((person, pins::verifier(&secret, &pin)?)))
                .collect::<Result<Vec<_>, StoreError>>()
        })
        .await
        .map_err(|error| refuse(ErrorCode::StoreFailed, "", error.to_string()))??;
        // Of two windows that ask at once, one is answered.
        let kept = self.inner.writer.task(move |writer| keep(&mut writer.connection, &verifiers)).await??;
        self.inner.shared.feed.publish(vec![Topic::Shop], None);
        Ok(kept.then_some(FirstPin { name, pin }))
    }

    /// Whether this till joined a store of head office, and nobody of that store has a PIN here.
    ///
    /// # Errors
    /// If the enrolment or the store can't be read.
    pub(crate) async fn first_pin_due(&self) -> Result<bool, ApiError> {
        let joined = HeadOffice::read(&self.inner.data)?.is_some_and(|office| !office.founded);
        Ok(joined && self.shop().set_up.is_some() && self.has_no_pins().await?)
    }

    async fn has_no_pins(&self) -> Result<bool, ApiError> {
        let sql = "SELECT NOT EXISTS (SELECT 1 FROM pin_verifiers)";
        let none = sqlx::query_scalar(sql).fetch_one(&self.inner.readers).await;
        Ok(none.map_err(StoreError::from)?)
    }
}

/// Keeps them where there are none yet; says whether it did.
fn keep(connection: &mut rusqlite::Connection, verifiers: &[(PersonId, String)]) -> Result<bool, StoreError> {
    let transaction = connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    let kept: i64 = transaction.query_row("SELECT count(*) FROM pin_verifiers", [], |row| row.get(0))?;
    if kept > 0 {
        return Ok(false);
    }
    for (person, verifier) in verifiers {
        transaction.execute(
            "INSERT INTO pin_verifiers (person_id, verifier) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
            params![&person.0.as_bytes()[..], verifier],
        )?;
    }
    transaction.commit()?;
    Ok(true)
}
