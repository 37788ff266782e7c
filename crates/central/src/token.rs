//! Tokens and one-time codes. Both are kept as hashes only.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use docket_domain::ids::{DeviceId, TenantId};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::clock::{NoRandomness, random};

/// Letters of a code; those that look alike are left out.
const LETTERS: &[u8; 32] = b"ABCDEFGHJKLMNPQRSTUVWXYZ23456789";
/// Letters in a code: 80 bits.
const CODE_LETTERS: usize = 16;

/// A device's token: tenant, device and 32 bytes that nobody can guess.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Token {
    /// Whose device it is.
    pub tenant: TenantId,
    /// The device.
    pub device: DeviceId,
    secret: [u8; 32],
}

impl std::fmt::Debug for Token {
    /// Shows whose it is, and not the secret: it must not reach a log.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Token").field("tenant", &self.tenant).field("device", &self.device).finish_non_exhaustive()
    }
}

impl Token {
    /// A new token.
    ///
    /// # Errors
    /// [`NoRandomness`].
    pub fn try_new(tenant: TenantId, device: DeviceId) -> Result<Self, NoRandomness> {
        Ok(Token { tenant, device, secret: random()? })
    }

    /// The text that the device keeps.
    #[must_use]
    pub fn to_text(self) -> String {
        URL_SAFE_NO_PAD.encode([&self.tenant.0.as_bytes()[..], self.device.0.as_bytes(), &self.secret].concat())
    }

    /// Reads what [`Token::to_text`] writes.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let bytes: [u8; 64] = URL_SAFE_NO_PAD.decode(text).ok()?.try_into().ok()?;
        let (tenant, rest) = bytes.split_first_chunk::<16>()?;
        let (device, secret) = rest.split_first_chunk::<16>()?;
        let secret = secret.try_into().ok()?;
        Some(Token { tenant: TenantId(Uuid::from_bytes(*tenant)), device: DeviceId(Uuid::from_bytes(*device)), secret })
    }

    /// What is kept of it.
    #[must_use]
    pub fn hash(&self) -> [u8; 32] {
        Sha256::digest([&b"docket token 1\0"[..], &self.secret].concat()).into()
    }

    /// Whether this is the token that was kept, in a time that does not depend on where they differ.
    #[must_use]
    pub fn is(&self, kept: &[u8]) -> bool {
        aws_lc_rs::constant_time::verify_slices_are_equal(&self.hash(), kept).is_ok()
    }
}

/// A new one-time code: four groups of four letters.
///
/// # Errors
/// [`NoRandomness`].
pub fn new_code() -> Result<String, NoRandomness> {
    let bytes: [u8; CODE_LETTERS] = random()?;
    let letters: Vec<u8> = bytes.iter().map(|byte| LETTERS[usize::from(byte % 32)]).collect();
    let groups = letters.chunks(4).map(|group| group.iter().map(|letter| char::from(*letter)).collect::<String>());
    Ok(groups.collect::<Vec<_>>().join("-"))
}

/// What is kept of a code. Case, spaces and hyphens do not matter.
#[must_use]
pub fn code_hash(code: &str) -> [u8; 32] {
    let plain: String =
        code.chars().filter(char::is_ascii_alphanumeric).map(|letter| letter.to_ascii_uppercase()).collect();
    Sha256::digest(format!("docket code 1\0{plain}")).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_reads_back_and_no_other_matches_its_hash() {
        let (tenant, device) = (TenantId(Uuid::from_u128(1)), DeviceId(Uuid::from_u128(2)));
        let token = Token::try_new(tenant, device).expect("randomness");
        let read = Token::parse(&token.to_text()).expect("it is one");
        assert_eq!(read, token);
        assert!(read.is(&token.hash()));
        let other = Token::try_new(tenant, device).expect("randomness");
        assert!(!other.is(&token.hash()) && !token.is(b""));
        assert!(Token::parse("abc").is_none());
    }

    #[test]
    fn a_code_is_the_same_however_it_is_typed() {
        let code = new_code().expect("randomness");
        assert_eq!(code.len(), 19);
        assert_eq!(code_hash(&code), code_hash(&code.to_lowercase().replace('-', " ")));
        assert_ne!(code_hash(&code), code_hash(&new_code().expect("randomness")));
    }
}
