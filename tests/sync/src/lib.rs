//! Real programs that are started, killed and asked: a till, and the roles of head office.

pub mod ledger;
pub mod office;
pub mod program;
pub mod till;

pub use office::{Office, Role};
pub use till::Till;

use std::time::Duration;

/// What two cores that also build may take for anything at all.
pub const PATIENCE: Duration = Duration::from_secs(60);
/// Between two looks.
const LOOK: Duration = Duration::from_millis(100);

/// Waits until `look` gives something.
///
/// # Panics
/// If it gives nothing in time; `what` and the last word of `look` say what was missing.
pub fn until<T>(what: &str, mut look: impl FnMut() -> Result<T, String>) -> T {
    let tries = PATIENCE.as_millis() / LOOK.as_millis();
    let mut last = String::new();
    for _ in 0..tries {
        match look() {
            Ok(found) => return found,
            Err(word) => last = word,
        }
        std::thread::sleep(LOOK);
    }
    panic!("{what}: not within {PATIENCE:?}: {last}")
}
