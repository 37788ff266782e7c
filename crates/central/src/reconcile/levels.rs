//! How things stand over all tenants, for the gauges: a look at the database, one tenant at a time.

use sqlx::Row as _;

use super::tenants;
use crate::db::Database;
use crate::telemetry::Levels;

const LOOK: &str = "SELECT \
     (SELECT count(*) FROM central.outbox WHERE tenant = $1 AND published_at IS NULL), \
     (SELECT coalesce((extract(epoch FROM now() - min(created_at)) * 1000)::bigint, 0) FROM central.outbox \
         WHERE tenant = $1 AND published_at IS NULL), \
     (SELECT count(*) FROM central.quarantine WHERE tenant = $1 AND released_at IS NULL), \
     (SELECT count(DISTINCT log_id) FROM central.log_heads WHERE tenant = $1 AND branch > 0), \
     (SELECT coalesce((extract(epoch FROM now() - min(last_seen_at)) * 1000)::bigint, 0) FROM central.devices \
         WHERE tenant = $1 AND revoked_at IS NULL), \
     (SELECT count(*) FROM central.days WHERE tenant = $1 AND open_since IS NOT NULL AND checked_at IS NOT NULL)";

/// Reads the levels of every tenant together.
pub(super) async fn read(database: &Database) -> Result<Levels, sqlx::Error> {
    let mut levels = Levels::default();
    for tenant in tenants(database).await? {
        let mut transaction = database.tenant(tenant).await?;
        let row = sqlx::query(LOOK).bind(tenant.0).fetch_one(&mut *transaction).await?;
        transaction.commit().await?;
        levels.outbox_waiting += row.try_get::<i64, _>(0)?;
        levels.outbox_oldest_ms = levels.outbox_oldest_ms.max(row.try_get(1)?);
        levels.quarantined_rows += row.try_get::<i64, _>(2)?;
        levels.forked_logs += row.try_get::<i64, _>(3)?;
        levels.oldest_till_ms = levels.oldest_till_ms.max(row.try_get(4)?);
        levels.unequal_days += row.try_get::<i64, _>(5)?;
    }
    Ok(levels)
}
