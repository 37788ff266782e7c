//! Tells people about their orders, each thing once. For now the log is where it is told.

use docket_domain::order::OrderStatus;
use sqlx::postgres::PgConnection;

use super::super::message::Message;
use super::{EffectError, order_of};

/// Tells what the order's status gives to tell, unless it was told before.
pub(super) async fn apply(connection: &mut PgConnection, message: &Message) -> Result<(), EffectError> {
    let Some(order) = order_of(message)? else { return Ok(()) };
    let what = match order.status {
        OrderStatus::Draft | OrderStatus::Confirmed | OrderStatus::Preparing => return Ok(()),
        OrderStatus::Pending => "order received",
        OrderStatus::Ready => "order ready",
        OrderStatus::Completed => "order completed",
        OrderStatus::Cancelled => "order cancelled",
    };
    let first = sqlx::query("INSERT INTO told (tenant, order_id, what) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING")
        .bind(message.tenant.0)
        .bind(order.order_id.0)
        .bind(what)
        .execute(connection)
        .await?;
    if first.rows_affected() > 0 {
        tracing::info!(
            tenant = %message.tenant,
            store = %order.store_id,
            order = %order.order_id,
            what,
            "notification"
        );
    }
    Ok(())
}
