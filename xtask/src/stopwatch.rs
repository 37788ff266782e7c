//! The one place in xtask that reads a clock: stages print how long they took, and waits end.

use std::fmt;
use std::time::{Duration, Instant};

/// Time since it was started.
#[derive(Debug, Clone, Copy)]
pub struct Stopwatch(Instant);

impl Stopwatch {
    /// Starts now.
    #[allow(clippy::disallowed_methods, reason = "xtask times its own stages; nothing of it reaches the log")]
    pub fn start() -> Self {
        Self(Instant::now())
    }

    /// How long ago it was started.
    #[allow(clippy::disallowed_methods, reason = "see start")]
    pub fn elapsed(self) -> Duration {
        self.0.elapsed()
    }

    /// The elapsed time, to be printed in minutes.
    pub fn minutes(self) -> Minutes {
        Minutes(self.elapsed())
    }
}

/// A duration that prints as minutes with one decimal, as stage times are compared in.
#[derive(Debug, Clone, Copy)]
pub struct Minutes(pub Duration);

impl fmt::Display for Minutes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tenths = (self.0.as_secs() + 3) / 6;
        write!(f, "{}.{} min", tenths / 10, tenths % 10)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn minutes_are_rounded_to_one_decimal() {
        assert_eq!(Minutes(Duration::from_secs(0)).to_string(), "0.0 min");
        assert_eq!(Minutes(Duration::from_secs(93)).to_string(), "1.6 min");
        assert_eq!(Minutes(Duration::from_secs(3600)).to_string(), "60.0 min");
    }
}
