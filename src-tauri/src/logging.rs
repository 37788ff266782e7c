//! Structured logs on standard error, as `docket-till` writes them: JSON for programs, words for a person at a terminal.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;

/// The variable that sets what is logged, such as `debug` or `docket_terminal=trace`.
const FILTER_VARIABLE: &str = "DOCKET_LOG";

pub(crate) fn start() {
    let filter = EnvFilter::try_from_env(FILTER_VARIABLE).unwrap_or_else(|_| EnvFilter::new("info"));
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    if std::io::stderr().is_terminal() {
        builder.with_target(false).compact().init();
    } else {
        builder.with_ansi(false).json().flatten_event(true).with_span_list(false).init();
    }
}
