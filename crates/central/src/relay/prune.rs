//! Old messages leave the outbox; what remains of a day is their count and the sum of their hashes.

use std::collections::BTreeMap;

use docket_sync::HashSum;
use sqlx::Connection as _;
use sqlx::postgres::PgConnection;
use uuid::Uuid;

use super::hash::message_hash;

#[derive(Debug, sqlx::FromRow)]
struct Old {
    id: i64,
    tenant: Uuid,
    store: Option<Uuid>,
    business_day: Option<i32>,
    event_id: Uuid,
    body: Vec<u8>,
}

/// Prunes up to `limit` rows that were published more than `kept_ms` ago, and says how many.
pub(super) async fn prune(connection: &mut PgConnection, kept_ms: i64, limit: i64) -> Result<i64, sqlx::Error> {
    let mut transaction = connection.begin().await?;
    let rows: Vec<Old> = sqlx::query_as(
        "SELECT id, tenant, store, business_day, event_id, body FROM central.outbox \
          WHERE published_at < now() - $1::bigint * interval '1 millisecond' ORDER BY published_at LIMIT $2 FOR UPDATE",
    )
    .bind(kept_ms)
    .bind(limit)
    .fetch_all(&mut *transaction)
    .await?;
    for ((tenant, store, day), (messages, sum)) in sums(&rows) {
        add(&mut transaction, tenant, store, day, messages, sum).await?;
    }
    let (tenants, ids): (Vec<Uuid>, Vec<i64>) = rows.iter().map(|row| (row.tenant, row.id)).unzip();
    raise_floor(&mut transaction, &tenants, &ids).await?;
    sqlx::query(
        "DELETE FROM central.outbox AS old USING unnest($1::uuid[], $2::bigint[]) AS gone (tenant, id) \
          WHERE old.tenant = gone.tenant AND old.id = gone.id",
    )
    .bind(tenants)
    .bind(ids)
    .execute(&mut *transaction)
    .await?;
    transaction.commit().await?;
    Ok(i64::try_from(rows.len()).unwrap_or(limit))
}

/// Notes the last position of the change feed that goes, of each tenant, so that a reader who stands before it is told.
async fn raise_floor(connection: &mut PgConnection, tenants: &[Uuid], ids: &[i64]) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO central.feed_floor AS floor (tenant, xid, id) \
         SELECT DISTINCT ON (o.tenant) o.tenant, o.xid, o.id FROM central.outbox o \
           JOIN unnest($1::uuid[], $2::bigint[]) AS gone (tenant, id) ON o.tenant = gone.tenant AND o.id = gone.id \
          ORDER BY o.tenant, o.xid DESC, o.id DESC \
         ON CONFLICT (tenant) DO UPDATE SET xid = EXCLUDED.xid, id = EXCLUDED.id \
          WHERE (floor.xid, floor.id) < (EXCLUDED.xid, EXCLUDED.id)",
    )
    .bind(tenants)
    .bind(ids)
    .execute(connection)
    .await?;
    Ok(())
}

type Day = (Uuid, Uuid, i32);

fn sums(rows: &[Old]) -> BTreeMap<Day, (i64, HashSum)> {
    let mut days: BTreeMap<Day, (i64, HashSum)> = BTreeMap::new();
    for row in rows {
        // What is about no store belongs to no day's statement.
        let (Some(store), Some(day)) = (row.store, row.business_day) else { continue };
        let day = days.entry((row.tenant, store, day)).or_default();
        day.0 += 1;
        day.1.add(&message_hash(row.event_id, &row.body));
    }
    days
}

async fn add(
    connection: &mut PgConnection,
    tenant: Uuid,
    store: Uuid,
    day: i32,
    messages: i64,
    sum: HashSum,
) -> Result<(), sqlx::Error> {
    let before: Option<Vec<u8>> = sqlx::query_scalar(
        "SELECT hash_sum FROM central.outbox_pruned WHERE tenant = $1 AND store = $2 AND business_day = $3 FOR UPDATE",
    )
    .bind(tenant)
    .bind(store)
    .bind(day)
    .fetch_optional(&mut *connection)
    .await?;
    let mut whole = sum;
    if let Some(before) = before {
        let bytes = <[u8; 32]>::try_from(before).map_err(|_| sqlx::Error::Decode("hash_sum is 32 bytes".into()))?;
        whole.join(&HashSum(bytes));
    }
    sqlx::query(
        "INSERT INTO central.outbox_pruned (tenant, store, business_day, messages, hash_sum) VALUES ($1, $2, $3, $4, $5) \
         ON CONFLICT (tenant, store, business_day) \
         DO UPDATE SET messages = outbox_pruned.messages + EXCLUDED.messages, hash_sum = EXCLUDED.hash_sum",
    )
    .bind(tenant)
    .bind(store)
    .bind(day)
    .bind(messages)
    .bind(&whole.0[..])
    .execute(connection)
    .await?;
    Ok(())
}
