//! The one clock of the bench.

use std::time::{Duration, Instant};

/// Time since it was started.
#[derive(Debug, Clone, Copy)]
pub struct Stopwatch(Instant);

impl Stopwatch {
    /// Starts now.
    #[allow(clippy::disallowed_methods, reason = "a bench measures; nothing of it reaches the log")]
    pub fn start() -> Self {
        Self(Instant::now())
    }

    /// How long ago it was started.
    #[allow(clippy::disallowed_methods, reason = "see start")]
    pub fn elapsed(self) -> Duration {
        self.0.elapsed()
    }

    /// The same in nanoseconds.
    pub fn nanos(self) -> u64 {
        u64::try_from(self.elapsed().as_nanos()).unwrap_or(u64::MAX)
    }
}
