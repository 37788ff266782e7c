//! What is still to be kept of what head office acknowledged. Batches are acknowledged faster than it is worth writing
//! each down, so only the last word about a log is kept, and written now and then.

use std::collections::BTreeMap;

use docket_contracts::ErrorCode;
use docket_domain::ids::LogId;
use docket_log::replication::{Branch, Lowered, Raised};

use super::Stopped;
use crate::clock::pause;
use crate::limits::{IMPORT_BUSY_PAUSE_MS, MARKS_EVERY_MS};
use crate::terminal::Terminal;

/// Marks that are to be raised.
#[derive(Default)]
pub(super) struct Marks {
    raise: BTreeMap<LogId, u64>,
    written_ms: u64,
}

impl Marks {
    /// A mark rose. Those of further histories are found out anew with each hello.
    pub(super) fn raise(&mut self, raised: Raised) {
        if raised.branch == Branch(0) {
            self.raise.insert(raised.log, raised.seq);
        }
    }

    /// When they are due, if there are any.
    pub(super) fn due_ms(&self, idle: bool) -> Option<u64> {
        (!self.raise.is_empty()).then_some(if idle { 0 } else { self.written_ms + MARKS_EVERY_MS })
    }

    /// Writes what is due, in short steps.
    pub(super) async fn write(&mut self, terminal: &Terminal, now_ms: u64) -> Result<(), Stopped> {
        self.written_ms = now_ms;
        while let Some((log, to)) = self.raise.pop_first() {
            while step(terminal, log, to, true).await? < to {}
        }
        Ok(())
    }

    /// A mark fell: what head office lost waits again.
    pub(super) async fn lower(&mut self, terminal: &Terminal, lowered: Lowered) -> Result<(), Stopped> {
        self.raise.remove(&lowered.log);
        if lowered.branch == Branch(0) {
            tracing::warn!(log = %lowered.log, from = lowered.from, to = lowered.to, "head office lost rows; they are sent again");
            while step(terminal, lowered.log, lowered.to, false).await? > lowered.to {}
        }
        Ok(())
    }
}

/// One step on the writer's thread. Who is busy is asked again: an acknowledgement is not given up.
async fn step(terminal: &Terminal, log: LogId, to: u64, up: bool) -> Result<u64, Stopped> {
    loop {
        let work = move |writer: &mut crate::writer::Writer| {
            if up { writer.raise_mark(log, to) } else { writer.lower_mark(log, to) }
        };
        match terminal.inner.writer.task(work).await {
            Err(error) if error.code == ErrorCode::Busy => pause(IMPORT_BUSY_PAUSE_MS).await,
            done => return Ok(done??),
        }
    }
}
