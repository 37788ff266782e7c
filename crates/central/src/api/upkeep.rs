//! What the guard's tables need now and then, and the number of active orders for the metrics. Every process does it; doing
//! it twice changes nothing.

use std::time::Duration;

use sqlx::Row as _;

use super::limits::{ACCESS_UPKEEP_MS, UPKEEP_PAGE};
use crate::db::Database;
use crate::telemetry::{Metrics, Stop};

/// Looks after buckets and audit log until `stop` is asked, on a pool with the role `docket_access`.
pub async fn run(database: Database, metrics: Metrics, stop: Stop) {
    while !stop.is_asked() {
        if let Err(error) = once(&database, &metrics).await {
            tracing::warn!(error = &error as &dyn std::error::Error, "the API's tables were not looked after");
        }
        tokio::select! {
            () = tokio::time::sleep(Duration::from_millis(ACCESS_UPKEEP_MS)) => {}
            () = stop.asked() => {}
        }
    }
}

/// One round.
///
/// # Errors
/// If the database fails; the next round does it.
pub async fn once(database: &Database, metrics: &Metrics) -> Result<(), sqlx::Error> {
    let page = i64::from(UPKEEP_PAGE);
    loop {
        let gone: i64 =
            sqlx::query_scalar("SELECT api.forget_buckets($1)").bind(UPKEEP_PAGE).fetch_one(database.pool()).await?;
        if gone < page {
            break;
        }
    }
    // The policy shows what is too old and nothing else.
    sqlx::query(
        "DELETE FROM api.audit WHERE (tenant, id) IN \
         (SELECT tenant, id FROM api.audit WHERE at < now() - interval '400 days' LIMIT $1)",
    )
    .bind(page)
    .execute(database.pool())
    .await?;
    let rows = sqlx::query(
        "SELECT status, count(*) AS orders FROM central.orders WHERE status NOT IN ('completed', 'cancelled') GROUP BY status",
    )
    .fetch_all(database.pool())
    .await?;
    let mut counts = Vec::with_capacity(rows.len());
    for row in &rows {
        counts.push((row.try_get::<String, _>("status")?, row.try_get::<i64, _>("orders")?));
    }
    metrics.api().orders_active(&counts);
    Ok(())
}
