//! Waiting for something to become so, with an end.

use std::time::Duration;

/// What must happen happens within this, even on a machine that is busy with other things.
pub const LIMIT: Duration = Duration::from_secs(30);
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// Looks until there is something to see, and returns it.
///
/// # Panics
/// If `LIMIT` passes first; the message says what was waited for.
pub async fn until<T>(what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let mut looks = tokio::time::interval(LOOK_EVERY);
    let seen = async {
        loop {
            looks.tick().await;
            if let Some(seen) = look().await {
                return seen;
            }
        }
    };
    let seen = tokio::time::timeout(LIMIT, seen).await;
    seen.unwrap_or_else(|_| panic!("waited {} s in vain for: {what}", LIMIT.as_secs()))
}
