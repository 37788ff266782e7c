//! What names a command's span to other processes: the last eight bytes of the id of the last event that it wrote. The uplink
//! says the same of a batch's last row.

use std::sync::atomic::{AtomicBool, Ordering};

use docket_log::Row;

static TRACED: AtomicBool = AtomicBool::new(false);

/// Has the span of each command say which one it is, for a host that sends spans to a collector. It holds for the process.
pub fn trace_commands() {
    TRACED.store(true, Ordering::Relaxed);
}

/// The command whose span is entered wrote these rows.
pub(crate) fn wrote(rows: &[Row]) {
    if let Some(last) = rows.last().filter(|_| TRACED.load(Ordering::Relaxed)) {
        tracing::Span::current().record("event_id", hex::encode(span_id(last)));
    }
}

/// The span of the command that wrote a row.
pub(crate) fn span_id(row: &Row) -> &[u8] {
    &row.event_id.as_bytes()[8..]
}
