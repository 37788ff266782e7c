//! When the writer folds the write-ahead log into the file. SQLite's own rule tries it with every commit beyond a size: while
//! somebody reads, the log can't begin anew, and each commit waits for the disk twice. Here some commits lie between two tries,
//! and not too many, because a commit that makes the log's file longer takes several times as long as one that does not.

use std::cell::Cell;

use rusqlite::Connection;
use rusqlite::hooks::{CheckpointMode, Wal};

use crate::limits::{WAL_AGAIN_PAGES, WAL_PAGES};

/// The log's length at the last commit, and the one at which it is folded in next. The hook knows no connection; a writer has a
/// thread of its own.
struct Lengths {
    last: Cell<u32>,
    due: Cell<u32>,
}

thread_local! {
    static LENGTHS: Lengths = const { Lengths { last: Cell::new(0), due: Cell::new(WAL_PAGES) } };
}

/// Folds the log in when it has [`WAL_PAGES`], and again after each [`WAL_AGAIN_PAGES`] until it begins anew.
pub(super) fn fold_in_now_and_then(connection: &Connection) {
    LENGTHS.with(|lengths| {
        lengths.last.set(0);
        lengths.due.set(WAL_PAGES);
    });
    connection.wal_hook(Some(|wal, pages| {
        LENGTHS.with(|lengths| lengths.committed(wal, u32::try_from(pages).unwrap_or(0)));
        // Whatever becomes of it, the commit has succeeded.
        Ok(())
    }));
}

impl Lengths {
    fn committed(&self, wal: &Wal, pages: u32) {
        if pages < self.last.replace(pages) {
            self.due.set(WAL_PAGES);
        }
        if pages >= self.due.get() {
            self.due.set(pages.saturating_add(WAL_AGAIN_PAGES));
            if let Err(error) = wal.checkpoint_v2(CheckpointMode::PASSIVE) {
                tracing::warn!(%error, "the write-ahead log could not be folded in; it is tried again");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Commits of one page each, and the length of the log behind them.
    fn grown(connection: &Connection, commits: u32) -> u64 {
        for _ in 0..commits {
            connection.execute("UPDATE t SET n = n + 1", []).expect("a commit");
        }
        let path = connection.path().expect("a file");
        std::fs::metadata(format!("{path}-wal")).expect("a log").len() / 4_096
    }

    #[test]
    fn the_log_begins_anew_but_not_while_somebody_reads() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("store.db");
        let writer = Connection::open(&path).expect("a file");
        writer
            .execute_batch(
                "PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF; CREATE TABLE t (n); INSERT INTO t VALUES (0);",
            )
            .expect("a table");
        fold_in_now_and_then(&writer);
        let length = u64::from(WAL_PAGES);
        assert!(grown(&writer, 3 * WAL_PAGES) <= length + length / 8, "it begins anew");
        let reader = Connection::open(&path).expect("the file");
        reader.execute_batch("BEGIN; SELECT n FROM t;").expect("a look");
        assert!(grown(&writer, 2 * WAL_PAGES) > length, "what is read stays");
        reader.execute_batch("COMMIT").expect("an end");
        let before = grown(&writer, WAL_PAGES);
        assert_eq!(grown(&writer, 2 * WAL_PAGES), before, "it begins anew when nobody looks");
    }
}
