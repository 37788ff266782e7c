//! Rows on their way to a till: of every history of its store's logs what it lacks by its hello, a few batches at a time, each
//! counted as there when the till says so. Head office's own logs are among them, and those of the store's other tills; a till
//! whose folder was put back to an older copy gets its own lost rows again, those of a store that it was in before too.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

use docket_domain::ids::LogId;
use docket_log::replication::{PeerHead, RowSize, cut};
use docket_sync::v1::{GuestKey, Rows, from_central};
use docket_sync::{BATCHES_IN_FLIGHT, Item, key_to, rows_to};
use sqlx::{Postgres, Row as _, Transaction};
use tonic::Status;

use super::session::Session;
use crate::down::fresh::Fresh;
use crate::enrol::unavailable;
use crate::ingest::entry::{fixed, from_sql, to_sql};
use crate::ingest::rows::item_from;

/// A history that has rows for the till.
#[derive(Debug, Clone, Copy)]
pub(super) struct History {
    pub(super) log: LogId,
    pub(super) branch: i32,
    /// The partition of its rows.
    pub(super) month: i32,
    /// Whether head office writes it: guests that its rows name have their keys here.
    pub(super) own: bool,
    last: u64,
}

/// What is sent at once.
struct Sending {
    log: LogId,
    items: Vec<Item>,
    keys: Vec<GuestKey>,
}

/// A batch that the till has not answered.
#[derive(Debug)]
pub(super) struct Sent {
    pub(super) history: History,
    /// Its rows that took the place of a stub since the till was sent them.
    pub(super) healed: Vec<u64>,
}

/// How far the till is with each history.
#[derive(Debug, Default)]
pub(super) struct Down {
    /// Up to which row of a history the till holds it, or it was sent.
    sent: BTreeMap<(LogId, i32), u64>,
    /// The last signed row that a further history shares with the first.
    parted: BTreeMap<(LogId, i32), u64>,
    /// Logs of which the till named a row that is not here: taken for a log that it is ahead with, until its rows come.
    ahead: BTreeSet<LogId>,
    /// Histories that are not sent to their end, in the order in which their logs came to be known.
    behind: Vec<History>,
    /// The batches that the till has not answered, the oldest first; it answers in their order.
    pub(super) in_flight: VecDeque<Sent>,
    /// Histories with rows that took the place of a stub here and may be one at the till.
    pub(super) healed: Vec<History>,
    /// How many batches of a log the till has brought that are not answered.
    brought: BTreeMap<LogId, u32>,
    /// Heads that moved in this transaction or a later one were not looked at.
    looked: Option<String>,
}

impl Down {
    /// Takes the till's word that a batch is durable there; gives the batch.
    pub(super) fn acknowledged(&mut self, heads: &[PeerHead]) -> Option<Sent> {
        let head = heads.first()?;
        let oldest = self.in_flight.iter().position(|sent| sent.history.log == head.log)?;
        self.in_flight.remove(oldest)
    }

    /// The till brings rows of a log: nothing of it goes back to the till before they are answered.
    pub(super) fn brings(&mut self, log: LogId) {
        *self.brought.entry(log).or_insert(0) += 1;
    }

    /// A batch of a log is answered.
    pub(super) fn answered(&mut self, log: LogId) {
        if let Entry::Occupied(mut batches) = self.brought.entry(log) {
            *batches.get_mut() -= 1;
            if *batches.get() == 0 {
                batches.remove();
            }
        }
    }

    /// What the till itself has just brought need not go back to it; it stands on this history.
    pub(super) fn learnt(&mut self, head: &PeerHead, branch: i32) {
        if self.ahead.remove(&head.log) && branch != 0 {
            // It was not ahead with the first history: it has another one, and lacks that.
            self.sent.remove(&(head.log, 0));
        }
        let sent = self.sent.entry((head.log, branch)).or_insert(0);
        *sent = head.seq.max(*sent);
    }

