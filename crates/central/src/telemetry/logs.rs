//! Logs on standard error, one JSON object a line. A line inside a batch or a message carries the correlation id that began
//! at the till, as a field of its span.

use tracing_subscriber::EnvFilter;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

use super::traces::{self, TraceError, Traces};

/// Starts logs and, where a collector is configured, traces. It runs inside a tokio runtime. What it gives must live until
/// the end of the process: it sends the last spans. A filter that can't be read is `info`, and the log says so.
///
/// # Errors
/// [`TraceError`] if the collector's address can't be used.
pub fn start(filter: &str, collector: Option<&str>, service: &str) -> Result<Traces, TraceError> {
    let read = EnvFilter::try_new(filter);
    let fault = read.as_ref().err().map(ToString::to_string);
    let lines = tracing_subscriber::fmt::layer()
        .json()
        .flatten_event(true)
        .with_current_span(true)
        .with_span_list(false)
        .with_writer(std::io::stderr);
    let traces = Traces::start(collector, service)?;
    let begun = tracing_subscriber::registry()
        .with(read.unwrap_or_else(|_| EnvFilter::new("info")))
        .with(lines)
        .with(traces::layer(&traces))
        .try_init();
    if begun.is_ok()
        && let Some(fault) = fault
    {
        tracing::warn!(fault, "DOCKET_LOG can't be read; the log is at info");
    }
    Ok(traces)
}
