//! What this process says about itself: counters for Prometheus, logs and traces.

mod api;
pub mod logs;
mod metrics;
mod stop;
pub mod traces;

pub use api::{ApiMetrics, KeysRead, WatchEnd};
pub use metrics::{BatchOutcome, ConsumerRole, Levels, MessageOutcome, Metrics};
pub use stop::Stop;

/// An error with its sources: a formatter shows it without them, and what PostgreSQL said is one.
#[must_use]
pub fn in_one_line(error: &(dyn std::error::Error + 'static)) -> String {
    let sources = std::iter::successors(Some(error), |error| error.source());
    sources.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}