    /// Up to which row of a history the till has it: what it has of another one it has of this one up to their parting.
    pub(super) fn has(&self, log: LogId, branch: i32) -> u64 {
        let left = |on: i32| if on == 0 { u64::MAX } else { self.parted.get(&(log, on)).copied().unwrap_or(0) };
        let histories = self.sent.range((log, 0)..=(log, i32::MAX));
        let common = |((_, on), seq): (&(LogId, i32), &u64)| {
            if *on == branch { *seq } else { left(*on).min(left(branch)).min(*seq) }
        };
        histories.map(common).max().unwrap_or(0)
    }

    /// A history ends here now.
    fn moved(&mut self, history: History, shared: u64) {
        let History { log, branch, last, .. } = history;
        if branch != 0 {
            self.parted.insert((log, branch), shared);
        } else if last > self.has(log, 0) && self.ahead.remove(&log) {
            // More is here than the till has, so the row that it named is of another history.
            self.sent.remove(&(log, 0));
        }
        let has = self.has(log, branch);
        match self.behind.iter_mut().find(|known| (known.log, known.branch) == (log, branch)) {
            Some(known) => known.last = last,
            None if has < last => self.behind.push(history),
            None => {}
        }
    }

    /// Whether these rows are the next ones that the till lacks of their log, and may go now. They count as sent then.
    fn goes_on_with(&mut self, fresh: &Fresh) -> bool {
        let (Some(first), Some(last)) = (fresh.items.first(), fresh.items.last()) else { return false };
        let goes_on = self.in_flight.len() < BATCHES_IN_FLIGHT
            && !self.brought.contains_key(&fresh.log)
            && !self.ahead.contains(&fresh.log)
            && self.has(fresh.log, 0) + 1 == first.head().seq
            && cut(fresh.items.iter().map(size)) == fresh.items.len();
        if goes_on {
            let (log, month, last) = (fresh.log, fresh.month, last.head().seq);
            self.sent.insert((log, 0), last);
            let history = History { log, branch: 0, month, own: true, last };
            self.in_flight.push_back(Sent { history, healed: Vec::new() });
        }
        goes_on
    }

    /// The next history to send rows of, with the row before them. A further history waits for the rows that it shares.
    fn next(&mut self) -> Option<(History, u64)> {
        if self.in_flight.len() >= BATCHES_IN_FLIGHT {
            return None;
        }
        let mut behind = std::mem::take(&mut self.behind);
        behind.retain(|history| self.has(history.log, history.branch) < history.last);
        self.behind = behind;
        let after = |history: &History| self.has(history.log, history.branch);
        let ready = |history: &&History| {
            !self.brought.contains_key(&history.log)
                && (history.branch == 0 || self.parted.get(&(history.log, history.branch)) <= Some(&after(history)))
        };
        self.behind.iter().find(ready).map(|history| (*history, after(history)))
    }
}

fn size(item: &Item) -> RowSize {
    match item {
        Item::Row(row) => RowSize::from(&**row),
        Item::Stub(stub) => RowSize { signed: stub.signature.is_some(), payload_bytes: 0 },
    }
}

impl Session {
    /// Begins with what the till holds: on which history each of its heads stands.
    pub(super) async fn start_down(&mut self, theirs: &[PeerHead]) -> Result<(), Status> {
        let found = self.places_of(theirs).await.map_err(|error| unavailable(&error))?;
        for head in theirs {
            let mut known = found.iter().filter(|(place, _)| place == head).peekable();
            if known.peek().is_none() {
                self.down.ahead.insert(head.log);
                self.down.sent.entry((head.log, 0)).or_insert(head.seq);
            }
            for (_, branch) in known {
                self.down.sent.insert((head.log, *branch), head.seq);
            }
        }
        // Where one head of a log is known, nothing is guessed of the others.
        let known: BTreeSet<LogId> = found.iter().map(|(head, _)| head.log).collect();
        let guessed: Vec<LogId> = self.down.ahead.intersection(&known).copied().collect();
        for log in guessed {
            self.down.ahead.remove(&log);
            if !found.iter().any(|(head, branch)| (head.log, *branch) == (log, 0)) {
                self.down.sent.remove(&(log, 0));
            }
        }
        Ok(())
    }

