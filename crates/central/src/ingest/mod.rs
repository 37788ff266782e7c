//! Taking rows in: each batch is checked against what is held, and one transaction of one tenant stores rows, heads,
//! orders and outbox. An answer names a row that was read back after the commit.
//!
//! Nothing here knows gRPC. Rows of head office's own logs take the same way.

pub mod check;
pub(crate) mod columns;
pub(crate) mod entry;
mod facts;
mod histories;
mod letters;
pub(crate) mod orders;
mod own;
pub mod queue;
mod release;
pub(crate) mod rows;
pub(crate) mod shop;
mod take;

pub(crate) use own::{OWN_ROWS, Unwritten, own_rows};
pub(crate) use take::keep_evidence;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicI32, Ordering};
use std::time::Duration;

use chrono_tz::Tz;
use docket_contracts::integration::OrderBody;
use docket_domain::ids::{DeviceId, LogId, OrderId, StoreId, TenantId};
use docket_domain::order::fact::DeviceClass;
use docket_log::replication::PeerHead;
use docket_log::{Hash, PublicKey};
use docket_sync::Item;
use sqlx::{Postgres, Row as _, Transaction};
use tokio::sync::broadcast;
use uuid::Uuid;

use crate::clock::{month, wall_ms};
use crate::db::Database;
use crate::down::fresh::Fresh;
use crate::limits::{NEWS_KEPT, TRANSACTION_PAUSE_MS, TRANSACTION_TRIES};
use crate::telemetry::{BatchOutcome, Metrics};
use entry::{fixed, from_sql, to_sql};

/// Why rows were not taken. They are to be sent again.
#[derive(Debug, thiserror::Error)]
pub enum IngestError {
    /// The database failed.
    #[error("the database failed")]
    Sql(#[from] sqlx::Error),
    /// The service stops, or has too much to do.
    #[error("the service takes no more rows now")]
    Closed,
}

impl IngestError {
    /// Whether the same may pass if it is tried again at once: the transaction met another one.
    pub(crate) fn is_passing(&self) -> bool {
        matches!(self, IngestError::Sql(error) if is_passing(error))
    }
}

/// Whether a transaction met another one: a deadlock, a wait that was too long.
pub(crate) fn is_passing(error: &sqlx::Error) -> bool {
    let sqlx::Error::Database(error) = error else { return false };
    matches!(error.code().as_deref(), Some("40001" | "40P01" | "55P03"))
}

/// Who brings rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Source {
    /// Whose device it is.
    pub tenant: TenantId,
    /// Its store.
    pub store: StoreId,
    /// The device; head office itself stands under the tenant's id.
    pub device: DeviceId,
    /// Its class.
    pub class: DeviceClass,
    /// The key that signs head office's logs for this tenant.
    pub central_key: PublicKey,
}

/// Whole groups of one log.
#[derive(Debug, Clone)]
pub struct Batch {
    /// Who brings them.
    pub source: Source,
    /// The log.
    pub log: LogId,
    /// The rows.
    pub items: Vec<Item>,
    /// W3C trace context.
    pub traceparent: Option<String>,
}

/// A place in a log with what is said about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The log.
    pub log: LogId,
    /// The row.
    pub seq: u64,
    /// Column and rule.
    pub rule: String,
}

/// What became of a batch.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Verdict {
    /// The last row of the batch, read back after the commit from the history that it stands on.
    pub held: Option<PeerHead>,
    /// The history that the batch stands on.
    pub branch: i32,
    /// A gap: the row that is due.
    pub wanted: Option<(LogId, u64)>,
    /// Chain or signature does not hold, or the log is not this device's to bring.
    pub refused: Option<Refusal>,
    /// The log has a second history from this row on.
    pub forked: Option<(LogId, u64)>,
    /// How many of its rows are new here.
    pub stored: u64,
    /// How many of them are of a type that this program does not know.
    pub quarantined: u64,
    /// How many of its rows took the place of their stub.
    pub healed: u64,
    /// Whether its device was revoked.
    pub revoked: bool,
    /// Stores and business days that rows were stored of.
    pub days: BTreeSet<(StoreId, i32)>,
    /// Whether a document was published.
    pub published: bool,
}

/// What became of a batch of head office's own.
#[derive(Debug)]
pub(crate) struct StoredOwn {
    /// Without `held`: nothing is read back before the commit.
    pub(crate) verdict: Verdict,
    /// Whether there is something for the relay.
    pub(crate) told: bool,
    /// The orders that it touches, as others see them now.
    pub(crate) orders: BTreeMap<OrderId, OrderBody>,
    /// What the caller is to write in the same transaction, with the batch's rows.
    pub(crate) unwritten: Option<Unwritten>,
}

