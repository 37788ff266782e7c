//! Taking rows in: each batch is checked against what is held, and one transaction of one tenant stores rows, heads,
//! orders and outbox. An answer names the head that was read back after the commit.
//!
//! Nothing here knows gRPC. Rows of head office's own logs take the same way.

pub mod check;
pub(crate) mod entry;
mod facts;
mod histories;
mod orders;
pub mod queue;
pub(crate) mod rows;
pub(crate) mod shop;
mod take;

pub(crate) use take::keep_evidence;

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicI32, Ordering};
use std::time::Duration;

use docket_domain::ids::{DeviceId, LogId, StoreId, TenantId};
use docket_domain::order::fact::DeviceClass;
use docket_log::replication::PeerHead;
use docket_log::{Hash, PublicKey};
use docket_sync::Item;
use sqlx::Row as _;

use crate::clock::{month, wall_ms};
use crate::db::Database;
use crate::limits::{TRANSACTION_PAUSE_MS, TRANSACTION_TRIES};
use entry::{fixed, from_sql};

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
    fn is_passing(&self) -> bool {
        let IngestError::Sql(sqlx::Error::Database(error)) = self else { return false };
        matches!(error.code().as_deref(), Some("40001" | "40P01" | "55P03"))
    }
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
    /// The head of the history that the batch stands on, read back after the commit.
    pub held: Option<PeerHead>,
    /// A gap: the row that is due.
    pub wanted: Option<(LogId, u64)>,
    /// Chain or signature does not hold, or the log is not this device's to bring.
    pub refused: Option<Refusal>,
    /// The log has a second history from this row on.
    pub forked: Option<(LogId, u64)>,
    /// Business days that rows were stored of.
    pub days: BTreeSet<i32>,
    /// Whether a document was published.
    pub published: bool,
}

/// Takes rows in.
#[derive(Debug)]
pub struct Ingest {
    database: Database,
    /// The last month whose partition is known to be there.
    month: AtomicI32,
}

impl Ingest {
    /// On a pool with the role `docket_ingest`.
    #[must_use]
    pub fn new(database: Database) -> Self {
        Ingest { database, month: AtomicI32::new(0) }
    }

    /// The database.
    #[must_use]
    pub fn database(&self) -> &Database {
        &self.database
    }

    /// Takes batches of one tenant in; a verdict for each, in their order. They share a transaction; if it fails they
    /// are taken singly, so that one that can't be stored does not hold up the others.
    pub async fn take(&self, tenant: TenantId, batches: &[Batch]) -> Vec<Result<Verdict, IngestError>> {
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
        let outcome = take::take(transaction, tenant, month, batches).await?;
        self.read_back(tenant, outcome).await
    }

    /// Makes the partition of this month, in a transaction of its own, because it locks the whole table.
    async fn ensure_month(&self) -> Result<i32, IngestError> {
        let month = month(wall_ms());
        if self.month.load(Ordering::Relaxed) != month {
            sqlx::query("SELECT central.ensure_month($1)").bind(month).execute(self.database.pool()).await?;
            self.month.store(month, Ordering::Relaxed);
        }
        Ok(month)
    }

    /// Reads the heads of the histories that the batches stand on, as they are durable now, and with the hash of the
    /// row itself.
    async fn read_back(&self, tenant: TenantId, outcome: Vec<take::Taken>) -> Result<Vec<Verdict>, IngestError> {
        let logs: Vec<Vec<u8>> =
            outcome.iter().filter_map(|taken| taken.stands_on.map(|(log, _)| log.0.to_vec())).collect();
        let heads = if logs.is_empty() { Vec::new() } else { self.heads_of(tenant, &logs).await? };
        let head =
            |on: (LogId, i32)| heads.iter().find(|(branch, head)| (head.log, *branch) == on).map(|(_, head)| *head);
        let verdict = |taken: take::Taken| Verdict { held: taken.stands_on.and_then(head), ..taken.verdict };
        Ok(outcome.into_iter().map(verdict).collect())
    }

    async fn heads_of(&self, tenant: TenantId, logs: &[Vec<u8>]) -> Result<Vec<(i32, PeerHead)>, IngestError> {
        let mut transaction = self.database.tenant(tenant).await?;
        let sql = "SELECT h.log_id, h.branch, h.seq, r.hash FROM central.log_heads h \
             JOIN central.logs l ON l.tenant = h.tenant AND l.log_id = h.log_id \
             JOIN central.log_rows r ON r.tenant = h.tenant AND r.month = l.month AND r.log_id = h.log_id \
             AND r.branch = h.branch AND r.seq = h.seq WHERE h.tenant = $1 AND h.log_id = ANY($2)";
        let rows = sqlx::query(sql).bind(tenant.0).bind(logs).fetch_all(&mut *transaction).await?;
        // Nothing is written here, so nobody waits for the disk behind the relay's bell.
        crate::relay::wake(&mut *transaction).await?;
        transaction.commit().await?;
        let head = |row: &sqlx::postgres::PgRow| {
            let log = LogId(fixed(row, "log_id")?);
            let head = PeerHead { log, seq: from_sql(row.try_get("seq")?), hash: Hash(fixed(row, "hash")?) };
            Ok((row.try_get("branch")?, head))
        };
        rows.iter().map(head).collect()
    }
}
