//! A key set (JWKS, RFC 7517) as far as it is of use: public keys that verify, each with the algorithms that it is for.
//!
//! What stands in a set and is of no use here (keys to encrypt, shared secrets, unknown curves) is passed over; a set without
//! any usable key is refused as a whole, because it says more about whoever sent it than about the issuer's keys.

use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, KeyAlgorithm, KeyOperations, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey};
use serde::Deserialize;
use serde_json::Value;

use crate::api::limits::{KEY_SET_BYTES_MAX, KEYS_MAX};

/// Why a key set is not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeySetError {
    /// It is no key set in JSON.
    #[error("it is no key set: {0}")]
    Form(String),
    /// It is longer than a key set is.
    #[error("it has more than {KEY_SET_BYTES_MAX} bytes or {KEYS_MAX} keys")]
    TooLarge,
    /// It has no key that a token can be checked with.
    #[error("it has no public key for the configured algorithms")]
    Empty,
}

/// A public key of the issuer.
pub struct Key {
    id: Option<String>,
    algorithms: Vec<Algorithm>,
    /// What checks a signature.
    pub decoding: DecodingKey,
}

/// The usable keys of a set.
pub struct Keys(Vec<Key>);

#[derive(Deserialize)]
struct Set {
    keys: Vec<Value>,
}

impl Keys {
    /// Reads a key set.
    ///
    /// # Errors
    /// [`KeySetError`].
    pub fn parse(text: &[u8], configured: &[Algorithm]) -> Result<Self, KeySetError> {
        if text.len() > KEY_SET_BYTES_MAX {
            return Err(KeySetError::TooLarge);
        }
        let set: Set = serde_json::from_slice(text).map_err(|error| KeySetError::Form(error.to_string()))?;
        if set.keys.len() > KEYS_MAX {
            return Err(KeySetError::TooLarge);
        }
        let keys: Vec<Key> = set.keys.into_iter().filter_map(|key| usable(key, configured)).collect();
        if keys.is_empty() { Err(KeySetError::Empty) } else { Ok(Keys(keys)) }
    }

    /// The key for a token's header: by its id; or the only one that fits where the token names none.
    #[must_use]
    pub fn find(&self, id: Option<&str>, algorithm: Algorithm) -> Option<&Key> {
        let mut fitting = self.0.iter().filter(|key| key.algorithms.contains(&algorithm));
        match id {
            Some(id) => fitting.find(|key| key.id.as_deref() == Some(id)),
            None => fitting.next().filter(|_| fitting.next().is_none()),
        }
    }

    /// How many there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.0.len()
    }
}

fn usable(key: Value, configured: &[Algorithm]) -> Option<Key> {
    let jwk: Jwk = serde_json::from_value(key).ok()?;
    let common = &jwk.common;
    let verifies = common.key_operations.as_ref().is_none_or(|uses| uses.contains(&KeyOperations::Verify));
    if !verifies || !matches!(common.public_key_use, None | Some(PublicKeyUse::Signature)) {
        return None;
    }
    // What the key is decides, not what its `alg` or a token claims.
    let mut algorithms = match &jwk.algorithm {
        AlgorithmParameters::RSA(_) => vec![Algorithm::RS256, Algorithm::PS256],
        AlgorithmParameters::EllipticCurve(ec) if ec.curve == EllipticCurve::P256 => vec![Algorithm::ES256],
        AlgorithmParameters::OctetKeyPair(pair) if pair.curve == EllipticCurve::Ed25519 => vec![Algorithm::EdDSA],
        _ => return None,
    };
    let named = common.key_algorithm;
    algorithms
        .retain(|algorithm| configured.contains(algorithm) && named.is_none_or(|named| named == name(*algorithm)));
    if algorithms.is_empty() {
        return None;
    }
    let decoding = DecodingKey::from_jwk(&jwk).ok()?;
    Some(Key { id: jwk.common.key_id, algorithms, decoding })
}

fn name(algorithm: Algorithm) -> KeyAlgorithm {
    match algorithm {
        Algorithm::RS256 => KeyAlgorithm::RS256,
        Algorithm::PS256 => KeyAlgorithm::PS256,
        Algorithm::ES256 => KeyAlgorithm::ES256,
        Algorithm::EdDSA => KeyAlgorithm::EdDSA,
        _ => KeyAlgorithm::UNKNOWN_ALGORITHM,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const ED: &str = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";
    const CONFIGURED: &[Algorithm] = &[Algorithm::ES256, Algorithm::EdDSA];

    fn parse(keys: &Value) -> Result<Keys, KeySetError> {
        Keys::parse(&serde_json::to_vec(&json!({ "keys": keys })).unwrap(), CONFIGURED)
    }

    #[test]
    fn what_can_not_verify_is_passed_over() {
        let good = json!({"kty": "OKP", "crv": "Ed25519", "x": ED, "kid": "one"});
        let keys = parse(&json!([
            {"kty": "oct", "k": "c2VjcmV0", "kid": "secret", "alg": "HS256"},
            {"kty": "OKP", "crv": "Ed25519", "x": ED, "kid": "sealing", "use": "enc"},
            {"kty": "OKP", "crv": "Ed25519", "x": ED, "kid": "signing", "key_ops": ["sign"]},
            {"kty": "OKP", "crv": "Ed25519", "x": ED, "kid": "mislabelled", "alg": "ES256"},
            {"kty": "new", "kid": "unknown"},
            17,
            good,
        ]))
        .unwrap();
        assert_eq!(keys.count(), 1);
        assert!(keys.find(Some("one"), Algorithm::EdDSA).is_some());
        assert!(keys.find(None, Algorithm::EdDSA).is_some(), "the only one");
        // The key's kind says what it is for.
        assert!(keys.find(Some("one"), Algorithm::ES256).is_none());
        assert!(keys.find(Some("one"), Algorithm::HS256).is_none());
        assert!(keys.find(Some("two"), Algorithm::EdDSA).is_none());
        let two = parse(&json!([good, {"kty": "OKP", "crv": "Ed25519", "x": ED, "kid": "two"}])).unwrap();
        assert!(two.find(None, Algorithm::EdDSA).is_none(), "which one is not said");
    }

    #[test]
    fn a_set_that_says_nothing_is_refused() {
        assert!(matches!(parse(&json!([])), Err(KeySetError::Empty)));
        assert!(matches!(parse(&json!([{"kty": "oct", "k": "c2VjcmV0"}])), Err(KeySetError::Empty)));
        assert!(matches!(Keys::parse(b"<html>", CONFIGURED), Err(KeySetError::Form(_))));
        assert!(matches!(Keys::parse(b"{\"keys\":{}}", CONFIGURED), Err(KeySetError::Form(_))));
        let long = vec![b' '; KEY_SET_BYTES_MAX + 1];
        assert!(matches!(Keys::parse(&long, CONFIGURED), Err(KeySetError::TooLarge)));
        let many: Vec<Value> = (0..=KEYS_MAX).map(|_| json!({"kty": "OKP", "crv": "Ed25519", "x": ED})).collect();
        assert!(matches!(parse(&json!(many)), Err(KeySetError::TooLarge)));
    }
}
