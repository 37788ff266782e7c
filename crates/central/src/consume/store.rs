//! What every role keeps beside its effects: the ids of messages that had theirs, and those that wait behind a failed one.

use std::collections::HashSet;

use docket_domain::ids::TenantId;
use sqlx::postgres::PgConnection;
use sqlx::{Postgres, Transaction};

use super::Role;
use super::message::Message;
use crate::db::Database;

/// The role's schema.
#[derive(Debug, Clone)]
pub(super) struct Store {
    database: Database,
    role: Role,
}

/// Where a message stands among those of its key that wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Turn {
    /// Nothing is before it.
    First,
    /// Another is before it.
    Behind,
}

impl Store {
    pub(super) fn new(database: Database, role: Role) -> Self {
        Store { database, role }
    }

    /// A transaction of one tenant in the role's schema.
    pub(super) async fn begin(&self, tenant: TenantId) -> Result<Transaction<'static, Postgres>, sqlx::Error> {
        let mut transaction = self.database.tenant(tenant).await?;
        self.enter(&mut transaction).await?;
        Ok(transaction)
    }

    async fn enter(&self, connection: &mut PgConnection) -> Result<(), sqlx::Error> {
        sqlx::query("SELECT set_config('search_path', $1, true)").bind(self.role.schema()).execute(connection).await?;
        Ok(())
    }

    /// Forgets ids that no topic holds any more, of all tenants.
    pub(super) async fn prune_inbox(&self) -> Result<u64, sqlx::Error> {
        let mut transaction = self.database.begin().await?;
        self.enter(&mut transaction).await?;
        let done = sqlx::query("DELETE FROM inbox WHERE received_at < now() - interval '60 days'")
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await?;
        Ok(done.rows_affected())
    }

    /// Empties the role's tables.
    pub(super) async fn clear(&self) -> Result<(), sqlx::Error> {
        let mut transaction = self.database.begin().await?;
        self.enter(&mut transaction).await?;
        sqlx::query("SELECT clear()").execute(&mut *transaction).await?;
        transaction.commit().await
    }

    /// Whether the message had its effect.
    pub(super) async fn is_done(&self, message: &Message) -> Result<bool, sqlx::Error> {
        let mut transaction = self.begin(message.tenant).await?;
        let done = sqlx::query_scalar(
            "SELECT EXISTS (SELECT 1 FROM inbox WHERE tenant = $1 AND source = $2 AND message_id = $3)",
        )
        .bind(message.tenant.0)
        .bind(&message.source)
        .bind(&message.id)
        .fetch_one(&mut *transaction)
        .await?;
        transaction.rollback().await?;
        Ok(done)
    }
}

/// Those keys of the messages, which are of one tenant, that wait; as topic and key.
pub(super) async fn parked_keys(
    connection: &mut PgConnection,
    messages: &[&Message],
) -> Result<HashSet<(String, String)>, sqlx::Error> {
    let Some(first) = messages.first() else { return Ok(HashSet::new()) };
    let topics: Vec<&str> = messages.iter().map(|message| message.topic.as_str()).collect();
    let keys: Vec<&str> = messages.iter().map(|message| message.key.as_str()).collect();
    let found: Vec<(String, String)> = sqlx::query_as(
        "SELECT DISTINCT topic, key FROM parked \
          WHERE tenant = $1 AND (topic, key) IN (SELECT * FROM unnest($2::text[], $3::text[]))",
    )
    .bind(first.tenant.0)
    .bind(topics)
    .bind(keys)
    .fetch_all(connection)
    .await?;
    Ok(found.into_iter().collect())
}

/// Notes the ids of messages of one tenant, and says which were not noted before.
pub(super) async fn note(
    connection: &mut PgConnection,
    messages: &[&Message],
) -> Result<HashSet<(String, String)>, sqlx::Error> {
    let Some(first) = messages.first() else { return Ok(HashSet::new()) };
    let sources: Vec<&str> = messages.iter().map(|message| message.source.as_str()).collect();
    let ids: Vec<&str> = messages.iter().map(|message| message.id.as_str()).collect();
    let new: Vec<(String, String)> = sqlx::query_as(
        "INSERT INTO inbox (tenant, source, message_id) \
         SELECT $1, source, id FROM unnest($2::text[], $3::text[]) AS message (source, id) \
         ON CONFLICT DO NOTHING RETURNING source, message_id",
    )
    .bind(first.tenant.0)
    .bind(sources)
    .bind(ids)
    .fetch_all(connection)
    .await?;
    Ok(new.into_iter().collect())
}

/// Puts a message behind those of its key that wait; one that waits already keeps its place.
pub(super) async fn park(connection: &mut PgConnection, message: &Message, reason: &str) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO parked (tenant, topic, key, source, message_id, reason) VALUES ($1, $2, $3, $4, $5, $6) \
         ON CONFLICT (tenant, source, message_id) DO UPDATE SET reason = EXCLUDED.reason",
    )
    .bind(message.tenant.0)
    .bind(&message.topic)
    .bind(&message.key)
    .bind(&message.source)
    .bind(&message.id)
    .bind(reason)
    .execute(connection)
    .await?;
    Ok(())
}

/// The message waits no more.
pub(super) async fn unpark(connection: &mut PgConnection, message: &Message) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM parked WHERE tenant = $1 AND source = $2 AND message_id = $3")
        .bind(message.tenant.0)
        .bind(&message.source)
        .bind(&message.id)
        .execute(connection)
        .await?;
    Ok(())
}

/// Whether it is the message's turn.
pub(super) async fn turn(connection: &mut PgConnection, message: &Message) -> Result<Turn, sqlx::Error> {
    let first: Option<(String, String)> = sqlx::query_as(
        "SELECT source, message_id FROM parked WHERE tenant = $1 AND topic = $2 AND key = $3 ORDER BY position LIMIT 1",
    )
    .bind(message.tenant.0)
    .bind(&message.topic)
    .bind(&message.key)
    .fetch_optional(connection)
    .await?;
    let is_first = first.is_none_or(|(source, id)| source == message.source && id == message.id);
    Ok(if is_first { Turn::First } else { Turn::Behind })
}
