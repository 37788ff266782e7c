//! Personal text: AES-256-GCM under a key per subject. The keys stand outside the log; deleting one erases the person.

use docket_domain::ids::SubjectId;
use docket_domain::order::event::Sealed;
use docket_log::sealed::{NONCE_LEN, seal_text};

use crate::error::StoreError;

pub use docket_log::sealed::{KEY_BYTES, open_text as open};

/// A new key for a subject.
///
/// # Errors
/// If the system gives no randomness.
pub fn new_key() -> Result<[u8; KEY_BYTES], StoreError> {
    let mut key = [0_u8; KEY_BYTES];
    aws_lc_rs::rand::fill(&mut key).map_err(|_| StoreError::Corrupt("the system gives no randomness".into()))?;
    Ok(key)
}

/// Seals a text for a subject; the subject's id is authenticated with it.
///
/// # Errors
/// If the system gives no randomness.
pub fn seal(subject: SubjectId, key: &[u8; KEY_BYTES], text: &str) -> Result<Sealed, StoreError> {
    let mut nonce = [0_u8; NONCE_LEN];
    crate::clock::fill_public(&mut nonce).map_err(|_| StoreError::Corrupt("the system gives no randomness".into()))?;
    seal_text(subject, key, nonce, text).map_err(|_| StoreError::Corrupt("a personal text could not be sealed".into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sealed_text_opens_with_its_key_only() {
        let subject = SubjectId(uuid::Uuid::from_u128(7));
        let key = new_key().expect("randomness");
        let sealed = seal(subject, &key, "Zoë, 2nd floor").expect("randomness");
        assert!(!sealed.text.contains("Zo"));
        assert_eq!(open(&sealed, &key).as_deref(), Some("Zoë, 2nd floor"));
        assert_eq!(open(&sealed, &[0; 32]), None);
        let other = Sealed { subject: SubjectId(uuid::Uuid::from_u128(8)), ..sealed };
        assert_eq!(open(&other, &key), None);
    }
}
