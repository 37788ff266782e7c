//! The hash of a message, by which outbox and Kafka are compared.

use docket_log::Hash;
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// SHA-256 of the 16 bytes of the message's id and its body.
#[must_use]
pub fn message_hash(event_id: Uuid, body: &[u8]) -> Hash {
    let mut hash = Sha256::new();
    hash.update(event_id.as_bytes());
    hash.update(body);
    Hash(hash.finalize().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_covers_the_id_and_the_body() {
        let (one, other) = (Uuid::from_u128(1), Uuid::from_u128(2));
        assert_ne!(message_hash(one, b"{}"), message_hash(other, b"{}"));
        assert_ne!(message_hash(one, b"{}"), message_hash(one, b"{ }"));
        // printf '\x01{}' behind fifteen zero bytes, through sha256sum.
        assert_eq!(
            hex::encode(message_hash(one, b"{}").0),
            "ce9d31eab692435beb758a9546608d0117fe46c94dba37c1aa5d95fb4efa2781"
        );
    }
}
