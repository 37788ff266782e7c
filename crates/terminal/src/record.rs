//! Feature `record`: tells the bench which statements the writer of a store runs, so that they can be replayed. Only
//! the next store that is opened after [`next_store`] is recorded; every other connection gets no hook.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Mutex, PoisonError};

use rusqlite::Connection;
use rusqlite::trace::{TraceEvent, TraceEventCodes};

/// A statement as SQLite began to run it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// Its text, with `?1` where values are bound.
    pub sql: String,
    /// The same text with the bound values as literals.
    pub expanded: String,
}

static ARMED: Mutex<bool> = Mutex::new(false);
/// SQLite's hook takes a plain function, so it finds the sender here.
static SENDER: Mutex<Option<Sender<Statement>>> = Mutex::new(None);

/// Records the next store that is opened. Statements that SQLite runs inside of others (those of triggers and virtual
/// tables) are left out: they run again by themselves when theirs is replayed.
#[must_use]
pub fn next_store() -> Receiver<Statement> {
    let (sender, receiver) = channel();
    *SENDER.lock().unwrap_or_else(PoisonError::into_inner) = Some(sender);
    *ARMED.lock().unwrap_or_else(PoisonError::into_inner) = true;
    receiver
}

pub(crate) fn install(connection: &Connection) {
    let mut armed = ARMED.lock().unwrap_or_else(PoisonError::into_inner);
    if std::mem::take(&mut *armed) {
        connection.trace_v2(TraceEventCodes::SQLITE_TRACE_STMT, Some(tell));
    }
}

fn tell(event: TraceEvent<'_>) {
    let TraceEvent::Stmt(statement, text) = event else { return };
    let expanded = statement.expanded_sql().unwrap_or_default();
    // SQLite writes what runs inside of another statement as a comment.
    if text.starts_with("--") || expanded.starts_with("--") {
        return;
    }
    let told = Statement { sql: statement.sql().into_owned(), expanded };
    if let Some(sender) = &*SENDER.lock().unwrap_or_else(PoisonError::into_inner) {
        // Nobody listens any more once the bench has what it wants.
        let _ = sender.send(told);
    }
}
