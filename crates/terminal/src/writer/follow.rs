//! What follows for this device from what others wrote: a second history of a log is kept and told, a letter that two
//! devices carry is given up by the later one, and where own numbers may have been given away a new series begins.

use docket_domain::ids::{LogId, OrderId};
use docket_domain::planted::{Fault, planted};
use docket_domain::shop::{ContinuityUnproven, ForkFound as ForkFact, ShopEvent};
use docket_log::{OpenReason, Row};
use rusqlite::params;
use uuid::Uuid;

use super::Writer;
use super::identity::save_identity;
use super::import::Work;
use crate::actor::Actor;
use crate::clock::new_id;
use crate::error::StoreError;
use crate::import::{ForkFound, Group, Opened, opened};
use crate::store::events;
use crate::store::histories;
use crate::store::peers::{self, HeldLog, Link, StoredBranch};

impl Writer {
    /// Keeps a second history of a log, and tells of it.
    pub(super) fn fork(
        &mut self,
        held: &HeldLog,
        from: StoredBranch,
        group: &Group,
        fresh: &[Link],
        work: &mut Work,
    ) -> Result<(), StoreError> {
        if planted(Fault::ForkDropped) {
            return Ok(());
        }
        let base = group.base.map_or(0, |base| base.seq);
        let number = held.branches.iter().map(|branch| branch.branch).max().unwrap_or(0) + 1;
        let shared = if from.branch == 0 { base } else { base.min(from.shared) };
        let head = group.links.last().expect("a group has rows").head();
        let branch = StoredBranch { branch: number, shared, head };
        for seq in shared + 1..=base {
            // What it shares with another branch, it holds as a copy: a branch is whole behind branch 0.
            match peers::link_at(&self.connection, group.log, from, seq)? {
                Some(link) => peers::put_link(&self.connection, number, &link)?,
                None => return Err(StoreError::Corrupt(format!("row {seq} of log {} is missing", group.log))),
            }
        }
        for link in &group.links {
            peers::put_link(&self.connection, number, link)?;
        }
        peers::set_branch(&self.connection, held.log_no, &branch)?;
        for link in fresh {
            match link {
                Link::Stub(_) => work.report.stubs += 1,
                Link::Row(row) => {
                    work.report.stored += 1;
                    self.note(row, work)?;
                }
            }
        }
        let seq = fresh.first().map_or(base + 1, |link| link.head().seq);
        self.note_fork(held, group.log, seq, shared, work)
    }

    fn note_fork(
        &mut self,
        held: &HeldLog,
        log: LogId,
        seq: u64,
        shared: u64,
        work: &mut Work,
    ) -> Result<(), StoreError> {
        tracing::error!(%log, seq, "a log has two histories; both are kept");
        work.histories = true;
        work.report.forks.push(ForkFound { log, seq });
        work.facts.push(ShopEvent::ForkFound(ForkFact { log: log.to_string(), seq }));
        if held.own {
            let series = self.series_of(log)?;
            let reason = format!("row {seq} of this device's log {log} exists twice");
            if log == self.log.log() || series == self.identity.receipt_series {
                work.renew = Some((OpenReason::Fork, reason));
            }
        }
        // What 'seen' means of this log has changed for every order that its rows behind the fork touch.
        let mut statement = self.connection.prepare(
            "SELECT stream_id FROM events WHERE log_id = ?1 AND seq > ?2 AND stream_kind = 'order' UNION \
             SELECT stream_id FROM forked_events WHERE log_id = ?1 AND seq > ?2 AND stream_kind = 'order'",
        )?;
        let ids = statement.query_map(params![&log.0[..], i64::try_from(shared).unwrap_or(i64::MAX)], |row| {
            row.get::<_, [u8; 16]>(0)
        })?;
        for id in ids {
            work.orders.insert(OrderId(Uuid::from_bytes(id?)));
        }
        Ok(())
    }

    /// A letter that two devices carry marks the order numbers of the later one; this device then takes another.
    pub(super) fn note_letter(&mut self, stated: &Opened, first: &Row, work: &mut Work) -> Result<(), StoreError> {
        if !histories::note_letter(&self.connection, &stated.letter, stated.device, first)? {
            return Ok(());
        }
        work.histories = true;
        if stated.letter == self.identity.letter
            && histories::is_contested(&self.connection, &stated.letter, self.identity.device)?
        {
            let why = format!("another device carried the letter {} before this one", stated.letter);
            work.renew.get_or_insert((OpenReason::Enrolment, why));
        }
        // `CROSS` keeps the few logs outside: SQLite would rather read every event for its `seq`.
        let mut statement = self.connection.prepare(
            "SELECT DISTINCT o.stream_id FROM logs l CROSS JOIN events e ON e.log_id = l.log_id AND e.seq = 1 \
             CROSS JOIN events o ON o.log_id = l.log_id AND o.event_type = 'order.opened' \
             WHERE json_valid(e.payload) AND json_extract(e.payload, '$.letter') = ?1",
        )?;
        let ids = statement.query_map([&stated.letter], |row| row.get::<_, [u8; 16]>(0))?;
        for id in ids {
            work.orders.insert(OrderId(Uuid::from_bytes(id?)));
        }
        Ok(())
    }

    /// A peer holds rows of this device that this folder has lost: numbers of that series may have been given away.
    pub(super) fn lost_run(&mut self, log: LogId, series: &str, work: &mut Work) {
        let reason = format!("a peer holds rows of this device's log {log} that this store had lost");
        if log == self.log.log() || series == self.identity.receipt_series {
            work.renew.get_or_insert((OpenReason::Restore, reason));
        }
    }

    pub(super) fn series_of(&self, log: LogId) -> Result<String, StoreError> {
        let first = events::one(&self.connection, log, 1)?;
        Ok(first.and_then(|row| opened(&row)).map(|stated| stated.receipt_series).unwrap_or_default())
    }

    /// A new letter, series and log where this device can't go on with the old ones, and the facts that tell of it.
    /// Gives how many own rows were written.
    pub(super) fn consequences(&mut self, work: &mut Work) -> Result<i64, StoreError> {
        let mut rows = 0;
        if let Some((reason, why)) = work.renew.take() {
            self.identity = self.identity.renewed(&self.connection, &self.key.public())?;
            save_identity(&self.connection, &self.identity)?;
            rows += self.begin_log(reason, Vec::new())?;
            let (letter, receipt_series) = (self.identity.letter.clone(), self.identity.receipt_series.clone());
            tracing::warn!(why, letter, "a new letter and receipt series begin");
            // A letter that another device carries proves nothing about this device's own numbers.
            if reason != OpenReason::Enrolment {
                let reason = why.clone();
                work.facts.push(ShopEvent::ContinuityUnproven(ContinuityUnproven { reason, letter, receipt_series }));
            }
            work.report.renewed = Some(why);
        }
        if !work.facts.is_empty() {
            let facts = std::mem::take(&mut work.facts);
            rows += self.append_shop_events(facts, &Actor::Program("import"), new_id())?.0;
        }
        Ok(rows)
    }
}
