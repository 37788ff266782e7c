//! What this process says about itself: counters for Prometheus, logs and traces.

mod metrics;
mod stop;

pub use metrics::{BatchOutcome, ConsumerRole, Levels, MessageOutcome, Metrics};
pub use stop::Stop;
