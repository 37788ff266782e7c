//! Orders that no till of their store took in time are called off, with a reason. Several processes may look; whether it is
//! still so is decided in the store's turn.

use std::time::Duration;

use docket_domain::ids::{OrderId, StoreId, TenantId};
use sqlx::Row as _;

use super::OrderDesk;
use super::job::{By, Command};
use crate::api::idempotency::forget;
use crate::api::limits::{SWEEP_KEYS, SWEEP_MS, SWEEP_ORDERS};
use crate::db::Database;
use crate::telemetry::Stop;

/// Looks again and again until it is asked to stop. `database` has the role `docket_sweeper`.
pub async fn sweep(desk: OrderDesk, database: Database, stop: Stop) {
    let mut every = tokio::time::interval(Duration::from_millis(SWEEP_MS));
    every.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = stop.asked() => return,
            _ = every.tick() => {}
        }
        if let Err(error) = sweep_once(&desk, &database).await {
            tracing::warn!(error = &error as &dyn std::error::Error, "orders that wait could not be looked at");
        }
    }
}

/// Looks once; says how many orders were due.
///
/// # Errors
/// [`sqlx::Error`] if they can't be read.
pub async fn sweep_once(desk: &OrderDesk, database: &Database) -> Result<usize, sqlx::Error> {
    let sql = "SELECT tenant, store, order_id FROM api.deliveries \
         WHERE taken_at IS NULL AND given_up_at IS NULL AND due_at <= now() ORDER BY due_at LIMIT $1";
    let rows = sqlx::query(sql).bind(SWEEP_ORDERS).fetch_all(database.pool()).await?;
    for row in &rows {
        let (tenant, store) = (TenantId(row.try_get("tenant")?), StoreId(row.try_get("store")?));
        let order = OrderId(row.try_get("order_id")?);
        let given_up = desk.put(tenant, store, Command::GiveUp(order), By::program("sweeper"), None).await;
        if let Err(fault) = given_up {
            tracing::warn!(%order, %fault, "an order that nobody took could not be called off");
        }
    }
    forget(database.pool(), SWEEP_KEYS).await?;
    Ok(rows.len())
}