    /// The rows that heads name, with the histories under which they are kept.
    async fn places_of(&self, heads: &[PeerHead]) -> Result<Vec<(PeerHead, i32)>, sqlx::Error> {
        let source = self.source();
        let logs: Vec<&[u8]> = heads.iter().map(|head| &head.log.0[..]).collect();
        let seqs: Vec<i64> = heads.iter().map(|head| to_sql(head.seq)).collect();
        let hashes: Vec<&[u8]> = heads.iter().map(|head| &head.hash.0[..]).collect();
        let mut transaction = self.shared.queue.ingest().database().tenant(source.tenant).await?;
        let sql = "SELECT r.log_id, r.seq, r.hash, r.branch \
             FROM unnest($2::bytea[], $3::bigint[], $4::bytea[]) AS u (log_id, seq, hash) \
             JOIN central.logs l ON l.tenant = $1 AND l.log_id = u.log_id \
             JOIN central.log_rows r ON r.tenant = $1 AND r.month = l.month AND r.log_id = u.log_id \
             AND r.seq = u.seq AND r.hash = u.hash";
        let rows =
            sqlx::query(sql).bind(source.tenant.0).bind(logs).bind(seqs).bind(hashes).fetch_all(&mut *transaction);
        let rows = rows.await?;
        transaction.commit().await?;
        let place = |row: &sqlx::postgres::PgRow| {
            let (log, seq) = (LogId(fixed(row, "log_id")?), from_sql(row.try_get("seq")?));
            Ok((PeerHead { log, seq, hash: docket_log::Hash(fixed(row, "hash")?) }, row.try_get("branch")?))
        };
        rows.iter().map(place).collect()
    }

    /// Sends rows of the store's logs that the till lacks, as far as its answers allow. `look` for what has come meanwhile.
    pub(super) async fn send_down(&mut self, look: bool) -> Result<(), Status> {
        let mut look = look || self.down.looked.is_none();
        // Nothing is said inside a transaction: a peer that does not listen would keep it open.
        while let Some(Sending { log, items, keys }) =
            self.next_batch(look).await.map_err(|error| unavailable(&error))?
        {
            look = false;
            let rows = Rows { keys, ..rows_to(log, &items, String::new()) };
            self.say(from_central::Message::Rows(rows)).await?;
        }
        Ok(())
    }

    /// Sends what head office has just written, if that is all that the till lacks of its log; says whether it was.
    pub(super) async fn send_fresh(&mut self, fresh: Option<&Fresh>) -> Result<bool, Status> {
        let Some(fresh) = fresh.filter(|_| self.shared.secret.is_some()) else { return Ok(false) };
        let goes_on = self.down.goes_on_with(fresh);
        if goes_on {
            let keys = fresh.keys.iter().map(|(subject, key)| key_to(*subject, key.bytes())).collect();
            let rows = Rows { keys, ..rows_to(fresh.log, &fresh.items, String::new()) };
            self.say(from_central::Message::Rows(rows)).await?;
        }
        Ok(goes_on)
    }

    /// The next batch that the till lacks, which counts as sent then.
    async fn next_batch(&mut self, look: bool) -> Result<Option<Sending>, sqlx::Error> {
        let mut next = self.down.next();
        if !look && next.is_none() && self.down.healed.is_empty() {
            return Ok(None);
        }
        // Somebody waits for a new order on the till's screen, and to plan these statements anew takes longer than to run them.
        let mut transaction = self.shared.queue.ingest().database().tenant_with_plans(self.source().tenant).await?;
        if look {
            self.look_for_rows(&mut transaction).await?;
            next = self.down.next();
        }
        let mut found = None;
        while let Some((history, after)) = next {
            let items = self.rows_behind(&mut transaction, history, after).await?;
            if let Some(end) = items.last().map(|item| item.head().seq) {
                self.down.sent.insert((history.log, history.branch), end);
                self.down.in_flight.push_back(Sent { history, healed: Vec::new() });
                found = Some((history, items));
                break;
            }
            self.down.sent.insert((history.log, history.branch), history.last);
            next = self.down.next();
        }
        if found.is_none() {
            found = self.healed_batch(&mut transaction).await?;
        }
        let mut sending = None;
        if let Some((history, items)) = found {
            let keys = if history.own { self.keys_of(&mut transaction, &items).await? } else { Vec::new() };
            sending = Some(Sending { log: history.log, items, keys });
        }
        transaction.commit().await?;
        Ok(sending)
    }

