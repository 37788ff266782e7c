//! PINs: argon2id verifiers keyed with the folder's secret, and the lock that wrong ones earn.

use argon2::password_hash::{PasswordHash, PasswordHasher, PasswordVerifier, SaltString};
use argon2::{Algorithm, Argon2, Params, Version};
use aws_lc_rs::digest::{SHA256, digest};
use docket_contracts::{ApiError, ErrorCode};
use docket_domain::planted::{Fault, planted};

use crate::error::{StoreError, refuse};
use crate::limits::{PIN_FAILURES_MAX, PIN_LOCK_FIRST_MS, PIN_LOCK_MAX_MS};

/// Memory in KiB and passes of a verification. A PIN is short, so the folder's secret and the lock carry the weight;
/// the cost slows whoever copied both.
const MEMORY_KIB: u32 = 19_456;
const PASSES: u32 = 2;

fn argon(secret: &[u8; 32]) -> Argon2<'_> {
    let params = Params::new(MEMORY_KIB, PASSES, 1, None).expect("the constants are in argon2's range");
    Argon2::new_with_secret(secret, Algorithm::Argon2id, Version::V0x13, params).expect("32 bytes are a valid secret")
}

/// Checks the form of a new PIN.
///
/// # Errors
/// `pin_invalid`.
pub fn check_form(pin: &str) -> Result<(), ApiError> {
    if (4..=12).contains(&pin.len()) && pin.bytes().all(|byte| byte.is_ascii_digit()) {
        Ok(())
    } else {
        Err(refuse(ErrorCode::PinInvalid, "pin", "a PIN has 4 to 12 digits"))
    }
}

/// What stands between a verifier and its sum.
const SUM: char = '#';

/// The verifier to store for a PIN, with a sum behind it by which one that was changed on the disk is known. Takes tens
/// of milliseconds: never on the writer's thread.
///
/// # Errors
/// If the system gives no randomness.
pub fn verifier(secret: &[u8; 32], pin: &str) -> Result<String, StoreError> {
    let mut salt = [0_u8; 16];
    aws_lc_rs::rand::fill(&mut salt).map_err(|_| StoreError::Corrupt("the system gives no randomness".into()))?;
    let salt = SaltString::encode_b64(&salt).map_err(|error| StoreError::Corrupt(error.to_string()))?;
    let hash =
        argon(secret).hash_password(pin.as_bytes(), &salt).map_err(|error| StoreError::Corrupt(error.to_string()))?;
    Ok(with_sum(&hash.to_string()))
}

/// A verifier as it is stored: argon2's own text with its sum behind it.
#[must_use]
pub fn with_sum(hash: &str) -> String {
    format!("{hash}{SUM}{}", sum(hash))
}

fn sum(hash: &str) -> String {
    hex::encode(&digest(&SHA256, hash.as_bytes()).as_ref()[..4])
}

/// Argon2's own part of a verifier that is as it was written.
fn whole(verifier: &str) -> Option<&str> {
    verifier.rsplit_once(SUM).filter(|(hash, stored)| sum(hash) == *stored).map(|(hash, _)| hash)
}

/// Whether a verifier is as it was written.
#[must_use]
pub fn is_whole(verifier: &str) -> bool {
    whole(verifier).is_some()
}

/// Whether the PIN is the one that the verifier was made for. Takes tens of milliseconds. One that was changed matches
/// no PIN.
#[must_use]
pub fn matches(secret: &[u8; 32], verifier: &str, pin: &str) -> bool {
    let hash = whole(verifier).and_then(|hash| PasswordHash::new(hash).ok());
    hash.is_some_and(|hash| argon(secret).verify_password(pin.as_bytes(), &hash).is_ok())
}

/// Until when a person is locked after `failures` wrong PINs in a row, in wall milliseconds; 0 means not.
#[must_use]
pub fn locked_until_ms(failures: u32, now_ms: i64) -> i64 {
    let Some(beyond) = failures.checked_sub(PIN_FAILURES_MAX) else { return 0 };
    if planted(Fault::PinLockForgotten) {
        return 0;
    }
    let lock = PIN_LOCK_FIRST_MS.checked_shl(beyond.min(16)).unwrap_or(PIN_LOCK_MAX_MS);
    now_ms + lock.min(PIN_LOCK_MAX_MS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pin_matches_only_with_its_own_secret() {
        let stored = verifier(&[1; 32], "4711").expect("randomness");
        assert!(matches(&[1; 32], &stored, "4711"));
        assert!(!matches(&[1; 32], &stored, "4712"));
        assert!(!matches(&[2; 32], &stored, "4711"));
    }

    #[test]
    fn a_verifier_with_any_bit_changed_is_known() {
        let stored = verifier(&[1; 32], "4711").expect("randomness");
        assert!(is_whole(&stored));
        for bit in 0..stored.len() * 8 {
            let mut changed = stored.clone().into_bytes();
            changed[bit / 8] ^= 1 << (bit % 8);
            assert!(!is_whole(&String::from_utf8_lossy(&changed)), "bit {bit}");
        }
    }

    #[test]
    fn the_lock_doubles_and_has_an_end() {
        assert_eq!(locked_until_ms(4, 0), 0);
        assert_eq!(locked_until_ms(5, 0), 30_000);
        assert_eq!(locked_until_ms(6, 0), 60_000);
        assert_eq!(locked_until_ms(60, 0), PIN_LOCK_MAX_MS);
    }
}
