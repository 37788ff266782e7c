//! How far a device holds what head office wrote for its store, as it says itself: kept, so that an order is known to be in the
//! store. A word counts only with the hash that stands there.

use docket_log::replication::PeerHead;

use super::session::Session;
use crate::ingest::entry::to_sql;
use crate::limits::TRANSACTION_TRIES;

impl Session {
    /// Keeps what the device says that it holds of head office's own logs.
    pub(super) async fn keep_marks(&self, heads: &[PeerHead]) {
        if self.attached.revoked || heads.is_empty() {
            return;
        }
        for _ in 0..TRANSACTION_TRIES {
            match self.keep_marks_once(heads).await {
                Ok(()) => return,
                Err(error) if crate::ingest::is_passing(&error) => {}
                Err(error) => {
                    // The device says it again with its next hello.
                    tracing::warn!(error = &error as &dyn std::error::Error, "what a till holds could not be noted");
                    return;
                }
            }
        }
    }

    async fn keep_marks_once(&self, heads: &[PeerHead]) -> Result<(), sqlx::Error> {
        let source = self.source();
        let logs: Vec<&[u8]> = heads.iter().map(|head| &head.log.0[..]).collect();
        let places: Vec<i64> = heads.iter().map(|head| to_sql(head.seq)).collect();
        let hashes: Vec<&[u8]> = heads.iter().map(|head| &head.hash.0[..]).collect();
        // Each in a subquery that the planner can't turn around: it might read every order that is on its way.
        let sql = "WITH told AS (SELECT u.log_id, u.seq FROM unnest($4::bytea[], $5::bigint[], $6::bytea[]) \
             AS u (log_id, seq, hash), LATERAL \
             (SELECT month FROM central.logs WHERE tenant = $1 AND log_id = u.log_id AND store = $2 AND own OFFSET 0) AS l, \
             LATERAL (SELECT seq FROM central.log_rows WHERE tenant = $1 AND month = l.month AND log_id = u.log_id \
             AND branch = 0 AND seq = u.seq AND hash = u.hash OFFSET 0) AS r), \
             marks AS (INSERT INTO central.down_marks AS m (tenant, device, log_id, seq) \
             SELECT $1, $3, log_id, max(seq) FROM told GROUP BY log_id \
             ON CONFLICT (tenant, device, log_id) DO UPDATE SET seq = greatest(m.seq, excluded.seq)) \
             UPDATE api.deliveries d SET taken_at = now() FROM told t, LATERAL \
             (SELECT order_id FROM api.deliveries WHERE tenant = $1 AND log_id = t.log_id AND seq <= t.seq \
             AND taken_at IS NULL OFFSET 0) AS o WHERE d.tenant = $1 AND d.order_id = o.order_id";
        let mut transaction = self.shared.queue.ingest().database().tenant(source.tenant).await?;
        sqlx::query(sql)
            .bind(source.tenant.0)
            .bind(source.store.0)
            .bind(source.device.0)
            .bind(logs)
            .bind(places)
            .bind(hashes)
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await
    }
}
