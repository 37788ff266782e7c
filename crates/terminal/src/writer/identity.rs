//! Who this folder is: device, store, letter of the order numbers, series of the receipts, run.

use docket_contracts::ErrorCode;
use docket_domain::ids::{DeviceId, StoreId, TenantId};
use rusqlite::Connection;

use crate::clock::new_id;
use crate::data::{Continuity, FolderKeys};
use crate::error::{StoreError, refuse};
use crate::store::meta;

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
        let rule =
            "the device key is not the one that this store was written with: put the folder's own device.key back";
        return Err(refuse(ErrorCode::StoreFailed, "data", rule).into());
    }
    let stored_letters: u32 = meta::folder(connection, "letters")?.and_then(|text| text.parse().ok()).unwrap_or(0);
    let run = store_run + 1;
    let (letters, fresh) = match continuity {
        Continuity::Fresh => (1, true),
        Continuity::Proven => (stored_letters.max(1), stored_letters == 0),
        Continuity::Unproven { letters, .. } => (stored_letters.max(*letters) + 1, true),
    };
    let device = DeviceId(stored_id(connection, "device")?);
    let letter = letter_name(letters);
    let receipt_series = match meta::folder(connection, "receipt_series")? {
        Some(series) if !fresh => series,
        // The device's first hex digits keep series apart that devices open without knowing of each other.
        _ => format!("{letter}-{}", &hex::encode(keys.device.public().0)[..6].to_uppercase()),
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

/// 1 → A, 26 → Z, 27 → AA.
fn letter_name(mut number: u32) -> String {
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
    use super::letter_name;

    #[test]
    fn letters_go_on_behind_z() {
        assert_eq!(letter_name(1), "A");
        assert_eq!(letter_name(26), "Z");
        assert_eq!(letter_name(27), "AA");
        assert_eq!(letter_name(53), "BA");
    }
}
