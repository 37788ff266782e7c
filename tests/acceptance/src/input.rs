//! Ids and pieces of input.

use serde_json::Value;
use uuid::Uuid;

/// A new id, as a client makes it.
#[must_use]
#[allow(clippy::disallowed_methods, reason = "the home of new ids in these tests; nothing depends on their values")]
pub fn fresh() -> Uuid {
    Uuid::now_v7()
}

/// The first object with the members of the second.
///
/// # Panics
/// If one of them is no object.
#[must_use]
pub fn merged(mut base: Value, more: Value) -> Value {
    let Value::Object(more) = more else { panic!("{more} is no object") };
    base.as_object_mut().expect("an object").extend(more);
    base
}

/// Wall time in milliseconds, as a new id carries it.
///
/// # Panics
/// If a new id carries none.
#[must_use]
pub fn wall_ms() -> i64 {
    let (seconds, nanos) = fresh().get_timestamp().expect("a UUIDv7 carries its time").to_unix();
    i64::try_from(seconds * 1_000 + u64::from(nanos / 1_000_000)).expect("this century")
}

/// SHA-256 of some bytes.
#[must_use]
pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, bytes);
    digest.as_ref().try_into().unwrap_or_default()
}
