//! Which customers are active, and which orders they have open: an order whose customer was deactivated is flagged. The
//! flag follows from both (the view `customers_read.flagged`), so it does not matter which message comes first.

use docket_contracts::integration::{CustomerBody, EventKind, OrderBody};
use sqlx::postgres::PgConnection;

use super::super::message::Message;
use super::{EffectError, order_of, signed};

/// Puts the customer or the order in, unless a later version is there.
pub(super) async fn apply(connection: &mut PgConnection, message: &Message) -> Result<(), EffectError> {
    match message.kind {
        Some(
            EventKind::CustomerRegistered
            | EventKind::CustomerChanged
            | EventKind::CustomerDeactivated
            | EventKind::CustomerReactivated,
        ) => put_customer(connection, message, &message.data()?).await,
        _ => match order_of(message)? {
            Some(order) => put_order(connection, message, &order).await,
            None => Ok(()),
        },
    }
}

async fn put_customer(
    connection: &mut PgConnection,
    message: &Message,
    customer: &CustomerBody,
) -> Result<(), EffectError> {
    if customer.customer_id.to_string() != message.key {
        return Err(EffectError::Data("customer_id: is not the message's key".to_owned()));
    }
    sqlx::query(
        "INSERT INTO customers AS held (tenant, customer, version, active) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (tenant, customer) DO UPDATE SET version = EXCLUDED.version, active = EXCLUDED.active \
          WHERE held.version < EXCLUDED.version",
    )
    .bind(message.tenant.0)
    .bind(customer.customer_id.0)
    .bind(signed(customer.version, "version")?)
    .bind(customer.active)
    .execute(connection)
    .await?;
    Ok(())
}

async fn put_order(connection: &mut PgConnection, message: &Message, order: &OrderBody) -> Result<(), EffectError> {
    let Some(customer) = order.customer_id else { return Ok(()) };
    sqlx::query(
        "INSERT INTO orders AS held (tenant, order_id, store, customer, version, label, status) \
         VALUES ($1, $2, $3, $4, $5, $6, $7) \
         ON CONFLICT (tenant, order_id) DO UPDATE SET customer = EXCLUDED.customer, version = EXCLUDED.version, \
                label = EXCLUDED.label, status = EXCLUDED.status \
          WHERE held.version < EXCLUDED.version",
    )
    .bind(message.tenant.0)
    .bind(order.order_id.0)
    .bind(order.store_id.0)
    .bind(customer.0)
    .bind(signed(order.version, "version")?)
    .bind(&order.label)
    .bind(order.status.as_str())
    .execute(connection)
    .await?;
    Ok(())
}
