//! A webhook is delivered to by one process at a time, which has it for a while: it puts what is new on the webhook's list, and
//! takes from the list what is due. Of one order only the oldest event that waits is due.

use std::collections::BTreeSet;

use docket_contracts::integration::EventKind;
use docket_domain::ids::{StoreId, TenantId};
use sqlx::{Postgres, Row as _, Transaction};
use uuid::Uuid;

use crate::api::feed::{Position, Selection, TOLD_COLUMNS, Told, read};
use crate::api::limits::{WEBHOOK_LEASE_MS, WEBHOOK_PAGE, WEBHOOK_ROUND, WEBHOOK_WAITING_MAX, WEBHOOKS_LOOK};
use crate::db::Database;

/// What a webhook's secret is sealed for.
pub(super) fn seal_of(tenant: Uuid, webhook: Uuid) -> Vec<u8> {
    [&b"webhook"[..], tenant.as_bytes(), webhook.as_bytes()].concat()
}

/// A webhook that this process has.
#[derive(Debug, Clone)]
pub(super) struct Leased {
    pub tenant: TenantId,
    pub webhook: Uuid,
    pub url: String,
    pub sealed_secret: Vec<u8>,
    by: Uuid,
    selection: Selection,
    position: Position,
}

/// A delivery that is due.
#[derive(Debug, Clone)]
pub(super) struct Due {
    pub event_id: Uuid,
    /// How often it was tried before.
    pub tries: i32,
    /// None where the event is not kept any more.
    pub told: Option<Told>,
}

/// What became of a try.
#[derive(Debug, Clone)]
pub(super) struct Tried {
    pub event_id: Uuid,
    pub state: &'static str,
    pub tries: i32,
    /// Milliseconds until the next try.
    pub pause_ms: i64,
    pub status: Option<i32>,
    pub error: Option<String>,
}

/// Webhooks that nobody has, those first that were not looked at the longest.
pub(super) async fn free(database: &Database) -> Result<Vec<(TenantId, Uuid)>, sqlx::Error> {
    let sql = "SELECT tenant, webhook FROM api.webhooks WHERE active AND (leased_until IS NULL OR leased_until <= now()) \
         ORDER BY leased_until NULLS FIRST LIMIT $1";
    let rows: Vec<(Uuid, Uuid)> = sqlx::query_as(sql).bind(WEBHOOKS_LOOK).fetch_all(database.pool()).await?;
    Ok(rows.into_iter().map(|(tenant, webhook)| (TenantId(tenant), webhook)).collect())
}

/// Takes a webhook, unless somebody was quicker.
pub(super) async fn take(
    database: &Database,
    tenant: TenantId,
    webhook: Uuid,
    by: Uuid,
) -> Result<Option<Leased>, sqlx::Error> {
    let sql = "UPDATE api.webhooks w SET leased_by = $3, leased_until = now() + $4 * interval '1 millisecond' \
         FROM (SELECT tenant, webhook FROM api.webhooks WHERE tenant = $1 AND webhook = $2 AND active \
               AND (leased_until IS NULL OR leased_until <= now()) FOR UPDATE SKIP LOCKED) AS free \
         WHERE w.tenant = free.tenant AND w.webhook = free.webhook \
         RETURNING w.url, w.sealed_secret, w.event_types, w.stores, w.xid::text::bigint AS xid, w.id";
    let row = sqlx::query(sql)
        .bind(tenant.0)
        .bind(webhook)
        .bind(by)
        .bind(WEBHOOK_LEASE_MS)
        .fetch_optional(database.pool())
        .await?;
    let Some(row) = row else { return Ok(None) };
    let (kinds, stores): (Vec<String>, Option<Vec<Uuid>>) = (row.try_get("event_types")?, row.try_get("stores")?);
    let selection = Selection {
        stores: stores.map(|stores| stores.into_iter().map(StoreId).collect::<BTreeSet<_>>()),
        customer: None,
        order: None,
        kinds: kinds.iter().filter_map(|kind| EventKind::from_type(kind)).collect(),
    };
    Ok(Some(Leased {
        tenant,
        webhook,
        url: row.try_get("url")?,
        sealed_secret: row.try_get("sealed_secret")?,
        by,
        selection,
        position: Position::of_columns(row.try_get("xid")?, row.try_get("id")?),
    }))
}

