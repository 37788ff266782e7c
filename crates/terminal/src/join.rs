//! A further device of a shop: an empty folder takes its store, its tenant and a free letter from exports of the
//! devices that are there already.

use std::collections::HashSet;
use std::io::BufRead;

use docket_contracts::{ApiError, ErrorCode};
use docket_domain::ids::{PersonId, StoreId, TenantId};
use docket_domain::staff::Role;
use rusqlite::params;

use crate::data::{self, DATABASE};
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
    // Two devices that join without knowing of each other seldom begin at one place.
    let first = u32::from(keys.device.public().0[0] % LETTERS) + 1;
    let letter = first_letter(first, &shop.letters.0);
    let texts = [("tenant", tenant.to_string()), ("store", store.to_string()), ("letters", letter.to_string())];
    connection.execute_batch("BEGIN IMMEDIATE").map_err(StoreError::from)?;
    for (name, value) in texts {
        meta::set_folder(&connection, name, &value)?;
    }
    connection.execute_batch("COMMIT").map_err(StoreError::from)?;
    drop(lock);
    Ok(())
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
        let none = self
            .inner
            .writer
            .task(|writer| {
                let count = "SELECT count(*) FROM pin_verifiers";
                Ok::<i64, StoreError>(writer.connection.query_row(count, [], |row| row.get(0))?)
            })
            .await??
            == 0;
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
        self.inner.writer.task(move |writer| keep(&mut writer.connection, &verifiers)).await??;
        Ok(Some(FirstPin { name, pin }))
    }
}

fn keep(connection: &mut rusqlite::Connection, verifiers: &[(PersonId, String)]) -> Result<(), StoreError> {
    let transaction = connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    for (person, verifier) in verifiers {
        transaction.execute(
            "INSERT INTO pin_verifiers (person_id, verifier) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
            params![&person.0.as_bytes()[..], verifier],
        )?;
    }
    Ok(transaction.commit()?)
}
