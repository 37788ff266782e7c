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
