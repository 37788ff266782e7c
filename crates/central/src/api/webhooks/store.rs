//! Webhooks and their deliveries in PostgreSQL, as an admin sees them.

use docket_domain::ids::{StoreId, TenantId};
use sqlx::postgres::PgRow;
use sqlx::{Postgres, Row as _, Transaction};
use uuid::Uuid;

use super::body::{Checked, DeliveryState, DeliveryView, WebhookView, rfc3339};
use crate::api::fault::{Fault, FaultCode};
use crate::api::feed::Position;
use crate::api::limits::{PAGE_MAX, WEBHOOKS_MAX};
use crate::api::order::Page;

type Tx = Transaction<'static, Postgres>;

const VIEW: &str = "webhook, url, event_types, stores, active, created_ms";

pub(super) async fn insert(
    transaction: &mut Tx,
    tenant: TenantId,
    id: Uuid,
    new: &Checked,
    sealed: &[u8],
    now_ms: i64,
) -> Result<(), Fault> {
    // Two at once must not both be the last that fits.
    let sql = "SELECT pg_advisory_xact_lock(hashtextextended('docket webhooks ' || $1::text, 0))";
    sqlx::query(sql).bind(tenant.0).execute(&mut **transaction).await?;
    let count: i64 = sqlx::query_scalar("SELECT count(*) FROM api.webhooks WHERE tenant = $1")
        .bind(tenant.0)
        .fetch_one(&mut **transaction)
        .await?;
    if count >= WEBHOOKS_MAX {
        return Err(Fault::new(FaultCode::FailedPrecondition, format!("there are {WEBHOOKS_MAX} webhooks already")));
    }
    // Every transaction that is not over yet comes behind this place.
    let sql = "INSERT INTO api.webhooks (tenant, webhook, url, sealed_secret, event_types, stores, created_ms, xid, id) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, pg_snapshot_xmin(pg_current_snapshot()), 0)";
    sqlx::query(sql)
        .bind(tenant.0)
        .bind(id)
        .bind(&new.url)
        .bind(sealed)
        .bind(&new.event_types)
        .bind(&new.stores)
        .bind(now_ms)
        .execute(&mut **transaction)
        .await?;
    Ok(())
}

fn view(row: &PgRow) -> Result<WebhookView, sqlx::Error> {
    let stores: Option<Vec<Uuid>> = row.try_get("stores")?;
    Ok(WebhookView {
        webhook_id: row.try_get("webhook")?,
        url: row.try_get("url")?,
        event_types: row.try_get("event_types")?,
        store_ids: stores.map(|stores| stores.into_iter().map(StoreId).collect()),
        active: row.try_get("active")?,
        created_at: rfc3339(row.try_get("created_ms")?),
    })
}

pub(super) async fn get(transaction: &mut Tx, tenant: TenantId, id: Uuid) -> Result<Option<WebhookView>, sqlx::Error> {
    let sql = format!("SELECT {VIEW} FROM api.webhooks WHERE tenant = $1 AND webhook = $2");
    let found =
        sqlx::query(sqlx::AssertSqlSafe(sql)).bind(tenant.0).bind(id).fetch_optional(&mut **transaction).await?;
    found.as_ref().map(view).transpose()
}

pub(super) async fn list(transaction: &mut Tx, tenant: TenantId) -> Result<Vec<WebhookView>, sqlx::Error> {
    let sql = format!("SELECT {VIEW} FROM api.webhooks WHERE tenant = $1 ORDER BY webhook LIMIT $2");
    let rows =
        sqlx::query(sqlx::AssertSqlSafe(sql)).bind(tenant.0).bind(WEBHOOKS_MAX).fetch_all(&mut **transaction).await?;
    rows.iter().map(view).collect()
}

pub(super) async fn sealed(transaction: &mut Tx, tenant: TenantId, id: Uuid) -> Result<Option<Vec<u8>>, sqlx::Error> {
    sqlx::query_scalar("SELECT sealed_secret FROM api.webhooks WHERE tenant = $1 AND webhook = $2")
        .bind(tenant.0)
        .bind(id)
        .fetch_optional(&mut **transaction)
        .await
}

