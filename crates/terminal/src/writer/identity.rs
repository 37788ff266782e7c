//! Who this folder is: device, store, letter of the order numbers, series of the receipts, run.

use std::collections::HashSet;

use docket_contracts::ErrorCode;
use docket_domain::ids::{DeviceId, StoreId, TenantId};
use docket_log::{ChainVerifier, LogOpened, Mode, PublicKey};
use rusqlite::Connection;

use crate::clock::{fill_public, new_id};
use crate::data::{Continuity, FolderKeys};
use crate::error::{StoreError, refuse};
use crate::join::letter_beside;
use crate::store::events::{self, StoredLog};
use crate::store::meta;

/// Letters of the alphabet that order numbers use.
const LETTERS: u32 = 26;

/// Who this folder is.
#[derive(Debug, Clone)]
pub struct Identity {
    /// The folder's device.
    pub device: DeviceId,
    /// Its store; random until enrolment.
    pub store: StoreId,
    /// Its tenant; random until enrolment.
    pub tenant: TenantId,
    /// Letter of its order numbers.
    pub letter: String,
    /// Series of its receipts.
    pub receipt_series: String,
    /// Letters used up so far.
    pub letters: u32,
    /// This run.
    pub run: u64,
}

fn stored_id(connection: &Connection, name: &str) -> Result<uuid::Uuid, StoreError> {
    let stored = meta::folder(connection, name)?;
    stored.map_or_else(
        || Ok(new_id()),
        |text| text.parse().map_err(|_| StoreError::Corrupt(format!("folder.{name} is no id"))),
    )
}

/// The identity of the next run: a new letter and series where continuity is unproven.
///
/// # Errors
/// If the store fails, or was written with another device key.
pub(super) fn next_identity(
    connection: &Connection,
    keys: &FolderKeys,
    store_run: u64,
    continuity: &Continuity,
) -> Result<Identity, StoreError> {
    if let Some(public) = meta::folder(connection, "public_key")?
        && public != hex::encode(keys.device.public().0)
    {
        let ours = "SELECT EXISTS (SELECT 1 FROM logs WHERE own = 1 AND public_key = ?1)";
        if connection.query_row(ours, [&keys.device.public().0[..]], |row| row.get(0))? {
            return Err(StoreError::Corrupt("folder.public_key is not the key of this device's logs".into()));
        }
        let rule =
            "the device key is not the one that this store was written with: put the folder's own device.key back";
        return Err(refuse(ErrorCode::StoreFailed, "data", rule).into());
    }
    let stored_letters: u32 = meta::folder(connection, "letters")?.and_then(|text| text.parse().ok()).unwrap_or(0);
    let run = store_run + 1;
    let (letters, fresh) = match continuity {
        // A device that joins a shop has chosen its first letter before its first start.
        Continuity::Fresh => (stored_letters.max(1), true),
        Continuity::Proven => (stored_letters.max(1), stored_letters == 0),
        Continuity::Unproven { letters, .. } => {
            // Without a witness nobody knows which letters this device gave away since the copy was made: an earlier
            // restore of the same copy would have taken the next one as well.
            let next = if *letters == 0 { any_pair()? } else { stored_letters.max(*letters) + 1 };
            (free_letter(next, &letters_of_others(connection, &keys.device.public())?), true)
        }
    };
    let device = DeviceId(stored_id(connection, "device")?);
    let letter = letter_name(letters);
    let receipt_series = match (continuity, meta::folder(connection, "receipt_series")?) {
        (Continuity::Unproven { .. }, _) => later_series(&letter)?,
        (_, Some(series)) if !fresh => series,
        _ => series(&letter, &keys.device.public()),
    };
    Ok(Identity {
        device,
        store: StoreId(stored_id(connection, "store")?),
        tenant: TenantId(stored_id(connection, "tenant")?),
        letter,
        receipt_series,
        letters,
        run,
    })
}

/// Holds the folder's ids against row 1 of the log that this device wrote last: the log has a hash, the folder hasn't.
///
/// # Errors
/// If they differ, or the store fails.
pub(super) fn check_ids(connection: &Connection, last: &StoredLog, identity: &Identity) -> Result<(), StoreError> {
    let Ok(Some(row)) = events::one(connection, last.log, 1) else { return Ok(()) };
    let proven = ChainVerifier::from_opening(&row, Mode::Full).and_then(|mut verifier| verifier.push(&row));
    let Ok(opened) = serde_json::from_str::<LogOpened>(&row.payload) else { return Ok(()) };
    let same = opened.device == identity.device && opened.store == identity.store && opened.tenant == identity.tenant;
    if proven.is_ok() && !same {
        return Err(StoreError::Corrupt("the folder names another device, store or tenant than its last log".into()));
    }
    Ok(())
}

