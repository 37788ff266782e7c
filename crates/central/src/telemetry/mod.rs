//! What this process says about itself: counters for Prometheus, logs and traces.

pub mod logs;
mod metrics;
mod stop;
pub mod traces;

pub use metrics::{BatchOutcome, ConsumerRole, Levels, MessageOutcome, Metrics};
pub use stop::Stop;