pub(super) async fn delete(transaction: &mut Tx, tenant: TenantId, id: Uuid) -> Result<bool, sqlx::Error> {
    let done = sqlx::query("DELETE FROM api.webhooks WHERE tenant = $1 AND webhook = $2")
        .bind(tenant.0)
        .bind(id)
        .execute(&mut **transaction)
        .await?;
    Ok(done.rows_affected() > 0)
}

const DELIVERY: &str = "event_id, event_type, key, state, tries, last_status, last_error, xid::text::bigint AS xid, id";

fn delivery(row: &PgRow) -> Result<(Position, DeliveryView), sqlx::Error> {
    let state: &str = row.try_get("state")?;
    let view = DeliveryView {
        event_id: row.try_get("event_id")?,
        event_type: row.try_get("event_type")?,
        order_id: row.try_get("key")?,
        state: DeliveryState::from_text(state),
        tries: row.try_get("tries")?,
        last_status: row.try_get("last_status")?,
        last_error: row.try_get("last_error")?,
    };
    Ok((Position::of_columns(row.try_get("xid")?, row.try_get("id")?), view))
}

pub(super) async fn deliveries(
    transaction: &mut Tx,
    tenant: TenantId,
    id: Uuid,
    state: Option<DeliveryState>,
    after: Position,
    limit: u16,
) -> Result<Page<DeliveryView>, Fault> {
    let limit = usize::from(limit.clamp(1, PAGE_MAX));
    let sql = format!(
        "SELECT {DELIVERY} FROM api.webhook_deliveries WHERE tenant = $1 AND webhook = $2 \
         AND (xid, id) > ($3::text::xid8, $4) AND ($5::text IS NULL OR state = $5) ORDER BY xid, id LIMIT $6"
    );
    let rows = sqlx::query(sqlx::AssertSqlSafe(sql))
        .bind(tenant.0)
        .bind(id)
        .bind(after.xid_text())
        .bind(after.id_number())
        .bind(state.map(DeliveryState::as_str))
        .bind(i64::try_from(limit + 1).unwrap_or(i64::MAX))
        .fetch_all(&mut **transaction)
        .await?;
    let found = rows.iter().map(delivery).collect::<Result<Vec<_>, _>>()?;
    let next = (found.len() > limit).then(|| found[limit - 1].0.to_string());
    Ok(Page { items: found.into_iter().take(limit).map(|(_, view)| view).collect(), next })
}

/// Puts an event on a webhook's list anew; none where the webhook is gone, or the event is not kept any more.
pub(super) async fn replay(
    transaction: &mut Tx,
    tenant: TenantId,
    id: Uuid,
    event: Uuid,
) -> Result<Option<DeliveryView>, sqlx::Error> {
    let sql = format!(
        "INSERT INTO api.webhook_deliveries AS held (tenant, webhook, event_id, xid, id, key, event_type) \
         SELECT o.tenant, w.webhook, o.event_id, o.xid, o.id, o.key, o.event_type FROM api.webhooks w \
           JOIN central.outbox o ON o.tenant = w.tenant AND o.event_id = $3 AND o.store IS NOT NULL \
            AND (w.stores IS NULL OR o.store = ANY(w.stores)) \
          WHERE w.tenant = $1 AND w.webhook = $2 \
         ON CONFLICT (tenant, webhook, event_id) DO UPDATE SET state = 'waiting', tries = 0, due_at = now(), \
            last_status = NULL, last_error = NULL \
         RETURNING {DELIVERY}"
    );
    let row = sqlx::query(sqlx::AssertSqlSafe(sql))
        .bind(tenant.0)
        .bind(id)
        .bind(event)
        .fetch_optional(&mut **transaction)
        .await?;
    row.as_ref().map(delivery).transpose().map(|found| found.map(|(_, view)| view))
}
