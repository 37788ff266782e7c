//! Signing a statement's text, and checking that.

use docket_contracts::statement::{SignedStatement, signed_bytes};
use docket_log::{DeviceKey, PublicKey};

/// Signs a statement's text with the tenant's key.
#[must_use]
pub fn sign(key: &DeviceKey, body: &str) -> [u8; 64] {
    key.sign_proof(&signed_bytes(body)).0
}

/// Whether a statement was signed with this key.
#[must_use]
pub fn is_signed_by(signed: &SignedStatement, public: &PublicKey) -> bool {
    let Ok(signature) = hex::decode(&signed.signature) else { return false };
    public.proves(&signed_bytes(&signed.body), &signature)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_holds_for_its_text_and_key_only() {
        let key = DeviceKey::from_seed(&[7; 32]).unwrap();
        let body = r#"{"kind":"docket.statement"}"#.to_owned();
        let signature = hex::encode(sign(&key, &body));
        let signed = SignedStatement { body, signature, public_key: key.public().to_string() };
        assert!(is_signed_by(&signed, &key.public()));
        assert!(!is_signed_by(&signed, &DeviceKey::from_seed(&[8; 32]).unwrap().public()));
        let other = SignedStatement { body: signed.body.replace("docket", "docked"), ..signed.clone() };
        assert!(!is_signed_by(&other, &key.public()));
        assert!(!is_signed_by(&SignedStatement { signature: "zz".into(), ..signed }, &key.public()));
    }
}
