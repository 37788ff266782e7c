//! What a device says that it holds of a business day, for the reconciler.

use docket_sync::v1;
use sqlx::types::Uuid;
use tonic::Status;

use super::session::Session;
use crate::enrol::unavailable;
use crate::ingest::entry::to_sql;

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
        let store: Uuid = source.store.0;
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
            .execute(&mut *transaction)
            .await
            .map_err(failed)?;
        transaction.commit().await.map_err(failed)
    }
}
