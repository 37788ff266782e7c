//! A key of an issuer, its key set in a file, and tokens signed with it, as head office and the bare service both take them.

use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::json;

use crate::error::BenchError;

/// `iss` of the tokens.
pub const ISSUER: &str = "https://issuer.example";
/// `aud` of the tokens.
pub const AUDIENCE: &str = "docket";
/// The key's name in the set.
const KEY: &str = "bench";
/// Seconds that a token is good for; a run is shorter.
const LIFE_S: u64 = 86_400;

/// Signs tokens.
pub struct Issuer {
    key: EncodingKey,
    /// The key set.
    pub file: PathBuf,
}

impl Issuer {
    /// Draws a key and writes its set into a folder.
    pub fn open(folder: &Path) -> Result<Self, BenchError> {
        let unfit = |_| BenchError::NotComparable("no key for tokens".into());
        let document = Ed25519KeyPair::generate_pkcs8(&aws_lc_rs::rand::SystemRandom::new()).map_err(unfit)?;
        let pair = Ed25519KeyPair::from_pkcs8(document.as_ref());
        let pair = pair.map_err(|_| BenchError::NotComparable("the key can't be read".into()))?;
        let set = json!({ "keys": [{
            "kty": "OKP", "crv": "Ed25519", "use": "sig", "alg": "EdDSA", "kid": KEY, "x": base64(pair.public_key().as_ref()),
        }] });
        let file = folder.join("keys.json");
        std::fs::write(&file, set.to_string()).map_err(BenchError::file("write", &file))?;
        Ok(Self { key: EncodingKey::from_ed_der(document.as_ref()), file })
    }

    /// A token of somebody with this role.
    pub fn token(&self, tenant: &str, subject: &str, role: &str) -> Result<String, BenchError> {
        let now = seconds();
        let claims = json!({
            "iss": ISSUER, "aud": AUDIENCE, "sub": subject, "tenant": tenant, "roles": [role], "iat": now, "nbf": now,
            "exp": now + LIFE_S,
        });
        let header = Header { kid: Some(KEY.to_owned()), ..Header::new(Algorithm::EdDSA) };
        encode(&header, &claims, &self.key).map_err(|error| BenchError::NotComparable(error.to_string()))
    }
}

#[allow(clippy::disallowed_methods, reason = "a token says when it ends; nothing of it reaches the log")]
fn seconds() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

/// Base64 for addresses, without padding (RFC 4648, section 5).
fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let letters = |part: &[u8]| {
        let bits = part.iter().fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - part.len()));
        let letter = move |place: usize| char::from(LETTERS[(bits >> (18 - 6 * place) & 63) as usize]);
        (0..=part.len()).map(letter).collect::<String>()
    };
    bytes.chunks(3).map(letters).collect()
}

#[cfg(test)]
mod tests {
    #[test]
    fn base64_is_that_of_the_rfc() {
        for (bytes, text) in [("", ""), ("f", "Zg"), ("fo", "Zm8"), ("foo", "Zm9v"), ("foobar", "Zm9vYmFy")] {
            assert_eq!(super::base64(bytes.as_bytes()), text);
        }
        assert_eq!(super::base64(&[0xff, 0xfe]), "__4");
    }
}
