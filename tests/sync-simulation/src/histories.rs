//! Rows by log and history: what a till's store and head office's tables have in common.

use std::collections::BTreeMap;
use std::sync::Arc;

use docket_domain::ids::LogId;
use docket_log::replication::{Branch, BranchHead, HashAt, Heads};
use docket_log::{Hash, Head, Row};

/// One history of a log. The first has all of its rows, a further one those behind the last signed row that they share.
#[derive(Debug, Clone, Default)]
pub struct History {
    /// The last signed row that it shares with the first; 0 for the first itself.
    pub shared: u64,
    /// Its own rows.
    pub rows: Vec<Arc<Row>>,
}

impl History {
    /// The place of its last row.
    pub fn last(&self) -> u64 {
        self.rows.last().map_or(self.shared, |row| row.seq)
    }
}

/// All logs that someone holds.
#[derive(Debug, Clone, Default)]
pub struct Histories(pub BTreeMap<LogId, Vec<History>>);

/// The number of a history as an index.
pub fn index(branch: Branch) -> usize {
    usize::try_from(branch.0).expect("histories are few")
}

/// An index as the number of a history.
pub fn branch(index: usize) -> Branch {
    Branch(u32::try_from(index).expect("histories are few"))
}

impl Histories {
    /// The histories of a log.
    pub fn of(&self, log: LogId) -> &[History] {
        self.0.get(&log).map_or(&[], Vec::as_slice)
    }

    /// The row at a place of a history.
    pub fn row(&self, log: LogId, branch: Branch, seq: u64) -> Option<&Arc<Row>> {
        let histories = self.of(log);
        let own = histories.get(index(branch))?;
        let kept = if seq <= own.shared { histories.first()? } else { own };
        let at = usize::try_from(seq.checked_sub(kept.shared + 1)?).ok()?;
        kept.rows.get(at)
    }

    /// The tail of a history.
    pub fn tail(&self, log: LogId, branch: Branch) -> Option<BranchHead> {
        let history = self.of(log).get(index(branch))?;
        let row = self.row(log, branch, history.last())?;
        Some(BranchHead { head: Head::from(&**row), shared: history.shared })
    }

    /// Every history that is held.
    pub fn places(&self) -> impl Iterator<Item = (LogId, Branch)> + '_ {
        self.0.iter().flat_map(|(log, histories)| (0..histories.len()).map(|at| (*log, branch(at))))
    }

    /// The tails as the replication's own type.
    pub fn heads(&self) -> Heads {
        let mut heads = Heads::default();
        for (log, branch) in self.places() {
            if let Some(tail) = self.tail(log, branch) {
                heads.set(log, branch, tail);
            }
        }
        heads
    }

    /// Whether some history has this very row at its place.
    pub fn holds(&self, row: &Row) -> bool {
        (0..self.of(row.log).len()).any(|at| self.row(row.log, branch(at), row.seq).is_some_and(|held| **held == *row))
    }

    /// Every row, once for each history that has it as its own.
    pub fn rows(&self) -> impl Iterator<Item = &Arc<Row>> {
        self.0.values().flatten().flat_map(|history| &history.rows)
    }
}

impl HashAt for Histories {
    fn hash_at(&self, log: LogId, branch: Branch, seq: u64) -> Option<Hash> {
        self.row(log, branch, seq).map(|row| row.hash)
    }
}
