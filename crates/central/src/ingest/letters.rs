//! Letters that several devices of a store carry. It is looked at when a log becomes known, which is once per start of a
//! till; what it means to an order's number is `docket_log::letters`.

use std::collections::HashMap;

use docket_domain::ids::{DeviceId, LogId, OrderId, StoreId, TenantId};
use docket_log::LogOpened;
use docket_log::letters::{Carrier, ranks};
use sqlx::{Postgres, Row as _, Transaction};
use uuid::Uuid;

use super::IngestError;
use super::entry::{fixed, from_sql};
use crate::limits::LETTERS_READ_MAX;

/// A letter of a store that a new log's device carries.
pub(super) type Carried = (StoreId, String);

/// Gives every log of the store whose device carries the letter its mark; gives the orders whose numbers changed by it.
///
/// # Errors
/// If the database fails.
pub(super) async fn learn(
    transaction: &mut Transaction<'static, Postgres>,
    tenant: TenantId,
    (store, letter): &Carried,
) -> Result<Vec<(OrderId, StoreId)>, IngestError> {
    // Two tills that come at once with one letter have to see each other.
    sqlx::query("SELECT pg_advisory_xact_lock(hashtextextended('docket letter ' || $1 || ' ' || $2, 0))")
        .bind(store.0.to_string())
        .bind(letter)
        .execute(&mut **transaction)
        .await?;
    read_unread(transaction, tenant, *store).await?;
    let sql = "SELECT log_id, device, opened_clock, opened_hash, label_mark FROM central.logs \
         WHERE tenant = $1 AND store = $2 AND letter = $3";
    let rows = sqlx::query(sql).bind(tenant.0).bind(store.0).bind(letter).fetch_all(&mut **transaction).await?;
    let mut logs: Vec<(LogId, i32, Carrier)> = Vec::with_capacity(rows.len());
    for row in &rows {
        let (device, clock) = (DeviceId(row.try_get("device")?), from_sql(row.try_get("opened_clock")?));
        let carrier = Carrier { device, clock, hash: fixed(row, "opened_hash")? };
        logs.push((LogId(fixed(row, "log_id")?), row.try_get("label_mark")?, carrier));
    }
    let ranks: HashMap<DeviceId, u32> = ranks(logs.iter().map(|(_, _, carrier)| *carrier));
    let mark = |device| ranks.get(&device).map_or(1, |rank| i32::try_from(*rank).unwrap_or(i32::MAX));
    let changed = logs.iter().map(|(log, was, carrier)| (log, *was, mark(carrier.device)));
    let (ids, marks): (Vec<&[u8]>, Vec<i32>) =
        changed.filter(|(_, was, is)| was != is).map(|(log, _, is)| (&log.0[..], is)).unzip();
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let sql = "UPDATE central.logs l SET label_mark = u.mark FROM unnest($2::bytea[], $3::int[]) AS u (log_id, mark) \
         WHERE l.tenant = $1 AND l.log_id = u.log_id";
    sqlx::query(sql).bind(tenant.0).bind(&ids).bind(marks).execute(&mut **transaction).await?;
    let sql = "SELECT DISTINCT o.order_id, o.store FROM central.logs l JOIN central.log_rows r ON r.tenant = l.tenant \
         AND r.month = l.month AND r.log_id = l.log_id AND r.event_type = 'order.opened' \
         JOIN central.orders o ON o.tenant = r.tenant AND o.order_id = r.stream_id \
         WHERE l.tenant = $1 AND l.log_id = ANY($2)";
    let orders: Vec<(Uuid, Uuid)> = sqlx::query_as(sql).bind(tenant.0).bind(&ids).fetch_all(&mut **transaction).await?;
    Ok(orders.into_iter().map(|(order, store)| (OrderId(order), StoreId(store))).collect())
}

/// Reads the letters of logs that a program made known which did not note them.
async fn read_unread(
    transaction: &mut Transaction<'static, Postgres>,
    tenant: TenantId,
    store: StoreId,
) -> Result<(), IngestError> {
    let sql = "SELECT l.log_id, r.payload, r.clock, r.hash FROM central.logs l JOIN central.log_rows r \
         ON r.tenant = l.tenant AND r.month = l.month AND r.log_id = l.log_id AND r.branch = 0 AND r.seq = 1 \
         WHERE l.tenant = $1 AND l.store = $2 AND l.letter IS NULL LIMIT $3";
    let rows =
        sqlx::query(sql).bind(tenant.0).bind(store.0).bind(LETTERS_READ_MAX).fetch_all(&mut **transaction).await?;
    for row in &rows {
        let payload: &[u8] = row.try_get("payload")?;
        let opened: Option<LogOpened> = serde_json::from_slice(payload).ok();
        let sql = "UPDATE central.logs SET letter = $3, opened_clock = $4, opened_hash = $5 \
             WHERE tenant = $1 AND log_id = $2";
        sqlx::query(sql)
            .bind(tenant.0)
            .bind(row.try_get::<&[u8], _>("log_id")?)
            .bind(opened.map_or_else(String::new, |opened| opened.letter))
            .bind(row.try_get::<i64, _>("clock")?)
            .bind(row.try_get::<&[u8], _>("hash")?)
            .execute(&mut **transaction)
            .await?;
    }
    Ok(())
}
