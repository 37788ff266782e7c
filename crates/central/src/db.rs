//! PostgreSQL: a pool whose connections have one role of the service, transactions of one tenant, and the migrations.
//!
//! The user of the address only has to be a member of the role; the role owns nothing, and row-level security shows it
//! the tenant of its transaction and nothing else.

use std::time::Duration;

use docket_domain::ids::TenantId;
use sqlx::migrate::Migrator;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgPool, Postgres, Transaction};

use crate::limits::{CONNECTION_MS, CONNECTION_TRUSTED_MS};

/// The schema, as `migrations/central` has it. One that a newer program has run is no fault: two versions may be alive.
fn migrations() -> Migrator {
    let mut migrations = sqlx::migrate!("../../migrations/central");
    migrations.set_ignore_missing(true);
    migrations
}

/// Why the database did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum DbError {
    /// It can't be reached, or refused a statement.
    #[error("the database failed")]
    Sql(#[from] sqlx::Error),
    /// The schema can't be brought up to date.
    #[error("the schema can't be brought up to date")]
    Migrate(#[from] sqlx::migrate::MigrateError),
}

/// Who a connection works as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// Takes events in and writes the outbox.
    Ingest,
    /// Publishes the outbox.
    Relay,
    /// Compares and signs.
    Reconciler,
    /// Read models of orders.
    Orders,
    /// Figures.
    Analytics,
    /// Notifications.
    Notify,
    /// Open orders of deactivated customers.
    Customers,
    /// Delivers webhooks.
    Webhooks,
    /// Guards the API: rate limits, devices, the audit log.
    Access,
    /// Reads for the API.
    Api,
    /// Finds what is due for the API, in every tenant.
    Sweeper,
}

impl Role {
    /// The name of the role in PostgreSQL.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Role::Ingest => "docket_ingest",
            Role::Relay => "docket_relay",
            Role::Reconciler => "docket_reconciler",
            Role::Orders => "docket_orders",
            Role::Analytics => "docket_analytics",
            Role::Notify => "docket_notify",
            Role::Customers => "docket_customers",
            Role::Webhooks => "docket_webhooks",
            Role::Access => "docket_access",
            Role::Api => "docket_api",
            Role::Sweeper => "docket_sweeper",
        }
    }

    fn set(self) -> &'static str {
        match self {
            Role::Ingest => "SET ROLE docket_ingest",
            Role::Relay => "SET ROLE docket_relay",
            Role::Reconciler => "SET ROLE docket_reconciler",
            Role::Orders => "SET ROLE docket_orders",
            Role::Analytics => "SET ROLE docket_analytics",
            Role::Notify => "SET ROLE docket_notify",
            Role::Customers => "SET ROLE docket_customers",
            Role::Webhooks => "SET ROLE docket_webhooks",
            Role::Access => "SET ROLE docket_access",
            Role::Api => "SET ROLE docket_api",
            Role::Sweeper => "SET ROLE docket_sweeper",
        }
    }
}

/// A plan that is kept for an empty table looks an order up by its tenant, which costs the same there, and reads every order
/// of the tenant for each look-up once there are many. So the ingest plans each statement for the tables as they are.
const PLAN_ANEW: &str = "SET plan_cache_mode = force_custom_plan";

/// A pool of connections of one role.
#[derive(Debug, Clone)]
pub struct Database {
    pool: PgPool,
}

impl Database {
    /// Opens a pool of at most `connections`, all of them with `role`.
    ///
    /// # Errors
    /// [`DbError::Sql`] if the server can't be reached or the user may not take the role.
    pub async fn connect(url: &str, role: Role, connections: u32) -> Result<Self, DbError> {
        let options: PgConnectOptions = url.parse()?;
        let pool = PgPoolOptions::new()
            .max_connections(connections)
            .acquire_timeout(Duration::from_millis(CONNECTION_MS))
            // To ask before each transaction whether the server is there costs it a message more, and it may go right after.
            .test_before_acquire(false)
            .before_acquire(|connection, meta| {
                Box::pin(async move {
                    if meta.idle_for > Duration::from_millis(CONNECTION_TRUSTED_MS) {
                        connection.ping().await?;
                    }
                    Ok(true)
                })
            })
            .after_connect(move |connection, _| {
                Box::pin(async move {
                    connection.execute(role.set()).await?;
                    if role == Role::Ingest {
                        connection.execute(PLAN_ANEW).await?;
                    }
                    Ok(())
                })
            })
            .after_release(|connection, _| {
                // A batch of rows leaves megabytes of buffer with whichever connection carried it.
                connection.shrink_buffers();
                Box::pin(std::future::ready(Ok(true)))
            })
            .connect_with(options)
            .await?;
        Ok(Database { pool })
    }

