//! The lock of the active relay: an advisory lock on a connection of its own, which also reads and marks the outbox, so
//! that whoever lost the lock can do neither.

use std::time::Duration;

use sqlx::postgres::PgConnection;
use sqlx::{Connection as _, Executor as _};

use super::limits::{LOCK_ANSWER_MS, LOCK_POLL_MS};
use super::{RelayError, pause};
use crate::db::Database;
use crate::telemetry::Stop;

/// Which advisory lock: 'relay' in ASCII. Such locks belong to one database, so two cells don't meet.
const LOCK: i64 = 0x72_65_6c_61_79;

/// A held lock. It ends with its connection, whatever happens to this process.
pub(super) struct Lock {
    connection: PgConnection,
}

impl Lock {
    /// Tries until it holds the lock; nothing if it was asked to stop before.
    pub(super) async fn wait(database: &Database, poll_ms: u64, stop: &Stop) -> Result<Option<Self>, RelayError> {
        let mut connection = database.pool().acquire().await?.detach();
        // The server must notice within seconds that the holder's machine is gone, or nobody publishes.
        for setting in [
            "SET tcp_keepalives_idle = 5",
            "SET tcp_keepalives_interval = 2",
            "SET tcp_keepalives_count = 3",
            "SET idle_in_transaction_session_timeout = '30s'",
            // A mark that a crash of the server forgets is a message sent again under its id.
            "SET synchronous_commit = off",
        ] {
            connection.execute(setting).await?;
        }
        while !stop.is_asked() {
            let held: bool =
                sqlx::query_scalar("SELECT pg_try_advisory_lock($1)").bind(LOCK).fetch_one(&mut connection).await?;
            if held {
                return Ok(Some(Lock { connection }));
            }
            pause(poll_ms.min(LOCK_POLL_MS), stop).await;
        }
        Ok(None)
    }

    pub(super) fn connection(&mut self) -> &mut PgConnection {
        &mut self.connection
    }

    /// Whether the connection, and so the lock, still stands.
    pub(super) async fn check(&mut self) -> Result<(), RelayError> {
        let patience = Duration::from_millis(LOCK_ANSWER_MS);
        match tokio::time::timeout(patience, self.connection.ping()).await {
            Ok(answer) => Ok(answer?),
            Err(_) => Err(RelayError::Silent),
        }
    }

    /// Gives the lock back at once. If the server can't be told, it finds the connection closed.
    pub(super) async fn release(self) {
        if let Err(error) = self.connection.close().await {
            tracing::debug!(error = &error as &dyn std::error::Error, "the lock's connection was not closed in order");
        }
    }
}
