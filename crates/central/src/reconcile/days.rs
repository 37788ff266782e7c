//! Which days have news: rows that came in since the last look, found along each history from a mark on.

use docket_domain::ids::{StoreId, TenantId};
use sqlx::{PgConnection, Row as _};
use uuid::Uuid;

use super::limits::{DAYS_PER_PASS, LOOK_ROWS, OLD_DAYS_PER_PASS};
use crate::db::Database;

/// A history with rows that were not looked through yet.
struct News {
    log: Vec<u8>,
    month: i32,
    store: Uuid,
    branch: i32,
    from: i64,
}

/// Looks through the new rows of a tenant and notes their days as open.
///
/// # Errors
/// [`sqlx::Error`]; what was noted before it stays.
pub async fn look(database: &Database, tenant: TenantId) -> Result<(), sqlx::Error> {
    loop {
        let mut transaction = database.tenant(tenant).await?;
        // Two that look at once would wait for each other's rows anyway.
        sqlx::query("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))")
            .bind(format!("docket.days {tenant}"))
            .execute(&mut *transaction)
            .await?;
        let news = news(&mut transaction, tenant).await?;
        for history in &news {
            read_on(&mut transaction, tenant, history).await?;
        }
        transaction.commit().await?;
        if news.is_empty() {
            return Ok(());
        }
    }
}

async fn news(connection: &mut PgConnection, tenant: TenantId) -> Result<Vec<News>, sqlx::Error> {
    // A mark above a head means that the database was restored from a copy: the rows that come again are looked at again.
    let rows = sqlx::query(
        "SELECT l.log_id, l.month, l.store, h.branch, least(coalesce(m.seq, h.shared * (h.branch > 0)::int), h.seq) \
         FROM central.log_heads h JOIN central.logs l USING (tenant, log_id) \
         LEFT JOIN central.day_marks m USING (tenant, log_id, branch) \
         WHERE h.tenant = $1 AND h.seq <> coalesce(m.seq, h.shared * (h.branch > 0)::int) \
         ORDER BY l.log_id, h.branch LIMIT 256",
    )
    .bind(tenant.0)
    .fetch_all(connection)
    .await?;
    let history = |row: sqlx::postgres::PgRow| {
        Ok(News {
            log: row.try_get(0)?,
            month: row.try_get(1)?,
            store: row.try_get(2)?,
            branch: row.try_get(3)?,
            from: row.try_get(4)?,
        })
    };
    rows.into_iter().map(history).collect()
}

async fn read_on(connection: &mut PgConnection, tenant: TenantId, news: &News) -> Result<(), sqlx::Error> {
    let days = sqlx::query(
        "SELECT business_day, max(seq) FROM (SELECT business_day, seq FROM central.log_rows WHERE tenant = $1 \
         AND month = $2 AND log_id = $3 AND branch = $4 AND seq > $5 ORDER BY seq LIMIT $6) rows GROUP BY business_day",
    )
    .bind(tenant.0)
    .bind(news.month)
    .bind(&news.log)
    .bind(news.branch)
    .bind(news.from)
    .bind(LOOK_ROWS)
    .fetch_all(&mut *connection)
    .await?;
    let mut to = news.from;
    for row in days {
        to = to.max(row.try_get(1)?);
        // A stub has no day.
        let Some(day) = row.try_get::<Option<i32>, _>(0)? else { continue };
        note(connection, tenant, news, day).await?;
    }
    if to == news.from {
        // No row behind the mark: the head itself is where we are.
        to = sqlx::query_scalar("SELECT seq FROM central.log_heads WHERE tenant = $1 AND log_id = $2 AND branch = $3")
            .bind(tenant.0)
            .bind(&news.log)
            .bind(news.branch)
            .fetch_one(&mut *connection)
            .await?;
    }
    sqlx::query(
        "INSERT INTO central.day_marks (tenant, log_id, branch, seq) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (tenant, log_id, branch) DO UPDATE SET seq = excluded.seq",
    )
    .bind(tenant.0)
    .bind(&news.log)
    .bind(news.branch)
    .bind(to)
    .execute(connection)
    .await?;
    Ok(())
}

