//! The audit log: who did what. An act writes its row in its own transaction, so that there is none without the other. A
//! refusal for want of a right is written behind the answer, as long as there are not too many.

use std::time::Duration;

use docket_domain::ids::{DeviceId, TenantId};
use docket_domain::policy::api::{ApiOperation, ApiRole};
use sqlx::postgres::PgArguments;
use sqlx::query::Query;
use sqlx::{PgConnection, Postgres, Transaction};
use tokio::sync::mpsc;
use uuid::Uuid;

use super::caller::Caller;
use super::limits::{REFUSALS_A_SECOND, REFUSALS_WAITING_MAX};
use super::watch;
use crate::clock::moment;
use crate::db::Database;
use crate::telemetry::{Metrics, Stop};

/// What an act that was done is called in the audit log.
pub const DONE: &str = "done";

/// A line of the audit log.
#[derive(Debug, Clone)]
pub struct Entry {
    tenant: TenantId,
    subject: String,
    role: ApiRole,
    device: Option<DeviceId>,
    operation: ApiOperation,
    object: Option<Uuid>,
    outcome: &'static str,
    trace: Option<Uuid>,
}

impl Entry {
    /// What the caller did to an object, in the call that is at work. `outcome` is [`DONE`], or a word of a closed list.
    #[must_use]
    pub fn new(caller: &Caller, operation: ApiOperation, object: Option<Uuid>, outcome: &'static str) -> Self {
        Entry {
            tenant: caller.tenant,
            subject: caller.subject.clone(),
            role: caller.role,
            device: caller.device,
            operation,
            object,
            outcome,
            trace: watch::call().map(|call| call.correlation),
        }
    }
}

/// Writes who did what, in the transaction of the act, which must see the caller's tenant and may have any role that may use
/// the schema `api`. `outcome` is [`DONE`], or a word of a closed list of the caller's.
///
/// # Errors
/// If the database fails; then the act fails too.
pub async fn write(
    transaction: &mut Transaction<'static, Postgres>,
    caller: &Caller,
    operation: ApiOperation,
    object: Option<Uuid>,
    outcome: &'static str,
) -> Result<(), sqlx::Error> {
    write_all(transaction, &[&Entry::new(caller, operation, object, outcome)]).await
}

/// The same for several acts of one transaction, all of its tenant, in one statement.
///
/// # Errors
/// If the database fails; then the acts fail too.
pub async fn write_all(connection: &mut PgConnection, entries: &[&Entry]) -> Result<(), sqlx::Error> {
    if entries.is_empty() {
        return Ok(());
    }
    let sql = recording!("$1::text[], $2::text[], $3::uuid[], $4::text[], $5::uuid[], $6::text[], $7::uuid[]");
    bind(sqlx::query(sql), entries).execute(connection).await?;
    Ok(())
}

/// Writes lines, column by column: subject, role, device, operation, object, outcome, trace.
macro_rules! recording {
    ($columns:literal) => {
        concat!(
            "SELECT api.record(u.subject, u.role, u.device, u.operation, u.object, u.outcome, u.trace) FROM unnest(",
            $columns,
            ") AS u (subject, role, device, operation, object, outcome, trace)"
        )
    };
}
pub(crate) use recording;

/// Binds the columns of `recording!`.
pub(crate) fn bind<'q>(
    query: Query<'q, Postgres, PgArguments>,
    entries: &[&Entry],
) -> Query<'q, Postgres, PgArguments> {
    fn column<'a, T>(entries: &[&'a Entry], value: impl Fn(&'a Entry) -> T) -> Vec<T> {
        entries.iter().map(|entry| value(entry)).collect()
    }
    query
        .bind(column(entries, |entry| entry.subject.clone()))
        .bind(column(entries, |entry| entry.role.as_str()))
        .bind(column(entries, |entry| entry.device.map(|device| device.0)))
        .bind(column(entries, |entry| entry.operation.as_str()))
        .bind(column(entries, |entry| entry.object))
        .bind(column(entries, |entry| entry.outcome))
        .bind(column(entries, |entry| entry.trace))
}

/// Writes refusals behind the answers. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Refusals {
    waiting: mpsc::Sender<Entry>,
    metrics: Metrics,
}

impl Refusals {
    /// Starts to write, on a pool with the role `docket_access`, until `stop` is asked.
    #[must_use]
    pub fn start(database: Database, metrics: Metrics, stop: Stop) -> Self {
        let (waiting, told) = mpsc::channel(REFUSALS_WAITING_MAX);
        tokio::spawn(keep(told, database, metrics.clone(), stop));
        Refusals { waiting, metrics }
    }

    /// Tells one. Where too many wait it is counted and not written.
    pub fn tell(&self, refused: Entry) {
        if self.waiting.try_send(refused).is_err() {
            self.metrics.api().refusal_not_written();
        }
    }
}

async fn keep(mut told: mpsc::Receiver<Entry>, database: Database, metrics: Metrics, stop: Stop) {
    let second = Duration::from_secs(1);
    let (mut since, mut written) = (moment(), 0_u32);
    loop {
        let refused = tokio::select! {
            refused = told.recv() => refused,
            () = stop.asked() => return,
        };
        let Some(refused) = refused else { return };
        if moment().saturating_duration_since(since) >= second {
            (since, written) = (moment(), 0);
        }
        if written >= REFUSALS_A_SECOND {
            metrics.api().refusal_not_written();
            continue;
        }
        written += 1;
        if let Err(error) = insert(&database, &refused).await {
            metrics.api().refusal_not_written();
            tracing::warn!(error = &error as &dyn std::error::Error, "a refusal can't be written down");
        }
    }
}

async fn insert(database: &Database, refused: &Entry) -> Result<(), sqlx::Error> {
    let mut transaction = database.tenant(refused.tenant).await?;
    write_all(&mut transaction, &[refused]).await?;
    transaction.commit().await
}
