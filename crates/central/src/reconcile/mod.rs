//! The reconciler: finds the days of each store that have ended and have news, compares what every side holds of them, and
//! signs a statement. It reads; it mends nothing, because what it finds missing is still at its source.

mod counter;
pub mod days;
mod levels;
pub mod limits;
mod prune;

pub use counter::{Counter, message_day};
pub use prune::prune;

use std::time::Duration;

use clap::Args;
use docket_contracts::statement::Statement;
use docket_domain::ids::TenantId;
use uuid::Uuid;

use crate::brokers::Brokers;
use crate::clock;
use crate::config::{Config, ConfigFaults};
use crate::db::{Database, DbError, Role};
use crate::limits::CUT_OVER_MINUTES_DEFAULT;
use crate::prove::{self, ProveError};
use crate::secret::ServiceSecret;
use crate::telemetry::{Metrics, Stop};
use days::DueDay;
use limits::{CONNECTIONS, COUNT_MS, PASS_EVERY_MS, SETTLE_MINUTES};

/// Options of `reconcile`.
#[derive(Debug, Clone, Copy, Default, Args)]
pub struct Reconcile {
    /// One pass, after the topics were counted to their ends, then end
    #[arg(long)]
    pub once: bool,
}

/// What a pass did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PassReport {
    /// Days that were compared.
    pub days: u64,
    /// Statements that were made.
    pub statements: u64,
    /// Days that do not agree.
    pub unequal: u64,
}

/// What the reconciler works with.
#[derive(Clone)]
pub struct Reconciler {
    database: Database,
    secret: ServiceSecret,
    metrics: Metrics,
}

/// The tenants of this installation.
///
/// # Errors
/// [`sqlx::Error`].
pub async fn tenants(database: &Database) -> Result<Vec<TenantId>, sqlx::Error> {
    let ids: Vec<Uuid> =
        sqlx::query_scalar("SELECT tenant FROM central.tenants ORDER BY tenant").fetch_all(database.pool()).await?;
    Ok(ids.into_iter().map(TenantId).collect())
}

