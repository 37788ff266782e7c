//! What is sealed: AES-256-GCM as nonce (12 bytes) ‖ ciphertext ‖ tag (16 bytes), and personal text in that form as it
//! stands in payloads. Tills and head office must agree on it to the letter. The nonce comes from outside.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use docket_domain::ids::SubjectId;
use docket_domain::order::event::Sealed;

pub use aws_lc_rs::aead::NONCE_LEN;

/// Length of a key in bytes.
pub const KEY_BYTES: usize = 32;

/// Why bytes could not be sealed: they are too long for the cipher.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the text can't be sealed")]
pub struct NotSealed;

fn cipher(key: &[u8; KEY_BYTES]) -> LessSafeKey {
    LessSafeKey::new(UnboundKey::new(&AES_256_GCM, key).expect("the key has 32 bytes"))
}

/// Seals bytes; `context` is authenticated with them. A nonce serves once for a key.
///
/// # Errors
/// [`NotSealed`].
pub fn seal(key: &[u8; KEY_BYTES], nonce: [u8; NONCE_LEN], context: &[u8], bytes: &[u8]) -> Result<Vec<u8>, NotSealed> {
    let mut body = bytes.to_vec();
    cipher(key)
        .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(context), &mut body)
        .map_err(|_| NotSealed)?;
    Ok(nonce.into_iter().chain(body).collect())
}

/// Opens what [`seal`] made; none if it was made with another key or context, or was changed.
#[must_use]
pub fn open(key: &[u8; KEY_BYTES], context: &[u8], sealed: &[u8]) -> Option<Vec<u8>> {
    let (nonce, body) = sealed.split_first_chunk::<NONCE_LEN>()?;
    let mut body = body.to_vec();
    let plain = cipher(key).open_in_place(Nonce::assume_unique_for_key(*nonce), Aad::from(context), &mut body).ok()?;
    Some(plain.to_vec())
}

/// Seals a person's text; the subject's id is authenticated with it.
///
/// # Errors
/// [`NotSealed`].
pub fn seal_text(
    subject: SubjectId,
    key: &[u8; KEY_BYTES],
    nonce: [u8; NONCE_LEN],
    text: &str,
) -> Result<Sealed, NotSealed> {
    let whole = seal(key, nonce, subject.0.as_bytes(), text.as_bytes())?;
    Ok(Sealed { subject, text: STANDARD.encode(whole) })
}

/// Opens a sealed text; none if the key is not its key or the text was changed.
#[must_use]
pub fn open_text(sealed: &Sealed, key: &[u8; KEY_BYTES]) -> Option<String> {
    let whole = STANDARD.decode(&sealed.text).ok()?;
    String::from_utf8(open(key, sealed.subject.0.as_bytes(), &whole)?).ok()
}
