//! Real programs that are started, killed and asked: a till, and the roles of head office.

pub mod ends;
pub mod ledger;
pub mod line;
pub mod office;
pub mod program;
pub mod reorder;
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
pub fn until<T>(what: &str, look: impl FnMut() -> Result<T, String>) -> T {
    within(PATIENCE.as_millis() / LOOK.as_millis(), what, look)
}

/// The same with so many looks, for one that takes long by itself.
///
/// # Panics
/// As [`until`].
pub fn within<T>(tries: u128, what: &str, mut look: impl FnMut() -> Result<T, String>) -> T {
    let mut last = String::new();
    for _ in 0..tries {
        match look() {
            Ok(found) => return found,
            Err(word) => last = word,
        }
        std::thread::sleep(LOOK);
    }
    panic!("{what}: not within {tries} looks: {last}")
}