/// Why the reconciler can't begin, or a single pass failed.
#[derive(Debug, thiserror::Error)]
pub enum ReconcileError {
    /// The configuration lacks something.
    #[error(transparent)]
    Config(#[from] ConfigFaults),
    /// The pool could not be opened.
    #[error(transparent)]
    Database(#[from] DbError),
    /// A pass failed.
    #[error(transparent)]
    Prove(#[from] ProveError),
}

/// `docket-central reconcile`.
///
/// # Errors
/// [`ReconcileError`]; in the loop only what keeps it from beginning.
pub async fn command(config: &Config, options: Reconcile, stop: &Stop, metrics: Metrics) -> Result<(), ReconcileError> {
    let (brokers, secret) = (config.need_brokers()?, config.need_secret()?.clone());
    let reconciler = Reconciler::connect(&config.database_url, secret, metrics).await?;
    Ok(reconciler.run(brokers, options, stop).await?)
}

impl Reconciler {
    /// Connects as the reconciler.
    ///
    /// # Errors
    /// [`DbError`].
    pub async fn connect(url: &str, secret: ServiceSecret, metrics: Metrics) -> Result<Self, DbError> {
        Ok(Reconciler { database: Database::connect(url, Role::Reconciler, CONNECTIONS).await?, secret, metrics })
    }

    /// Its database.
    #[must_use]
    pub fn database(&self) -> &Database {
        &self.database
    }

    /// Works until it is asked to stop, or once.
    ///
    /// # Errors
    /// With `once` whatever fails; else failures are logged and tried again.
    pub async fn run(&self, brokers: &Brokers, options: Reconcile, stop: &Stop) -> Result<(), ProveError> {
        let counter = Counter::try_new(brokers, self.database.clone(), self.metrics.clone())?;
        let counting = Stop::new();
        let work = tokio::spawn({
            let (counter, stop) = (counter.clone(), counting.clone());
            async move { counter.run(&stop).await }
        });
        let result = if options.once { self.once(&counter, stop).await } else { self.forever(&counter, stop).await };
        counting.ask();
        // It ends between two transactions.
        if work.await.is_err() {
            tracing::error!("the count of the topics broke off");
        }
        result
    }

    async fn once(&self, counter: &Counter, stop: &Stop) -> Result<(), ProveError> {
        tokio::select! {
            counted = counter.counted_to_the_end(Duration::from_millis(COUNT_MS)) => counted?,
            () = stop.asked() => return Ok(()),
        }
        let report = self.pass().await?;
        tracing::info!(days = report.days, statements = report.statements, unequal = report.unequal, "one pass");
        Ok(())
    }

    async fn forever(&self, counter: &Counter, stop: &Stop) -> Result<(), ProveError> {
        while !stop.is_asked() {
            match self.pass().await {
                Ok(report) if report.days > 0 => {
                    tracing::info!(
                        days = report.days,
                        statements = report.statements,
                        unequal = report.unequal,
                        "a pass"
                    );
                }
                Ok(_) => {}
                Err(error) => {
                    tracing::error!(error = &error as &dyn std::error::Error, "a pass failed; the next one tries again")
                }
            }
            if let Err(error) = self.look_at_levels(counter).await {
                tracing::warn!(error = &error as &dyn std::error::Error, "the gauges could not be read");
            }
            tokio::select! {
                () = tokio::time::sleep(Duration::from_millis(PASS_EVERY_MS)) => {}
                () = stop.asked() => {}
            }
        }
        Ok(())
    }

    async fn look_at_levels(&self, counter: &Counter) -> Result<(), ProveError> {
        self.metrics.levels(&levels::read(&self.database).await?);
        counter.tell_lag().await
    }

    /// Looks at every day that is due, of every tenant. One that fails does not keep the others.
    ///
    /// # Errors
    /// [`ProveError`] of the first that failed, after the others were done.
    pub async fn pass(&self) -> Result<PassReport, ProveError> {
        let mut report = PassReport::default();
        let mut failure = None;
        for tenant in tenants(&self.database).await? {
            if let Err(error) = self.pass_of(tenant, &mut report).await {
                tracing::error!(%tenant, error = &error as &dyn std::error::Error, "days of a tenant could not be compared");
                failure.get_or_insert(error);
            }
        }
        failure.map_or(Ok(report), Err)
    }

    async fn pass_of(&self, tenant: TenantId, report: &mut PassReport) -> Result<(), ProveError> {
        days::look(&self.database, tenant).await?;
        let now_ms = clock::wall_ms();
        let today = |zone: Option<&str>, cut_over: Option<i32>| {
            let zone = zone.and_then(|zone| zone.parse().ok()).unwrap_or(chrono_tz::UTC);
            clock::business_day(now_ms, zone, cut_over.unwrap_or(CUT_OVER_MINUTES_DEFAULT))
        };
        for day in days::due(&self.database, tenant, today).await? {
            self.check(tenant, day, report).await?;
        }
        prune(&self.database, tenant).await?;
        Ok(())
    }

    /// Compares one day. While its last messages may still be on their way, a difference is not stated.
    async fn check(&self, tenant: TenantId, day: DueDay, report: &mut PassReport) -> Result<(), ProveError> {
        let statement = prove::gather(&self.database, tenant, day.store, day.business_day).await?;
        let equal = statement.equal;
        report.days += 1;
        report.unequal += u64::from(!equal);
        let settled = day.open_ms.is_none_or(|open_ms| open_ms >= SETTLE_MINUTES * 60_000);
        if equal || settled {
            let proven = prove::settle(&self.database, &self.secret, statement).await?;
            if proven.is_new {
                report.statements += 1;
                self.metrics.statement(equal);
                let findings = proven.statement.findings().join("; ");
                let Statement { version, .. } = proven.statement;
                tracing::info!(%tenant, store = %day.store, day = day.business_day, version, equal, findings, "a statement");
            }
        }
        Ok(days::checked(&self.database, tenant, day, equal).await?)
    }
}
