//! What a device says that it holds of a business day, for the reconciler.

use docket_domain::ids::StoreId;
use docket_sync::v1;
use sqlx::types::Uuid;
use tonic::Status;

use super::session::Session;
use crate::enrol::unavailable;
use crate::ingest::entry::to_sql;
use crate::limits::TALLIES_WANTED_MAX;

/// Logs of one day that a device may tell of.
const LOGS_MAX: usize = 1_024;

impl Session {
    /// Keeps a tally. The money of the day stands with its first log, so that a sum over the logs gives it once.
    pub(super) async fn take_tally(&mut self, tally: v1::Tally) -> Result<(), Status> {
        let fits = |log: &v1::LogTally| log.log_id.len() == 16 && log.hash_sum.len() == 32;
        if tally.logs.len() > LOGS_MAX || !tally.logs.iter().all(fits) {
            return self.count_bad("tally: a log has an id of 16 bytes and a sum of 32, and there are at most 1024");
        }
        let source = *self.source();
        let Ok(store) = store_of(&tally.store_id, source.store) else {
            return self.count_bad("tally: store_id has 16 bytes");
        };
        let mut logs = tally.logs;
        logs.sort_by(|a, b| a.log_id.cmp(&b.log_id));
        logs.dedup_by(|a, b| a.log_id == b.log_id);
        let ids: Vec<&[u8]> = logs.iter().map(|log| &log.log_id[..]).collect();
        let rows: Vec<i64> = logs.iter().map(|log| to_sql(log.rows)).collect();
        let sums: Vec<&[u8]> = logs.iter().map(|log| &log.hash_sum[..]).collect();
        let failed = |error: sqlx::Error| unavailable(&error);
        let mut transaction = self.shared.queue.ingest().database().tenant(source.tenant).await.map_err(failed)?;
        let sql = "INSERT INTO central.tallies (tenant, store, device, business_day, log_id, rows, hash_sum, \
             captured_minor, refunded_minor) \
             SELECT $1, $2, $3, $4, u.log_id, u.rows, u.hash_sum, CASE u.place WHEN 1 THEN $5::bigint ELSE 0 END, \
             CASE u.place WHEN 1 THEN $6::bigint ELSE 0 END \
             FROM unnest($7::bytea[], $8::bigint[], $9::bytea[]) WITH ORDINALITY AS u (log_id, rows, hash_sum, place) \
             WHERE EXISTS (SELECT 1 FROM central.stores s WHERE s.tenant = $1 AND s.store = $2 \
             AND (s.store = $10 OR s.joined = $10)) \
             ON CONFLICT (tenant, store, business_day, device, log_id) DO UPDATE SET rows = excluded.rows, \
             hash_sum = excluded.hash_sum, captured_minor = excluded.captured_minor, \
             refunded_minor = excluded.refunded_minor, told_at = now()";
        sqlx::query(sql)
            .bind(source.tenant.0)
            .bind(store)
            .bind(source.device.0)
            .bind(tally.business_day)
            .bind(tally.captured_minor)
            .bind(tally.refunded_minor)
            .bind(ids)
            .bind(rows)
            .bind(sums)
            .bind(source.store.0)
            .execute(&mut *transaction)
            .await
            .map_err(failed)?;
        transaction.commit().await.map_err(failed)
    }

    /// Finds days whose tally is missing, because the connection that brought their rows ended before it was asked for.
    pub(super) async fn look_for_missing_tallies(&mut self) -> Result<(), Status> {
        let source = *self.source();
        let failed = |error: sqlx::Error| unavailable(&error);
        let mut transaction = self.shared.queue.ingest().database().tenant(source.tenant).await.map_err(failed)?;
        let missing: Vec<(Uuid, i32)> = sqlx::query_as(MISSING)
            .bind(source.tenant.0)
            .bind(source.device.0)
            .bind(i64::try_from(TALLIES_WANTED_MAX).unwrap_or(i64::MAX))
            .fetch_all(&mut *transaction)
            .await
            .map_err(failed)?;
        transaction.commit().await.map_err(failed)?;
        self.days.extend(missing.into_iter().map(|(store, day)| (StoreId(store), day)));
        Ok(())
    }
}

/// Days of this device's logs, by store, of which rows are held and no tally is.
const MISSING: &str = "SELECT DISTINCT d.store, d.business_day FROM central.logs l \
     JOIN central.day_logs d ON d.tenant = l.tenant AND d.store = l.store AND d.log_id = l.log_id \
     WHERE l.tenant = $1 AND l.device = $2 AND NOT EXISTS (SELECT 1 FROM central.tallies t WHERE t.tenant = d.tenant \
     AND t.store = d.store AND t.business_day = d.business_day AND t.device = l.device AND t.log_id = d.log_id) \
     ORDER BY d.business_day DESC LIMIT $3";

/// The store that a tally is of: the device's own where none is named, or one that it was in before.
fn store_of(named: &[u8], own: StoreId) -> Result<Uuid, sqlx::types::uuid::Error> {
    if named.is_empty() { Ok(own.0) } else { Uuid::from_slice(named) }
}
