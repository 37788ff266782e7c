//! The proof of a day: what each side holds of it, side by side, signed with the tenant's key.
//!
//! Nothing is taken from a running count. The rows, the orders and the messages are read anew each time, so that what is
//! gone from the database is missing in the statement too.

mod command;
mod gather;
mod print;
mod sign;

pub use command::{Prove, command, prove};
pub use gather::gather;
pub use print::{day_text, table};
pub use sign::{is_signed_by, sign};

use docket_contracts::statement::{SignedStatement, Statement};
use docket_domain::ids::{StoreId, TenantId};
use sqlx::Row as _;

use crate::db::Database;
use crate::secret::{SecretError, ServiceSecret};

/// Why a day can't be proven.
#[derive(Debug, thiserror::Error)]
pub enum ProveError {
    /// The database failed.
    #[error("the database failed")]
    Sql(#[from] sqlx::Error),
    /// The tenant's key can't be used.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// There is no such store, or several have this name.
    #[error("STORE: {0}")]
    Store(String),
    /// What is stored is not as this program writes it.
    #[error("{0}")]
    Corrupt(String),
    /// The broker could not say how far the topics are counted.
    #[error("Kafka: {0}")]
    Kafka(String),
}

/// A statement as it stands in the database, with what it says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proven {
    /// What it says.
    pub statement: Statement,
    /// As it is handed on.
    pub signed: SignedStatement,
    /// Whether it was made just now; else nothing had changed since it was.
    pub is_new: bool,
}

/// Compares a day and signs the next version of its statement, if it would say something else than the last.
///
/// # Errors
/// [`ProveError`]; then no statement was made.
pub async fn prove_day(
    database: &Database,
    secret: &ServiceSecret,
    tenant: TenantId,
    store: StoreId,
    business_day: i32,
) -> Result<Proven, ProveError> {
    let statement = gather(database, tenant, store, business_day).await?;
    settle(database, secret, statement).await
}

/// Signs and keeps a statement that was gathered, unless the last one says the same.
///
/// # Errors
/// [`ProveError`].
pub async fn settle(
    database: &Database,
    secret: &ServiceSecret,
    mut statement: Statement,
) -> Result<Proven, ProveError> {
    let Statement { tenant, store, business_day, .. } = statement;
    let mut transaction = database.tenant(tenant).await?;
    // Two at once must not both make version n + 1.
    sqlx::query("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))")
        .bind(format!("docket.statement {store} {business_day}"))
        .execute(&mut *transaction)
        .await?;
    let (sealed, public): (Vec<u8>, Vec<u8>) =
        sqlx::query_as("SELECT sealed_key, public_key FROM central.tenants WHERE tenant = $1")
            .bind(tenant.0)
            .fetch_one(&mut *transaction)
            .await?;
    let public_key = hex::encode(public);
    let last = sqlx::query(
        "SELECT body, signature FROM central.statements WHERE tenant = $1 AND store = $2 AND business_day = $3 \
         ORDER BY version DESC LIMIT 1",
    )
    .bind(tenant.0)
    .bind(store.0)
    .bind(business_day)
    .fetch_optional(&mut *transaction)
    .await?;
    if let Some(last) = last {
        let (body, signature): (String, Vec<u8>) = (last.try_get(0)?, last.try_get(1)?);
        let before: Statement = serde_json::from_str(&body)
            .map_err(|error| ProveError::Corrupt(format!("the last statement can't be read: {error}")))?;
        if before.says_the_same(&statement) {
            let signed = SignedStatement { body, signature: hex::encode(signature), public_key };
            return Ok(Proven { statement: before, signed, is_new: false });
        }
        statement.version = before.version + 1;
    }
    let key = secret.open(tenant, &sealed)?;
    let body = serde_json::to_string(&statement).expect("a statement holds texts and numbers");
    let signature = sign(&key, &body);
    sqlx::query(
        "INSERT INTO central.statements (tenant, store, business_day, version, body, signature) \
         VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(tenant.0)
    .bind(store.0)
    .bind(business_day)
    .bind(i32::try_from(statement.version).unwrap_or(i32::MAX))
    .bind(&body)
    .bind(&signature[..])
    .execute(&mut *transaction)
    .await?;
    transaction.commit().await?;
    let signed = SignedStatement { body, signature: hex::encode(signature), public_key };
    Ok(Proven { statement, signed, is_new: true })
}
