//! JSON logs, one object a line, on the standard error output. A line that belongs to rows of a till carries the
//! correlation id that began there.

use tracing_subscriber::EnvFilter;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

/// Begins to log. A filter that can't be read is `info`, and the log says so.
pub fn begin(filter: &str) {
    let read = EnvFilter::try_new(filter);
    let fault = read.as_ref().err().map(ToString::to_string);
    let lines = tracing_subscriber::fmt::layer().json().flatten_event(true).with_writer(std::io::stderr);
    let begun =
        tracing_subscriber::registry().with(read.unwrap_or_else(|_| EnvFilter::new("info"))).with(lines).try_init();
    if begun.is_ok()
        && let Some(fault) = fault
    {
        tracing::warn!(fault, "DOCKET_LOG can't be read; the log is at info");
    }
}
