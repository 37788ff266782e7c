//! The read models of orders: the order as it was told last, its items, and the customers' keys.

use docket_contracts::integration::{LineBody, OrderBody};
use sqlx::postgres::PgConnection;
use uuid::Uuid;

use super::super::message::Message;
use super::{EffectError, order_of, signed};

/// Puts the order in, unless a later version is there.
pub(super) async fn apply(connection: &mut PgConnection, message: &Message) -> Result<(), EffectError> {
    let Some(order) = order_of(message)? else { return Ok(()) };
    let tenant = message.tenant.0;
    if !put_order(connection, tenant, &order).await? {
        return Ok(());
    }
    put_items(connection, tenant, order.order_id.0, &order.lines).await?;
    if let Some(customer) = order.customer_id {
        put_customer(connection, tenant, customer.0, order.business_day).await?;
    }
    Ok(())
}

/// Whether it was newer than what was there.
async fn put_order(connection: &mut PgConnection, tenant: Uuid, order: &OrderBody) -> Result<bool, EffectError> {
    let done = sqlx::query(
        "INSERT INTO orders AS held (tenant, order_id, store, version, label, order_type, status, currency, \
                business_day, opened_ms, table_name, covers, customer, net_minor, tax_minor, total_minor, due_minor, \
                captured_minor, refunded_minor, balance_minor, open_exceptions, cancel_reason) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22) \
         ON CONFLICT (tenant, order_id) DO UPDATE SET \
                store = EXCLUDED.store, version = EXCLUDED.version, label = EXCLUDED.label, \
                order_type = EXCLUDED.order_type, status = EXCLUDED.status, currency = EXCLUDED.currency, \
                business_day = EXCLUDED.business_day, opened_ms = EXCLUDED.opened_ms, \
                table_name = EXCLUDED.table_name, covers = EXCLUDED.covers, customer = EXCLUDED.customer, \
                net_minor = EXCLUDED.net_minor, tax_minor = EXCLUDED.tax_minor, total_minor = EXCLUDED.total_minor, \
                due_minor = EXCLUDED.due_minor, captured_minor = EXCLUDED.captured_minor, \
                refunded_minor = EXCLUDED.refunded_minor, balance_minor = EXCLUDED.balance_minor, \
                open_exceptions = EXCLUDED.open_exceptions, cancel_reason = EXCLUDED.cancel_reason \
          WHERE held.version < EXCLUDED.version",
    )
    .bind(tenant)
    .bind(order.order_id.0)
    .bind(order.store_id.0)
    .bind(signed(order.version, "version")?)
    .bind(&order.label)
    .bind(text(&order.order_type)?)
    .bind(order.status.as_str())
    .bind(&order.currency)
    .bind(order.business_day)
    .bind(order.opened_at_ms)
    .bind(&order.table)
    .bind(order.covers.map(i32::from))
    .bind(order.customer_id.map(|customer| customer.0))
    .bind(order.net_minor)
    .bind(order.tax_minor)
    .bind(order.total_minor)
    .bind(order.due_minor)
    .bind(order.captured_minor)
    .bind(order.refunded_minor)
    .bind(order.balance_minor)
    .bind(i32::try_from(order.open_exceptions).unwrap_or(i32::MAX))
    .bind(&order.cancel_reason)
    .execute(connection)
    .await?;
    Ok(done.rows_affected() > 0)
}

async fn put_items(
    connection: &mut PgConnection,
    tenant: Uuid,
    order: Uuid,
    lines: &[LineBody],
) -> Result<(), EffectError> {
    sqlx::query("DELETE FROM items WHERE tenant = $1 AND order_id = $2")
        .bind(tenant)
        .bind(order)
        .execute(&mut *connection)
        .await?;
    let states = lines.iter().map(|line| text(&line.state)).collect::<Result<Vec<String>, _>>()?;
    let modifiers = lines.iter().map(|line| json(&line.modifiers)).collect::<Result<Vec<String>, _>>()?;
    sqlx::query(
        "INSERT INTO items (tenant, order_id, line_id, place, product, name, quantity, unit_price_minor, total_minor, \
                state, modifiers) \
         SELECT $1, $2, line_id, place, product, name, quantity::numeric, unit_price, total, state, modifiers \
           FROM unnest($3::uuid[], $4::uuid[], $5::text[], $6::text[], $7::bigint[], $8::bigint[], $9::text[], $10::text[]) \
                WITH ORDINALITY AS line (line_id, product, name, quantity, unit_price, total, state, modifiers, place)",
    )
    .bind(tenant)
    .bind(order)
    .bind(lines.iter().map(|line| line.line_id.0).collect::<Vec<Uuid>>())
    .bind(lines.iter().map(|line| line.product_id.0).collect::<Vec<Uuid>>())
    .bind(lines.iter().map(|line| line.name.clone()).collect::<Vec<String>>())
    .bind(lines.iter().map(|line| line.quantity.clone()).collect::<Vec<String>>())
    .bind(lines.iter().map(|line| line.unit_price_minor).collect::<Vec<i64>>())
    .bind(lines.iter().map(|line| line.total_minor).collect::<Vec<i64>>())
    .bind(states)
    .bind(modifiers)
    .execute(connection)
    .await?;
    Ok(())
}

async fn put_customer(
    connection: &mut PgConnection,
    tenant: Uuid,
    customer: Uuid,
    day: i32,
) -> Result<(), EffectError> {
    sqlx::query(
        "INSERT INTO customers AS held (tenant, customer, first_day, last_day) VALUES ($1, $2, $3, $3) \
         ON CONFLICT (tenant, customer) DO UPDATE \
            SET first_day = least(held.first_day, EXCLUDED.first_day), last_day = greatest(held.last_day, EXCLUDED.last_day)",
    )
    .bind(tenant)
    .bind(customer)
    .bind(day)
    .execute(connection)
    .await?;
    Ok(())
}

/// The name of an enum's value, as in the message.
pub(super) fn text(value: &impl serde::Serialize) -> Result<String, EffectError> {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(text)) => Ok(text),
        _ => Err(EffectError::Data("a value of a list is not written as a text".to_owned())),
    }
}

fn json(value: &impl serde::Serialize) -> Result<String, EffectError> {
    serde_json::to_string(value).map_err(|error| EffectError::Data(error.to_string()))
}
