//! Orders that no till of their store took in time are called off, with a reason. Several processes may look; whether it is
//! still so is decided in the store's turn. Tills are told of guests that were erased.

use std::time::Duration;

use docket_domain::ids::{OrderId, StoreId, SubjectId, TenantId};
use docket_domain::shop::{GuestForgotten, ShopEvent};
use sqlx::Row as _;

use super::OrderDesk;
use super::job::{By, Command};
use crate::api::idempotency::forget;
use crate::api::limits::{SWEEP_FORGOTTEN, SWEEP_KEYS, SWEEP_MS, SWEEP_ORDERS};
use crate::clock::new_id;
use crate::db::Database;
use crate::down::{Draft, OwnLogError};
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
    tell_of_forgotten(desk, database).await?;
    forget(database.pool(), SWEEP_KEYS).await?;
    Ok(rows.len())
}

/// Writes into the logs of stores which guests were erased: their tills destroy the keys. A fact that is written twice does no
/// harm.
async fn tell_of_forgotten(desk: &OrderDesk, database: &Database) -> Result<(), sqlx::Error> {
    let sql = "SELECT tenant, store, subject FROM api.forgotten ORDER BY tenant, store, subject LIMIT $1";
    for row in &sqlx::query(sql).bind(SWEEP_FORGOTTEN).fetch_all(database.pool()).await? {
        let (tenant, store) = (TenantId(row.try_get("tenant")?), StoreId(row.try_get("store")?));
        let subject = SubjectId(row.try_get("subject")?);
        match tell(desk, tenant, store, subject).await {
            // A store without tills holds no keys.
            Ok(()) | Err(OwnLogError::UnknownStore(_)) => done(desk, tenant, store, subject).await?,
            Err(error) => {
                let error = &error as &dyn std::error::Error;
                tracing::warn!(error, %store, "a store's tills could not be told of an erased guest yet");
            }
        }
    }
    Ok(())
}

async fn tell(desk: &OrderDesk, tenant: TenantId, store: StoreId, subject: SubjectId) -> Result<(), OwnLogError> {
    let event = ShopEvent::GuestForgotten(GuestForgotten { subject });
    let draft = Draft::of_store(store, &event);
    desk.logs().write(tenant, store, "program:sweeper", new_id(), vec![draft]).await?;
    Ok(())
}

async fn done(desk: &OrderDesk, tenant: TenantId, store: StoreId, subject: SubjectId) -> Result<(), sqlx::Error> {
    let mut transaction = desk.logs().ingest().database().tenant(tenant).await?;
    let sql = "DELETE FROM api.forgotten WHERE tenant = $1 AND store = $2 AND subject = $3";
    sqlx::query(sql).bind(tenant.0).bind(store.0).bind(subject.0).execute(&mut *transaction).await?;
    transaction.commit().await
}
