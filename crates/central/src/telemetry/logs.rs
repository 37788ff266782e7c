//! Logs on standard error: JSON for programs, words for people. A line inside a batch or a message carries the correlation
//! id that began at the till, as a field of its span.

use std::io::IsTerminal as _;

use clap::ValueEnum;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Layer as _};

use super::traces::{self, TraceError, Traces};

/// The variable that sets what is logged, such as `debug` or `docket_central=trace`.
pub const FILTER_VARIABLE: &str = "DOCKET_LOG";

/// How a log line looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum LogFormat {
    /// One JSON object a line.
    #[default]
    Json,
    /// Words.
    Text,
}

/// Starts logs and, where an address of a collector is given, traces. What it gives must live until the end of the process:
/// it sends the last spans.
///
/// # Errors
/// [`TraceError`] if the collector's address can't be used.
pub fn start(format: LogFormat, collector: Option<&str>, service: &str) -> Result<Traces, TraceError> {
    let filter = EnvFilter::try_from_env(FILTER_VARIABLE).unwrap_or_else(|_| EnvFilter::new("info"));
    let layer = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    let lines = match format {
        LogFormat::Json => layer.json().flatten_event(true).with_current_span(true).with_span_list(false).boxed(),
        LogFormat::Text => layer.with_target(false).with_ansi(std::io::stderr().is_terminal()).compact().boxed(),
    };
    let traces = Traces::start(collector, service)?;
    tracing_subscriber::registry().with(filter).with(lines).with(traces::layer(&traces)).init();
    Ok(traces)
}
