//! What a message brings about, one file a role. An effect runs in the transaction that also notes the message's id.

mod analytics;
mod customers;
mod notify;
mod orders;

use docket_contracts::integration::{EventKind, OrderBody, OrderCancelled, StatusChanged};
use sqlx::postgres::PgConnection;
use tracing::Instrument as _;

use super::Role;
use super::message::Message;
use crate::telemetry::traces;

/// Why an effect did not come about.
#[derive(Debug, thiserror::Error)]
pub(super) enum EffectError {
    /// The data are not what their type promises.
    #[error("{0}")]
    Data(String),
    /// The database refused, or went away.
    #[error("the database failed: {0}")]
    Sql(#[from] sqlx::Error),
    /// There was no transaction to be had, whatever the message says.
    #[error("the database is away: {0}")]
    Away(#[source] sqlx::Error),
}

impl EffectError {
    /// Whether the database is away, which is no message's fault and uses up no try.
    pub(super) fn is_away(&self) -> bool {
        match self {
            Self::Data(_) => false,
            Self::Sql(error) => is_away(error),
            Self::Away(_) => true,
        }
    }
}

/// Whether the database, not the statement, is what failed.
pub(super) fn is_away(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(_)
        | sqlx::Error::Tls(_)
        | sqlx::Error::Protocol(_)
        | sqlx::Error::PoolTimedOut
        | sqlx::Error::PoolClosed
        | sqlx::Error::WorkerCrashed => true,
        // Connection lost, resources (a full disk) used up, the operator at work, rolled back for another's sake.
        sqlx::Error::Database(error) => {
            error.code().is_some_and(|code| ["08", "53", "57", "58", "40"].iter().any(|class| code.starts_with(class)))
        }
        _ => false,
    }
}

/// Brings it about; a type that the role has no use for brings about nothing. What is logged meanwhile carries the
/// correlation id that began at the till, and the trace goes on.
pub(super) async fn apply(role: Role, connection: &mut PgConnection, message: &Message) -> Result<(), EffectError> {
    let span = tracing::info_span!(
        "message",
        role = role.name(),
        id = message.id,
        kind = message.event_type,
        correlation_id = message.correlation
    );
    if let Some(traceparent) = message.raw.header("ce_traceparent") {
        traces::continue_from(&span, traceparent);
    }
    let effect = async {
        match role {
            Role::Orders => orders::apply(connection, message).await,
            Role::Analytics => analytics::apply(connection, message).await,
            Role::Notify => notify::apply(connection, message).await,
            Role::Customers => customers::apply(connection, message).await,
        }
    };
    effect.instrument(span).await
}

/// The order that a message of an order carries.
fn order_of(message: &Message) -> Result<Option<OrderBody>, EffectError> {
    let order: OrderBody = match message.kind {
        Some(EventKind::OrderCreated | EventKind::OrderUpdated) => message.data()?,
        Some(EventKind::OrderStatusChanged) => message.data::<StatusChanged>()?.order,
        Some(EventKind::OrderCancelled) => message.data::<OrderCancelled>()?.order,
        _ => return Ok(None),
    };
    if order.order_id.to_string() != message.key {
        return Err(EffectError::Data("order_id: is not the message's key".to_owned()));
    }
    if Some(order.store_id) != message.store {
        return Err(EffectError::Data("store_id: is not the store of the message's source".to_owned()));
    }
    Ok(Some(order))
}

/// A version or sequence as PostgreSQL has it.
fn signed(number: u64, name: &str) -> Result<i64, EffectError> {
    i64::try_from(number).map_err(|_| EffectError::Data(format!("{name}: is beyond 2^63")))
}