/// The letters that logs of other devices carry.
///
/// # Errors
/// If the store fails.
pub(super) fn letters_of_others(connection: &Connection, own: &PublicKey) -> Result<HashSet<String>, StoreError> {
    let mut statement = connection.prepare(
        "SELECT DISTINCT letter FROM letters WHERE device_id NOT IN (SELECT device_id FROM logs WHERE public_key = ?1)",
    )?;
    let letters = statement.query_map([&own.0[..]], |row| row.get(0))?;
    Ok(letters.collect::<Result<_, _>>()?)
}

/// The first number from `from` on whose letter no other device carries.
pub(crate) fn free_letter(from: u32, taken: &HashSet<String>) -> u32 {
    (from..).find(|number| !taken.contains(&letter_name(*number))).unwrap_or(from)
}

impl Identity {
    /// The same device with a new letter and a new receipt series.
    ///
    /// # Errors
    /// If the store fails.
    pub(super) fn renewed(&self, connection: &Connection, own: &PublicKey) -> Result<Identity, StoreError> {
        let letters = free_letter(self.letters + 1, &letters_of_others(connection, own)?);
        let letter = letter_name(letters);
        Ok(Identity { receipt_series: later_series(&letter)?, letter, letters, ..self.clone() })
    }
}

impl Identity {
    /// The same device in a store that it joins, with a letter that nobody carries there and that it never carried itself.
    ///
    /// # Errors
    /// If the system gives no randomness.
    pub(super) fn joined(
        &self,
        (tenant, store): (TenantId, StoreId),
        own: &PublicKey,
        taken: &HashSet<String>,
    ) -> Result<Identity, StoreError> {
        let letters = letter_beside(own, taken);
        let letter = letter_name(letters);
        Ok(Identity { tenant, store, receipt_series: later_series(&letter)?, letter, letters, ..self.clone() })
    }
}

/// The device's first hex digits keep series apart that devices open without knowing of each other.
fn series(letter: &str, own: &PublicKey) -> String {
    format!("{letter}-{}", &hex::encode(own.0)[..6].to_uppercase())
}

/// A series behind a restore: its digits are drawn anew, because a life of this device that nobody remembers may have
/// used its own.
fn later_series(letter: &str) -> Result<String, StoreError> {
    let mut digits = [0; 3];
    fill_public(&mut digits).map_err(|_| StoreError::Corrupt("the system gives no randomness".into()))?;
    Ok(format!("{letter}-{}", hex::encode(digits).to_uppercase()))
}

/// The number of any letter pair, AA to ZZ.
fn any_pair() -> Result<u32, StoreError> {
    let mut drawn = [0; 4];
    fill_public(&mut drawn).map_err(|_| StoreError::Corrupt("the system gives no randomness".into()))?;
    Ok(LETTERS + 1 + u32::from_be_bytes(drawn) % (LETTERS * LETTERS))
}

/// 1 → A, 26 → Z, 27 → AA.
pub(crate) fn letter_name(mut number: u32) -> String {
    let mut letters = Vec::new();
    while number > 0 {
        number -= 1;
        letters.push(char::from(b'A' + u8::try_from(number % 26).expect("below 26")));
        number /= 26;
    }
    letters.iter().rev().collect()
}

/// Keeps the identity, in the transaction that opens the run's log.
///
/// # Errors
/// If the store fails.
pub(super) fn save_identity(connection: &Connection, identity: &Identity) -> Result<(), StoreError> {
    let texts = [
        ("run", identity.run.to_string()),
        ("device", identity.device.to_string()),
        ("store", identity.store.to_string()),
        ("tenant", identity.tenant.to_string()),
        ("letters", identity.letters.to_string()),
        ("receipt_series", identity.receipt_series.clone()),
    ];
    for (name, value) in texts {
        meta::set_folder(connection, name, &value)?;
    }
    connection
        .execute("INSERT INTO counters (name, value) VALUES ('events', 0), ('outbox', 0) ON CONFLICT DO NOTHING", [])?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_store_without_a_witness_draws_a_pair_of_letters() {
        for _ in 0..100 {
            let letter = letter_name(any_pair().expect("randomness"));
            assert_eq!(letter.len(), 2, "{letter}");
        }
        assert_ne!(later_series("B").expect("randomness"), later_series("B").expect("randomness"));
    }

    #[test]
    fn letters_go_on_behind_z() {
        assert_eq!(letter_name(1), "A");
        assert_eq!(letter_name(26), "Z");
        assert_eq!(letter_name(27), "AA");
        assert_eq!(letter_name(53), "BA");
        assert_eq!((letter_name(LETTERS + 1), letter_name(LETTERS + LETTERS * LETTERS)), ("AA".into(), "ZZ".into()));
    }
}
