//! Signatures as Standard Webhooks has them: HMAC-SHA256 over id, time and body, so that a receiver finds a library for it and
//! an old delivery can't be played to it again.

use std::fmt;

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// What deliveries of one webhook are signed with.
#[derive(Clone)]
pub struct SigningKey(Vec<u8>);

impl fmt::Debug for SigningKey {
    /// Shows nothing of it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningKey")
    }
}

impl fmt::Display for SigningKey {
    /// As the receiver is given it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "whsec_{}", STANDARD.encode(&self.0))
    }
}

impl SigningKey {
    /// From bytes.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        SigningKey(bytes.to_vec())
    }

    /// From the text that the receiver was given.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        STANDARD.decode(text.strip_prefix("whsec_")?).ok().map(SigningKey)
    }

    /// The header `webhook-signature` of a delivery at a time, in seconds of the Unix epoch.
    #[must_use]
    pub fn sign(&self, id: &str, timestamp_s: i64, body: &[u8]) -> String {
        let key = hmac::Key::new(hmac::HMAC_SHA256, &self.0);
        format!("v1,{}", STANDARD.encode(hmac::sign(&key, &signed(id, timestamp_s, body))))
    }
}

fn signed(id: &str, timestamp_s: i64, body: &[u8]) -> Vec<u8> {
    [format!("{id}.{timestamp_s}.").as_bytes(), body].concat()
}

/// Whether one of the signatures of a header holds; what a receiver does, besides looking at the time.
#[must_use]
pub fn verify(key: &SigningKey, header: &str, id: &str, timestamp_s: i64, body: &[u8]) -> bool {
    let key = hmac::Key::new(hmac::HMAC_SHA256, &key.0);
    let signatures = header.split(' ').filter_map(|one| STANDARD.decode(one.strip_prefix("v1,")?).ok());
    signatures.into_iter().any(|tag| hmac::verify(&key, &signed(id, timestamp_s, body), &tag).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_what_standard_webhooks_gives() {
        // The worked example of the Standard Webhooks specification.
        let key = SigningKey::parse("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").expect("a key");
        let body = br#"{"test": 2432232314}"#;
        let signature = key.sign("msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, body);
        assert_eq!(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
        assert!(verify(&key, &format!("v1,AAAA {signature}"), "msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, body));
        assert!(!verify(&key, &signature, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_331, body));
        assert_eq!(key.to_string(), "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
    }
}