impl Leased {
    /// Puts what is new on the list, and gives what is due, with whether there may be more. None where the webhook is not
    /// ours any more.
    pub(super) async fn round(&mut self, database: &Database) -> Result<Option<(Vec<Due>, bool)>, sqlx::Error> {
        let mut transaction = database.tenant(self.tenant).await?;
        if !self.renew(&mut transaction).await? {
            return Ok(None);
        }
        let position = self.position;
        let more = self.gather(&mut transaction).await?;
        let due = match self.due(&mut transaction).await {
            Ok(due) => due,
            Err(error) => {
                self.position = position;
                return Err(error);
            }
        };
        if let Err(error) = transaction.commit().await {
            self.position = position;
            return Err(error);
        }
        Ok(Some((due, more)))
    }

    async fn renew(&self, transaction: &mut Transaction<'static, Postgres>) -> Result<bool, sqlx::Error> {
        let sql = "UPDATE api.webhooks SET leased_until = now() + $4 * interval '1 millisecond' \
             WHERE tenant = $1 AND webhook = $2 AND leased_by = $3 AND active";
        let kept = sqlx::query(sql)
            .bind(self.tenant.0)
            .bind(self.webhook)
            .bind(self.by)
            .bind(WEBHOOK_LEASE_MS)
            .execute(&mut **transaction)
            .await?;
        Ok(kept.rows_affected() > 0)
    }

    /// Says whether a full page was there.
    async fn gather(&mut self, transaction: &mut Transaction<'static, Postgres>) -> Result<bool, sqlx::Error> {
        let sql = "SELECT count(*) FROM (SELECT 1 FROM api.webhook_deliveries \
             WHERE tenant = $1 AND webhook = $2 AND state = 'waiting' LIMIT $3) AS waiting";
        let waiting: i64 = sqlx::query_scalar(sql)
            .bind(self.tenant.0)
            .bind(self.webhook)
            .bind(WEBHOOK_WAITING_MAX)
            .fetch_one(&mut **transaction)
            .await?;
        if waiting >= WEBHOOK_WAITING_MAX {
            return Ok(false);
        }
        let found = read(transaction, self.tenant, &self.selection, self.position, WEBHOOK_PAGE).await?;
        let Some(last) = found.last() else { return Ok(false) };
        let sql = "INSERT INTO api.webhook_deliveries (tenant, webhook, event_id, xid, id, key, event_type) \
             SELECT $1, $2, u.event_id, u.xid::xid8, u.id, u.key, u.event_type \
             FROM unnest($3::uuid[], $4::text[], $5::bigint[], $6::uuid[], $7::text[]) \
             AS u (event_id, xid, id, key, event_type) ON CONFLICT DO NOTHING";
        sqlx::query(sql)
            .bind(self.tenant.0)
            .bind(self.webhook)
            .bind(found.iter().map(|told| told.event_id).collect::<Vec<_>>())
            .bind(found.iter().map(|told| told.position.xid_text()).collect::<Vec<_>>())
            .bind(found.iter().map(|told| told.position.id_number()).collect::<Vec<_>>())
            .bind(found.iter().map(|told| told.key).collect::<Vec<_>>())
            .bind(found.iter().map(|told| told.event_type.clone()).collect::<Vec<_>>())
            .execute(&mut **transaction)
            .await?;
        let sql = "UPDATE api.webhooks SET xid = $3::text::xid8, id = $4 WHERE tenant = $1 AND webhook = $2";
        sqlx::query(sql)
            .bind(self.tenant.0)
            .bind(self.webhook)
            .bind(last.position.xid_text())
            .bind(last.position.id_number())
            .execute(&mut **transaction)
            .await?;
        self.position = last.position;
        Ok(found.len() >= WEBHOOK_PAGE)
    }

