//! Rows on their way to a till: of the logs of its store what it lacks by its hello, a few batches at a time, each counted
//! as there when the till says so. Head office's own logs are among them, and those of the store's other tills; a till whose
//! folder was put back to an older copy gets its own lost rows again.

use std::collections::BTreeMap;

use docket_domain::ids::LogId;
use docket_log::replication::{PeerHead, RowSize, cut};
use docket_sync::v1::from_central;
use docket_sync::{BATCHES_IN_FLIGHT, Item, head_from, rows_to, v1};
use sqlx::Row as _;
use tonic::Status;

use super::session::Session;
use crate::enrol::unavailable;
use crate::ingest::entry::{fixed, from_sql, to_sql};
use crate::ingest::rows::item_from;

/// How far the till is with each log.
#[derive(Debug, Default)]
pub(super) struct Down {
    /// What it says that it holds.
    held: BTreeMap<LogId, u64>,
    /// What was sent to it.
    sent: BTreeMap<LogId, u64>,
    /// Last rows of the batches that it has not answered.
    in_flight: Vec<(LogId, u64)>,
}

impl Down {
    /// Begins with what the till holds.
    pub(super) fn start(&mut self, theirs: &[PeerHead]) {
        self.held = theirs.iter().map(|head| (head.log, head.seq)).collect();
        self.sent = self.held.clone();
    }

    /// Takes the till's word for what is durable there.
    pub(super) fn acknowledged(&mut self, heads: &v1::Heads) {
        for head in heads.heads.iter().filter_map(|head| head_from(head).ok()) {
            let held = self.held.entry(head.log).or_insert(0);
            *held = head.seq.max(*held);
            self.in_flight.retain(|(log, last)| *log != head.log || *last > head.seq);
        }
    }

    /// What the till itself has just brought need not go back to it.
    pub(super) fn learnt(&mut self, head: &PeerHead) {
        let sent = self.sent.entry(head.log).or_insert(0);
        *sent = head.seq.max(*sent);
    }

    fn sent(&self, log: LogId) -> u64 {
        self.sent.get(&log).copied().unwrap_or(0)
    }
}

impl Session {
    /// Sends rows of the store's logs that the till lacks, as far as its answers allow.
    pub(super) async fn send_down(&mut self) -> Result<(), Status> {
        if self.down.in_flight.len() >= BATCHES_IN_FLIGHT {
            return Ok(());
        }
        for (log, month, last) in self.store_logs().await.map_err(|error| unavailable(&error))? {
            while self.down.sent(log) < last && self.down.in_flight.len() < BATCHES_IN_FLIGHT {
                let batch = self.rows_behind(log, month).await.map_err(|error| unavailable(&error))?;
                let Some(end) = batch.last().map(|item| item.head().seq) else { break };
                self.down.sent.insert(log, end);
                self.down.in_flight.push((log, end));
                self.say(from_central::Message::Rows(rows_to(log, &batch, String::new()))).await?;
            }
        }
        Ok(())
    }

    /// The logs of this store, with partition and head.
    async fn store_logs(&self) -> Result<Vec<(LogId, i32, u64)>, sqlx::Error> {
        let source = self.source();
        let mut transaction = self.shared.queue.ingest().database().tenant(source.tenant).await?;
        let sql = "SELECT l.log_id, l.month, h.seq FROM central.logs l \
             JOIN central.log_heads h ON h.tenant = l.tenant AND h.log_id = l.log_id AND h.branch = 0 \
             WHERE l.tenant = $1 AND l.store = $2 ORDER BY l.first_seen_at, l.log_id";
        let rows = sqlx::query(sql).bind(source.tenant.0).bind(source.store.0).fetch_all(&mut *transaction).await?;
        transaction.commit().await?;
        let log = |row: &sqlx::postgres::PgRow| {
            Ok((LogId(fixed(row, "log_id")?), row.try_get("month")?, from_sql(row.try_get("seq")?)))
        };
        rows.iter().map(log).collect()
    }

    /// The next batch of a log behind what was sent.
    async fn rows_behind(&self, log: LogId, month: i32) -> Result<Vec<Item>, sqlx::Error> {
        let source = self.source();
        let mut transaction = self.shared.queue.ingest().database().tenant(source.tenant).await?;
        let limit = docket_log::limits::BATCH_ROWS + docket_log::limits::GROUP_ROWS_MAX;
        let sql = "SELECT * FROM central.log_rows WHERE tenant = $1 AND month = $2 AND log_id = $3 AND branch = 0 \
             AND seq > $4 ORDER BY seq LIMIT $5";
        let rows = sqlx::query(sql)
            .bind(source.tenant.0)
            .bind(month)
            .bind(&log.0[..])
            .bind(to_sql(self.down.sent(log)))
            .bind(i64::try_from(limit).unwrap_or(i64::MAX))
            .fetch_all(&mut *transaction)
            .await?;
        transaction.commit().await?;
        let mut items = rows.iter().map(item_from).collect::<Result<Vec<_>, _>>()?;
        let size = |item: &Item| match item {
            Item::Row(row) => RowSize::from(&**row),
            Item::Stub(stub) => RowSize { signed: stub.signature.is_some(), payload_bytes: 0 },
        };
        items.truncate(cut(items.iter().map(size)));
        Ok(items)
    }
}