async fn note(connection: &mut PgConnection, tenant: TenantId, news: &News, day: i32) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO central.day_logs (tenant, store, business_day, log_id) VALUES ($1, $2, $3, $4) \
         ON CONFLICT DO NOTHING",
    )
    .bind(tenant.0)
    .bind(news.store)
    .bind(day)
    .bind(&news.log)
    .execute(&mut *connection)
    .await?;
    sqlx::query(
        "INSERT INTO central.days (tenant, store, business_day, open_since) VALUES ($1, $2, $3, now()) \
         ON CONFLICT (tenant, store, business_day) DO UPDATE SET open_since = now()",
    )
    .bind(tenant.0)
    .bind(news.store)
    .bind(day)
    .execute(connection)
    .await?;
    Ok(())
}

/// A day that a pass looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DueDay {
    /// The store.
    pub store: StoreId,
    /// yyyymmdd.
    pub business_day: i32,
    /// Milliseconds since it was last changed; none where nothing is open.
    pub open_ms: Option<i64>,
    /// Since when it is open, in microseconds: what comes in during a look leaves it open.
    since_us: Option<i64>,
}

/// The open days of a tenant that have ended in their store, and a few old ones to read again.
///
/// # Errors
/// [`sqlx::Error`].
pub async fn due(
    database: &Database,
    tenant: TenantId,
    today: impl Fn(Option<&str>, Option<i32>) -> i32,
) -> Result<Vec<DueDay>, sqlx::Error> {
    let mut transaction = database.tenant(tenant).await?;
    let zones = sqlx::query("SELECT store, time_zone, cut_over_minutes FROM central.stores WHERE tenant = $1")
        .bind(tenant.0)
        .fetch_all(&mut *transaction)
        .await?;
    let mut due = Vec::new();
    for row in zones {
        let (store, zone): (Uuid, Option<String>) = (row.try_get(0)?, row.try_get(1)?);
        let today = today(zone.as_deref(), row.try_get(2)?);
        for (open, limit) in [(true, DAYS_PER_PASS), (false, OLD_DAYS_PER_PASS)] {
            let rows = sqlx::query(
                "SELECT business_day, (extract(epoch FROM now() - open_since) * 1000)::bigint, \
                 (extract(epoch FROM open_since) * 1000000)::bigint FROM central.days \
                 WHERE tenant = $1 AND store = $2 AND business_day < $3 AND (open_since IS NOT NULL) = $4 \
                 ORDER BY checked_at NULLS FIRST, business_day LIMIT $5",
            )
            .bind(tenant.0)
            .bind(store)
            .bind(today)
            .bind(open)
            .bind(limit)
            .fetch_all(&mut *transaction)
            .await?;
            for row in rows {
                due.push(DueDay {
                    store: StoreId(store),
                    business_day: row.try_get(0)?,
                    open_ms: row.try_get(1)?,
                    since_us: row.try_get(2)?,
                });
            }
        }
    }
    transaction.commit().await?;
    Ok(due)
}

/// Notes how a look at a day went: closed where all agrees, else open since it was, or since now.
///
/// # Errors
/// [`sqlx::Error`].
pub async fn checked(database: &Database, tenant: TenantId, day: DueDay, equal: bool) -> Result<(), sqlx::Error> {
    let mut transaction = database.tenant(tenant).await?;
    sqlx::query(
        "UPDATE central.days SET checked_at = now(), open_since = CASE WHEN NOT $4 THEN coalesce(open_since, now()) \
         WHEN (extract(epoch FROM open_since) * 1000000)::bigint IS NOT DISTINCT FROM $5 THEN NULL ELSE open_since END \
         WHERE tenant = $1 AND store = $2 AND business_day = $3",
    )
    .bind(tenant.0)
    .bind(day.store.0)
    .bind(day.business_day)
    .bind(equal)
    .bind(day.since_us)
    .execute(&mut *transaction)
    .await?;
    transaction.commit().await
}
