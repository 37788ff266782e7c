//! `docket-central prove STORE DAY`.

use clap::Args;
use docket_domain::ids::{StoreId, TenantId};
use uuid::Uuid;

use super::{ProveError, Proven, prove_day, table};
use crate::config::Config;
use crate::db::{Database, Role};
use crate::reconcile::{ReconcileError, limits};
use crate::secret::ServiceSecret;

/// Options of `prove`.
#[derive(Debug, Clone, Args)]
pub struct Prove {
    /// The store: its id, or its name where only one has it
    #[arg(value_name = "STORE")]
    pub store: String,
    /// The business day: 2026-11-21 or 20261121
    #[arg(value_name = "DAY", value_parser = parse_day)]
    pub day: i32,
    /// Print the signed statement as JSON instead of the table
    #[arg(long)]
    pub json: bool,
}

/// Reads a day as people or programs write it.
///
/// # Errors
/// A sentence for who typed it.
pub fn parse_day(text: &str) -> Result<i32, String> {
    let digits: String = text.chars().filter(|letter| *letter != '-').collect();
    let day =
        digits.parse::<i32>().ok().filter(|_| digits.len() == 8 && digits.bytes().all(|byte| byte.is_ascii_digit()));
    let is_date = |day: &i32| {
        let (month, of_month) = (day / 100 % 100, day % 100);
        (1..=12).contains(&month) && (1..=31).contains(&of_month)
    };
    day.filter(is_date).ok_or_else(|| format!("{text} is no day such as 2026-11-21"))
}

/// `docket-central prove`: gives the text to print, and whether the day is equal.
///
/// # Errors
/// [`ReconcileError`].
pub async fn command(config: &Config, options: &Prove) -> Result<(String, bool), ReconcileError> {
    let secret = config.need_secret()?;
    let database = Database::connect(&config.database_url, Role::Reconciler, limits::CONNECTIONS).await?;
    let proven = prove(&database, secret, options).await?;
    let text = if options.json {
        serde_json::to_string(&proven.signed).expect("a statement is text") + "\n"
    } else {
        table(&proven)
    };
    Ok((text, proven.statement.equal))
}

/// Compares the day, signs it if it changed, and gives the statement.
///
/// # Errors
/// [`ProveError`].
pub async fn prove(database: &Database, secret: &ServiceSecret, options: &Prove) -> Result<Proven, ProveError> {
    let (tenant, store) = find_store(database, &options.store).await?;
    prove_day(database, secret, tenant, store, options.day).await
}

async fn find_store(database: &Database, wanted: &str) -> Result<(TenantId, StoreId), ProveError> {
    let mut found = Vec::new();
    for tenant in crate::reconcile::tenants(database).await? {
        let mut transaction = database.tenant(tenant).await?;
        let stores: Vec<Uuid> = sqlx::query_scalar(
            "SELECT store FROM central.stores WHERE tenant = $1 AND (store::text = lower($2) OR name = $2)",
        )
        .bind(tenant.0)
        .bind(wanted)
        .fetch_all(&mut *transaction)
        .await?;
        found.extend(stores.into_iter().map(|store| (tenant, StoreId(store))));
    }
    match found[..] {
        [one] => Ok(one),
        [] => Err(ProveError::Store(format!("head office knows no store {wanted}"))),
        _ => Err(ProveError::Store(format!("{} stores are named {wanted}; give the id", found.len()))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_reads_in_both_forms_and_nothing_else_is_one() {
        assert_eq!(parse_day("2026-11-21"), Ok(20_261_121));
        assert_eq!(parse_day("20261121"), Ok(20_261_121));
        for wrong in ["", "today", "2026-13-01", "2026-11-00", "+0261121", "2026112", "202611211"] {
            assert!(parse_day(wrong).is_err(), "{wrong}");
        }
    }
}
