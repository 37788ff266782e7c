//! Pages of the outbox: what waits, in the order of its ids, and what was published.

use sqlx::postgres::PgConnection;
use uuid::Uuid;

/// A message that waits.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(super) struct Row {
    pub id: i64,
    pub tenant: Uuid,
    /// None where it is about no store.
    pub store: Option<Uuid>,
    pub business_day: Option<i32>,
    pub topic: String,
    pub key: Uuid,
    pub event_id: Uuid,
    pub event_type: String,
    pub sequence: i64,
    pub correlation_id: Uuid,
    pub causation_id: Option<Uuid>,
    pub traceparent: Option<String>,
    pub time_ms: i64,
    pub body: Vec<u8>,
}

/// The first `limit` rows that were not published, without those of the orders that wait. Whatever its id, a row that was
/// committed late is among them.
pub(super) async fn read(connection: &mut PgConnection, limit: i64, waiting: &[Uuid]) -> Result<Vec<Row>, sqlx::Error> {
    sqlx::query_as(
        "SELECT id, tenant, store, business_day, topic, key, event_id, event_type, sequence, correlation_id, \
                causation_id, traceparent, time_ms, body \
           FROM central.outbox \
          WHERE published_at IS NULL AND key <> ALL($2) \
          ORDER BY id LIMIT $1",
    )
    .bind(limit)
    .bind(waiting)
    .fetch_all(connection)
    .await
}

/// Marks rows as published.
pub(super) async fn mark(connection: &mut PgConnection, ids: &[i64]) -> Result<(), sqlx::Error> {
    if ids.is_empty() {
        return Ok(());
    }
    sqlx::query("UPDATE central.outbox SET published_at = now() WHERE id = ANY($1) AND published_at IS NULL")
        .bind(ids)
        .execute(connection)
        .await?;
    Ok(())
}