    async fn due(&self, transaction: &mut Transaction<'static, Postgres>) -> Result<Vec<Due>, sqlx::Error> {
        let sql = format!(
            "SELECT d.event_id AS due_id, d.tries, o.id IS NOT NULL AS kept, {TOLD_COLUMNS} FROM api.webhook_deliveries d \
               LEFT JOIN central.outbox o ON o.tenant = d.tenant AND o.id = d.id \
              WHERE d.tenant = $1 AND d.webhook = $2 AND d.state = 'waiting' AND d.due_at <= now() \
                AND NOT EXISTS (SELECT 1 FROM api.webhook_deliveries e WHERE e.tenant = d.tenant AND e.webhook = d.webhook \
                    AND e.key = d.key AND e.state = 'waiting' AND (e.xid, e.id) < (d.xid, d.id)) \
              ORDER BY d.xid, d.id LIMIT $3"
        );
        let rows = sqlx::query(sqlx::AssertSqlSafe(sql))
            .bind(self.tenant.0)
            .bind(self.webhook)
            .bind(WEBHOOK_ROUND)
            .fetch_all(&mut **transaction)
            .await?;
        let due = |row: &sqlx::postgres::PgRow| {
            let kept: bool = row.try_get("kept")?;
            let told = kept.then(|| Told::of_row(row)).transpose()?;
            Ok(Due { event_id: row.try_get("due_id")?, tries: row.try_get("tries")?, told })
        };
        rows.iter().map(due).collect()
    }

    /// Notes what became of tries. A target that is gone ends the webhook.
    pub(super) async fn note(&self, database: &Database, tried: &[Tried], gone: bool) -> Result<(), sqlx::Error> {
        let mut transaction = database.tenant(self.tenant).await?;
        let sql = "UPDATE api.webhook_deliveries d SET state = u.state, tries = u.tries, last_status = u.status, \
             last_error = u.error, due_at = now() + u.pause_ms * interval '1 millisecond' \
             FROM unnest($3::uuid[], $4::text[], $5::int[], $6::int[], $7::text[], $8::bigint[]) \
             AS u (event_id, state, tries, status, error, pause_ms) \
             WHERE d.tenant = $1 AND d.webhook = $2 AND d.event_id = u.event_id";
        sqlx::query(sql)
            .bind(self.tenant.0)
            .bind(self.webhook)
            .bind(tried.iter().map(|one| one.event_id).collect::<Vec<_>>())
            .bind(tried.iter().map(|one| one.state).collect::<Vec<_>>())
            .bind(tried.iter().map(|one| one.tries).collect::<Vec<_>>())
            .bind(tried.iter().map(|one| one.status).collect::<Vec<_>>())
            .bind(tried.iter().map(|one| one.error.clone()).collect::<Vec<_>>())
            .bind(tried.iter().map(|one| one.pause_ms).collect::<Vec<_>>())
            .execute(&mut *transaction)
            .await?;
        if gone {
            let sql = "UPDATE api.webhooks SET active = false WHERE tenant = $1 AND webhook = $2";
            sqlx::query(sql).bind(self.tenant.0).bind(self.webhook).execute(&mut *transaction).await?;
        }
        transaction.commit().await
    }

    /// Gives the webhook back.
    pub(super) async fn release(&self, database: &Database) -> Result<(), sqlx::Error> {
        let sql = "UPDATE api.webhooks SET leased_by = NULL, leased_until = now() \
             WHERE tenant = $1 AND webhook = $2 AND leased_by = $3";
        sqlx::query(sql).bind(self.tenant.0).bind(self.webhook).bind(self.by).execute(database.pool()).await?;
        Ok(())
    }
}

/// Removes deliveries that ended more than 7 days ago, some at a time; says how many.
pub(super) async fn forget(database: &Database, page: i64) -> Result<u64, sqlx::Error> {
    let sql = "DELETE FROM api.webhook_deliveries WHERE ctid = ANY (ARRAY(SELECT ctid FROM api.webhook_deliveries \
         WHERE state <> 'waiting' AND made_at < now() - interval '7 days' ORDER BY made_at LIMIT $1))";
    Ok(sqlx::query(sql).bind(page).execute(database.pool()).await?.rows_affected())
}
