//! Structured logs on standard error. Standard output belongs to answers and to the one ready line.

use std::io::IsTerminal;

use clap::ValueEnum;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

use crate::spans::{ENDPOINT_VARIABLE, Spans};

/// The variable that sets what is logged, such as `debug` or `docket_terminal=trace`.
pub const FILTER_VARIABLE: &str = "DOCKET_LOG";

/// How a log line looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// One JSON object a line, for programs.
    Json,
    /// Words, for people.
    Text,
}

/// Starts logging for this process, and sending spans where a collector is configured; [`Spans::end`] sends the last ones.
#[must_use]
pub fn start(format: LogFormat) -> Option<Spans> {
    let filter = EnvFilter::try_from_env(FILTER_VARIABLE).unwrap_or_else(|_| EnvFilter::new("info"));
    let collector = std::env::var(ENDPOINT_VARIABLE).unwrap_or_default();
    let (sending, layer) = Spans::start(&collector).unzip();
    let lines =
        tracing_subscriber::fmt::layer().with_ansi(std::io::stderr().is_terminal()).with_writer(std::io::stderr);
    let registry = tracing_subscriber::registry().with(filter).with(layer);
    match format {
        LogFormat::Json => registry.with(lines.json().flatten_event(true).with_span_list(false)).init(),
        LogFormat::Text => registry.with(lines.with_target(false).compact()).init(),
    }
    sending
}