/// W3C trace contexts by correlation id, for rows that several callers wrote and that came in one batch.
pub(crate) type Traces = HashMap<Uuid, String>;

/// What is known beside the rows of head office's own batch.
#[derive(Debug, Default)]
pub(crate) struct Beside {
    /// The log as it is held, where its writer has found it so in this transaction.
    pub(crate) own: Option<(LogId, entry::Entry)>,
    /// Where the acts came from.
    pub(crate) traces: Traces,
    /// Orders whose ids were made for this batch. One that is there all the same is found when it is written.
    pub(crate) opened: BTreeSet<OrderId>,
    /// The zone of the store in which they are opened.
    pub(crate) zone: Option<Tz>,
}

/// A store has new rows.
#[derive(Debug, Clone)]
pub struct News {
    /// The store.
    pub store: StoreId,
    /// The only device that brought some, which need not look.
    pub from: Option<DeviceId>,
    /// The rows themselves, where this process wrote them.
    pub(crate) fresh: Option<Arc<Fresh>>,
}

impl News {
    /// Of rows that are to be looked for.
    pub(crate) fn of(store: StoreId) -> Self {
        News { store, from: None, fresh: None }
    }
}

/// Takes rows in.
#[derive(Debug)]
pub struct Ingest {
    database: Database,
    metrics: Metrics,
    news: broadcast::Sender<News>,
    /// The last month whose partition is known to be there.
    month: AtomicI32,
}

impl Ingest {
    /// On a pool with the role `docket_ingest`.
    #[must_use]
    pub fn new(database: Database) -> Self {
        Ingest { database, metrics: Metrics::new(), news: broadcast::Sender::new(NEWS_KEPT), month: AtomicI32::new(0) }
    }

    /// The same, counting here.
    #[must_use]
    pub fn with_metrics(self, metrics: Metrics) -> Self {
        Ingest { metrics, ..self }
    }

    /// What it counts in.
    #[must_use]
    pub fn metrics(&self) -> &Metrics {
        &self.metrics
    }

    /// Says to the streams of this process which store has new rows.
    #[must_use]
    pub fn news(&self) -> &broadcast::Sender<News> {
        &self.news
    }

    /// The database.
    #[must_use]
    pub fn database(&self) -> &Database {
        &self.database
    }

    /// Takes batches of one tenant in; a verdict for each, in their order. They share a transaction; if it fails they
    /// are taken singly, so that one that can't be stored does not hold up the others.
    pub async fn take(&self, tenant: TenantId, batches: &[Batch]) -> Vec<Result<Verdict, IngestError>> {
        let verdicts = self.take_or_singly(tenant, batches).await;
        verdicts.iter().for_each(|verdict| self.count(verdict));
        verdicts
    }

    fn count(&self, verdict: &Result<Verdict, IngestError>) {
        let Ok(verdict) = verdict else { return self.metrics.batch(BatchOutcome::Failed, 0) };
        let outcome = match verdict {
            Verdict { refused: Some(_), .. } => BatchOutcome::Refused,
            Verdict { wanted: Some(_), .. } => BatchOutcome::Gap,
            Verdict { revoked: true, .. } => BatchOutcome::Revoked,
            Verdict { stored: 0, .. } => BatchOutcome::Repeated,
            Verdict { .. } => BatchOutcome::Stored,
        };
        self.metrics.batch(outcome, verdict.stored);
        self.metrics.quarantined(verdict.quarantined);
        if verdict.forked.is_some() {
            self.metrics.fork();
        }
    }

    async fn take_or_singly(&self, tenant: TenantId, batches: &[Batch]) -> Vec<Result<Verdict, IngestError>> {
        match self.take_together(tenant, batches).await {
            Ok(verdicts) => verdicts.into_iter().map(Ok).collect(),
            Err(error) if batches.len() <= 1 => vec![Err(error)],
            Err(error) => {
                tracing::warn!(error = &error as &dyn std::error::Error, "batches of one transaction are taken singly");
                let mut verdicts = Vec::with_capacity(batches.len());
                for batch in batches {
                    let single = self.take_together(tenant, std::slice::from_ref(batch)).await;
                    verdicts.push(single.map(|mut verdicts| verdicts.pop().unwrap_or_default()));
                }
                verdicts
            }
        }
    }

    async fn take_together(&self, tenant: TenantId, batches: &[Batch]) -> Result<Vec<Verdict>, IngestError> {
        let mut pause_ms = TRANSACTION_PAUSE_MS;
        for _ in 1..TRANSACTION_TRIES {
            match self.take_once(tenant, batches).await {
                Err(error) if error.is_passing() => tokio::time::sleep(Duration::from_millis(pause_ms)).await,
                other => return other,
            }
            pause_ms *= 2;
        }
        self.take_once(tenant, batches).await
    }

