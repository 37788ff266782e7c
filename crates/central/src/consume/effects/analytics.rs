//! Sales by day, hour, product, type and store, and money by day. A newer version of an order replaces all that the order
//! added before; nothing is ever counted up, so a repeat or another order of arrival gives the same figures.

use chrono::{DateTime, Timelike as _};
use docket_contracts::integration::{EventKind, OrderBody, PaymentCaptured, PaymentRefunded};
use docket_domain::order::OrderStatus;
use sqlx::postgres::PgConnection;
use uuid::Uuid;

use super::super::message::Message;
use super::orders::text;
use super::{EffectError, order_of, signed};

/// Counts the message.
pub(super) async fn apply(connection: &mut PgConnection, message: &Message) -> Result<(), EffectError> {
    match message.kind {
        Some(EventKind::PaymentCaptured) => {
            let told: PaymentCaptured = message.data()?;
            let payment = told.payment;
            let moved = Moved {
                kind: "captured",
                id: payment.payment_id.0,
                order: told.order_id.0,
                business_day: payment.business_day,
                currency: told.currency,
                amount_minor: payment.amount_minor,
            };
            put_money(connection, message, &moved).await
        }
        Some(EventKind::PaymentRefunded) => {
            let told: PaymentRefunded = message.data()?;
            let refund = told.refund;
            let moved = Moved {
                kind: "refunded",
                id: refund.refund_id.0,
                order: told.order_id.0,
                business_day: refund.business_day,
                currency: told.currency,
                amount_minor: refund.payout_minor,
            };
            put_money(connection, message, &moved).await
        }
        _ => match order_of(message)? {
            Some(order) => put_sale(connection, message.tenant.0, &order).await,
            None => Ok(()),
        },
    }
}

struct Moved {
    kind: &'static str,
    id: Uuid,
    order: Uuid,
    business_day: i32,
    currency: String,
    amount_minor: i64,
}

async fn put_money(connection: &mut PgConnection, message: &Message, moved: &Moved) -> Result<(), EffectError> {
    let store = message.store.ok_or_else(|| EffectError::Data("source: names no store".to_owned()))?;
    sqlx::query(
        "INSERT INTO money (tenant, kind, id, order_id, store, business_day, currency, amount_minor) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING",
    )
    .bind(message.tenant.0)
    .bind(moved.kind)
    .bind(moved.id)
    .bind(moved.order)
    .bind(store.0)
    .bind(moved.business_day)
    .bind(&moved.currency)
    .bind(moved.amount_minor)
    .execute(connection)
    .await?;
    Ok(())
}

/// An order counts from its first money on, unless it was called off or all of it was paid back.
fn is_sold(order: &OrderBody) -> bool {
    order.status != OrderStatus::Cancelled && order.captured_minor > order.refunded_minor
}

/// The hour of the order's opening, of UTC and by the store's clock; an order of a store without a zone has that of UTC.
fn hours(order: &OrderBody) -> Result<(i32, i32), EffectError> {
    let hour = |offset_minutes: i32| {
        let ms = order.opened_at_ms.checked_add(i64::from(offset_minutes) * 60_000)?;
        i32::try_from(DateTime::from_timestamp_millis(ms)?.hour()).ok()
    };
    let known = |hour: Option<i32>| hour.ok_or_else(|| EffectError::Data("opened_at_ms: is no time".to_owned()));
    Ok((known(hour(0))?, known(hour(order.utc_offset_minutes.unwrap_or(0)))?))
}

async fn put_sale(connection: &mut PgConnection, tenant: Uuid, order: &OrderBody) -> Result<(), EffectError> {
    let newer = sqlx::query(
        "INSERT INTO orders AS held (tenant, order_id, version) VALUES ($1, $2, $3) \
         ON CONFLICT (tenant, order_id) DO UPDATE SET version = EXCLUDED.version WHERE held.version < EXCLUDED.version",
    )
    .bind(tenant)
    .bind(order.order_id.0)
    .bind(signed(order.version, "version")?)
    .execute(&mut *connection)
    .await?;
    if newer.rows_affected() == 0 {
        return Ok(());
    }
    sqlx::query("DELETE FROM sold_lines WHERE tenant = $1 AND order_id = $2")
        .bind(tenant)
        .bind(order.order_id.0)
        .execute(&mut *connection)
        .await?;
    if !is_sold(order) {
        return Ok(());
    }
    let (hour_utc, hour) = hours(order)?;
    let lines = &order.lines;
    sqlx::query(
        "INSERT INTO sold_lines (tenant, order_id, store, business_day, hour_utc, hour, order_type, currency, line_id, \
                product, quantity, total_minor) \
         SELECT $1, $2, $3, $4, $5, $6, $7, $8, line_id, product, quantity::numeric, total \
           FROM unnest($9::uuid[], $10::uuid[], $11::text[], $12::bigint[]) AS line (line_id, product, quantity, total)",
    )
    .bind(tenant)
    .bind(order.order_id.0)
    .bind(order.store_id.0)
    .bind(order.business_day)
    .bind(hour_utc)
    .bind(hour)
    .bind(text(&order.order_type)?)
    .bind(&order.currency)
    .bind(lines.iter().map(|line| line.line_id.0).collect::<Vec<Uuid>>())
    .bind(lines.iter().map(|line| line.product_id.0).collect::<Vec<Uuid>>())
    .bind(lines.iter().map(|line| line.quantity.clone()).collect::<Vec<String>>())
    .bind(lines.iter().map(|line| line.total_minor).collect::<Vec<i64>>())
    .execute(connection)
    .await?;
    Ok(())
}
