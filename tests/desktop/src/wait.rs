//! Waiting for something to become so, with an end.

use std::time::Duration;

/// What must happen happens within this, even on a machine that is busy with other things.
pub const LIMIT: Duration = Duration::from_secs(30);
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// Why something is not so yet.
pub type NotYet = String;

/// Looks until there is something to see, and returns it.
///
/// # Panics
/// If `LIMIT` passes first; the message says what was waited for, and what the last look saw instead.
pub async fn until<T>(what: &str, mut look: impl AsyncFnMut() -> Result<T, NotYet>) -> T {
    let mut looks = tokio::time::interval(LOOK_EVERY);
    let mut last = NotYet::new();
    let seen = async {
        loop {
            looks.tick().await;
            match look().await {
                Ok(seen) => return seen,
                Err(not_yet) => last = not_yet,
            }
        }
    };
    match tokio::time::timeout(LIMIT, seen).await {
        Ok(seen) => seen,
        Err(_) => panic!("waited {} s in vain for {what}; seen instead: {last}", LIMIT.as_secs()),
    }
}

/// As the reason of a look that failed.
pub(crate) fn not_yet(error: impl std::fmt::Display) -> NotYet {
    error.to_string()
}
