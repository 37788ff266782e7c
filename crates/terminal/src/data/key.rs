//! The device key and the folder's secret: one of each per data folder, in files of mode 0600.

use std::path::Path;

use aws_lc_rs::rand;
use docket_contracts::ErrorCode;
use docket_log::DeviceKey;

use super::write_whole;
use crate::error::{StoreError, file_error, refuse};

const KEY_FILE: &str = "device.key";
const SECRET_FILE: &str = "store.secret";

/// What the folder keeps secret.
#[derive(Clone)]
pub struct FolderKeys {
    /// Signs the logs.
    pub device: DeviceKey,
    /// Keys the PIN verifiers.
    pub secret: [u8; 32],
}

/// Reads the folder's keys, or makes them where the store is new.
///
/// # Errors
/// `store_failed` if the store exists and a key does not: a missing key is never replaced silently.
pub fn open_keys(data: &Path, store_exists: bool) -> Result<FolderKeys, StoreError> {
    let seed = open_secret(&data.join(KEY_FILE), store_exists)?;
    let secret = open_secret(&data.join(SECRET_FILE), store_exists)?;
    let device = DeviceKey::from_seed(&seed).map_err(|error| StoreError::Corrupt(format!("{KEY_FILE}: {error}")))?;
    Ok(FolderKeys { device, secret })
}

/// The public half of the folder's device key, where there is one.
#[must_use]
pub fn read_public(data: &Path) -> Option<docket_log::PublicKey> {
    let bytes = std::fs::read(data.join(KEY_FILE)).ok()?;
    DeviceKey::from_seed(&bytes).ok().map(|key| key.public())
}

fn open_secret(path: &Path, store_exists: bool) -> Result<[u8; 32], StoreError> {
    match std::fs::read(path) {
        Ok(bytes) => bytes.try_into().map_err(|_| {
            let rule = format!("{} does not hold 32 bytes: put it back from a copy of this folder", path.display());
            refuse(ErrorCode::StoreFailed, "data", rule).into()
        }),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound && !store_exists => {
            let mut bytes = [0_u8; 32];
            rand::fill(&mut bytes).map_err(|_| StoreError::Corrupt("the system gives no randomness".into()))?;
            write_whole(path, &bytes, true)?;
            Ok(bytes)
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Err(StoreError::Refused(refuse(
            ErrorCode::StoreFailed,
            "data",
            format!(
                "{} is missing: put it back from a copy of this folder; it is never replaced silently",
                path.display()
            ),
        ))),
        Err(error) => Err(file_error(format!("can't read {}", path.display()))(error)),
    }
}
