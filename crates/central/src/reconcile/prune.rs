//! Counted messages leave the table once no topic holds them any more and their day is settled; what remains of a day is
//! their number and the sum of their hashes, which a statement reads as it read the messages.

use std::collections::BTreeMap;

use docket_domain::ids::TenantId;
use docket_log::Hash;
use docket_sync::HashSum;
use sqlx::{PgConnection, Row as _};
use uuid::Uuid;

use super::limits::{COUNTED_DAYS, PRUNE_MESSAGES};
use crate::db::Database;

/// A day with the messages that go.
type Days = BTreeMap<(Uuid, i32), (Vec<Uuid>, HashSum)>;

/// Prunes a page of a tenant's counted messages; says how many.
///
/// # Errors
/// [`sqlx::Error`]; nothing is pruned then.
pub async fn prune(database: &Database, tenant: TenantId) -> Result<u64, sqlx::Error> {
    let mut transaction = database.tenant(tenant).await?;
    let rows = sqlx::query(
        "SELECT k.store, k.business_day, k.event_id, k.hash FROM central.kafka_tallies k \
         JOIN central.days d USING (tenant, store, business_day) \
         WHERE k.tenant = $1 AND d.open_since IS NULL AND k.counted_at < now() - $2 * interval '1 day' \
         ORDER BY k.counted_at LIMIT $3 FOR UPDATE OF k",
    )
    .bind(tenant.0)
    .bind(COUNTED_DAYS)
    .bind(PRUNE_MESSAGES)
    .fetch_all(&mut *transaction)
    .await?;
    let mut days = Days::new();
    for row in &rows {
        let hash: Vec<u8> = row.try_get("hash")?;
        let day = days.entry((row.try_get("store")?, row.try_get("business_day")?)).or_default();
        day.0.push(row.try_get("event_id")?);
        day.1.add(&Hash(bytes(hash)?));
    }
    for ((store, day), (messages, sum)) in days {
        fold(&mut transaction, tenant, (store, day), &messages, sum).await?;
    }
    transaction.commit().await?;
    Ok(u64::try_from(rows.len()).unwrap_or(u64::MAX))
}

fn bytes(hash: Vec<u8>) -> Result<[u8; 32], sqlx::Error> {
    hash.try_into().map_err(|_| sqlx::Error::Decode("a hash has 32 bytes".into()))
}

async fn fold(
    connection: &mut PgConnection,
    tenant: TenantId,
    (store, day): (Uuid, i32),
    messages: &[Uuid],
    mut sum: HashSum,
) -> Result<(), sqlx::Error> {
    let before: Option<Vec<u8>> = sqlx::query_scalar(
        "SELECT hash_sum FROM central.kafka_pruned WHERE tenant = $1 AND store = $2 AND business_day = $3 FOR UPDATE",
    )
    .bind(tenant.0)
    .bind(store)
    .bind(day)
    .fetch_optional(&mut *connection)
    .await?;
    if let Some(before) = before {
        sum.join(&HashSum(bytes(before)?));
    }
    sqlx::query(
        "INSERT INTO central.kafka_pruned AS k (tenant, store, business_day, messages, hash_sum) \
         VALUES ($1, $2, $3, $4, $5) ON CONFLICT (tenant, store, business_day) \
         DO UPDATE SET messages = k.messages + excluded.messages, hash_sum = excluded.hash_sum",
    )
    .bind(tenant.0)
    .bind(store)
    .bind(day)
    .bind(i64::try_from(messages.len()).unwrap_or(i64::MAX))
    .bind(&sum.0[..])
    .execute(&mut *connection)
    .await?;
    sqlx::query(
        "DELETE FROM central.kafka_tallies WHERE tenant = $1 AND store = $2 AND business_day = $3 AND event_id = ANY($4)",
    )
    .bind(tenant.0)
    .bind(store)
    .bind(day)
    .bind(messages)
    .execute(connection)
    .await?;
    Ok(())
}