    /// Asks for the heads of this store that have moved since it was asked last: however many logs there are, only those.
    async fn look_for_rows(&mut self, transaction: &mut Transaction<'static, Postgres>) -> Result<(), sqlx::Error> {
        let source = *self.source();
        // One snapshot for both: what is under way in it, and commits later, is looked at again.
        let sql = "SELECT pg_snapshot_xmin(pg_current_snapshot())::text AS now, h.log_id, h.branch, h.shared, h.seq, h.month, h.own, \
             h.healed FROM (VALUES (1)) AS one LEFT JOIN LATERAL \
             (SELECT h.log_id, h.branch, h.shared, h.seq, l.month, l.own, l.first_seen_at, EXISTS (SELECT 1 FROM \
             central.healed_rows r WHERE r.tenant = h.tenant AND r.log_id = h.log_id AND r.branch = h.branch \
             AND NOT ($3 = ANY(r.taken))) AS healed FROM central.log_heads h \
             JOIN central.logs l ON l.tenant = h.tenant AND l.log_id = h.log_id \
             JOIN central.stores s ON s.tenant = l.tenant AND s.store = l.store \
             WHERE h.tenant = $1 AND h.moved >= $4::text::xid8 AND (l.store = $2 OR (s.joined = $2 AND l.device = $3))) \
             AS h ON true ORDER BY h.first_seen_at, h.log_id, h.branch";
        let rows = sqlx::query(sql)
            .bind(source.tenant.0)
            .bind(source.store.0)
            .bind(source.device.0)
            .bind(self.down.looked.as_deref().unwrap_or("0"))
            .fetch_all(&mut **transaction)
            .await?;
        for row in &rows {
            self.down.looked = Some(row.try_get("now")?);
            // A row without a head is there to tell the time alone.
            if row.try_get::<Option<&[u8]>, _>("log_id")?.is_none() {
                continue;
            }
            let log = LogId(fixed(row, "log_id")?);
            let (branch, month) = (row.try_get("branch")?, row.try_get("month")?);
            let history = History { log, branch, month, own: row.try_get("own")?, last: from_sql(row.try_get("seq")?) };
            self.down.moved(history, from_sql(row.try_get("shared")?));
            if row.try_get("healed")? {
                self.down.healed.push(history);
            }
        }
        Ok(())
    }

    /// The next batch of a history behind a row.
    pub(super) async fn rows_behind(
        &self,
        transaction: &mut Transaction<'static, Postgres>,
        history: History,
        after: u64,
    ) -> Result<Vec<Item>, sqlx::Error> {
        let limit = docket_log::limits::BATCH_ROWS + docket_log::limits::GROUP_ROWS_MAX;
        let sql = "SELECT * FROM central.log_rows WHERE tenant = $1 AND month = $2 AND log_id = $3 AND branch = $4 \
             AND seq > $5 ORDER BY seq LIMIT $6";
        let rows = sqlx::query(sql)
            .bind(self.source().tenant.0)
            .bind(history.month)
            .bind(&history.log.0[..])
            .bind(history.branch)
            .bind(to_sql(after))
            .bind(i64::try_from(limit).unwrap_or(i64::MAX))
            .fetch_all(&mut **transaction)
            .await?;
        let mut items = rows.iter().map(item_from).collect::<Result<Vec<_>, _>>()?;
        items.truncate(cut(items.iter().map(size)));
        Ok(items)
    }
}