    /// Begins a transaction that sees one tenant.
    ///
    /// # Errors
    /// [`sqlx::Error`] if there is no connection.
    pub async fn tenant(&self, tenant: TenantId) -> Result<Transaction<'static, Postgres>, sqlx::Error> {
        // One message to the server in place of two; the id is digits and dashes.
        self.begin_with(format!("BEGIN; SET LOCAL docket.tenant = '{}'", tenant.0)).await
    }

    /// The same for an act whose look-ups are all by whole keys: plans are made once and kept, because making them anew takes
    /// longer than the act itself. Each is told to look up by keys, also those that are made while a table is empty, when to
    /// read all of it would cost the same. [`plan_anew`] ends that for a transaction.
    ///
    /// # Errors
    /// [`sqlx::Error`] if there is no connection.
    pub async fn tenant_by_keys(&self, tenant: TenantId) -> Result<Transaction<'static, Postgres>, sqlx::Error> {
        // Left to choose, the server plans what looks up a list anew each time: it does not know that the list is short.
        self.tenant_planning(tenant, "force_generic_plan").await
    }

    /// The same where a look-up is by a range too, of which a kept plan may be a bad one: the server chooses.
    ///
    /// # Errors
    /// [`sqlx::Error`] if there is no connection.
    pub async fn tenant_with_plans(&self, tenant: TenantId) -> Result<Transaction<'static, Postgres>, sqlx::Error> {
        self.tenant_planning(tenant, "auto").await
    }

    async fn tenant_planning(
        &self,
        tenant: TenantId,
        mode: &'static str,
    ) -> Result<Transaction<'static, Postgres>, sqlx::Error> {
        let begin = format!(
            "BEGIN; SET LOCAL docket.tenant = '{}'; SET LOCAL plan_cache_mode = {mode}; SET LOCAL enable_seqscan = off",
            tenant.0
        );
        self.begin_with(begin).await
    }

    /// Begins a transaction that sees no tenant yet.
    ///
    /// # Errors
    /// [`sqlx::Error`] if there is no connection.
    pub async fn begin(&self) -> Result<Transaction<'static, Postgres>, sqlx::Error> {
        self.begin_with("BEGIN".to_owned()).await
    }

    /// Begins a transaction by a statement of this program's own. A connection that was used a moment ago is not asked whether
    /// its server is still there; where it is not, nothing has begun, and the next connection is taken.
    ///
    /// # Errors
    /// [`sqlx::Error`] if there is no connection.
    pub(crate) async fn begin_with(&self, statement: String) -> Result<Transaction<'static, Postgres>, sqlx::Error> {
        for _ in 0..self.pool.options().get_max_connections() {
            match self.pool.begin_with(AssertSqlSafe(statement.clone())).await {
                Err(error) if is_gone(&error) => {
                    tracing::info!(
                        error = &error as &dyn std::error::Error,
                        "a connection is gone, another one is taken"
                    );
                }
                other => return other,
            }
        }
        self.pool.begin_with(AssertSqlSafe(statement)).await
    }

    /// The pool, for what concerns no tenant.
    #[must_use]
    pub fn pool(&self) -> &PgPool {
        &self.pool
    }
}

/// Whether the server ended the connection, or is not at its other end any more.
fn is_gone(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(_) => true,
        sqlx::Error::Database(error) => matches!(error.code().as_deref(), Some("57P01" | "57P02" | "57P03" | "57P05")),
        _ => false,
    }
}

/// Has the statements of the rest of a transaction planned for the tables as they are.
///
/// # Errors
/// [`sqlx::Error`] if the connection fails.
pub async fn plan_anew(transaction: &mut Transaction<'static, Postgres>) -> Result<(), sqlx::Error> {
    transaction.execute("SET LOCAL plan_cache_mode = force_custom_plan; SET LOCAL enable_seqscan = on").await?;
    Ok(())
}

/// Says words to whoever listens: channels and what is said there. Say them after the commit, in a transaction of their own: one
/// that writes and notifies holds up every other one like it until it is on disk. The words need not be on disk.
///
/// # Errors
/// [`sqlx::Error`] if they could not be said.
pub(crate) async fn notify(pool: &PgPool, channels: &[&str], words: &[String]) -> Result<(), sqlx::Error> {
    let sql = "SELECT set_config('synchronous_commit', 'off', true), pg_notify(u.channel, u.word) \
         FROM unnest($1::text[], $2::text[]) AS u (channel, word)";
    sqlx::query(sql).bind(channels).bind(words).execute(pool).await?;
    Ok(())
}

/// Lets the rest of a transaction see one tenant.
///
/// # Errors
/// [`sqlx::Error`] if the connection fails.
pub async fn set_tenant(transaction: &mut Transaction<'static, Postgres>, tenant: TenantId) -> Result<(), sqlx::Error> {
    sqlx::query("SELECT set_config('docket.tenant', $1, true)")
        .bind(tenant.0.to_string())
        .execute(&mut **transaction)
        .await?;
    Ok(())
}

/// Brings the schema up to date, as the user of the address, who then owns it.
///
/// # Errors
/// [`DbError`] names the migration that failed.
pub async fn migrate(url: &str) -> Result<(), DbError> {
    let options: PgConnectOptions = url.parse()?;
    let mut connection = sqlx::PgConnection::connect_with(&options).await?;
    migrations().run(&mut connection).await?;
    connection.close().await?;
    Ok(())
}

/// Whether every migration that this program knows has been run.
///
/// # Errors
/// [`sqlx::Error`] if the server can't be reached.
pub async fn is_current(url: &str) -> Result<bool, sqlx::Error> {
    let options: PgConnectOptions = url.parse()?;
    let mut connection = sqlx::PgConnection::connect_with(&options).await?;
    let there: Option<String> =
        sqlx::query_scalar("SELECT to_regclass('_sqlx_migrations')::text").fetch_one(&mut connection).await?;
    let mut current = there.is_some();
    if current {
        let run: Vec<i64> =
            sqlx::query_scalar("SELECT version FROM _sqlx_migrations WHERE success").fetch_all(&mut connection).await?;
        current = migrations().iter().all(|migration| run.contains(&migration.version));
    }
    connection.close().await?;
    Ok(current)
}
