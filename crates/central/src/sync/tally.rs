//! What a device says that it holds of a business day, for the reconciler.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use docket_domain::ids::StoreId;
use docket_sync::v1;
use sqlx::types::Uuid;
use tonic::Status;

use super::session::Session;
use crate::enrol::unavailable;
use crate::ingest::entry::to_sql;
use crate::limits::{TALLIES_WANTED_MAX, TALLY_AGAIN_MINUTES, TALLY_LOGS_MAX};

/// What a device holds of one history of a log.
#[derive(Debug, Clone, Copy)]
struct Held<'m> {
    log: &'m [u8],
    rows: i64,
    sum: &'m [u8],
}

/// A tally by logs: what is told first of each, and what is told of its further histories.
fn by_log(tally: &v1::Tally) -> (Vec<Held<'_>>, Vec<Held<'_>>) {
    let (mut first, mut further) = (BTreeMap::new(), Vec::new());
    for log in &tally.logs {
        let held = Held { log: &log.log_id, rows: to_sql(log.rows), sum: &log.hash_sum };
        match first.entry(held.log) {
            Entry::Vacant(vacant) => {
                vacant.insert(held);
            }
            Entry::Occupied(_) => further.push(held),
        }
    }
    // In the order of the logs: the money of the day stands with the first.
    (first.into_values().collect(), further)
}

impl Session {
    /// Keeps a tally. The money of the day stands with its first log, so that a sum over the logs gives it once. A log with
    /// several histories is told once for each.
    pub(super) async fn take_tally(&mut self, tally: v1::Tally) -> Result<(), Status> {
        let fits = |log: &v1::LogTally| log.log_id.len() == 16 && log.hash_sum.len() == 32;
        if tally.logs.len() > TALLY_LOGS_MAX || !tally.logs.iter().all(fits) {
            let rule =
                format!("tally: a log has an id of 16 bytes and a sum of 32, and there are at most {TALLY_LOGS_MAX}");
            return self.count_bad(&rule);
        }
        let source = *self.source();
        let Ok(store) = store_of(&tally.store_id, source.store) else {
            return self.count_bad("tally: store_id has 16 bytes");
        };
        let (first, further) = by_log(&tally);
        let failed = |error: sqlx::Error| unavailable(&error);
        let mut transaction = self.shared.queue.ingest().database().tenant(source.tenant).await.map_err(failed)?;
        sqlx::query(KEEP)
            .bind(source.tenant.0)
            .bind(store)
            .bind(source.device.0)
            .bind(tally.business_day)
            .bind(tally.captured_minor)
            .bind(tally.refunded_minor)
            .bind(first.iter().map(|held| held.log).collect::<Vec<_>>())
            .bind(first.iter().map(|held| held.rows).collect::<Vec<_>>())
            .bind(first.iter().map(|held| held.sum).collect::<Vec<_>>())
            .bind(source.store.0)
            .bind(further.iter().map(|held| held.log).collect::<Vec<_>>())
            .bind(further.iter().map(|held| held.rows).collect::<Vec<_>>())
            .bind(further.iter().map(|held| held.sum).collect::<Vec<_>>())
            .execute(&mut *transaction)
            .await
            .map_err(failed)?;
        transaction.commit().await.map_err(failed)
    }

    /// Finds days whose tally is missing or older than their last news, because the connection that brought rows ended
    /// before it was asked for, or because rows of the device came back to it, or as another history, after it had told.
    pub(super) async fn look_for_missing_tallies(&mut self) -> Result<(), Status> {
        let source = *self.source();
        let failed = |error: sqlx::Error| unavailable(&error);
        let mut transaction = self.shared.queue.ingest().database().tenant(source.tenant).await.map_err(failed)?;
        let missing: Vec<(Uuid, i32)> = sqlx::query_as(MISSING)
            .bind(source.tenant.0)
            .bind(source.device.0)
            .bind(i64::try_from(TALLIES_WANTED_MAX).unwrap_or(i64::MAX))
            .bind(TALLY_AGAIN_MINUTES)
            .fetch_all(&mut *transaction)
            .await
            .map_err(failed)?;
        transaction.commit().await.map_err(failed)?;
        self.days.extend(missing.into_iter().map(|(store, day)| (StoreId(store), day)));
        Ok(())
    }
}

/// Keeps what is told of each log of a day.
const KEEP: &str = "INSERT INTO central.tallies (tenant, store, device, business_day, log_id, rows, hash_sum, \
     captured_minor, refunded_minor, further_rows, further_sums) \
     SELECT $1, $2, $3, $4, u.log_id, u.rows, u.hash_sum, CASE u.place WHEN 1 THEN $5::bigint ELSE 0 END, \
     CASE u.place WHEN 1 THEN $6::bigint ELSE 0 END, coalesce(f.rows, '{}'), coalesce(f.sums, '{}') \
     FROM unnest($7::bytea[], $8::bigint[], $9::bytea[]) WITH ORDINALITY AS u (log_id, rows, hash_sum, place) \
     LEFT JOIN (SELECT log_id, array_agg(rows ORDER BY place) AS rows, array_agg(hash_sum ORDER BY place) AS sums \
     FROM unnest($11::bytea[], $12::bigint[], $13::bytea[]) WITH ORDINALITY AS u (log_id, rows, hash_sum, place) \
     GROUP BY log_id) AS f USING (log_id) \
     WHERE EXISTS (SELECT 1 FROM central.stores s WHERE s.tenant = $1 AND s.store = $2 \
     AND (s.store = $10 OR s.joined = $10)) \
     ON CONFLICT (tenant, store, business_day, device, log_id) DO UPDATE SET rows = excluded.rows, \
     hash_sum = excluded.hash_sum, captured_minor = excluded.captured_minor, \
     refunded_minor = excluded.refunded_minor, further_rows = excluded.further_rows, \
     further_sums = excluded.further_sums, told_at = now()";

/// Days of this device's logs, by store, of which rows are held and no tally is; and days that are not settled and were
/// told before their last news, or long ago.
const MISSING: &str = "SELECT DISTINCT d.store, d.business_day FROM central.logs l \
     JOIN central.day_logs d ON d.tenant = l.tenant AND d.store = l.store AND d.log_id = l.log_id \
     JOIN central.days y ON y.tenant = d.tenant AND y.store = d.store AND y.business_day = d.business_day \
     WHERE l.tenant = $1 AND l.device = $2 AND (NOT EXISTS (SELECT 1 FROM central.tallies t WHERE t.tenant = d.tenant \
     AND t.store = d.store AND t.business_day = d.business_day AND t.device = l.device AND t.log_id = d.log_id) \
     OR (y.open_since IS NOT NULL AND (SELECT max(t.told_at) FROM central.tallies t WHERE t.tenant = d.tenant \
     AND t.store = d.store AND t.business_day = d.business_day AND t.device = l.device) \
     < greatest(y.open_since, now() - make_interval(mins => $4)))) ORDER BY d.business_day DESC LIMIT $3";

/// The store that a tally is of: the device's own where none is named, or one that it was in before.
fn store_of(named: &[u8], own: StoreId) -> Result<Uuid, sqlx::types::uuid::Error> {
    if named.is_empty() { Ok(own.0) } else { Uuid::from_slice(named) }
}
