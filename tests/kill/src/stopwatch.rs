//! The one place of this runner that reads a clock: to know what was under way when the kill fell.

use std::time::Instant;

/// Now.
#[allow(clippy::disallowed_methods, reason = "the runner compares the moment of a kill with that of a call")]
pub fn now() -> Instant {
    Instant::now()
}