    async fn take_once(&self, tenant: TenantId, batches: &[Batch]) -> Result<Vec<Verdict>, IngestError> {
        let month = self.ensure_month().await?;
        let transaction = self.database.tenant(tenant).await?;
        let (outcome, settled) = take::take(transaction, tenant, month, batches).await?;
        let verdicts = self.read_back(tenant, outcome).await?;
        if settled.told {
            crate::relay::wake(self.database.pool()).await;
        }
        Ok(verdicts)
    }

    /// Takes a batch of head office's own in, in a transaction that has more in it. Nothing of it is there before the
    /// caller commits.
    pub(crate) async fn take_own(
        &self,
        transaction: &mut Transaction<'static, Postgres>,
        month: i32,
        batch: &Batch,
        beside: &Beside,
    ) -> Result<StoredOwn, IngestError> {
        let tenant = batch.source.tenant;
        let logs = match &beside.own {
            Some((log, own)) => BTreeMap::from([(*log, own.clone())]),
            None => entry::lock(transaction, tenant, &BTreeSet::from([batch.log])).await?,
        };
        let (taken, settled, unwritten) = take::gather_own(transaction, tenant, month, batch, logs, beside).await?;
        self.metrics.batch(BatchOutcome::Stored, taken.verdict.stored);
        Ok(StoredOwn { verdict: taken.verdict, told: settled.told, orders: settled.orders, unwritten })
    }

    /// Makes the partition of this month, in a transaction of its own, because it locks the whole table.
    pub(crate) async fn ensure_month(&self) -> Result<i32, IngestError> {
        let month = month(wall_ms());
        if self.month.load(Ordering::Relaxed) != month {
            sqlx::query("SELECT central.ensure_month($1)").bind(month).execute(self.database.pool()).await?;
            self.month.store(month, Ordering::Relaxed);
        }
        Ok(month)
    }

    /// Reads back the last row of each batch, as it is durable now. The head may be beyond: a till that was restored
    /// from an older copy knows its own rows, and not those that came after the copy.
    async fn read_back(&self, tenant: TenantId, outcome: Vec<take::Taken>) -> Result<Vec<Verdict>, IngestError> {
        let places: Vec<take::Place> = outcome.iter().filter_map(|taken| taken.stands_on).collect();
        let heads = if places.is_empty() { Vec::new() } else { self.rows_at(tenant, &places).await? };
        let head = |on: take::Place| heads.iter().find(|(place, _)| *place == on).map(|(_, head)| *head);
        let verdict = |taken: take::Taken| Verdict { held: taken.stands_on.and_then(head), ..taken.verdict };
        Ok(outcome.into_iter().map(verdict).collect())
    }

    async fn rows_at(
        &self,
        tenant: TenantId,
        places: &[take::Place],
    ) -> Result<Vec<(take::Place, PeerHead)>, IngestError> {
        let logs: Vec<&[u8]> = places.iter().map(|place| &place.log.0[..]).collect();
        let branches: Vec<i32> = places.iter().map(|place| place.kept_under).collect();
        let seqs: Vec<i64> = places.iter().map(|place| to_sql(place.seq)).collect();
        let mut transaction = self.database.tenant(tenant).await?;
        // Each in subqueries that the planner can't turn around: it might read every row of the tenant.
        let sql = "SELECT r.log_id, r.branch, r.seq, r.hash \
             FROM unnest($2::bytea[], $3::int[], $4::bigint[]) AS u (log_id, branch, seq), \
             LATERAL (SELECT month FROM central.logs WHERE tenant = $1 AND log_id = u.log_id OFFSET 0) AS l, \
             LATERAL (SELECT log_id, branch, seq, hash FROM central.log_rows WHERE tenant = $1 AND month = l.month \
             AND log_id = u.log_id AND branch = u.branch AND seq = u.seq OFFSET 0) AS r";
        let rows =
            sqlx::query(sql).bind(tenant.0).bind(logs).bind(branches).bind(seqs).fetch_all(&mut *transaction).await?;
        transaction.commit().await?;
        let head = |row: &sqlx::postgres::PgRow| {
            let (log, seq) = (LogId(fixed(row, "log_id")?), from_sql(row.try_get("seq")?));
            let place = take::Place { log, kept_under: row.try_get("branch")?, seq };
            Ok((place, PeerHead { log, seq, hash: Hash(fixed(row, "hash")?) }))
        };
        rows.iter().map(head).collect()
    }
}
