//! Personal text: AES-256-GCM under a key per subject. The keys stand outside the log; deleting one erases the person.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use docket_domain::ids::SubjectId;
use docket_domain::order::event::Sealed;

use crate::error::StoreError;

/// Length of a subject's key in bytes.
pub const KEY_BYTES: usize = 32;

/// A new key for a subject.
///
/// # Errors
/// If the system gives no randomness.
pub fn new_key() -> Result<[u8; KEY_BYTES], StoreError> {
    let mut key = [0_u8; KEY_BYTES];
    aws_lc_rs::rand::fill(&mut key).map_err(|_| StoreError::Corrupt("the system gives no randomness".into()))?;
    Ok(key)
}

fn cipher(key: &[u8; KEY_BYTES]) -> LessSafeKey {
    LessSafeKey::new(UnboundKey::new(&AES_256_GCM, key).expect("the key has 32 bytes"))
}

/// Seals a text for a subject; the subject's id is authenticated with it.
///
/// # Errors
/// If the system gives no randomness.
pub fn seal(subject: SubjectId, key: &[u8; KEY_BYTES], text: &str) -> Result<Sealed, StoreError> {
    let mut nonce = [0_u8; NONCE_LEN];
    crate::clock::fill_public(&mut nonce).map_err(|_| StoreError::Corrupt("the system gives no randomness".into()))?;
    let mut body = text.as_bytes().to_vec();
    cipher(key)
        .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(subject.0.as_bytes()), &mut body)
        .map_err(|_| StoreError::Corrupt("a personal text could not be sealed".into()))?;
    let whole: Vec<u8> = nonce.into_iter().chain(body).collect();
    Ok(Sealed { subject, text: STANDARD.encode(whole) })
}

/// Opens a sealed text; `None` if the key is not its key or the text was changed.
#[must_use]
pub fn open(sealed: &Sealed, key: &[u8; KEY_BYTES]) -> Option<String> {
    let whole = STANDARD.decode(&sealed.text).ok()?;
    let (nonce, body) = whole.split_first_chunk::<NONCE_LEN>()?;
    let mut body = body.to_vec();
    let aad = Aad::from(sealed.subject.0.as_bytes());
    let plain = cipher(key).open_in_place(Nonce::assume_unique_for_key(*nonce), aad, &mut body).ok()?;
    String::from_utf8(plain.to_vec()).ok()
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