#[cfg(test)]
mod tests {
    use std::ops::RangeInclusive;

    use super::*;
    use docket_log::Hash;

    const LOG: LogId = LogId([7; 16]);

    fn history(branch: i32, last: u64) -> History {
        History { log: LOG, branch, month: 202_611, own: false, last }
    }

    fn head(seq: u64) -> PeerHead {
        PeerHead { log: LOG, seq, hash: Hash([1; 32]) }
    }

    #[test]
    fn a_further_history_is_sent_behind_what_it_shares_and_after_that() {
        let mut down = Down::default();
        down.moved(history(0, 10), 0);
        down.moved(history(1, 12), 6);
        assert!(matches!(down.next(), Some((History { branch: 0, .. }, 0))));
        down.sent.insert((LOG, 0), 4);
        assert!(matches!(down.next(), Some((History { branch: 0, .. }, 4))), "the other one waits for row 6");
        down.sent.insert((LOG, 0), 10);
        assert!(matches!(down.next(), Some((History { branch: 1, .. }, 6))));
        down.sent.insert((LOG, 1), 12);
        assert!(down.next().is_none());
    }

    #[test]
    fn a_till_that_was_taken_to_be_ahead_and_has_another_history_gets_the_first_one() {
        let mut down = Down::default();
        (down.ahead, down.sent) = (BTreeSet::from([LOG]), BTreeMap::from([((LOG, 0), 20)]));
        down.moved(history(0, 15), 0);
        assert!(down.next().is_none(), "it is ahead");
        down.learnt(&head(20), 1);
        down.moved(history(1, 20), 11);
        down.moved(history(0, 15), 0);
        assert!(matches!(down.next(), Some((History { branch: 0, .. }, 11))), "it has what the two share");
    }

    fn fresh(rows: RangeInclusive<u64>) -> Fresh {
        let row = |seq| {
            let (signature, reason) = (Some(docket_log::Signature([0; 64])), docket_log::DamageReason::Hash);
            Item::Stub(docket_log::Stub { log: LOG, seq, hash: Hash([1; 32]), signature, reason })
        };
        Fresh { log: LOG, month: 202_611, items: rows.map(row).collect(), keys: Vec::new() }
    }

    #[test]
    fn what_was_just_written_goes_at_once_only_where_it_goes_on_from_what_the_till_has() {
        let mut down = Down::default();
        assert!(!down.goes_on_with(&fresh(3..=5)), "rows before them were not sent");
        assert!(down.goes_on_with(&fresh(1..=2)) && down.goes_on_with(&fresh(3..=5)));
        assert!(!down.goes_on_with(&fresh(3..=5)), "they are on their way");
        down.moved(history(0, 5), 0);
        assert!(down.next().is_none(), "nothing is sent twice");
        down.brings(LOG);
        assert!(!down.goes_on_with(&fresh(6..=6)), "the till may bring them itself");
        down.answered(LOG);
        down.ahead.insert(LOG);
        assert!(!down.goes_on_with(&fresh(6..=6)), "the till may have them, or another history");
        down.ahead.clear();
        while down.in_flight.len() < BATCHES_IN_FLIGHT {
            down.in_flight.push_back(Sent { history: history(0, 5), healed: Vec::new() });
        }
        assert!(!down.goes_on_with(&fresh(6..=6)), "too many batches are without an answer");
    }

    #[test]
    fn answers_make_room_in_the_order_of_the_batches() {
        let in_flight = (0..BATCHES_IN_FLIGHT).map(|_| Sent { history: history(0, 3), healed: Vec::new() }).collect();
        let mut down = Down { in_flight, ..Down::default() };
        down.moved(history(0, 10), 0);
        assert!(down.next().is_none());
        assert!(down.acknowledged(&[]).is_none(), "a sign of life answers nothing");
        assert!(down.next().is_none());
        assert!(down.acknowledged(&[head(3)]).is_some());
        assert!(down.next().is_some());
    }
}
