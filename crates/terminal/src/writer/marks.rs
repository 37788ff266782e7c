//! What head office holds: marks that rise when it acknowledges and fall when it lost rows, and the outbox with them, in
//! one transaction. Long steps are cut, so that a command never waits for more than one.

use docket_contracts::Topic;
use docket_domain::ids::LogId;
use docket_log::Hash;
use rusqlite::{OptionalExtension as _, params};

use super::Writer;
use super::batch::read_only;
use crate::error::StoreError;
use crate::limits::MARK_ROWS_MAX;
use crate::store::events::to_sql;
use crate::store::peers;
use crate::store::sync_commits;

/// The name of head office among the peers in `levels`.
pub(crate) const CENTRAL: &str = "central";

impl Writer {
    /// Keeps that head office holds a log up to `to`, or a step of the way there; gives how far. What it holds waits no
    /// more.
    ///
    /// # Errors
    /// If the store fails; nothing changed then.
    pub(crate) fn raise_mark(&mut self, log: LogId, to: u64) -> Result<u64, StoreError> {
        self.mark(log, |writer, log_no, mark| {
            let step = to.min(mark.saturating_add(MARK_ROWS_MAX));
            let (step, hash) = writer.hash_near(log, step, to)?;
            writer.set_mark(log_no, step.max(mark), &hash)?;
            let gone = writer
                .connection
                .prepare_cached("DELETE FROM outbox WHERE log_no = ?1 AND seq <= ?2")?
                .execute(params![log_no, to_sql(step.max(mark))])?;
            Ok((step.max(mark), -signed(gone)))
        })
    }

    /// Keeps that head office holds a log only up to `to`, or a step of the way there; gives how far. What it lost waits
    /// again.
    ///
    /// # Errors
    /// If the store fails; nothing changed then.
    pub(crate) fn lower_mark(&mut self, log: LogId, to: u64) -> Result<u64, StoreError> {
        self.mark(log, |writer, log_no, mark| {
            if mark <= to {
                return Ok((to, 0));
            }
            let step = to.max(mark.saturating_sub(MARK_ROWS_MAX));
            let back = writer
                .connection
                .prepare_cached(
                    "INSERT INTO outbox (log_no, seq) SELECT l.log_no, e.seq FROM logs l JOIN events e USING (log_id) \
                     WHERE l.log_no = ?1 AND l.own = 1 AND e.seq > ?2 AND e.seq <= ?3 ON CONFLICT DO NOTHING",
                )?
                .execute(params![log_no, to_sql(step), to_sql(mark)])?;
            if step == 0 {
                let sql = "DELETE FROM levels WHERE log_no = ?1 AND peer = ?2";
                writer.connection.prepare_cached(sql)?.execute(params![log_no, CENTRAL])?;
            } else {
                let (near, hash) = writer.hash_near(log, step, step)?;
                writer.set_mark(log_no, near, &hash)?;
            }
            Ok((step, signed(back)))
        })
    }

    /// Runs a step on a log's mark in a transaction of its own. The step gives the mark and by how much the outbox grew.
    /// Nobody is told that it is durable, so no command waits for the disk because of it: a mark that a power cut takes back
    /// is found out with the next hello.
    fn mark(
        &mut self,
        log: LogId,
        step: impl FnOnce(&mut Self, i64, u64) -> Result<(u64, i64), StoreError>,
    ) -> Result<u64, StoreError> {
        if self.shared.health().read_only {
            return Err(read_only().into());
        }
        let before = self.log.head();
        sync_commits(&self.connection, false)?;
        let done = self.sql("BEGIN IMMEDIATE").and_then(|()| self.current_mark(log)).and_then(|(log_no, mark)| {
            let (reached, grown) = step(self, log_no, mark)?;
            self.connection
                .prepare_cached("UPDATE counters SET value = value + ?1 WHERE name = 'outbox'")?
                .execute([grown])?;
            self.sql("COMMIT")?;
            sync_commits(&self.connection, true)?;
            Ok((reached, grown))
        });
        match done {
            Ok((reached, grown)) => {
                self.shared.change_health(|health| health.outbox += grown);
                self.shared.feed.publish(vec![Topic::Status], None);
                Ok(reached)
            }
            Err(error) => {
                self.abandon(before, &error);
                // The level can't be changed while the transaction is open. Without it nothing may be said to be done.
                if let Err(error) = sync_commits(&self.connection, true) {
                    tracing::error!(
                        error = &error as &dyn std::error::Error,
                        "commits can't be synced: the store is read-only"
                    );
                    self.shared.set_read_only(true);
                }
                Err(error)
            }
        }
    }

    fn current_mark(&self, log: LogId) -> Result<(i64, u64), StoreError> {
        let held = peers::held_log(&self.connection, log)?
            .ok_or_else(|| StoreError::Corrupt(format!("log {log} is acknowledged and not known")))?;
        let sql = "SELECT seq FROM levels WHERE log_no = ?1 AND peer = ?2";
        let mark: Option<i64> = self
            .connection
            .prepare_cached(sql)?
            .query_row(params![held.log_no, CENTRAL], |row| row.get(0))
            .optional()?;
        Ok((held.log_no, mark.map_or(0, i64::unsigned_abs)))
    }

    /// The hash of the last row that can be read up to `step`; where none can, that of `to`.
    fn hash_near(&self, log: LogId, step: u64, to: u64) -> Result<(u64, Hash), StoreError> {
        let held = peers::held_log(&self.connection, log)?
            .ok_or_else(|| StoreError::Corrupt(format!("log {log} is acknowledged and not known")))?;
        let branch = held.branches[0];
        for seq in [step, to] {
            if let Some(link) = peers::link_at(&self.connection, log, branch, seq)? {
                return Ok((seq, link.head().hash));
            }
        }
        Err(StoreError::Corrupt(format!("row {to} of log {log} is acknowledged and can't be read")))
    }

    fn set_mark(&self, log_no: i64, seq: u64, hash: &Hash) -> Result<(), StoreError> {
        self.connection
            .prepare_cached(
                "INSERT INTO levels (log_no, peer, level, seq, hash) VALUES (?1, ?2, 'C', ?3, ?4) \
                 ON CONFLICT (log_no, peer) DO UPDATE SET seq = excluded.seq, hash = excluded.hash",
            )?
            .execute(params![log_no, CENTRAL, to_sql(seq), &hash.0[..]])?;
        Ok(())
    }
}

fn signed(rows: usize) -> i64 {
    i64::try_from(rows).unwrap_or(i64::MAX)
}
